"""Taking into a plan what it was not made from: an absence, or what somebody did in a live calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from kapplan.cli.session.change import Step, busy_of
from kapplan.cli.session.environment import Edge
from kapplan.errors import UsageError

if TYPE_CHECKING:
    from kapplan.files.plans.snapshots import CaseInputs
    from kapplan.files.plans.store import StoredPlan
    from kapplan.model.clinic import Away


def as_wished(edge: Edge, stored: StoredPlan, step: Step, effect: str) -> Step:
    """Return a step that also does what an accepted change of a live calendar asks for; others as they are."""
    from kapplan.planning.replan.request import Asked
    from kapplan.planning.review.calendar_proposals import wish_of

    wish = wish_of(step.plan, effect)
    if wish is None:
        return step
    if wish.visit is not None and wish.start is not None:
        return replace(step, asked=Asked(visit=wish.visit, day=wish.start.date(), time=wish.start.time()))
    if wish.first is not None and wish.last is not None:
        return with_absence(edge, stored, step, who="clinic", days=(wish.first, wish.last))
    return step


def with_absence(edge: Edge, stored: StoredPlan, step: Step, *, who: str, days: tuple[date, date]) -> Step:
    """Return a step that also takes an absence into what the plan is dated from, ``days`` are its first and last."""
    from kapplan.files.plans.review_basis import built_in_review
    from kapplan.files.plans.snapshots import inputs_of, snapshot_of
    from kapplan.model.clinic import Away
    from kapplan.planning.replan.request import Sources

    inputs = _with_absence(inputs_of(step.plan), who, Away(from_=days[0], until=days[1]))
    snapshot = snapshot_of(inputs)
    sources = Sources(
        moving=built_in_review().moving,
        profile=inputs.profile,
        protocol=inputs.protocol,
        clinic=inputs.clinic,
        busy=busy_of(edge, stored, inputs.clinic),
        snapshot=snapshot,
    )
    return replace(step, plan=replace(step.plan, snapshot=snapshot), sources=sources)


def _with_absence(inputs: CaseInputs, who: str, absence: Away) -> CaseInputs:
    from kapplan.model.clinic import Closure

    profile, clinic = inputs.profile, inputs.clinic
    if who == "patient":
        availability = replace(profile.availability, away=(*profile.availability.away, absence))
        return replace(inputs, profile=replace(profile, availability=availability))
    if who == "clinic":
        closure = Closure(from_=absence.from_, until=absence.until, why="closed")
        return replace(inputs, clinic=replace(clinic, closed=(*clinic.closed, closure)))
    ids = [person.id for person in clinic.staff]
    if who not in ids:
        raise UsageError(f"nobody of the staff is called {who}", hint=f"patient, clinic, {', '.join(ids)}")
    staff = tuple(
        replace(person, away=(*person.away, absence)) if person.id == who else person for person in clinic.staff
    )
    return replace(inputs, clinic=replace(clinic, staff=staff))
