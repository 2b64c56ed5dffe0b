"""Authorizations that bind: what an insurer approved becomes caps of the placement.

Where the days of several overlap, a dose may be charged to any of them: doses within any stretch of days are no more
than all that covers a day of it approves together. That is all there is to it as long as no authorization's days lie
within another's, which the reader of profiles refuses. Devices are counted by the most that a dose of the course takes,
so that they never run out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from kapplan.model.decisions import Authorization
from kapplan.model.regimen import Regimen, RegimenVisit
from kapplan.model.terms import DOSES
from kapplan.planning.problem.problem import ProblemLimit
from kapplan.planning.schedule.formulate import Situation

_EVER = 10**7
"""Days from the origin that nothing reaches: where an authorization says no first or no last day."""


class _Stretch(NamedTuple):
    """Doses on days ``first`` through ``last`` are at most ``most``, which the authorizations ``numbers`` approve."""

    first: int
    last: int
    most: int
    numbers: tuple[int, ...]


class _Approved(NamedTuple):
    number: int
    first: int
    last: int
    most: int


def approved_caps(
    regimen: Regimen, situation: Situation, authorizations: Sequence[Authorization]
) -> Iterator[ProblemLimit]:
    """Yield the caps that binding authorizations set to the doses of a course; none that nothing could break."""
    if not any(one.bind for one in authorizations):
        return
    doses = [visit for visit in regimen.visits if visit.kind in DOSES and visit.id not in situation.lost]
    for what in ("visits", "devices"):
        for stretch in _stretches(_approved(doses, situation, authorizations, what)):
            if stretch.most < len(doses):
                yield ProblemLimit(
                    rule=f"authorization-{'-'.join(map(str, stretch.numbers))}.{what}",
                    type="cap",
                    role="approved",
                    visits=tuple(visit.id for visit in doses),
                    max=stretch.most,
                    from_=None if stretch.first == -_EVER else stretch.first,
                    until=None if stretch.last == _EVER else stretch.last,
                )


def _approved(
    doses: Sequence[RegimenVisit],
    situation: Situation,
    authorizations: Sequence[Authorization],
    what: Literal["visits", "devices"],
) -> Iterator[_Approved]:
    """Yield what binding authorizations approve of visits, or of devices, as numbers of doses."""
    a_dose = max((visit.devices for visit in doses), default=0) if what == "devices" else 1
    for number, one in enumerate(authorizations, 1):
        count = one.devices if what == "devices" else one.visits
        if one.bind and count is not None and a_dose:
            first = -_EVER if one.from_ is None else situation.day(one.from_)
            last = _EVER if one.until is None else situation.day(one.until)
            yield _Approved(number, first, last, count // a_dose)


def _stretches(approved: Iterable[_Approved]) -> Iterator[_Stretch]:
    """Yield the stretches of days that authorizations cover, each with all that it may be charged to."""
    known = tuple(approved)
    firsts = {day for one in known for day in (one.first, one.last + 1)}
    lasts = {day for one in known for day in (one.last, one.first - 1)}
    found = []
    for first in sorted(firsts):
        for last in sorted(lasts):
            over = [one for one in known if one.first <= last and one.last >= first]
            if first <= last and _cover(over, first, last):
                numbers = tuple(one.number for one in over)
                found.append(_Stretch(first, last, sum(one.most for one in over), numbers))
    for one in found:
        if not any(_says_more(other, one) for other in found if other is not one):
            yield one


def _cover(approved: Sequence[_Approved], first: int, last: int) -> bool:
    """Tell whether every day of a stretch lies in an authorization."""
    day = first
    for one in sorted(approved, key=lambda each: each.first):
        if one.first > day:
            return False
        day = max(day, one.last + 1)
    return day > last


def _says_more(one: _Stretch, other: _Stretch) -> bool:
    """Tell whether a stretch bounds all that another does, and as narrowly."""
    return one.first <= other.first and one.last >= other.last and one.most <= other.most
