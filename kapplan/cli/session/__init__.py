"""kapplan.cli.session."""
