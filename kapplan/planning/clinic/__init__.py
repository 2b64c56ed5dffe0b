"""A clinic as a whole: its rooms and people across the day, what is free of them, and whom to call.

Uses ``bookings`` and ``availability``; plans come as a book lists them. Begin with ``board``.
"""
