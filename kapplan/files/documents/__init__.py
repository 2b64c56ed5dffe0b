"""kapplan.files.documents."""
