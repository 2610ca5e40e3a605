"""Tells others what is in an image, how it was made, and that it is ours: bills of materials, provenance, signatures."""
