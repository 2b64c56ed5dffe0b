"""Before there is a plan: files to begin with, checks, protocols, starts, and the plan itself.

It uses ``session``, ``casework`` and ``batch``. Begin with ``plan``.
"""
