"""The course of one patient laid out from a protocol: which visits there are, and the rules that bind them; no dates.

It uses the model alone. Begin with ``layout``, which goes through the phases; ``series`` makes the visits,
``timing`` their rules, ``same_day`` their limits, ``branches`` the ways through gates, ``nominal`` the order of the
list.
"""
