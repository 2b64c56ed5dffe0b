"""From the bytes of a TOML file to records of the model, with every mistake told at its place.

It uses the model's annotations and knows no kind of file in particular. Begin with ``parse``: ``sources`` holds the
bytes, ``validator`` reads records, ``faults`` and ``messages`` say what is wrong, ``places`` finds where it stands.
"""
