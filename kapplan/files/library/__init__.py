"""kapplan.files.documents.protocols."""
