"""The life of a plan: what happened, what is changed, what the rules propose, and the history.

It uses ``session`` and ``casework``, whose ``change`` makes every change the same way. Begin with ``record``.
"""
