"""When a visit can be held: hours, closures, holidays, absences, rooms, people and what is booked, as open slots.

It uses the words and nothing else of ``planning``; it knows visits by their needs alone, never by their rules.
Begin with ``calendar``, which answers all questions; below it ``free_time`` and ``resources`` gather the times,
``minute_masks`` and ``weekly_hours`` hold them, ``like_days`` spares a second look at days that are alike, and
``blockers`` names what closes a day.
"""
