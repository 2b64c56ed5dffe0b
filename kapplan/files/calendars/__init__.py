"""kapplan.files.calendars."""
