"""Pure thinking: screening, tailoring, the calendar, placement, explanation. No clock, no file, no terminal."""
