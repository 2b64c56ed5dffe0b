"""The history of a plan: what changed from one state to the next, how it is taken back, and what calendars are told.

It uses the calendars' zones and nothing else of ``planning``. Begin with ``undo`` (revisions, undo and redo), then
``patch`` (the change as JSON), ``diff`` (the change in dates) and ``calendar_identity`` (sequence numbers of visits).
"""
