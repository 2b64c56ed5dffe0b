"""kapplan.output.documents."""
