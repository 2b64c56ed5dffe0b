"""What an error may quote of a patient's file: only what is about dates and the house, else the key alone.

Errors end in logs, tickets and on screens that others see. Whatever is not listed here counts as sensitive, keys that
nobody knows too: a misspelled one may stand before anything.
"""

from __future__ import annotations

import re
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING

from kapplan.errors import PathKey

if TYPE_CHECKING:
    from kapplan.files.toml.places import Places

Path = tuple[PathKey, ...]

_OF_PATIENTS = frozenset({"patient", "treatment", "history", "symptoms", "goals", "given"})
"""Any of these keys at the top makes a file a patient's: a profile, or (where ``patient`` is a text) a plan."""
_SAID = frozenset({"why", "note", "notes", "name", "email"})
"""What people wrote of a patient, in whatever table it stands."""
_HEAD_OF_PLANS = frozenset({"format", "checksum", "timezone", "created", "revised"})
_TABLES_OF_PLANS = _HEAD_OF_PLANS | {"visits", "withdrawn", "regimen", "common"}
_OF_PLANS = _HEAD_OF_PLANS | frozenset({
    "id", "kind", "type", "number", "start", "end", "status", "place", "room", "staff", "prepare", "administer",
    "monitor", "clear", "min", "max", "unit", "rule", "sequence", "provisional",
})  # fmt: skip
"""Of a plan: what visits are, when and where, and the rules of their dates; never scores, findings or texts."""
_HEADER = re.compile(r"\s*\[{1,2}[A-Za-z0-9_. -]*\]{0,2}\s*")
_KEY = re.compile(r"\s*[A-Za-z0-9_.-]+\s*=\s*")
_OF_A_PATIENT = re.compile(
    r"^\s*(?:\[+\s*(?:patient|treatment|history|symptoms|goals|given)\b|patient\s*=)", re.MULTILINE
)
_LEFT_OUT = "…"


@cache
def _neutral() -> dict[str, frozenset[str] | None]:
    """Return the tables of a profile of which errors quote, with their keys; ``None`` for all of them."""
    from kapplan.model.profile import Availability, Tailoring, Travel, Treatment

    tables = {"treatment": Treatment, "availability": Availability, "travel": Travel, "tailoring": Tailoring}
    known: dict[str, frozenset[str] | None] = {
        name: frozenset(one.name for one in fields(table)) for name, table in tables.items()
    }
    words = frozenset({"rule", "by", "on", "from", "until", "visit", "min", "max", "days", "visits", "devices", "bind"})
    return known | {
        "patient": frozenset({"timezone", "language"}), "clinic": None, "override": words, "widen": words,
        "authorization": words,
    }  # fmt: skip


def is_neutral(path: Path) -> bool:
    """Return whether an error may say what stands at a path of a profile."""
    names = [step for step in path if isinstance(step, str)]
    if not names:
        return True
    if names[0] not in _neutral():
        return False
    keys = _neutral()[names[0]]
    if keys is None:
        return True
    return (len(names) == 1 or names[1] in keys) and not _SAID & set(names)


def is_neutral_in_plan(path: Path) -> bool:
    """Return whether an error may say what stands at a path of a plan: when, where and which kind, and what counts."""
    names = [step for step in path if isinstance(step, str)]
    return bool(names) and names[0] in _TABLES_OF_PLANS and names[-1] in _OF_PLANS


def quoted(places: Places, line: int) -> str | None:
    """Return a line of a file that can be parsed as far as an error may quote it."""
    text = places.line(line)
    if not places.tables & _OF_PATIENTS:
        return text
    tells = is_neutral_in_plan if ("patient",) in places.values else is_neutral
    if all(tells(path) for path in places.values_by_line.get(line, ())):
        return text
    return _without_values(text)


def quoted_unparsed(text: str, line: str) -> str | None:
    """Return a line of a file that cannot be parsed as far as an error may quote it."""
    return _without_values(line) if _OF_A_PATIENT.search(text) else line


def _without_values(line: str) -> str | None:
    if _HEADER.fullmatch(line):
        return line
    key = _KEY.match(line)
    return None if key is None else key[0] + _LEFT_OUT
