"""Ways in: what people wrote and what was booked, read strictly; and what the program keeps, written whole.

Files uses planning, the nouns and nothing of ``output`` or ``cli``; every mistake of a file leaves here as a problem
with its file, line and column. Begin with ``documents.readers``, which reads a profile, and ``toml.parse`` below it.
"""
