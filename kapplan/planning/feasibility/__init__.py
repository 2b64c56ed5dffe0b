"""kapplan.planning.feasibility.feasibility."""
