"""kapplan.cli.batch."""
