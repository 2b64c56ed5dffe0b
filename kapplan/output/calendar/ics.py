"""Calendar files (RFC 5545) that every calendar program reads rightly and that update what it already holds.

The bytes depend on the plans and the options alone: no clock, no order of a set, no version of ours. Times of revision
and sequence come from the plan, so that an export of an unchanged plan is the same file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

from kapplan.model.exports import Audience, CalendarObject, Catalogue, Detail, Export, ExportRequest, Visibility
from kapplan.model.plan import Plan, PlannedVisit, Task
from kapplan.model.terms import NO_NAMES, MeasureNames
from kapplan.output.calendar.entries import (
    NO_MAILBOX,
    EntryOptions,
    Method,
    Stamps,
    calendar_lines,
    checked_alarms,
    in_order,
    span_of,
    task_event,
    task_todo,
    visit_event,
)
from kapplan.output.calendar.ics_text import physical_lines, uri
from kapplan.output.calendar.ics_words import Words
from kapplan.output.calendar.vtimezone import YearlyZone
from kapplan.planning.journal.calendar_identity import calendar_status, entry_uid, former_uids
from kapplan.planning.review.calendar_proposals import accepted_starts, declined_starts, stays

NO_CATALOGUES: Mapping[str, Catalogue] = MappingProxyType({})
FULL_DETAIL_WARNING = "full detail tells what appointments are for: whoever sees or hosts this calendar can read it"


def export(plans: Sequence[Plan], asked: ExportRequest) -> Export:
    """Return the calendar file that is asked for."""
    return calendar_bytes(
        plans, audience=asked.audience, detail=asked.detail, visibility=asked.visibility,
        method="publish" if asked.publish else None, organizer=asked.organizer, alarms=asked.alarms,
        tasks=asked.tasks, todos=asked.todos, feed=asked.feed, measures=asked.measure_names, owner=asked.owner,
        catalogues={} if asked.material is None else asked.material.words,
    )  # fmt: skip


def calendar_bytes(
    plans: Sequence[Plan],
    *,
    audience: Audience = "patient",
    detail: Detail = "neutral",
    visibility: Visibility = "private",
    method: Method | None = None,
    organizer: str | None = None,
    alarms: Sequence[timedelta] | None = None,
    tasks: bool = False,
    todos: bool = False,
    feed: bool = False,
    name: str = "Appointments",
    measures: MeasureNames = NO_NAMES,
    catalogues: Mapping[str, Catalogue] = NO_CATALOGUES,
    owner: str = "",
) -> Export:
    """Return one calendar file of all visits of some plans, past and cancelled ones included.

    ``visibility`` is the CLASS of every entry: a hint to other programs and no protection. ``method="publish"``
    writes METHOD:PUBLISH with an ORGANIZER (``organizer``, an e-mail address). ``alarms`` are the spans before the
    start at which a reminder is asked for, two at most: by default the clinic's own, else a day and two hours for a
    patient, none for a clinic. ``tasks`` adds open tasks as transparent all-day entries to a clinic's calendar,
    ``todos`` all tasks as to-dos. A ``feed`` is for subscribing: it says how often it is worth asking for. ``name`` is
    shown as the calendar's, ``measures`` are what people call them, ``catalogues`` the patients' words by their plans'
    ids, English where there are none. Entries of the calendar of an ``owner``, a room or
    a person, have names of their own.

    A visit whose local time cannot be told rightly by a VTIMEZONE is written in UTC, with a warning.

    Raises ``ValueError`` for no plan, one plan twice, too many or negative alarms, tasks for a patient, or a visit
    without a time zone, and ``UsageError`` for a plan in an unknown zone.
    """
    _check_plans(plans)
    if (tasks or todos) and audience == "patient":
        raise ValueError("tasks are the clinic's: only its calendar can hold them")
    options = EntryOptions(
        words=Words(audience, detail, measures),
        visibility=visibility,
        method=method,
        organizer=f"mailto:{uri(organizer)}" if organizer else NO_MAILBOX,
        alarms=None if alarms is None else checked_alarms(alarms),
        owner=owner,
    )

    def in_words(plan: Plan) -> EntryOptions:
        return replace(options, words=replace(options.words, catalogue=_spoken(audience, catalogues.get(plan.id))))

    ordered = sorted(plans, key=lambda plan: (plan.patient, plan.id))
    stamps = [Stamps(plan) for plan in ordered]
    events = [
        event
        for stamp in stamps
        for event in (
            *(visit_event(stamp, visit, in_words(stamp.plan)) for visit in in_order(stamp.plan)),
            *(task_event(stamp.plan, task, options) for task in _open_tasks(stamp.plan) if tasks),
            *(task_todo(stamp.plan, task, options) for task in _by_due(stamp.plan.tasks) if todos),
        )
    ]
    return Export(
        content=physical_lines(
            calendar_lines(_named(name, plans, in_words), method, _used_zones(stamps), events, feed=feed)
        ),
        warnings=(*_warnings_of(detail), *(warning for stamp in stamps for warning in stamp.warnings)),
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
    Raises as ``calendar_bytes`` does.
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
    return physical_lines(calendar_lines("Appointments", None, (), (), feed=True))


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
    lines = calendar_lines(None, None, zones, [visit_event(stamps, visit, options)])
    return CalendarObject(
        uid=entry_uid(stamps.plan, options.words.audience, "visit", visit.id),
        visit=visit.id,
        start=start,
        end=end,
        sequence=visit.sequence,
        cancelled=calendar_status(visit) == "CANCELLED",
        data=physical_lines(lines),
        audience=options.words.audience if stamps.plan.identity.secret else "",
        former=former_uids(stamps.plan, options.words.audience, "visit", visit.id),
        accepted=accepted_starts(stamps.plan, visit.id),
        declined=declined_starts(stamps.plan, visit.id),
        stays=stays(stamps.plan, visit.id),
    )


def _named(name: str, plans: Sequence[Plan], in_words: Callable[[Plan], EntryOptions]) -> str:
    """Return a calendar's name in its reader's words; that of several who read otherwise stays as it is."""
    names = {in_words(plan).words.catalogue.say(name) for plan in plans}
    return names.pop() if len(names) == 1 else name


def _warnings_of(detail: Detail) -> tuple[str, ...]:
    return (FULL_DETAIL_WARNING,) if detail == "full" else ()


def _check_plans(plans: Sequence[Plan]) -> None:
    if not plans:
        raise ValueError("a calendar file needs a plan")
    if len({plan.id for plan in plans}) < len(plans):
        raise ValueError("a calendar file cannot hold one plan twice")


def _open_tasks(plan: Plan) -> list[Task]:
    return _by_due(task for task in plan.tasks if task.status == "open")


def _used_zones(stamps: Iterable[Stamps]) -> list[YearlyZone]:
    zones = {zone.tzid: zone for stamp in stamps if (zone := stamp.used_zone) is not None}
    return [zones[tzid] for tzid in sorted(zones)]


def _by_due(tasks: Iterable[Task]) -> list[Task]:
    return sorted(tasks, key=lambda task: (task.due, task.id))
