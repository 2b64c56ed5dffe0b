"""Publishing in tests: a plan of a few visits, a publisher that never waits, and what a calendar holds of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from icalendar import Calendar as Ical
from support.calendar_plans import local, visit
from support.calendar_plans import plan as plan_of_visits
from support.dav_servers import PASSWORD, USER, Calendar, Proxy

from kapplan.files.caldav.client import Client
from kapplan.files.caldav.credentials import Credentials
from kapplan.files.caldav.ledger import ledger_path, open_ledger
from kapplan.files.caldav.patience import Patience
from kapplan.files.caldav.publication import PublishRequest, publish
from kapplan.files.caldav.target import target_of
from kapplan.model.exports import PublishResult
from kapplan.model.plan import Plan, PlannedVisit
from kapplan.output.calendar.ics import calendar_objects
from kapplan.planning.journal.calendar_identity import entry_uid
from kapplan.planning.journal.undo import with_entry

NOW = datetime(2026, 12, 23, 18, 0, tzinfo=UTC)

FOREIGN = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//somebody//else//EN\r\nBEGIN:VEVENT\r\nUID:their-own\r\n"
    b"DTSTAMP:20261201T000000Z\r\nDTSTART:20270108T160000Z\r\nDTEND:20270108T170000Z\r\nSUMMARY:Appointment\r\n"
    b"END:VEVENT\r\nEND:VCALENDAR\r\n"
)
"""Somebody else's entry, at the time and with the title of one of ours."""


def small_plan(visits: int = 5) -> Plan:
    """Return a plan of a visit a week, the first on Fri 8 Jan 2027 at 09:00."""
    first = local("2027-01-08 09:00")
    return plan_of_visits(*(visit(first + timedelta(weeks=n), number=n + 1) for n in range(visits)))


def changed(plan: Plan, visit_id: str, *, at: datetime = NOW, **changes: Any) -> Plan:
    """Return a plan saved with a change of one visit, as a command saves it."""
    visits = tuple(replace(one, **changes) if one.id == visit_id else one for one in plan.visits)
    return with_entry(plan, replace(plan, visits=visits), at=at, by="tester", command="move", text="changed")


def moved(plan: Plan, visit_id: str, *, days: int = 0, hours: int = 0) -> Plan:
    """Return a plan saved with one visit at another time."""
    one, by = plan.visit(visit_id), timedelta(days=days, hours=hours)
    return changed(plan, visit_id, start=one.start + by, end=one.end + by)


def file_of(plan: Plan, visit_id: str) -> str:
    """Return the name under which a visit lies on a server."""
    return f"{entry_uid(plan, 'patient', 'visit', visit_id)}.ics"


@dataclass
class Publisher:
    """Publishes through a proxy, with a memory in a folder, and without ever waiting between tries."""

    proxy: Proxy
    calendar: Calendar
    folder: Path
    foreign: bytes = b""
    waits: list[float] = field(default_factory=list)
    seconds: float = 60.0
    read_seconds: float = 20.0
    password: str = PASSWORD

    def __call__(self, plan: Plan, **options: Any) -> dict[str, PublishResult]:
        """Publish and return what became of each visit, by its id."""
        target = target_of(self.proxy.url(self.calendar))
        wanted, _ = calendar_objects(plan, audience=options.pop("audience", "patient"))
        asked = PublishRequest(**{"collection": target.path, "now": NOW, **options})
        patience = Patience(self.seconds, sleep=self.waits.append, jitter=lambda: 0.0)
        with closing(Client(target, Credentials(USER, self.password))) as client:
            client.read_seconds = self.read_seconds
            results = publish(client, wanted, open_ledger(self.memory), asked, patience)
        return {result.visit: result for result in results}

    @property
    def memory(self) -> Path:
        """The file of the ledger."""
        return ledger_path(self.folder / "river.plan.toml", target_of(self.proxy.url(self.calendar)))


def actions(results: dict[str, PublishResult]) -> dict[str, str]:
    """Return what was done for each visit, and how it ended where it was not simply done."""
    fine = {"done", "unchanged", "pending", "stopped"}
    return {name: one.action if one.outcome in fine else one.outcome for name, one in results.items()}


def event(calendar: Calendar, name: str) -> Any:
    """Return the event component that a server holds under a name."""
    (found,) = Ical.from_ical(calendar.state()[name]).walk("VEVENT")
    return found


def held(calendar: Calendar, plan: Plan) -> dict[str, tuple[datetime, str, int]]:
    """Return start, status and sequence of each visit that a server holds."""
    there = calendar.state()
    return {one.id: _told(calendar, file_of(plan, one.id)) for one in _all(plan) if file_of(plan, one.id) in there}


def _told(calendar: Calendar, name: str) -> tuple[datetime, str, int]:
    found = event(calendar, name)
    return found["DTSTART"].dt.astimezone(UTC), str(found["STATUS"]), int(found["SEQUENCE"])


def _all(plan: Plan) -> Iterator[PlannedVisit]:
    yield from plan.visits
    yield from plan.withdrawn


def expected(plan: Plan) -> dict[str, datetime]:
    """Return when each visit starts, as an instant."""
    return {one.id: one.start.astimezone(UTC) for one in plan.visits}
