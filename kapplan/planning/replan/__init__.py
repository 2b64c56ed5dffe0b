"""kapplan.planning.replan."""
