"""Why no days keep every rule, and what would help: one minimal clash in words, and the cheapest single repairs.

It uses the feasibility search, the calendars and the words. Begin with ``minimal_conflict``, then ``repairs``;
``relaxations`` are the groups of rules and closings that can be dropped, ``calendar_adapter`` asks the calendar for
them.
"""
