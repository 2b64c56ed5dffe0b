"""Taking into a plan what it was not made from: an absence, or what somebody did in a live calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from kapplan.cli.casework.change import Step
from kapplan.errors import UsageError

if TYPE_CHECKING:
    from kapplan.model.plan import Plan


def as_wished(step: Step, effect: str) -> Step:
    """Return a step that also does what an accepted change of a live calendar asks for; others as they are."""
    from kapplan.planning.replan.request import Asked
    from kapplan.planning.review.calendar_proposals import wish_of

    wish = wish_of(step.plan, effect)
    if wish is None:
        return step
    if wish.visit is not None and wish.start is not None:
        return replace(step, asked=Asked(visit=wish.visit, day=wish.start.date(), time=wish.start.time()))
    if wish.first is not None and wish.last is not None:
        return with_absence(step, who="clinic", days=(wish.first, wish.last))
    return step


def with_absence(step: Step, *, who: str, days: tuple[date, date]) -> Step:
    """Return a step that also takes an absence into the plan, ``days`` are its first and last.

    Raises ``UsageError`` where nobody of the staff has the name.
    """
    from kapplan.planning.amend.absences import away

    check_who(step.plan, who)
    return replace(step, plan=away(step.plan, who, *days))


def without_absence(step: Step, *, who: str, days: tuple[date, date]) -> Step:
    """Return a step that also says that somebody is there after all; raises ``UsageError`` where they were not away."""
    from kapplan.planning.amend.absences import back

    try:
        plan = back(step.plan, who, *days)
    except KeyError:
        known = [f"{one.who} {one.from_.isoformat()}..{one.until.isoformat()}" for one in step.plan.absences]
        hint = f"it knows of {', '.join(known)}" if known else "what a profile or a clinic's file says is changed there"
        raise UsageError("the plan knows of no absence on these days", hint=hint) from None
    return replace(step, plan=plan)


def check_who(plan: Plan, who: str) -> None:
    """Raise ``UsageError`` where a name is neither the patient, nor the clinic, nor one of its staff."""
    from kapplan.files.plans.snapshots import inputs_of
    from kapplan.planning.amend.absences import CLINIC, PATIENT

    ids = [person.id for person in inputs_of(plan).clinic.staff]
    if who not in {PATIENT, CLINIC, *ids}:
        raise UsageError(f"nobody of the staff is called {who}", hint=f"patient, clinic, {', '.join(ids)}")
