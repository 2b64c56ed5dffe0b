"""The data that ship with the package, and what a clinic puts in their place: rules, instructions, templates.

It uses ``toml`` alone, and the rules' own checks; the data themselves lie in ``kapplan/library``, without Python.
Begin with ``rules``.
"""
