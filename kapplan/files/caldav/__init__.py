"""Calendars on a CalDAV server: kept in step with a plan, and read back.

It uses ``calendars`` and writes its memory as ``plans`` writes; it never sees a title. Begin with ``publication``:
``target`` checks addresses, ``credentials`` finds secrets, ``transport`` asks and understands the answers with
``multistatus``, ``client`` is one calendar, ``discovery`` finds those of a server, ``patience`` tries again,
``entries`` reads and joins events, ``ledger`` remembers what was sent, ``lookup`` finds our entries, ``steps``
decides, ``publication`` does with ``conditional_writes``, and ``calendar_changes`` tells what people did.
"""
