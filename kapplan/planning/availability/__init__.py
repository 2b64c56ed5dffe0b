"""kapplan.planning.availability."""
