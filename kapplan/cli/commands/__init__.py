"""kapplan.cli.session.options."""
