"""Plans as files: found, locked, read, written whole, and brought up from every older format.

It uses ``documents`` and ``library`` for what a plan was made from; what a plan means is planning's. Begin with
``store``, then ``format``; a new field of a plan bumps the format and adds a step to ``migrations``.
"""
