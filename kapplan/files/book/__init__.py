"""The book: where a clinic's plans lie, in a folder or in a database, and nothing is booked twice.

Uses ``files.plans`` and ``planning.bookings``; SQLAlchemy is imported only where a database is written to.
Begin with ``book`` (what every book can do) and ``opening`` (which one is meant).
"""
