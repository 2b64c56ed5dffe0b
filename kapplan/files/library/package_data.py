"""Where the data that ship with the package lie."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

LIBRARY = Path(__file__).parents[2] / "library"
"""The folder of the data that ship with the package: the default clinic, protocols, rules, measures, templates."""


def library_reviewed() -> date:
    """Return the day on which the package's data were last held against their sources."""
    reviewed: date = tomllib.loads((LIBRARY / "library.toml").read_text(encoding="utf-8"))["reviewed"]
    return reviewed
