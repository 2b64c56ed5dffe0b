"""Times, lengths and states in the words that people read; those for visits, days and levels are planning's."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime

from kapplan.model.fields import MINUTES_IN_HOUR
from kapplan.model.plan import FindingLevel, PlannedVisit
from kapplan.model.terms import MeasureNames, Status
from kapplan.output.records.visible import visible
from kapplan.planning.phrases.words import day_words, listed, short_day_words

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
NOT_VERIFIED = "not verified"
_NAMED = 5
"""So many days are named of which nothing is told."""

_FINDING_LEVELS: dict[FindingLevel, str] = {
    "refuse": "refused",
    "refuse-unless-overridden": "refused unless overridden",
    "warn": "warning",
}
_STATUSES: dict[Status, str] = {
    "planned": "planned",
    "confirmed": "confirmed",
    "completed": "held",
    "missed": "missed",
    "cancelled": "cancelled",
    "omitted": "left out",
    "unresolved": "needs a new date",
}


def clean(text: str) -> str:
    """Return a text on one line, with escapes in the place of characters that would steer a terminal."""
    return visible(" ".join(text.split()))


def measure_words(keys: Iterable[str], names: MeasureNames, *, with_keys: bool = False) -> str:
    """Return measures by the names that people call them, on request with the keys under which they are recorded."""
    return ", ".join(
        f"{clean(names[key])} [{clean(key)}]" if with_keys and key in names else clean(names.get(key, key))
        for key in keys
    )


def aligned_day_words(day: date) -> str:
    """Return ``Mon  4 Jan 2027``: two places for the day of the month, so that columns of days align."""
    weekday, number, rest = day_words(day).split(" ", 2)
    return f"{weekday} {number:>2} {rest}"


def dates_words(first: date, last: date) -> str:
    """Return a range of days as ``Fri 15 Jan to Fri 22 Jan 2027``; one day where both are the same."""
    if first == last:
        return day_words(last)
    return f"{day_words(first) if first.year != last.year else short_day_words(first)} to {day_words(last)}"


def time_words(moment: datetime) -> str:
    """Return the time of day as ``09:00``."""
    return f"{moment.hour:02d}:{moment.minute:02d}"


def span_words(visit: PlannedVisit) -> str:
    """Return a visit's time as ``09:00-12:00``; empty where only its day is known."""
    return f"{time_words(visit.start)}\N{EN DASH}{time_words(visit.end)}" if visit.timed else ""


def minutes_of(visit: PlannedVisit) -> int:
    """Return a visit's whole length in minutes."""
    return round((visit.end - visit.start).total_seconds() / 60)


def spoken_duration(minutes: int) -> str:
    """Return a length as it is said aloud: ``2 hours 30 minutes``."""
    hours, rest = divmod(minutes, MINUTES_IN_HOUR)
    parts = [count(hours, "hour")] if hours else []
    if rest or not hours:
        parts.append(count(rest, "minute"))
    return " ".join(parts)


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number and its noun: ``1 visit``, ``3 visits``."""
    return f"{number} {noun if abs(number) == 1 else plural or f'{noun}s'}"


def finding_words(level: FindingLevel, *, overridden: bool = False) -> str:
    """Return what a finding does, in a word or two."""
    return "overridden" if overridden else _FINDING_LEVELS[level]


def status_words(status: Status) -> str:
    """Return a visit's status as people say it."""
    return _STATUSES[status]


def state_words(visit: PlannedVisit) -> str:
    """Return a visit's state in words, provisional ones included."""
    if visit.status == "planned" and visit.provisional:
        return "provisional"
    return status_words(visit.status)


def longer_search_words(effort: int) -> str:
    """Return what searches longer than so many times the usual work."""
    return f"`--effort {effort * 5}` searches five times as long."


def untold_words(days: Collection[date], question: str) -> str:
    """Return which days are left out because a search did not tell of them what was asked, such as ``it can be``."""
    ordered = sorted(days)
    more = [f"{len(days) - _NAMED} more"] if len(days) > _NAMED else []
    named = listed([*map(day_words, ordered[:_NAMED]), *more])
    them = "it" if len(days) == 1 else "them"
    return f"{count(len(days), 'day')} left out, since the search did not tell whether {question} on {them}: {named}."
