"""kapplan.planning.schedule."""
