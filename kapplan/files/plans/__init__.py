"""kapplan.files.plans.store."""
