"""The day's list over a whole book: a line for each patient of whom something is to be known or done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime

from kapplan.dataclass import dataclass
from kapplan.model.bookings import BookedPlan
from kapplan.planning.availability.timezones import zone
from kapplan.planning.bookings.plan_bookings import ONE
from kapplan.planning.clinic.board import BoardVisit, beside, by_resource, moments_of, on_board

Capacities = Callable[[str, BookedPlan], Mapping[str, int]]
"""Tells how many visits each room and person of a clinic can have at a time, given the last of its plans."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientVisit:
    """A visit of a patient, where and with whom it is, and the patients whom it clashes with."""

    visit: BoardVisit
    room: str | None = None
    staff: tuple[str, ...] = ()
    clashes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientLine:
    """What some days bring of one plan.

    ``unrecorded`` are the visits whose time has passed and of which nobody said what became, the oldest first;
    ``visits`` those of the days; ``due`` how many open tasks are due by the last day, ``since`` the day of the oldest.
    """

    plan: BookedPlan
    unrecorded: tuple[BoardVisit, ...] = ()
    visits: tuple[PatientVisit, ...] = ()
    due: int = 0
    since: date | None = None

    @property
    def clash(self) -> bool:
        """Whether any of its visits has what somebody else has."""
        return any(one.clashes for one in self.visits)


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientLines:
    """The lines of some days, those to be seen to first at the top."""

    first: date
    last: date
    lines: tuple[PatientLine, ...]


def patient_lines(
    plans: Sequence[BookedPlan], days: tuple[date, date], now: datetime, capacity: Capacities
) -> PatientLines:
    """Return a line for each plan of which something is to be known or done on the days ``days`` (first and last).

    ``now`` is a moment with a zone; ``capacity`` is asked only of a clinic in which two visits want one room or person.
    Safety notices come first, then what is not recorded, the oldest before all, then who comes, by time, and then what
    is due.
    """
    clashes = _clashes(plans, days, now, capacity)
    found = (_line(plan, days, now, clashes) for plan in plans)
    lines = sorted((line for line in found if _says(line)), key=_order)
    return PatientLines(first=days[0], last=days[1], lines=tuple(lines))


def _line(
    plan: BookedPlan, days: tuple[date, date], now: datetime, clashes: Mapping[tuple[str, str], tuple[str, ...]]
) -> PatientLine:
    due = [day for day in plan.due if day <= days[1].isoformat()]
    since = date.fromisoformat(due[0]) if due else None
    if plan.held:
        return PatientLine(plan=plan, due=len(due), since=since)
    here = zone(plan.timezone)
    begin, end = moments_of(days, here)
    ordered = sorted(plan.visits, key=lambda visit: visit.begins)
    visits = tuple(
        PatientVisit(
            visit=on_board(plan, visit, here, now),
            room=visit.room,
            staff=visit.staff,
            clashes=clashes.get((plan.plan, visit.id), ()),
        )
        for visit in ordered
        if begin <= visit.begins < end and visit.takes
    )
    late = tuple(on_board(plan, visit, here, now) for visit in ordered if visit.open and visit.ends <= now.timestamp())
    return PatientLine(plan=plan, unrecorded=late, visits=visits, due=len(due), since=since)


def _says(line: PatientLine) -> bool:
    plan = line.plan
    return bool(plan.safety or line.unrecorded or line.visits or line.due or plan.proposals or plan.held)


def _order(line: PatientLine) -> tuple[bool, bool, float, bool, float, date, str, str]:
    late = line.unrecorded[0].begins.timestamp() if line.unrecorded else 0.0
    first = line.visits[0].visit.begins.timestamp() if line.visits else 0.0
    since = line.since or date.max
    return (
        not line.plan.safety, not line.unrecorded, late, not line.visits, first, since, line.plan.patient,
        line.plan.name,
    )  # fmt: skip


def _clashes(
    plans: Sequence[BookedPlan], days: tuple[date, date], now: datetime, capacity: Capacities
) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the visits of the days that have what is booked for others, by plan and id, each with whose it is."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for clinic, own in _by_clinic(plans).items():
        most: Mapping[str, int] | None = None
        names = {plan.name: plan.plan for plan in own}
        for (_, resource), visits in by_resource(own, zone(own[0].timezone), days, now).items():
            for one in visits:
                others = beside(one, visits)
                if not others:
                    continue
                if most is None:
                    most = capacity(clinic, own[-1])
                if len(others) >= most.get(resource, ONE):
                    whose = found.setdefault((names[one.plan], one.visit), {})
                    whose |= dict.fromkeys(sorted(other.patient for other in others))
    return {visit: tuple(whose) for visit, whose in found.items()}


def _by_clinic(plans: Iterable[BookedPlan]) -> dict[str, list[BookedPlan]]:
    found: dict[str, list[BookedPlan]] = {}
    for plan in plans:
        if plan.clinic is not None:
            found.setdefault(plan.clinic, []).append(plan)
    return found
