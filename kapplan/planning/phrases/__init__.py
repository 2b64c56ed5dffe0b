"""kapplan.planning.phrases."""
