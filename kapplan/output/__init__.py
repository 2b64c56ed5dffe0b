"""Ways out, pure: views for people, documents for programs, exports for others.

Output uses planning and the nouns, reads no file, no clock and no terminal, and nothing of ``files`` or ``cli``: what
it needs is handed to it. Begin with ``formats``, the table of every format, then ``records``.
"""
