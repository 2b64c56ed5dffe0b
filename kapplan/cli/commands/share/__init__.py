"""kapplan.cli.session.options.share."""
