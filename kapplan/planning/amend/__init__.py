"""kapplan.planning.amend."""
