"""kapplan.output.terminal."""
