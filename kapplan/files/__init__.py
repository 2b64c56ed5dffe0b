"""Ways in: TOML files, the library, stored plans, busy calendars."""
