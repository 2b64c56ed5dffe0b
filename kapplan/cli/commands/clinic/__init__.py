"""Commands over all patients of a clinic: its book.

A module for each group of commands; they use ``session``, and each other never. Begin with ``book``.
"""
