"""kapplan.output.views."""
