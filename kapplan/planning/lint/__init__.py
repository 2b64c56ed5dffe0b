"""kapplan.planning.lint.lint."""
