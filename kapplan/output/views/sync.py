"""What people did in a live calendar, as records: each change, and what taking it into the plan would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kapplan.model.decisions import Proposal
from kapplan.model.exports import PublishResult
from kapplan.model.plan import Plan
from kapplan.output.records.records import Column, Records
from kapplan.output.records.words import count
from kapplan.output.views.publish import both_sides
from kapplan.planning.journal.diff import Difference
from kapplan.planning.phrases.words import day_words, visit_words
from kapplan.planning.replan.request import Revision
from kapplan.planning.review.calendar_proposals import is_of_calendar

_COLUMNS = (
    Column(key="number", title="N", right=True, style="bold"),
    Column(key="text", title="In the calendar"),
    Column(key="effect", brief=False),
    Column(key="visit", brief=False),
    Column(key="consequence", title="Accepting it"),
)
_MOST_NAMED = 3


def sync_records(
    plan: Plan, consequences: Mapping[int, str], results: Sequence[PublishResult], *, host: str, dry_run: bool
) -> Records:
    """Return one record for each open proposal of the calendar, with what accepting it would do."""
    shown = calendar_proposals(plan)
    noticed = tuple(_noticed(result, plan.timezone) for result in results if result.beyond or not _is_told(result))
    return Records(
        columns=_COLUMNS,
        rows=tuple((one.number, one.text, one.effect, one.visit, consequences.get(one.number)) for one in shown),
        schema="kapplan.sync/1",
        name="changes",
        title=host,
        patient=plan.patient,
        after=(*noticed, *_after(shown, dry_run=dry_run)),
        extra={"host": host, "plan_id": plan.id, "dry_run": dry_run, "noticed": list(noticed)},
    )


def calendar_proposals(plan: Plan) -> tuple[Proposal, ...]:
    """Return the open proposals that come from a calendar."""
    return tuple(one for one in plan.proposals if one.state == "open" and is_of_calendar(one))


def consequence_words(proposal: Proposal, revision: Revision, changed: Difference) -> str:
    """Return what accepting a proposal would do beside what it says, in a sentence."""
    if revision.refused is not None:
        why = "; ".join(obstacle.text for obstacle in revision.refused.obstacles)
        near = ", ".join(day_words(day) for day in revision.refused.nearest)
        return f"breaks a rule: {why}{f'; days near it that work: {near}' if near else ''}"
    if not revision.placed:
        return "leaves no dates that keep every rule: the open visits would stay, unresolved"
    told = [
        f"moves {visit_words(move.visit)} to {day_words(move.to.date())} {move.to:%H:%M}"
        for move in changed.moved if move.visit != proposal.visit
    ]  # fmt: skip
    if len(told) > _MOST_NAMED:
        told = [*told[:_MOST_NAMED], f"moves {len(told) - _MOST_NAMED} more"]
    told += [f"calls off {visit_words(one.id)}" for one in changed.cancelled if one.id != proposal.visit]
    further = [one.visit for one in changed.newly_off_target]
    told += [f"{count(len(further), 'visit')} further off target"] if further else []
    return "; ".join(told) or "nothing else changes"


def _is_told(result: PublishResult) -> bool:
    """Tell whether a change says what it is: an entry that cannot be read does not."""
    return result.action == "gone" or bool(result.differences)


def _noticed(result: PublishResult, timezone: str) -> str:
    told = both_sides(result.beyond, timezone)
    return f"{visit_words(result.visit).capitalize()}: {'; '.join(told) or result.note}; no plan can take this over."


def _after(shown: Sequence[Proposal], *, dry_run: bool) -> tuple[str, ...]:
    if not shown:
        return ("Nobody changed anything in the calendar that the plan should know of.",)
    kept = "Nothing was written." if dry_run else "Kept in the plan as proposals."
    return (f"{kept} `kapplan accept` or `decline` with the plan and a number answers one.",)
