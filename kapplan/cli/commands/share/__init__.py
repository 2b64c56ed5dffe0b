"""Plans for others: exported to files, published to calendars and read back from them.

It uses ``session``, ``casework`` and ``batch``; a plan is never written to but by ``sync``. Begin with ``export``.
"""
