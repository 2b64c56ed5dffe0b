"""Calendar files as others write them: strict in what frees, lenient in what blocks.

It uses ``toml.sources`` and nothing else of ``files``. Begin with ``calendar_reader``, a whole file; below it
``content_lines`` makes components of bytes, ``values`` moments and lengths of text, ``zone_names`` and ``file_zones``
tell what a file means by a time zone, ``events`` is one event and ``series`` those of one UID. Titles, descriptions and
everything else that says what an event is about are never looked at; what cannot be read is named by its line and
frees no time.
"""
