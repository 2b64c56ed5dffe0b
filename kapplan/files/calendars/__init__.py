"""Calendars as others write them: which times a repeating event takes.

It uses nothing else of ``files``. Begin with ``recurrence``.
"""
