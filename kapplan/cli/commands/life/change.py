"""Changes of what is planned: ``move``, ``add``, ``away``, ``hold``, ``resume``."""

from __future__ import annotations

from datetime import datetime
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from kapplan.cli.casework.change import Settings, Step, change, change_stored, changing, options_of, sources_of
from kapplan.cli.casework.ways_out import OnHold
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.plans import find, typed_again
from kapplan.cli.session.views import show_records
from kapplan.cli.typed.days import asked_period, day_to_come, typed_period, typed_when
from kapplan.cli.typed.plans import PlanArgument
from kapplan.cli.typed.questions import chosen
from kapplan.cli.typed.visits import VisitAndWhenArgument, refuse_recorded, visit_and_rest
from kapplan.dataclass import replace
from kapplan.errors import UsageError
from kapplan.planning.phrases.words import day_words, span_words, visit_words

if TYPE_CHECKING:
    from kapplan.files.plans.store import StoredPlan
    from kapplan.model.plan import Plan, PlannedVisit
    from kapplan.planning.phrases.typed_periods import Period
    from kapplan.planning.replan.alternatives import PossibleDay

NAMED_AT_MOST = 2
"""So many visits that a day pulls along are named where there is one line for it."""

WhenArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[WHEN...]", help="2027-01-20, wed 14:00, next tue, 20 jan, 3d later.")
]


@changing("move")
def move(
    edge: Edge, settings: Settings, plan: PlanArgument, visit: VisitAndWhenArgument, when: WhenArgument = None
) -> None:
    """Move a visit; without a date, list the days that work and what each would pull along.

    Example: kapplan move river dosing-2 next tue
    """
    stored = find(edge, plan)
    typed = [visit, *(when or [])]
    named, said = visit_and_rest(stored.plan, typed)
    if not said:
        picked = _list_days(edge, settings, stored, named)
        if picked is None:
            return
        typed = [named.id, picked]

    def moved(current: Plan, now: datetime) -> Step:
        from kapplan.planning.replan.request import Asked

        found, words = visit_and_rest(current, typed)
        refuse_recorded(plan, found, "moved")
        wanted = typed_when(edge, words, now.date(), visit=found.start)
        text = f"{visit_words(found.id)} moved to {day_words(wanted.day)}"
        asked = Asked(visit=found.id, day=wanted.day, time=wanted.time)
        return Step(current, text, asked=asked, while_held=False)

    change_stored(edge, settings, stored, "move", moved)


def _list_days(edge: Edge, settings: Settings, stored: StoredPlan, visit: PlannedVisit) -> str | None:
    """Print the days on which a visit could be, each with what it would pull along.

    Returns the day and time that somebody picks on a terminal; ``None`` where nobody does.
    """
    from kapplan.output.records.words import longer_search_words, untold_words
    from kapplan.output.views.moves import moves_records
    from kapplan.planning.replan.alternatives import possible_days

    if stored.plan.held:
        raise OnHold(stored)
    now = edge.now_in(stored.plan.timezone)
    options = replace(options_of(settings, now, edge.author(settings.by)), deadline=edge.deadline(settings.within))
    sources = sources_of(edge, stored, stored.plan, options.deadline)
    days, untold = possible_days(stored.plan, sources, visit.id, now, options)
    ended = options.deadline is not None and options.deadline.over
    if untold:
        edge.note(untold_words(untold, f"{visit_words(visit.id)} can be"))
    if untold and not ended:
        edge.note(longer_search_words(settings.effort))
    if ended:
        edge.note("The deadline ended the search: other days may work too, or with less to pull along.")
    if settings.form is not None or not edge.interactive or not days:
        patient = stored.plan.patient
        records = moves_records(visit, days, patient, quote(stored.known_as or patient))
        show_records(edge, records, settings.form)
        return None
    place = chosen(edge, f"When is {visit_words(visit.id)} to be?", [_day_line(day) for day in days], likeliest=None)
    return None if place is None else f"{days[place].start:%Y-%m-%d %H:%M}"


def _day_line(possible: PossibleDay) -> str:
    """Return a day to pick: when, and what it would pull along, by name where that is short."""
    now = "  where it is" if possible.current else ""
    when = f"{day_words(possible.start.date())} {possible.start:%H:%M}{now}"
    if not possible.pulled:
        return when
    if len(possible.pulled) <= NAMED_AT_MOST:
        return (
            f"{when}  pulls along {', '.join(f'{visit_words(one.visit)} {one.days:+d} d' for one in possible.pulled)}"
        )
    days = sorted(one.days for one in possible.pulled)
    return f"{when}  pulls along {len(days)} visits, {days[0]:+d} to {days[-1]:+d} d"


