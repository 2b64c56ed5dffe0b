"""kapplan.cli.session.options.prepare."""
