"""A clinic as a whole for people and for programs: the board, free slots.

Uses ``records`` and ``terminal``. Begin with ``board``.
"""
