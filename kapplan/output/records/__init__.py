"""kapplan.output.records.records."""
