"""When a clinic's rooms and people are busy, and nothing of what for: VFREEBUSY (RFC 5545, 3.6.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from kapplan.model.bookings import resource_of
from kapplan.model.exports import Export, ExportRequest
from kapplan.model.plan import Plan
from kapplan.output.calendar.entries import NO_MAILBOX, PRODUCT
from kapplan.output.calendar.ics_text import one_line, parameter, physical_lines
from kapplan.planning.bookings.plan_bookings import booked_plan
from kapplan.planning.journal.calendar_identity import told_revision

Period = tuple[datetime, datetime]
_ORDER = ("BUSY", "BUSY-TENTATIVE")
"""What keeps a time: first what is settled, since no time is told twice."""


def export(plans: Iterable[Plan], asked: ExportRequest) -> Export:
    """Return when each room and each person of some plans is busy, or the one alone whose calendar is asked for.

    The plans are taken one by one and not kept. Times are in UTC; provisional visits are tentative. ``ValueError`` for
    no plan.
    """
    taken: dict[str, dict[str, list[Period]]] = {}
    revised = []
    for plan in plans:
        revised.append(told_revision(plan, plan.revised))
        _take(taken, plan)
    if not revised:
        raise ValueError("free and busy times need a plan")
    owners = [asked.owner] if asked.owner else sorted(taken)
    stamp = max(revised)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}"]
    for owner in owners:
        lines += _component(owner, taken.get(owner, {}), stamp)
    return Export(content=physical_lines([*lines, "END:VCALENDAR"]))


def _take(taken: dict[str, dict[str, list[Period]]], plan: Plan) -> None:
    """Add when a plan takes rooms and people, settled and tentative apart."""
    for visit in booked_plan(plan).visits:
        if visit.takes:
            kind = "BUSY-TENTATIVE" if visit.provisional and visit.open else "BUSY"
            for owner, begins, ends in visit.resources():
                period = datetime.fromtimestamp(begins, UTC), datetime.fromtimestamp(ends, UTC)
                taken.setdefault(owner, {}).setdefault(kind, []).append(period)


def _component(owner: str, taken: Mapping[str, Sequence[Period]], stamp: datetime) -> Iterator[str]:
    yield "BEGIN:VFREEBUSY"
    yield f"UID:{uuid5(NAMESPACE_URL, f'urn:kapplan:freebusy:{owner}')}"
    yield f"DTSTAMP:{_moment(stamp)}"
    yield f"ORGANIZER;CN={parameter(one_line(resource_of(owner).name or 'room'))}:{NO_MAILBOX}"
    merged = {kind: _merged(taken.get(kind, ())) for kind in _ORDER}
    every = [period for periods in merged.values() for period in periods]
    if every:
        yield f"DTSTART:{_moment(min(begin for begin, _ in every))}"
        yield f"DTEND:{_moment(max(end for _, end in every))}"
    for kind, periods in merged.items():
        if periods:
            spans = ",".join(f"{_moment(begin)}/{_moment(end)}" for begin, end in periods)
            yield f"FREEBUSY;FBTYPE={kind}:{spans}"
    yield "END:VFREEBUSY"


def _merged(periods: Iterable[Period]) -> list[Period]:
    """Return periods in order, those that touch or overlap joined."""
    found: list[Period] = []
    for begin, end in sorted(periods):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found


def _moment(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%SZ}"
