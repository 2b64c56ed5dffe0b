"""kapplan.output.handout.patient_sheet."""
