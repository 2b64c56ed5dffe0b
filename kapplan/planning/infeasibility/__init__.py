"""kapplan.planning.infeasibility."""
