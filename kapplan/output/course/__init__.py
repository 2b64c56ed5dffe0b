"""A course on the screen: the table, the month, the timeline, the agenda, and why each visit falls where it does.

It uses ``records`` and ``terminal``. Begin with ``table``; ``heading`` holds what stands around every view.
"""
