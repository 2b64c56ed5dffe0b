"""Bookings: what a plan's visits take of rooms and people, and whether there is a place for it.

Uses the model and ``availability`` alone; a book (``kapplan.files.book``) keeps what is worked out here. Begin with
``plan_bookings`` (what a plan takes), go on with ``allotment`` (who gets a place).
"""
