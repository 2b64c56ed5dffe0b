"""kapplan.cli.session.options.life."""
