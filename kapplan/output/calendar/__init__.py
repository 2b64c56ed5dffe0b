"""kapplan.output.calendar."""
