"""kapplan.files.toml."""
