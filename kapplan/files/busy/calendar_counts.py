"""What each calendar of a clinic gives, for people who want to know whether it was read as they mean it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from kapplan.dataclass import dataclass
from kapplan.dates import add_months
from kapplan.errors import FileProblem, InvalidFileError, UsageError
from kapplan.files.busy.booked_times import MONTHS_AHEAD, busy_calendars, is_address, is_plans, owner_of, read_busy
from kapplan.model.clinic import Clinic


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarCount:
    """A calendar file, whom it keeps busy, and what it holds.

    ``busy`` is how many busy times it gives through ``last``, ``free`` how many of its ``events`` take none by their
    own word. ``problems`` are what was passed over, or why there is nothing to count.
    """

    file: str
    owner: str
    last: date
    events: int = 0
    busy: int = 0
    free: int = 0
    problems: tuple[FileProblem, ...] = ()


def count_calendars(clinic: Clinic, base_dir: Path, zone: ZoneInfo, first: date) -> Iterator[CalendarCount]:
    """Yield what each calendar file of a clinic gives from a day on; plans and calendars on servers are left out."""
    last = add_months(first, MONTHS_AHEAD)
    for owner, entry in busy_calendars(clinic):
        path = base_dir / entry.file
        if is_address(entry.file) or is_plans(path):
            continue
        try:
            read = read_busy(path, zone, first, last, owner_of(entry))
        except InvalidFileError as error:
            yield CalendarCount(file=entry.file, owner=owner, last=last, problems=error.problems)
        except UsageError as error:
            problem = FileProblem(message=error.message, file=entry.file)
            yield CalendarCount(file=entry.file, owner=owner, last=last, problems=(problem,))
        else:
            yield CalendarCount(
                file=entry.file,
                owner=owner,
                last=last,
                events=read.events,
                busy=len(read.times),
                free=read.free,
                problems=read.problems,
            )
