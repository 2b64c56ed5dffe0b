"""The sentences that more than one room says: days, visits, timing rules, findings; and days as people type them.

It uses the model alone. Begin with ``words``; ``timing`` puts a timing rule into words, ``typed_days`` reads dates.
"""
