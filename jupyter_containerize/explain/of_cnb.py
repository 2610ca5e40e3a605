"""Words for what goes wrong with Cloud Native Buildpacks."""
