"""kapplan.planning.reports."""
