"""What of a plan lies behind at a moment: the days of visits that were held, and of those that were not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from kapplan.dataclass import dataclass
from kapplan.model.plan import Plan, PlannedVisit
from kapplan.planning.availability.timezones import zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """What stands: ``given`` are the days of visits that were held, ``lost`` the planned days of those that were not.

    A visit whose time has passed without a record counts as held where it stood.
    """

    given: Mapping[str, date]
    lost: Mapping[str, date]

    @property
    def fixed(self) -> dict[str, date]:
        """The day of every visit that lies behind."""
        return {**self.given, **self.lost}


def happened(plan: Plan, now: datetime) -> Happened:
    """Return what of a plan lies behind at a moment with a zone."""
    here = zone(plan.timezone)
    given: dict[str, date] = {}
    lost: dict[str, date] = {}
    for visit in plan.visits:
        if visit.status == "completed":
            given[visit.id] = (visit.actual or visit.start).astimezone(here).date()
        elif visit.is_lost:
            lost[visit.id] = visit.start.astimezone(here).date()
        elif is_past(plan, visit, now):
            given[visit.id] = visit.start.astimezone(here).date()
    return Happened(given=given, lost=lost)


def is_past(plan: Plan, visit: PlannedVisit, now: datetime) -> bool:
    """Return whether an open visit's time has come without a record.

    A date that no rule allows any more still stood when it passed: the patient was told of it, and may have come. One
    that passed while the course was on hold did not.
    """
    in_a_hold = visit.status == "unresolved" and (plan.held or visit.before is None)
    return visit.open and not in_a_hold and visit.start <= now


def settled_gates(plan: Plan) -> frozenset[str]:
    """Return the gates that are passed: those that measure nothing open when they are held, others when accepted."""
    held = {visit.id for visit in plan.visits if visit.status == "completed"}
    return frozenset(
        visit.id for visit in plan.regimen.visits if visit.gate and not visit.gate.measure and visit.id in held
    )
