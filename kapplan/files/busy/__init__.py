"""kapplan.files.busy.booked_times."""
