"""kapplan.cli.session.options.see."""
