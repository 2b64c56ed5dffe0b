"""What a thing is stands in a field: no part of the program reads it from a name, an id or a sentence."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "kapplan"
READING = {"startswith", "endswith", "removeprefix", "removesuffix", "partition", "rpartition", "split", "rsplit"}
NAMES = {"rule", "id", "visit", "visit_id", "reason", "cause", "resource", "effect", "key", "task", "source", "words"}
GRAMMARS = {
    "planning/review/proposals": "effects are a closed language of their own, read here",
    "planning/review/calendar_proposals": "the effects of live calendars, read here",
    "planning/phrases/words": "an id is a kind and a number, told apart here",
    "model/bookings": "the key of a room or a person, told apart here",
    "planning/replan/refusals": "a closing is overridden by its kind, alone or with a day, as a person types it",
    "planning/availability/blockers": "ids are put in order as numbers, and nothing is told from them",
    "planning/review/standing": "keys of a profile are paths in its file",
    "files/plans/migrations": "plans of 0.1.0 had names alone",
    "files/documents/protocol_checks": "the ways on from a gate are words that no phase may have as its id",
    "output/calendar/vtimezone": "rules of time zones are the text of a standard",
}
"""Where a name is read all the same, each with the one reason."""
TYPED = {"START", "FIRST_DOSE", "CLOSED"}
"""Names by which people override what is no rule of a file."""


def readings(path: Path) -> Iterator[str]:
    """Yield the places of a module where a name is taken apart, or held against one that is written out."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READING:
            read = node.func.value
            name = read.attr if isinstance(read, ast.Attribute) else read.id if isinstance(read, ast.Name) else ""
            if name in NAMES:
                yield f"{node.lineno}: {ast.unparse(node)}"
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Attribute) and node.left.attr in {"rule", "id"}:
            for other in node.comparators:
                written = isinstance(other, ast.Constant) and isinstance(other.value, str)
                constant = isinstance(other, ast.Name) and other.id.isupper() and other.id not in TYPED
                if written or constant:
                    yield f"{node.lineno}: {ast.unparse(node)}"


@pytest.mark.parametrize("floor", ["model", "planning", "output", "cli", "files"])
def test_what_a_thing_is_stands_in_a_field(floor: str) -> None:
    """Outside of the few grammars that are read in one place each, no name is taken apart or known by heart."""
    found = {
        str(path.relative_to(PACKAGE).with_suffix("")): told
        for path in sorted((PACKAGE / floor).rglob("*.py"))
        if (told := list(readings(path)))
    }
    assert {name: told for name, told in found.items() if name not in GRAMMARS} == {}


def test_each_grammar_is_still_one() -> None:
    """A module that reads names no more has no place in the list of those that do."""
    assert [name for name in GRAMMARS if not list(readings(PACKAGE / f"{name}.py"))] == []
