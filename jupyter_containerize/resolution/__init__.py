"""Import name to distribution to pinned, hashed wheels and system packages for the target."""
