"""kapplan.files.checking.file_checks."""
