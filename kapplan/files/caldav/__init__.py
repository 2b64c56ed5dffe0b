"""Calendars on a CalDAV server: kept in step with a plan, and read back.

``target`` checks addresses, ``credentials`` finds secrets, ``client`` speaks to the server, ``patience`` tries again,
``entries`` reads and joins events, ``ledger`` remembers what was sent, ``steps`` decides, ``running`` does.
"""
