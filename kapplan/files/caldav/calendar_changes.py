"""What people did in a calendar: visits moved or removed, and new entries that close whole days."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from kapplan.dataclass import replace
from kapplan.errors import UsageError
from kapplan.files.caldav.client import Client
from kapplan.files.caldav.entries import uid_of
from kapplan.files.caldav.ledger import Ledger
from kapplan.files.caldav.patience import Patience
from kapplan.files.caldav.publication import PublishRequest, publish
from kapplan.files.caldav.steps import looks_mistaken
from kapplan.files.calendars.calendar_reader import read_events
from kapplan.files.calendars.events import CalendarEvent
from kapplan.files.calendars.series import happenings
from kapplan.model.exports import CalendarObject, PublishResult
from kapplan.planning.availability.timezones import start_of_day
from kapplan.planning.review.calendar_proposals import Seen

_LONGEST_DAYS = 92
"""An entry for more whole days than a quarter of a year closes nothing: it says whose calendar it is."""


def changed_visits(
    client: Client, wanted: Sequence[CalendarObject], ledger: Ledger, patience: Patience, request: PublishRequest
) -> tuple[PublishResult, ...]:
    """Return what publishing would stop at: the visits that somebody changed; nothing is written anywhere.

    What was left to the calendar before is among them: who reads back wants to know. Raises ``UsageError`` where so
    many visits are gone that it looks like another or an emptied calendar, unless ``request`` is with force.
    """
    known = {uid: replace(one, agreed={}, released=False) for uid, one in ledger.known.items()}
    results = publish(client, wanted, Ledger(Path(), known), replace(request, dry_run=True), patience)
    stopped = tuple(result for result in results if result.outcome == "stopped")
    removed = sum(1 for result in stopped if _is_removed(result))
    if looks_mistaken(removed, known) and not request.force:
        raise UsageError(
            f"{removed} appointments were removed from the calendar at once; nothing was proposed",
            hint="look whether this is the right calendar, and not an emptied one; --force proposes to call them off",
        )
    return stopped


def _is_removed(result: PublishResult) -> bool:
    return result.action == "gone" or any(
        one.field == "status" and one.theirs == "CANCELLED" for one in result.differences
    )


def seen_in(results: Iterable[PublishResult], wanted: Sequence[CalendarObject], zone: ZoneInfo) -> tuple[Seen, ...]:
    """Return the changes of visits that a plan can take over; the others are left to people."""
    starts = {each.uid: each.start for each in wanted}
    return tuple(seen for one in results if (seen := _seen(one, starts.get(one.uid), zone)) is not None)


def _seen(result: PublishResult, planned: datetime | None, zone: ZoneInfo) -> Seen | None:
    theirs = {one.field: one.theirs for one in result.differences}
    if _is_removed(result):
        return Seen(what="removed", visit=result.visit)
    if planned is None or not theirs.get("start"):
        return None
    return Seen(what="moved", visit=result.visit, start=_start(theirs["start"], planned, zone))


def _start(text: str, planned: datetime, zone: ZoneInfo) -> datetime:
    """Return when an entry starts; one for a whole day keeps the planned time of day."""
    moment = datetime.fromisoformat(text)
    if "T" not in text:
        return datetime.combine(moment.date(), planned.astimezone(zone).time(), zone)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)


def closures(
    client: Client, ours: Collection[str], days: tuple[date, date], zone: ZoneInfo, patience: Patience
) -> tuple[Seen, ...]:
    """Return others' busy entries for whole days that touch some days, each once; their titles are never looked at."""
    first, last = (start_of_day(day, zone).astimezone(UTC) for day in (days[0], days[1] + timedelta(days=1)))
    found: set[tuple[date, date]] = set()
    for stored in patience.call(lambda: client.between(first, last)):
        if uid_of(stored.data) not in ours:
            found |= set(_whole_days(_events(stored.data, zone), first, last, zone))
    return tuple(
        Seen(what="closed", first=begin, last=end) for begin, end in sorted(found) if (end - begin).days < _LONGEST_DAYS
    )


def _events(data: bytes, zone: ZoneInfo) -> tuple[CalendarEvent, ...]:
    """Return the events of an object if they take whole days."""
    events = read_events(data, zone)
    return events if all(event.all_day for event in events) else ()


def _whole_days(
    series: Sequence[CalendarEvent], first: datetime, last: datetime, zone: ZoneInfo
) -> Iterator[tuple[date, date]]:
    for start, end in happenings(series, first, last):
        yield start.astimezone(zone).date(), (end - timedelta(seconds=1)).astimezone(zone).date()
