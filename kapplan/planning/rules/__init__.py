"""kapplan.planning.rules."""
