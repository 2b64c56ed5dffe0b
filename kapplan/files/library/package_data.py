"""Where the data that ship with the package lie."""

from __future__ import annotations

from pathlib import Path

LIBRARY = Path(__file__).parents[2] / "library"
"""The folder of the data that ship with the package: the default clinic, protocols, rules, measures, templates."""
