"""``kapplan correct``: a record that was wrong is put right, with what was and what is."""

from __future__ import annotations

from datetime import datetime
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from kapplan.cli.casework.change import Settings, Step, change, changing
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.plans import typed_again
from kapplan.cli.typed.days import moment_of_record
from kapplan.cli.typed.plans import PlanArgument
from kapplan.cli.typed.scores import score_words, scores_in
from kapplan.cli.typed.visits import RecordedVisitArgument, visit_and_rest, was_words
from kapplan.errors import UsageError
from kapplan.planning.phrases.words import day_words, visit_words

if TYPE_CHECKING:
    from kapplan.model.plan import Plan, PlannedVisit


@changing("correct")
def correct(
    edge: Edge,
    settings: Settings,
    plan: PlanArgument,
    visit: RecordedVisitArgument,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[WHEN] [phq9=14 ...]", help="When it really was, and scores.")
    ] = None,
    *,
    reopen: Annotated[bool, typer.Option("--reopen", help="Nothing happened: the visit is open again.")] = False,
) -> None:
    """Put a record right: another day, other scores, or open again. Scores taken at the visit come along.

    Example: kapplan correct river dosing-2 28 jan phq9=12
    """
    when, scores = scores_in(words or [])

    def record(current: Plan, now: datetime) -> Step:
        found, said = visit_and_rest(current, [visit, *when])
        if not (said or scores or reopen):
            raise UsageError("correct needs what is right", hint="a day, scores such as phq9=12, or --reopen")
        if reopen and (said or scores):
            raise UsageError("--reopen says that nothing happened", hint="leave the day and the scores out")
        if found.open:
            hint = f"to record it: kapplan done {quote(typed_again(edge, plan))} {found.id}"
            raise UsageError(f"nothing is recorded of {visit_words(found.id)}", hint=hint)
        if reopen:
            from kapplan.planning.amend.record import reopen as reopened

            text = f"{visit_words(found.id)} is open again{was_words(found)}"
            return Step(reopened(current, found.id), text)
        moment = moment_of_record(edge, said, now, found) if said else None
        return _corrected(current, found, moment, scores, quote(typed_again(edge, plan)))

    change(edge, settings, plan, "correct", record, records=True)


def _corrected(
    plan: Plan, found: PlannedVisit, moment: datetime | None, scores: dict[str, int | str], name: str
) -> Step:
    from kapplan.planning.amend.record import complete, miss, score

    words = visit_words(found.id)
    if found.status == "completed":
        held = moment or found.actual or found.start
        changed = complete(plan, found.id, actual=held, scores=scores, partial=found.partial)
        return Step(changed, f"{words} held on {day_words(held.date())}{was_words(found, held)}{score_words(scores)}")
    if moment is not None and found.status == "missed":
        changed = miss(plan, found.id, on=moment.date())
        text = f"{words} missed on {day_words(moment.date())} (was: {day_words(found.start.date())})"
        return Step(changed if not scores else score(changed, moment.date(), scores), text)
    from kapplan.output.records.words import state_words

    hint = f"to record that it was held: kapplan done {name} {found.id}"
    raise UsageError(f"{words} was {state_words(found)}", hint=hint)
