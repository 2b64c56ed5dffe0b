"""kapplan.planning.journal."""
