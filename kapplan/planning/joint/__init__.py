"""Joint planning: several new patients of one clinic, placed together around what stands, with a proven bound.

Uses ``schedule`` for one patient at a time and ``bookings`` for what they share. Begin with ``together``; then
``candidates`` (one patient's part), ``asks`` and ``day_packing`` (times within a day), ``rows`` (what is scarce),
``bound`` (what is proven), ``column_generation`` (prices), ``priced_rows`` (what they tell).
"""
