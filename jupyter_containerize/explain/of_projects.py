"""Words for what goes wrong with project.toml and plans."""
