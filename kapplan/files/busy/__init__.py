"""What is booked already: by calendar files, by plans of the same clinic, by calendars on a server.

It uses ``calendars``, ``caldav``, ``plans`` and ``toml``, and hands on times without titles. Begin with
``booked_times``.
"""
