"""kapplan.output.records.numbers."""
