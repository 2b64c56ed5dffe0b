"""What a publish did or would do, as records: each visit by its date and its UID, never by the title of its entry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

from kapplan.model.exports import FieldDifference, Outcome, PublishResult
from kapplan.model.plan import Plan
from kapplan.output.records.records import Cell, Column, Records
from kapplan.output.records.words import count
from kapplan.planning.availability.timezones import zone
from kapplan.planning.phrases.words import day_words

_COLUMNS = (
    Column(key="action", title="In the calendar", style="bold"),
    Column(key="start", title="Visit's time"),
    Column(key="visit", title="Visit"),
    Column(key="uid", brief=False),
    Column(key="outcome", brief=False),
    Column(key="ours", title="Plan", brief=False),
    Column(key="theirs", title="Calendar", brief=False),
    Column(key="note", title="Note"),
)
_PAST = {"create": "created", "update": "updated", "cancel": "cancelled", "prune": "removed"}
_COUNTED = ("created", "updated", "cancelled", "removed", "unchanged", "conflict", "gone", "failed")
_FIELD_WORDS = {
    "start": "start", "end": "end", "status": "status", "location": "place", "repeats": "repetition",
    "summary": "title", "description": "text", "class": "class", "transp": "free or busy", "url": "link",
}  # fmt: skip
_TELLING = frozenset({"start", "end", "status", "location", "repeats"})
"""Fields whose values may be shown: the words of an entry may hold what somebody wrote for nobody else."""


def publish_records(
    results: Sequence[PublishResult], plan: Plan, *, host: str, dry_run: bool = False, everything: bool = False
) -> Records:
    """Return one record a visit, in their order; those that stay as they are only with ``everything``."""
    told = [one for one in results if everything or one.outcome != "unchanged" or one.note]
    counts = Counter(_counted(result) for result in results)
    summary = {name: counts[name] for name in _COUNTED}
    return Records(
        columns=_COLUMNS,
        rows=tuple(_row(result, plan.timezone, dry_run=dry_run) for result in told),
        schema="kapplan.publish/1",
        name="visits",
        title=host,
        patient=plan.patient,
        after=(_summary_words(summary, dry_run=dry_run), *_advice(results)),
        extra={"host": host, "dry_run": dry_run, "summary": summary},
    )


def value_words(field: str, value: str, timezone: str) -> str:
    """Return a field's value for people: moments on the clinic's clock."""
    if field not in _TELLING:
        return "other words"
    if not value:
        return "none"
    if field not in {"start", "end"}:
        return value.lower() if field == "status" else value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    if "T" not in value:
        return f"{day_words(date.fromisoformat(value))}, all day"
    local = moment.astimezone(zone(timezone)) if moment.tzinfo is not None else moment
    return f"{day_words(local.date())} {local:%H:%M}"


def _counted(result: PublishResult) -> str:
    if result.outcome == "failed":
        return "failed"
    return _PAST.get(result.action, result.action)


def _row(result: PublishResult, timezone: str, *, dry_run: bool) -> tuple[Cell, ...]:
    start = None if result.start is None else result.start.astimezone(zone(timezone))
    action = "failed" if result.outcome == "failed" else result.action
    return (
        action if dry_run or result.outcome != "done" else _PAST.get(action, action),
        start,
        result.visit,
        result.uid,
        result.outcome,
        tuple(f"{one.field}: {_value(one.field, one.ours)}" for one in result.differences),
        tuple(f"{one.field}: {_value(one.field, one.theirs)}" for one in result.differences),
        "; ".join([*([result.note] if result.note else []), *both_sides(result.differences, timezone)]),
    )


def _value(field: str, value: str) -> str:
    return value if field in _TELLING else ""


def both_sides(differences: Sequence[FieldDifference], timezone: str) -> list[str]:
    """Return what a plan and a calendar say of each field of a visit in which they differ."""
    return [
        f"{_FIELD_WORDS[one.field]}: plan {value_words(one.field, one.ours, timezone)}, "
        f"calendar {value_words(one.field, one.theirs, timezone)}"
        for one in differences
    ]


def _summary_words(summary: dict[str, int], *, dry_run: bool) -> str:
    told = [f"{number} {name}" for name, number in summary.items() if number]
    words = ", ".join(told) or "nothing to publish"
    return f"Would be: {words}. Nothing was written." if dry_run else f"{words}."


def _advice(results: Sequence[PublishResult]) -> tuple[str, ...]:
    stopped = sum(result.outcome == "stopped" for result in results)
    failed = sum(result.outcome == "failed" for result in results)
    advice = []
    if stopped:
        advice.append(
            f"{count(stopped, 'visit')} changed in the calendar and left alone: `kapplan sync` proposes the calendar's "
            "side to the plan, --on-conflict ours writes the plan's, --on-conflict theirs leaves the calendar's."
        )
    if failed:
        advice.append("Publish again to try what failed once more: what arrived is not sent twice.")
    return tuple(advice)


def outcome_counts(results: Sequence[PublishResult]) -> Counter[Outcome]:
    """Return how many visits ended in which way."""
    return Counter(result.outcome for result in results)
