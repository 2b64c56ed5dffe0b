"""kapplan.planning.problem.problem."""
