"""The commands, a module for each or for a few that belong together; ``cli/app.py`` lists them.

A command parses, calls and prints; it uses ``session``, ``casework`` and ``batch``, never another command. Begin with
``prepare/plan.py``, the whole journey from top to bottom.
"""
