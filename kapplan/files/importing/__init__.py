"""Other people's protocols: visit tables and study definitions become protocol files.

It uses ``toml``, ``documents`` and ``checks`` to hold what it writes to the strict reader; what it leaves out, it
says. Begin with ``protocol_import``; a format more is a module that makes a ``Schedule``.
"""
