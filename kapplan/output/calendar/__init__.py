"""Calendar files that every program reads alike and that update what it already holds.

It uses nothing else of ``output``; titles are neutral unless all is asked for. Begin with ``ics``; ``ics_words`` says
what an entry tells, ``ics_text`` folds lines, ``vtimezone`` writes zones.
"""
