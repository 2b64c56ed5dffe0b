"""What happened: ``done``, ``missed``, ``cancel``, ``omit``, ``score``, ``confirm``.

A record is never refused for the schedule's sake.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kapplan.cli.casework.change import Settings, Step, change, changing
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.options import LeftOut
from kapplan.cli.typed.days import day_ahead, moment_of_record, past_day
from kapplan.cli.typed.plans import PlanArgument
from kapplan.cli.typed.scores import (
    complete_score,
    measures_in,
    score_words,
    scores_alone,
    scores_in,
    tell_scores,
    typed_or_piped,
)
from kapplan.cli.typed.visits import (
    VisitAndWhenArgument,
    VisitArgument,
    asked_visit,
    complete_visit,
    visit_and_rest,
    visit_of,
    visits_of,
    was_words,
)
from kapplan.errors import UsageError
from kapplan.model.terms import DOSES
from kapplan.planning.phrases.words import day_words, visit_words

if TYPE_CHECKING:
    from kapplan.model.plan import Plan, PlannedVisit


LATE_HOURS = 48
"""How long before a visit its cancellation is told in hours."""


@changing("done")
def done(
    edge: Edge,
    settings: Settings,
    plan: PlanArgument,
    what: Annotated[
        str,
        typer.Argument(
            metavar="VISIT|TASK",
            autocompletion=complete_visit,
            help="A visit: dosing-1, dose 1, d1, next, a kind; or a task.",
        ),
        LeftOut(asked_visit),
    ],
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[WHEN] [phq9=14 ...]",
            autocompletion=complete_score,
            help="When it was; scores: phq9=14, PHQ-9 14.",
        ),
    ] = None,
    *,
    partial: Annotated[
        str | None, typer.Option(metavar="WHY", help="Only a part of it was given, and why: it was stopped, refused.")
    ] = None,
    note: Annotated[str | None, typer.Option(help="A note, kept with the visit.")] = None,
) -> None:
    """Record that a visit was held, or a task done, with the scores taken.

    Example: kapplan done river dosing-1 phq9=14 phq9_item9=0 bp=128/82
    """
    when, scores = scores_in(typed_or_piped(words))

    def record(current: Plan, now: datetime) -> Step:
        from kapplan.planning.amend.record import complete, finish_task

        if any(task.id == what for task in current.tasks):
            if scores or partial:
                raise UsageError("scores are recorded with a visit, or by `kapplan score`")
            day = past_day(edge, when, now)
            return Step(finish_task(current, what, day), f"{what} done on {day_words(day)}", replan=False)
        visit, said = visit_and_rest(current, [what, *when])
        held = moment_of_record(edge, said, now, visit)
        changed = complete(current, visit.id, actual=held, scores=scores, note=note, partial=partial)
        part = f" in part ({partial})" if partial else ""
        was = was_words(visit, held)
        text = f"{visit_words(visit.id)} held{part} on {day_words(held.date())}{was}{score_words(scores)}"
        return Step(changed, text, doses=visit.kind in DOSES)

    change(edge, settings, plan, "done", record, records=True)
    tell_scores(edge, scores)


@changing("missed")
def missed(
    edge: Edge,
    settings: Settings,
    plan: PlanArgument,
    visit: VisitAndWhenArgument,
    when: Annotated[
        list[str] | None, typer.Argument(metavar="[WHEN...]", help="The day on which nobody came; its own without it.")
    ] = None,
    *,
    note: Annotated[str | None, typer.Option(help="A note, kept with the visit.")] = None,
) -> None:
    """Record that the patient did not come; what follows from it is the protocol's rule.

    Example: kapplan missed river dosing-3
    """

    def record(current: Plan, now: datetime) -> Step:
        from kapplan.planning.amend.record import miss

        found, said = visit_and_rest(current, [visit, *(when or [])])
        day = moment_of_record(edge, said, now, found).date() if said else None
        words = f"{visit_words(found.id)} missed" + (f" on {day_words(day)}" if day is not None else "")
        changed = miss(current, found.id, note=note, on=day)
        return Step(changed, f"{words}{_was(found, changed)}")

    change(edge, settings, plan, "missed", record, records=True)


def _was(before: PlannedVisit, plan: Plan) -> str:
    """Return what was recorded of a visit before, in words; nothing where the plan now says the same of it."""
    after = plan.visit(before.id)
    same = (before.status, before.start, before.cancelled_by) == (after.status, after.start, after.cancelled_by)
    return "" if same else was_words(before)


@changing("cancel")
def cancel(
    edge: Edge,
    settings: Settings,
    plan: PlanArgument,
    visit: VisitArgument,
    *,
    party: Annotated[
        Literal["patient", "clinic"] | None, typer.Option(help="Who called it off; asked for on a terminal.")
    ] = None,
    note: Annotated[str | None, typer.Option(help="A note, kept with the visit.")] = None,
) -> None:
    """Record that a visit was called off, and by whom.

    Example: kapplan cancel river integration-2 --party patient
    """
    who = party or _asked_party(edge)

    def record(current: Plan, now: datetime) -> Step:
        from kapplan.planning.amend.record import cancel as called_off

        found = visit_of(current, visit)
        changed = called_off(current, found.id, party=who, note=note)
        words = f"{visit_words(found.id)} cancelled by the {who}"
        return Step(changed, f"{words}{_notice_words(found, now)}{_was(found, changed)}")

    change(edge, settings, plan, "cancel", record, records=True)


def _asked_party(edge: Edge) -> Literal["patient", "clinic"]:
    """Ask who called a visit off; raise ``UsageError`` where nobody can be asked."""
    while edge.interactive:
        edge.note("Who called it off, the patient or the clinic? [p/c]: ", end="")
        answer = edge.read_line().strip().casefold()
        if answer in {"p", "patient"}:
            return "patient"
        if answer in {"c", "clinic"}:
            return "clinic"
    raise UsageError("cancel needs to know who called it off", hint="add --party patient or --party clinic")


def _notice_words(visit: PlannedVisit, now: datetime) -> str:
    """Return how long before its time a visit was called off, where that was short."""
    hours = (visit.start - now) // timedelta(hours=1)
    if not 0 <= hours < LATE_HOURS:
        return ""
    return f", {hours} hour{'' if hours == 1 else 's'} before its time"


@changing("omit")
def omit(
    edge: Edge,
    settings: Settings,
    plan: PlanArgument,
    visit: VisitArgument,
    *,
    note: Annotated[str | None, typer.Option(help="A note, kept with the visit.")] = None,
) -> None:
    """Leave a visit out on purpose: it is neither held nor given later.

    Example: kapplan omit river integration-2
    """

    def record(current: Plan, _: datetime) -> Step:
        from kapplan.planning.amend.record import omit as left_out

        found = visit_of(current, visit)
        return Step(left_out(current, found.id, note=note), f"{visit_words(found.id)} left out")

    change(edge, settings, plan, "omit", record, records=True)


@changing("score")
def score(
    edge: Edge,
    settings: Settings,
    plan: PlanArgument,
    values: Annotated[
        list[str],
        typer.Argument(metavar="MEASURE=VALUE...", autocompletion=complete_score, help="phq9=14, PHQ-9 14, bp 138/88."),
    ],
    *,
    on: Annotated[str | None, typer.Option(metavar="DATE", help="The day of the scores; today without it.")] = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take scores of that day back: name measures.")] = False,
) -> None:
    """Record scores; a safety notice comes before anything else. ``-`` reads them from standard input.

    Example: kapplan score river phq9=14 phq9_item9=0
    """
    if withdraw:
        _withdraw(edge, settings, plan, values, on)
        return
    scores = scores_alone(typed_or_piped(values))

    def record(current: Plan, now: datetime) -> Step:
        from kapplan.planning.amend.record import score as scored

        day = past_day(edge, on, now)
        return Step(scored(current, day, scores), f"scores of {day_words(day)}{score_words(scores)}", replan=False)

    change(edge, settings, plan, "score", record, records=True)
    tell_scores(edge, scores)


def _withdraw(edge: Edge, settings: Settings, plan: str, measures: list[str], on: str | None) -> None:
    def record(current: Plan, now: datetime) -> Step:
        import kapplan
        from kapplan.planning.amend.record import withdraw as taken_back

        day = past_day(edge, on, now)
        names = measures_in(measures)
        try:
            done = taken_back(current, day, names)
        except KeyError as error:
            there = sorted({score.measure for score in current.scores if score.on == day})
            hint = f"scores of that day are {', '.join(there)}" if there else "name their day with --on"
            raise UsageError(f"no {error.args[0]} is recorded of {day_words(day)}", hint=hint) from None
        titles = kapplan.read_measures().names
        told = ", ".join(titles.get(name, name) for name in names)
        return Step(done, f"scores of {day_words(day)} withdrawn: {told}", replan=False)

    change(edge, settings, plan, "score", record, records=True)


@changing("confirm")
def confirm(
    edge: Edge,
    settings: Settings,
    plan: PlanArgument,
    visits: Annotated[list[str] | None, typer.Argument(metavar="VISIT...", help="dosing-1, dose 2, next.")] = None,
    *,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Every visit through this day.")] = None,
) -> None:
    """Record that the patient confirmed visits: they move only where nothing else will do.

    Example: kapplan confirm river dosing-1 integration-1
    """

    def record(current: Plan, now: datetime) -> Step:
        from kapplan.planning.amend.record import confirm as confirmed

        ids = [visit.id for visit in visits_of(current, visits or [])]
        if until is not None:
            last = day_ahead(edge, until, now.date())
            ids += [visit.id for visit in current.visits if _can_be_confirmed(visit) and visit.start.date() <= last]
        if not ids:
            raise UsageError("there is no visit to confirm", hint="name visits, or a day with --until")
        words = ", ".join(visit_words(each) for each in dict.fromkeys(ids))
        doses = any(current.visit(each).kind in DOSES for each in ids)
        return Step(confirmed(current, ids), f"{words} confirmed", replan=False, doses=doses, while_held=False)

    change(edge, settings, plan, "confirm", record, records=True)


def _can_be_confirmed(visit: PlannedVisit) -> bool:
    return visit.open and not visit.provisional and visit.status != "unresolved"
