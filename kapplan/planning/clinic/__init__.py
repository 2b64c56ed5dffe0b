"""A clinic as a whole: its rooms and people across the day, what is free of them, who gains by it, whom to call.

Uses ``bookings``, ``schedule`` and ``replan``; plans come as a book lists them, or whole where they are dated anew.
Begin with ``board``.
"""
