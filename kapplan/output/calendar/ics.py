"""Calendar files (RFC 5545) that every calendar program reads rightly and that update what it already holds.

The bytes depend on the plans and the options alone: no clock, no order of a set, no version of ours. Times of revision
and sequence come from the plan, so that an export of an unchanged plan is the same file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import NamedTuple

from kapplan.dataclass import replace
from kapplan.model.exports import Audience, CalendarObject, Catalogue, Detail, Export, ExportRequest, Visibility
from kapplan.model.plan import Plan, PlannedVisit, Task
from kapplan.model.terms import NO_NAMES, MeasureNames
from kapplan.output.calendar.entries import (
    NO_MAILBOX,
    EntryOptions,
    Method,
    Stamps,
    checked_alarms,
    entry_bytes,
    in_order,
    span_of,
    task_event,
    task_todo,
    visit_event,
    whole_calendar,
)
from kapplan.output.calendar.ics_text import uri
from kapplan.output.calendar.ics_words import Words
from kapplan.output.calendar.vtimezone import YearlyZone
from kapplan.planning.journal.calendar_identity import calendar_status, entry_uid, former_uids
from kapplan.planning.review.calendar_proposals import accepted_starts, declined_starts, stays

NAME = "Appointments"
"""What a calendar is called to its reader, in their language."""
FULL_DETAIL_WARNING = "full detail tells what appointments are for: whoever sees or hosts this calendar can read it"


class _Part(NamedTuple):
    """What one plan adds to a file: its entries, the zone that they need, and what the calendar is called to it."""

    order: tuple[str, str]
    entries: bytes
    zone: YearlyZone | None
    name: str
    warnings: tuple[str, ...]


def export(plans: Iterable[Plan], asked: ExportRequest) -> Export:
    """Return one calendar file of all visits of some plans, past and cancelled ones included.

    The plans are taken one by one and not kept, so that they can be read as they are needed; a patient's words are
    looked up when each is taken. ``asked`` says whose calendar it is and what it holds. Without alarms of its own it
    has those of the clinic, else a day and two hours before for a patient, none for a clinic. The calendar's own name
    is in its reader's words where all read alike. Entries of the calendar of an owner have names of their own.

    A visit whose local time cannot be told rightly by a VTIMEZONE is written in UTC, with a warning.

    Raises ``ValueError`` for no plan, one plan twice, too many or negative alarms, tasks for a patient, or a visit
    without a time zone, and ``UsageError`` for a plan in an unknown zone.
    """
    if (asked.tasks or asked.todos) and asked.audience == "patient":
        raise ValueError("tasks are the clinic's: only its calendar can hold them")
    method: Method | None = "publish" if asked.publish else None
    options = EntryOptions(
        words=Words(asked.audience, asked.detail, asked.measure_names),
        visibility=asked.visibility,
        method=method,
        organizer=f"mailto:{uri(asked.organizer)}" if asked.organizer else NO_MAILBOX,
        alarms=None if asked.alarms is None else checked_alarms(asked.alarms),
        owner=asked.owner,
    )
    catalogues = {} if asked.material is None else asked.material.words

    def part(plan: Plan) -> _Part:
        words = replace(options.words, catalogue=_spoken(asked.audience, catalogues.get(plan.id)))
        stamps, own = Stamps(plan), replace(options, words=words)
        entries = (
            *(visit_event(stamps, visit, own) for visit in in_order(plan)),
            *(task_event(plan, task, options) for task in _by_due(plan.tasks) if asked.tasks and task.status == "open"),
            *(task_todo(plan, task, options) for task in _by_due(plan.tasks) if asked.todos),
        )
        content, name = b"".join(map(entry_bytes, entries)), words.catalogue.say(NAME)
        return _Part((plan.patient, plan.id), content, stamps.used_zone, name, stamps.warnings)

    parts = sorted(map(part, plans), key=lambda one: one.order)
    _check(parts)
    names = {one.name for one in parts}
    used = {one.zone.tzid: one.zone for one in parts if one.zone is not None}
    zones = [used[tzid] for tzid in sorted(used)]
    shown = names.pop() if len(names) == 1 else NAME
    return Export(
        content=whole_calendar(shown, method, zones, (one.entries for one in parts), feed=asked.feed),
        warnings=(*_warnings_of(asked.detail), *(warning for one in parts for warning in one.warnings)),
    )


def calendar_objects(
    plan: Plan,
    *,
    audience: Audience = "patient",
    detail: Detail = "neutral",
    visibility: Visibility = "private",
    alarms: Sequence[timedelta] | None = None,
    measures: MeasureNames = NO_NAMES,
    catalogue: Catalogue | None = None,
) -> tuple[tuple[CalendarObject, ...], tuple[str, ...]]:
    """Return each visit of a plan as an object of its own, for a server to keep, and sentences as for a file.

    Withdrawn visits are among them, as cancelled ones. ``catalogue`` holds a patient's words, English ones without it.
    Raises as ``export`` does.
    """
    stamps = Stamps(plan)
    options = EntryOptions(
        Words(audience, detail, measures, _spoken(audience, catalogue)),
        visibility,
        alarms=None if alarms is None else checked_alarms(alarms),
    )
    return tuple(_object(stamps, visit, options) for visit in in_order(plan)), (
        *_warnings_of(detail),
        *stamps.warnings,
    )


def empty_feed() -> bytes:
    """Return a calendar to subscribe to without any entry: whoever has subscribed loses those of before."""
    return whole_calendar(NAME, None, (), (), feed=True)


def _spoken(audience: Audience, catalogue: Catalogue | None) -> Catalogue:
    """Return the words for a reader: a clinic's calendar is in English whatever its patients speak."""
    return catalogue or Catalogue() if audience == "patient" else Catalogue()


def feed_name(plan: Plan, audience: Audience) -> str | None:
    """Return the file name of a plan's calendar to subscribe to: the same for life, and not to be guessed.

    ``None`` for a plan without a secret.
    """
    if not plan.identity.secret:
        return None
    return "".join(entry_uid(plan, audience, "feed", part) for part in ("1", "2")).replace("-", "") + ".ics"


def _object(stamps: Stamps, visit: PlannedVisit, options: EntryOptions) -> CalendarObject:
    zones = [stamps.zone] if stamps.zone is not None and stamps.in_zone(visit) else []
    start, end = span_of(visit)
    data = whole_calendar(None, None, zones, [entry_bytes(visit_event(stamps, visit, options))])
    return CalendarObject(
        uid=entry_uid(stamps.plan, options.words.audience, "visit", visit.id),
        visit=visit.id,
        start=start,
        end=end,
        sequence=visit.sequence,
        cancelled=calendar_status(visit) == "CANCELLED",
        data=data,
        audience=options.words.audience if stamps.plan.identity.secret else "",
        former=former_uids(stamps.plan, options.words.audience, "visit", visit.id),
        accepted=accepted_starts(stamps.plan, visit.id),
        declined=declined_starts(stamps.plan, visit.id),
        stays=stays(stamps.plan, visit.id),
    )


def _warnings_of(detail: Detail) -> tuple[str, ...]:
    return (FULL_DETAIL_WARNING,) if detail == "full" else ()


def _check(parts: Sequence[_Part]) -> None:
    if not parts:
        raise ValueError("a calendar file needs a plan")
    if len({one.order[1] for one in parts}) < len(parts):
        raise ValueError("a calendar file cannot hold one plan twice")


def _by_due(tasks: Iterable[Task]) -> list[Task]:
    return sorted(tasks, key=lambda task: (task.due, task.id))