@changing("add")
def add(
    edge: Edge,
    settings: Settings,
    plan: PlanArgument,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="A type of visit of the protocol: booster, check-in.")],
    when: WhenArgument = None,
) -> None:
    """Add a visit, on a day of your choice or on the best one.

    Example: kapplan add river check-in 2d later
    """

    def added(current: Plan, now: datetime) -> Step:
        from kapplan.files.plans.snapshots import inputs_of
        from kapplan.planning.amend.add_visit import add_visit
        from kapplan.planning.replan.request import Asked

        inputs = inputs_of(current)
        wanted = typed_when(edge, when, now.date()) if when else None
        day = None if wanted is None else wanted.day
        new = add_visit(current, inputs.protocol, kind, clinic=inputs.clinic, day=day)
        asked = None if wanted is None else Asked(visit=new.visit, day=wanted.day, time=wanted.time)
        text = f"{visit_words(new.visit)} added"
        return Step(new.plan, text, asked=asked, again=("add", "PLAN", kind, *(when or ())), while_held=False)

    change(edge, settings, plan, "add", added)


@changing("away")
def away(
    edge: Edge,
    settings: Settings,
    plan: PlanArgument,
    period: Annotated[
        list[str] | None,
        typer.Argument(metavar="DAYS...", help="10 feb - 14 feb, 2027-02-10..2027-02-14, next week."),
    ] = None,
    *,
    who: Annotated[str, typer.Option(metavar="WHO", help="patient, clinic, or a staff id.")] = "patient",
    back: Annotated[bool, typer.Option("--back", help="There after all, where the plan had them away.")] = False,
) -> None:
    """Take a new absence into the plan, of the patient, the clinic or one of its staff.

    Without a PLAN, of the clinic or its staff, into all plans of the book that it touches, as one change.

    Example: kapplan away river 10 feb - 14 feb
    """
    words = [plan, *(period or ())]
    if who != "patient" and (everywhere := _period_alone(edge, words)) is not None:
        from kapplan.cli.casework.whole_book import away_everywhere

        away_everywhere(
            edge,
            settings,
            who,
            (everywhere.first, everywhere.last),
            _absence_words(who, everywhere, back=back),
            back=back,
        )
        return
    period = period or asked_period(edge)
    if not period:
        named = quote(typed_again(edge, plan))
        raise UsageError("away needs a plan and days", hint=f"such as: kapplan away {named} 10 feb - 14 feb")

    stored = find(edge, plan, quiet=True)

    def absent(current: Plan, now: datetime) -> Step:
        from kapplan.cli.casework.absences import refuse_where_the_book_knows, with_absence, without_absence

        span = typed_period(edge, period or (), now.date())
        step, days = Step(current, _absence_words(who, span, back=back)), (span.first, span.last)
        if not back:
            return with_absence(step, who=who, days=days)
        refuse_where_the_book_knows(edge, stored, who, days)
        return without_absence(step, who=who, days=days)

    change_stored(edge, settings, stored, "away", absent)
    if not back:
        file = (
            "patient's profile too for courses planned anew"
            if who == "patient"
            else "clinic's file too for other plans"
        )
        edge.hint(f"Kept in the plan, whatever is read again; write it into the {file}.")


def _period_alone(edge: Edge, words: list[str]) -> Period | None:
    """Return the days that all words together say; ``None`` where they say none, since the first is a plan."""
    try:
        return typed_period(edge, words, edge.day())
    except UsageError:
        return None


def _absence_words(who: str, span: Period, *, back: bool) -> str:
    """Return an absence, or that there is none after all, for the history."""
    gone, there = ("closed", "open") if who == "clinic" else ("away", "there")
    state = f"is {there} after all" if back else f"is {gone}"
    whose = f"the {who}" if who in {"patient", "clinic"} else who
    return f"{whose} {state} {span_words(span.first, span.last)}"


@changing("hold")
def hold(
    edge: Edge,
    settings: Settings,
    plan: PlanArgument,
    *,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="The day on which it is meant to go on.")] = None,
) -> None:
    """Hold the whole course: its open visits are unresolved until it is resumed.

    Example: kapplan hold river --why "admitted to hospital"
    """

    def held(current: Plan, now: datetime) -> Step:
        from kapplan.planning.amend.record import hold as on_hold

        if current.held:
            raise UsageError("the course is held already", hint=f"it goes on with: kapplan resume {quote(plan)}")
        day = None if until is None else day_to_come(edge, until, now.date())
        words = "" if day is None else f" until {day_words(day)}"
        return Step(on_hold(current, now, day), f"the course is on hold{words}", replan=False)

    change(edge, settings, plan, "hold", held)


@changing("resume")
def resume(edge: Edge, settings: Settings, plan: PlanArgument, when: WhenArgument = None) -> None:
    """Resume a course that was held, or whose visits are unresolved: they are dated anew.

    Example: kapplan resume river
    """

    def resumed(current: Plan, now: datetime) -> Step:
        from kapplan.planning.amend.record import resume as going_on

        if not current.held and not current.lacks_dates:
            raise UsageError("the course is not held", hint="nor is any visit unresolved")
        day = day_to_come(edge, when, now.date()) if when else None
        words = "" if day is None else f", nothing before {day_words(day)}"
        return Step(going_on(current, now, day), f"the course goes on{words}", doses=True)

    change(edge, settings, plan, "resume", resumed)
