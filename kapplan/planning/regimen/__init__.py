"""kapplan.planning.regimen."""
