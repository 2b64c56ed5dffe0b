"""What was worked out of a record once and is kept for as long as it is that very record.

Rules are read once and asked again for every patient and protocol. To find what was worked out of one by its values
would take longer than most of it: so it is found by the record itself.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

Record = TypeVar("Record")
Result = TypeVar("Result")

MOST = 4096
"""How many records are known at a time; then all are forgotten, so that whoever plans for long stays small."""
FEW = 64
"""The same of large ones: a clinic's rules and a patient's protocol may be read anew for each of a batch."""


def kept(work: Callable[[Record], Result]) -> Callable[[Record], Result]:
    """Return a function of one record that works once for each; it must depend on nothing else."""
    return _kept(work, MOST)


def kept_of_few(work: Callable[[Record], Result]) -> Callable[[Record], Result]:
    """Return the same of large records, of which few are in use at a time: all rules, or a whole protocol."""
    return _kept(work, FEW)


def _kept(work: Callable[[Record], Result], most: int) -> Callable[[Record], Result]:
    known: dict[int, tuple[Record, Result]] = {}

    @wraps(work)
    def found(record: Record) -> Result:
        entry = known.get(id(record))
        if entry is None:
            if len(known) >= most:
                known.clear()
            entry = known[id(record)] = record, work(record)  # the record lives on: nothing else gets its id
        return entry[1]

    return found
