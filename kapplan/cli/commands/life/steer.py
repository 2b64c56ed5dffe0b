"""How a course is steered: ``defer``, ``extend``, ``pin``, ``unpin``, ``freeze``, ``cease``."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kapplan.cli.casework.change import Settings, Step, change, changing
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.options import days_of
from kapplan.cli.typed.days import typed_when
from kapplan.cli.typed.plans import PlanArgument
from kapplan.cli.typed.visits import VisitAndWhenArgument, VisitsArgument, refuse_recorded, visit_and_rest, visits_of
from kapplan.dataclass import replace
from kapplan.errors import UsageError
from kapplan.planning.phrases.words import day_words, days_words, visit_words

if TYPE_CHECKING:
    from kapplan.model.plan import Plan, PlannedVisit

Carry = Literal["this", "block", "all"]
_ALONG = {"this": "alone", "block": "with what follows in its phase", "all": "with all that follows"}


@changing("defer")
def defer(
    edge: Edge,
    settings: Settings,
    plan: PlanArgument,
    visit: VisitAndWhenArgument,
    when: Annotated[
        list[str] | None, typer.Argument(metavar="[WHEN...]", help="The new day; a week later without it.")
    ] = None,
    *,
    carry: Annotated[
        Carry, typer.Option(help="What goes along: this visit alone, what follows in its phase, or all that follows.")
    ] = "block",
) -> None:
    """Put a visit off without calling it off: it and what goes along stand so many days later, as near as can be.

    What comes before it stays where it is.

    Example: kapplan defer river dosing-3 1w later --carry all
    """

    def deferred(current: Plan, now: datetime) -> Step:
        from kapplan.planning.amend.record import shifted
        from kapplan.planning.replan.request import Asked

        found, said = visit_and_rest(current, [visit, *(when or [])])
        refuse_recorded(plan, found, "deferred")
        wanted = typed_when(edge, said or ["1w", "later"], now.date(), visit=found.start)
        days = (wanted.day - found.start.date()).days
        if days <= 0:
            raise UsageError("to defer is to put off to a later day", hint="to an earlier day it is moved")
        along = [one.id for one in current.visits if _goes_along(one, found, carry)]
        keep = tuple(one.id for one in current.visits if _stays(one, found, carry))
        text = f"{visit_words(found.id)} deferred by {days_words(days)} to {day_words(wanted.day)}, {_ALONG[carry]}"
        asked = Asked(visit=found.id, day=wanted.day, time=wanted.time)
        return Step(shifted(current, along, days), text, asked=asked, keep=keep, while_held=False)

    change(edge, settings, plan, "defer", deferred)


def _goes_along(visit: PlannedVisit, first: PlannedVisit, carry: Carry) -> bool:
    if not visit.open or visit.start <= first.start or carry == "this" or visit.pinned:
        return False
    return carry == "all" or visit.phase == first.phase


def _stays(visit: PlannedVisit, first: PlannedVisit, carry: Carry) -> bool:
    """Tell whether a visit is kept where it is: one before the one that is put off, or each where that goes alone."""
    stands = visit.status in {"planned", "confirmed"} and visit.id != first.id
    return stands and (carry == "this" or visit.start < first.start)


@changing("extend")
def extend(
    edge: Edge,
    settings: Settings,
    plan: PlanArgument,
    number: Annotated[int, typer.Argument(metavar="N", min=1, max=24, help="How many more.")],
    kind: Annotated[str, typer.Argument(metavar="[KIND]", help="Of which kind of visit.")] = "dosing",
) -> None:
    """Extend the course by some more visits of a kind, each after the one before it at the course's own distance.

    Example: kapplan extend river 2
    """

    def extended(current: Plan, _: datetime) -> Step:
        from kapplan.files.plans.snapshots import inputs_of
        from kapplan.planning.amend.add_visit import add_visit

        inputs = inputs_of(current)
        names: list[str] = []
        for _again in range(number):
            new = add_visit(current, inputs.protocol, kind, clinic=inputs.clinic, behind=names[-1] if names else None)
            current, names = new.plan, [*names, new.visit]
        words = ", ".join(map(visit_words, names))
        again = ("extend", "PLAN", str(number), kind)
        return Step(current, f"extended by {words}", again=again, while_held=False)

    change(edge, settings, plan, "extend", extended)


@changing("pin")
def pin(edge: Edge, settings: Settings, plan: PlanArgument, visits: VisitsArgument) -> None:
    """Pin visits where they stand: nothing moves them but their own move, until they are unpinned.

    Example: kapplan pin river dosing-3
    """
    _pin(edge, settings, plan, visits, pinned=True)


@changing("unpin")
def unpin(edge: Edge, settings: Settings, plan: PlanArgument, visits: VisitsArgument) -> None:
    """Let pinned visits move again.

    Example: kapplan unpin river dosing-3
    """
    _pin(edge, settings, plan, visits, pinned=False)


def _pin(edge: Edge, settings: Settings, plan: str, visits: list[str], *, pinned: bool) -> None:
    def changed(current: Plan, _: datetime) -> Step:
        from kapplan.planning.amend.record import pin as pins

        found = visits_of(current, visits)
        for one in found:
            refuse_recorded(plan, one, "pinned")
        verb = "pinned to" if pinned else "unpinned from"
        words = ", ".join(
            f"{visit_words(one.id)} {verb} {day_words(one.start.date())} {one.start:%H:%M}" for one in found
        )
        plan_then = pins(current, [one.id for one in found], pinned=pinned)
        return Step(plan_then, words, replan=not pinned and current.lacks_dates)

    change(edge, settings, plan, "pin" if pinned else "unpin", changed)


@changing("freeze")
def freeze(
    edge: Edge,
    settings: Settings,
    plan: PlanArgument,
    span: Annotated[
        list[str], typer.Argument(metavar="SPAN", help="How many days from today: 3d, 1w, 3 days; none lifts it.")
    ],
) -> None:
    """Leave the next days alone at every change of this plan, until it is lifted.

    Example: kapplan freeze river 3d
    """
    said = " ".join(span)
    days = None if said == "none" else days_of(said, "freeze")

    def frozen(current: Plan, _: datetime) -> Step:
        words = "nothing is frozen any more" if days is None else f"the next {days_words(days)} are left as they are"
        fewer = current.freeze_days is not None and (days is None or days < current.freeze_days)
        return Step(replace(current, freeze_days=days), words, replan=fewer and current.lacks_dates)

    change(edge, settings, plan, "freeze", frozen)


@changing("cease")
def cease(edge: Edge, settings: Settings, plan: PlanArgument) -> None:
    """End the course with a reason: what follows is called off, the next review stays.

    Example: kapplan cease river --why "moved to another clinic"
    """
    if not settings.why:
        raise UsageError("cease needs a reason", hint="add --why and say why the course ends")

    def ceased(current: Plan, now: datetime) -> Step:
        from kapplan.planning.amend.record import cease as ended

        return Step(ended(current, settings.why or "", now), "the course ended", replan=False)

    change(edge, settings, plan, "cease", ceased, records=True)
