"""What protocols, regimens and plans share about a visit: its length by parts, its needs, its tasks, its gate."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Literal, get_args

from kapplan.dataclass import dataclass
from kapplan.model.fields import Bounds, Id, Level, Measure, Positive, Whole
from kapplan.model.terms import Kind, Role

Part = Literal["prepare", "administer", "monitor", "clear"]
PARTS: tuple[Part, ...] = get_args(Part)
"""The parts of a visit in the order in which they happen; in the last one the room is made ready for the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Minutes:
    """The parts of a visit, in minutes, in the order in which they happen."""

    prepare: Whole = 0
    administer: Whole = 0
    monitor: Whole = 0
    clear: Whole = 0

    @property
    def total(self) -> int:
        """The whole length of the visit in minutes."""
        return self.prepare + self.administer + self.monitor + self.clear

    def during(self, parts: Collection[Part]) -> tuple[tuple[int, int], ...]:
        """Return when some parts are, in minutes from the beginning; those that follow each other are one span."""
        spans: list[tuple[int, int]] = []
        begin = 0
        for part in PARTS:
            end = begin + getattr(self, part)
            if part in parts and begin < end:
                since = spans.pop()[0] if spans and spans[-1][1] == begin else begin
                spans.append((since, end))
            begin = end
        return tuple(spans)


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedByParts:
    """Somebody whom a visit needs for some of its parts only."""

    role: Role
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRule:
    """Something to be done by a day counted from its visit (before it where negative).

    With ``numbers`` it belongs to those visits of the kind only: the first, the second and so on. A task of a course
    counts from the first dose; with ``reauthorization`` from the first one that no authorization of the insurer covers,
    anew for each.
    """

    id: Id
    due_days: int
    text: str
    numbers: tuple[Positive, ...] | None = None
    reauthorization: bool = False
    level: Level = "default"
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A review at which measured outcomes decide what follows.

    Without a ``measure`` the gate opens when the visit is recorded. ``response`` is the fraction of the baseline
    that must
    be lost; ``at_most`` and ``at_least`` bound the score itself; all that are given must hold. ``then`` and
    ``otherwise`` name
    a phase, or ``continue`` (the phases after this one), or ``stop``; ``then_or`` and ``otherwise_or`` a phase that a
    clinician may choose in their place, which is never laid out by itself. ``holds`` are the kinds that stay
    provisional until then: all that come after the gate where it is left out.
    """

    measure: Measure | None = None
    response: Annotated[float, Bounds(0, 1)] | None = None
    at_most: int | None = None
    at_least: int | None = None
    then: str = "continue"
    otherwise: str = "stop"
    then_or: Id | None = None
    otherwise_or: Id | None = None
    holds: tuple[Kind, ...] | None = None
    level: Level = "default"
    source: str | None = None
    text: str | None = None
