"""Where the data that ship with the package lie."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from pathlib import Path

from kapplan.model.terms import MeasureNames

LIBRARY = Path(__file__).parents[2] / "library"
"""The folder of the data that ship with the package: the default clinic, protocols, rules, measures, templates."""


@cache
def measure_names() -> MeasureNames:
    """Return what people call the measures, read without all else that is known of them."""
    known = tomllib.loads((LIBRARY / "measures.toml").read_text(encoding="utf-8"))["measures"]
    return {key: scale.get("short", scale["title"]) for key, scale in known.items()}


@cache
def measure_titles() -> MeasureNames:
    """Return what the measures are called in full."""
    known = tomllib.loads((LIBRARY / "measures.toml").read_text(encoding="utf-8"))["measures"]
    return {key: scale["title"] for key, scale in known.items()}


def library_reviewed() -> date:
    """Return the day on which the package's data were last held against their sources."""
    reviewed: date = tomllib.loads((LIBRARY / "library.toml").read_text(encoding="utf-8"))["reviewed"]
    return reviewed
