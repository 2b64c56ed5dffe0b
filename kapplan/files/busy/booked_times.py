"""Busy times: calendar files (``.ics``), calendars on a server and other patients' plans, never what they are about."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kapplan.dataclass import replace
from kapplan.dates import add_months
from kapplan.errors import FileProblem, InvalidFileError
from kapplan.files.toml.sources import SourceFile, open_source
from kapplan.model.bookings import room_key, staff_key
from kapplan.model.clinic import BusyCalendar, Clinic
from kapplan.model.plan import Plan
from kapplan.planning.availability.free_time import BusyTimes, Interval
from kapplan.planning.availability.resources import IMPLICIT_ROOM
from kapplan.planning.bookings.plan_bookings import presence

if TYPE_CHECKING:
    from kapplan.files.caldav.patience import Patience
    from kapplan.files.calendars.calendar_reader import CalendarTimes
    from kapplan.files.calendars.events import CalendarOwner

MONTHS_AHEAD = 5 * 12
"""How far recurring events are followed where no last day is given."""
_PLAN_ENDING = ".toml"
_ADDRESSES = ("https://", "http://", "webcal://", "webcals://")
_PLANS_IN_FOLDER = "*.plan.toml"


def read_busy(
    path: Path | str,
    zone: ZoneInfo,
    first: date,
    last: date,
    owner: CalendarOwner | None = None,
    *,
    leaving_out: Collection[str] = (),
) -> CalendarTimes:
    """Return when a calendar file says that somebody is busy, as ``calendar_times`` does.

    Raises ``UsageError`` where the file is not there and ``InvalidFileError`` where it is no calendar.
    """
    from kapplan.files.calendars.calendar_reader import LARGEST_CALENDAR, NOBODY, calendar_times

    source = open_source(path, what="calendar file", at_most=LARGEST_CALENDAR, pipes=False)
    return calendar_times(source, zone, first, last, owner or NOBODY, leaving_out=leaving_out)


# -- a clinic's -----------------------------------------------------------------------------------------------------


def gather_busy(
    clinic: Clinic,
    base_dir: Path,
    zone: ZoneInfo,
    first: date,
    last: date | None = None,
    *,
    excluding_plans: Collection[str] = (),
    excluding_uids: Collection[str] = (),
    seconds: float | None = None,
) -> BusyTimes:
    """Return all that is booked at a clinic: its own ``busy`` files, its rooms' and its staff's.

    Paths count from ``base_dir``; without ``last`` recurring events are followed for five years. The open visits of a
    plan block its room and its staff, whichever list names the plan; plans with an id of ``excluding_plans`` block
    nothing (the one that is being placed, and those whose bookings are known already), and neither do entries of
    calendars with ``excluding_uids``, under which the placed plan is published. Servers may take so many ``seconds``
    together, else what ``files.busy.remote`` gives them. Raises ``UsageError`` where a file is not there,
    ``InvalidFileError`` where any cannot be read and ``MachineError`` where a server gives no answer; what is merely
    odd is among the result's ``problems``.
    """
    excluded = frozenset(excluding_plans), frozenset(excluding_uids)
    last = last or add_months(first, MONTHS_AHEAD)
    return _Gatherer(zone, first, last, excluded, seconds).gather(clinic, base_dir)


class _Gatherer:
    def __init__(
        self, zone: ZoneInfo, first: date, last: date, excluded: tuple[Collection[str], ...], seconds: float | None
    ) -> None:
        self.seconds = seconds
        self.excluding, self.uids = excluded
        self.zone, self.first, self.last = zone, first, last
        self.found: dict[str, set[Interval]] = {}
        self.warnings: dict[FileProblem, None] = {}
        self.problems: list[FileProblem] = []
        self.plans: set[str] = set()
        self.patience: Patience | None = None

    def gather(self, clinic: Clinic, base: Path) -> BusyTimes:
        for owner, entry in busy_calendars(clinic):
            try:
                if is_address(entry.file):
                    self._add_remote(owner, entry)
                else:
                    self._add(owner, base / entry.file, entry)
            except InvalidFileError as error:
                self.problems.extend(error.problems)
        if self.problems:
            raise InvalidFileError(tuple(dict.fromkeys(self.problems)))
        by_owner = {owner: tuple(sorted(times)) for owner, times in sorted(self.found.items())}
        return BusyTimes(by_owner, tuple(self.warnings))

    def _add(self, owner: str, path: Path, entry: BusyCalendar) -> None:
        if is_plans(path):
            for plan in sorted(path.glob(_PLANS_IN_FOLDER)) if path.is_dir() else (path,):
                self._add_plan(plan)
        else:
            read = read_busy(path, self.zone, self.first, self.last, owner_of(entry), leaving_out=self.uids)
            self.found.setdefault(owner, set()).update(read.times)
            self.warnings |= dict.fromkeys(read.problems)

    def _fetched(self, address: str) -> Sequence[SourceFile]:
        """Return what a server has, in the time that is left for all of them."""
        from kapplan.files.busy.remote import ALL_SECONDS, read_remote
        from kapplan.files.caldav.patience import Patience

        if self.patience is None:
            self.patience = Patience(ALL_SECONDS if self.seconds is None else self.seconds)
        return read_remote(address, self.zone, (self.first, self.last), seconds=self.patience.left)

    def _add_remote(self, owner: str, entry: BusyCalendar) -> None:
        from kapplan.files.calendars.calendar_reader import calendar_times

        sources = self._fetched(entry.file)
        for source in sources:
            try:
                read = calendar_times(source, self.zone, self.first, self.last, owner_of(entry), leaving_out=self.uids)
            except InvalidFileError as error:
                if len(sources) == 1:
                    raise
                # one entry of many that is none: the others still count
                self.warnings |= dict.fromkeys(replace(problem, warning=True) for problem in error.problems)
                continue
            self.found.setdefault(owner, set()).update(read.times)
            self.warnings |= dict.fromkeys(read.problems)

    def _add_plan(self, path: Path) -> None:
        from kapplan.files.plans.store import load_plan

        real = os.path.realpath(path)
        if real in self.plans:
            return
        self.plans.add(real)
        try:
            plan = load_plan(path, pipes=False).plan
        except InvalidFileError as error:
            self.problems.extend(error.problems)
            return
        if plan.id not in self.excluding:
            for owner, interval in plan_times(plan):
                self.found.setdefault(owner, set()).add(interval)


def busy_paths(clinic: Clinic, base_dir: Path) -> Iterator[Path]:
    """Yield the files and folders that tell when a clinic, its rooms and its staff are busy."""
    for _, entry in busy_calendars(clinic):
        if not is_address(entry.file):
            yield base_dir / entry.file


def busy_calendars(clinic: Clinic) -> Iterator[tuple[str, BusyCalendar]]:
    """Yield each calendar that a clinic names with whom it keeps busy: ``clinic``, ``room:blue``, ``staff:ana``."""
    lists = [("clinic", clinic.busy)]
    lists += [(room_key(room.id), room.busy) for room in clinic.rooms]
    lists += [(staff_key(person.id), person.busy) for person in clinic.staff]
    for owner, entries in lists:
        for entry in entries:
            yield owner, BusyCalendar(file=entry) if isinstance(entry, str) else entry


def is_plans(path: Path) -> bool:
    """Tell whether a path is that of a plan or of a folder of plans; all other files are calendars."""
    return path.suffix.lower() == _PLAN_ENDING or path.is_dir()


def is_address(file: str) -> bool:
    """Tell whether a calendar is named by an address on the web and not by a path."""
    return file.lower().startswith(_ADDRESSES)


def owner_of(entry: BusyCalendar) -> CalendarOwner:
    """Return what a calendar's entry says of the person whose it is."""
    from kapplan.files.calendars.events import CalendarOwner

    return CalendarOwner(email=entry.email, tentative=entry.tentative)


def plan_times(plan: Plan) -> Iterator[tuple[str, Interval]]:
    """Yield what the open visits of a plan take: the room and the staff, each with from when until when.

    A room without a name is the only room of its clinic.
    """
    needs = {visit.id: visit.needs for visit in plan.regimen.visits}
    for visit in plan.visits:
        if not visit.open:
            continue
        interval = visit.start.astimezone(UTC), visit.end.astimezone(UTC)
        for person in visit.staff:
            yield from ((staff_key(person), times) for times in presence(visit, person))
        if visit.room is not None or (visit.place == "clinic" and "room" in needs.get(visit.id, ())):
            yield room_key(visit.room or IMPLICIT_ROOM), interval
