"""kapplan.planning.solver."""
