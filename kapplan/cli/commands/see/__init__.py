"""Looking at plans: one on the screen with its reasons, and the list of a day.

It uses ``session`` and writes nothing. Begin with ``show``.
"""
