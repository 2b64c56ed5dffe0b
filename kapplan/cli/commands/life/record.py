"""What happened: ``done``, ``missed``, ``cancel``, ``omit``, ``score``, ``confirm``.

A record is never refused for the schedule's sake.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kapplan.cli.session.change import Settings, Step, change, changing
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.plans import PlanArgument, VisitArgument, visit_of
from kapplan.cli.session.scores import scores_in
from kapplan.errors import UsageError

if TYPE_CHECKING:
    from kapplan.model.plan import Plan, PlannedVisit


@changing("done")
def done(
    edge: Edge,
    settings: Settings,
    plan: PlanArgument,
    what: Annotated[str, typer.Argument(metavar="VISIT|TASK", help="A visit's id, next, or a task's id.")],
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[WHEN] [phq9=14 ...]", help="When it was, and scores.")
    ] = None,
    *,
    note: Annotated[str | None, typer.Option(help="A note, kept with the visit.")] = None,
) -> None:
    """Record that a visit was held, or a task done, with the scores taken.

    Example: kapplan done river dosing-1 phq9=14 phq9_item9=0 bp=128/82
    """
    when, scores = scores_in(words or [])

    def record(current: Plan, now: datetime) -> Step:
        from kapplan.model.terms import DOSES
        from kapplan.planning.amend.record import complete, finish_task

        if any(task.id == what for task in current.tasks):
            if scores:
                raise UsageError("scores are recorded with a visit, or by `kapplan score`")
            day = _past_day(when, now)
            return Step(finish_task(current, what, day), f"{what} done on {_day_words(day)}", replan=False)
        visit = visit_of(current, what)
        held = _moment(when, now, visit)
        changed = complete(current, visit.id, actual=held, scores=scores, note=note)
        text = f"{_visit_words(visit.id)} held on {_day_words(held.date())}{_score_words(scores)}"
        return Step(changed, text, doses=visit.kind in DOSES)

    change(edge, settings, plan, "done", record, records=True)


@changing("missed")
def missed(
    edge: Edge,
    settings: Settings,
    plan: PlanArgument,
    visit: VisitArgument,
    *,
    note: Annotated[str | None, typer.Option(help="A note, kept with the visit.")] = None,
) -> None:
    """Record that the patient did not come; what follows from it is the protocol's rule.

    Example: kapplan missed river dosing-3
    """

    def record(current: Plan, _: datetime) -> Step:
        from kapplan.planning.amend.record import miss

        found = visit_of(current, visit)
        return Step(miss(current, found.id, note=note), f"{_visit_words(found.id)} missed")

    change(edge, settings, plan, "missed", record, records=True)


@changing("cancel")
def cancel(
    edge: Edge,
    settings: Settings,
    plan: PlanArgument,
    visit: VisitArgument,
    *,
    party: Annotated[Literal["patient", "clinic"], typer.Option(help="Who called it off.")],
    note: Annotated[str | None, typer.Option(help="A note, kept with the visit.")] = None,
) -> None:
    """Record that a visit was called off, and by whom.

    Example: kapplan cancel river integration-2 --party patient
    """

    def record(current: Plan, _: datetime) -> Step:
        from kapplan.planning.amend.record import cancel as called_off

        found = visit_of(current, visit)
        changed = called_off(current, found.id, party=party, note=note)
        return Step(changed, f"{_visit_words(found.id)} cancelled by the {party}")

    change(edge, settings, plan, "cancel", record, records=True)


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
        return Step(left_out(current, found.id, note=note), f"{_visit_words(found.id)} left out")

    change(edge, settings, plan, "omit", record, records=True)


@changing("score")
def score(
    edge: Edge,
    settings: Settings,
    plan: PlanArgument,
    values: Annotated[list[str], typer.Argument(metavar="MEASURE=VALUE...", help="Scores: phq9=14 bp=138/88.")],
    *,
    on: Annotated[str | None, typer.Option(metavar="DATE", help="The day of the scores; today without it.")] = None,
) -> None:
    """Record scores; a safety notice comes before anything else.

    Example: kapplan score river phq9=14 phq9_item9=0
    """
    rest, scores = scores_in(values)
    if rest:
        raise UsageError(f'a score is written as phq9=14, not "{rest[0]}"')

    def record(current: Plan, now: datetime) -> Step:
        from kapplan.planning.amend.record import score as scored

        day = _past_day([] if on is None else [on], now)
        return Step(scored(current, day, scores), f"scores of {_day_words(day)}{_score_words(scores)}", replan=False)

    change(edge, settings, plan, "score", record, records=True)


@changing("confirm")
def confirm(
    edge: Edge,
    settings: Settings,
    plan: PlanArgument,
    visits: Annotated[list[str] | None, typer.Argument(metavar="VISIT...", help="Visits' ids, or next.")] = None,
    *,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Every visit through this day.")] = None,
) -> None:
    """Record that the patient confirmed visits: they move only where nothing else will do.

    Example: kapplan confirm river dosing-1 integration-1
    """

    def record(current: Plan, now: datetime) -> Step:
        from kapplan.model.terms import DOSES
        from kapplan.planning.amend.record import confirm as confirmed

        ids = [visit_of(current, name).id for name in visits or []]
        if until is not None:
            last = _day_ahead(until, now)
            ids += [visit.id for visit in current.visits if _can_be_confirmed(visit) and visit.start.date() <= last]
        if not ids:
            raise UsageError("there is no visit to confirm", hint="name visits, or a day with --until")
        words = ", ".join(_visit_words(each) for each in dict.fromkeys(ids))
        doses = any(current.visit(each).kind in DOSES for each in ids)
        return Step(confirmed(current, ids), f"{words} confirmed", replan=False, doses=doses)

    change(edge, settings, plan, "confirm", record, records=True)


def _can_be_confirmed(visit: PlannedVisit) -> bool:
    return visit.open and not visit.provisional and visit.status != "unresolved"


def _past_day(words: list[str], now: datetime) -> date:
    """Return the day of what has happened: the latest one that the words can mean, today where there are none."""
    from kapplan.planning.phrases.typed_days import parse_when

    return parse_when(words, today=now.date(), direction="back").day if words else now.date()


def _day_ahead(words: str, now: datetime) -> date:
    from kapplan.planning.phrases.typed_days import parse_when

    return parse_when(words, today=now.date()).day


def _moment(words: list[str], now: datetime, visit: PlannedVisit) -> datetime:
    """Return when a visit was held: as typed, else as planned, else now where its time has not come yet."""
    from kapplan.planning.phrases.typed_days import parse_when

    if not words:
        return min(visit.start, now) if visit.timed else now
    when = parse_when(words, today=now.date(), visit=visit.start, direction="back")
    clock = when.time or (visit.start.time() if visit.timed else now.time())
    held = datetime.combine(when.day, clock, tzinfo=visit.start.tzinfo)
    if held.date() > now.date():
        raise UsageError(f"{_day_words(held.date())} is still ahead: what has not happened cannot be recorded")
    return held


def _day_words(day: date) -> str:
    from kapplan.planning.phrases.words import day_words

    return day_words(day)


def _visit_words(visit_id: str) -> str:
    from kapplan.planning.phrases.words import visit_words

    return visit_words(visit_id)


def _score_words(scores: dict[str, int | str]) -> str:
    return f": {', '.join(f'{measure} {value}' for measure, value in scores.items())}" if scores else ""
