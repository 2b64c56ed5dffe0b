"""Faults: what is wrong at a path of a file's data. With the file's text at hand a fault becomes a problem."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from kapplan.dataclass import derived
from kapplan.errors import FileProblem, InvalidFileError, PathKey
from kapplan.files.toml.sources import SourceFile

if TYPE_CHECKING:
    from kapplan.files.toml.places import Places

Path = tuple[PathKey, ...]


MOST_TOLD = 200
"""How many mistakes of one file are told in full."""


class Fault(NamedTuple):
    """What is wrong at a path; ``key`` marks the key (or the table's header) rather than the value."""

    path: Path
    message: str
    expected: str | None = None
    nearest: str | None = None
    key: bool = False
    warning: bool = False


def locate(source: SourceFile, faults: Iterable[Fault]) -> tuple[FileProblem, ...]:
    """Return the faults of a TOML file as problems with their places, in the order of the file."""
    faults = list(faults)
    if not faults:
        return ()
    places = _places(source)
    problems = [_problem(source.name, places, fault) for fault in faults]
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: (problem.line or 0, problem.column or 0)))


def refuse(source: SourceFile, faults: Iterable[Fault], untold: int = 0) -> None:
    """Raise ``InvalidFileError`` with all faults, if there are any that are more than warnings.

    Of very many the first are told, and how many more there are, with those that are ``untold`` already.
    """
    faults = list(faults)
    if all(fault.warning for fault in faults):
        return
    if len(faults) > MOST_TOLD:
        faults = [fault for fault in faults if not fault.warning]
    problems = locate(source, faults[:MOST_TOLD])
    if untold := untold + len(faults[MOST_TOLD:]):
        more = "1 more mistake is not shown" if untold == 1 else f"{untold} more mistakes are not shown"
        problems = (*problems, FileProblem(message=more, file=source.name))
    raise InvalidFileError(problems)


def nearest_of(word: object, known: Iterable[object]) -> str | None:
    """Return the known word that is most like a word, if one is."""
    names = {str(name).casefold(): str(name) for name in known}
    found = difflib.get_close_matches(str(word).casefold()[:80], names, n=1, cutoff=0.6)
    return names[found[0]] if found else None


def _places(source: SourceFile) -> Places:
    from kapplan.files.toml.places import Places, places_of

    try:
        return places_of(source.data.decode("utf-8-sig"))
    except (ValueError, RecursionError, IndexError):
        return Places("")


def _problem(name: str, places: Places, fault: Fault) -> FileProblem:
    from kapplan.files.toml.sensitive import quoted

    place = places.key(fault.path) if fault.key else places.value(fault.path)
    where = {"line": place.line, "column": place.column, "width": place.width}
    return derived(FileProblem, fault, file=name, **where, excerpt=quoted(places, place.line))
