"""The programs of the buildpack, as they are written to its folder. Nothing here is imported."""
