"""Where the data that ship with the package lie."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from kapplan.files.library.compiled import read
from kapplan.model.terms import MeasureNames

LIBRARY = Path(__file__).parents[2] / "library"
"""The folder of the data that ship with the package: the default clinic, protocols, rules, measures, templates."""


def library_data(name: str) -> dict[str, Any]:
    """Return the data of a file of the library, by its path there without the ending: ``protocols/feder-2021``."""
    return read(LIBRARY, name)


@cache
def measure_names() -> MeasureNames:
    """Return what people call the measures, read without all else that is known of them."""
    known = library_data("measures")["measures"]
    return {key: scale.get("short", scale["title"]) for key, scale in known.items()}


@cache
def measure_titles() -> MeasureNames:
    """Return what the measures are called in full."""
    known = library_data("measures")["measures"]
    return {key: scale["title"] for key, scale in known.items()}


def library_reviewed() -> date:
    """Return the day on which the package's data were last held against their sources."""
    reviewed: date = library_data("library")["reviewed"]
    return reviewed
