"""Hours of a week as people write them: ``9-5``, ``Mon-Thu 8:30am-5pm, Fri 9-1``, ``weekdays 9-12 1-5``.

Without a half of the day an hour before seven is in the afternoon, and an end that would lie before its beginning too.
What is read is always printed back in full.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from kapplan.dates import WEEKDAYS, Weekday
from kapplan.errors import UsageError

WEEKS = "`9-5`, `Mon-Thu 8:30am-5pm, Fri 9-1` or `mon 9-12 1-5`"
"""What hours can look like, for the hints of errors."""

_CLOCK = r"(\d{1,2})(?:[:.](\d{2}))?(am|pm|a|p)?"
_HOURS = re.compile(rf"{_CLOCK}-{_CLOCK}")
_HALF = 12
_EARLIEST = 7
"""Nobody writes an earlier hour of work without saying am."""
_WORKING = WEEKDAYS[:5]
_ALL_DAY = "00:00-24:00"
_GROUPS: dict[str, tuple[Weekday, ...]] = {"weekdays": _WORKING, "daily": WEEKDAYS, "everyday": WEEKDAYS}


def parse_week(text: str) -> dict[Weekday, tuple[str, ...]]:
    """Return the hours of each weekday that words name, as profiles write them; hours alone are of Monday to Friday.

    Raises ``UsageError`` that shows what would be right.
    """
    week: dict[Weekday, list[str]] = {}
    days: tuple[Weekday, ...] = ()
    behind_hours = False
    for word in _words(text):
        if (named := _days_of(word)) is not None:
            days = named if behind_hours or not days else (*days, *named)
            behind_hours = False
            continue
        hours = typed_hours(word)
        if hours is None:
            raise UsageError(f"`{word}` is no weekday and no hours", hint=f"write {WEEKS}")
        for day in days or _WORKING:
            week.setdefault(day, []).append(hours)
        behind_hours = True
    if not week or not behind_hours:
        raise UsageError(f"`{text}` names no hours" if text else "no hours are given", hint=f"write {WEEKS}")
    return {day: tuple(sorted(week[day])) for day in WEEKDAYS if day in week}


def parse_free(text: str) -> dict[Weekday, tuple[str, ...]]:
    """Return when a patient is free: as ``parse_week`` reads it, days alone are free from morning to night.

    ``mon=09:00-13:00,thu`` says the same of each day by itself. Raises ``UsageError``.
    """
    free: dict[Weekday, tuple[str, ...]] = {}
    if "=" not in text and any(character.isdigit() for character in text):
        return parse_week(text)
    for part in re.split(r"[\s,;]+", text.strip()):
        day, _, hours = part.partition("=")
        days, read = _days_of(day.lower()), typed_hours(hours) if hours else _ALL_DAY
        if days is None or read is None:
            raise UsageError(f"`{part}` is no day on which somebody is free", hint=f"write mon,thu or {WEEKS}")
        free |= dict.fromkeys(days, (read,))
    return free


def typed_hours(text: str) -> str | None:
    """Return hours such as ``9-5`` as profiles write them (``09:00-17:00``); ``None`` where they are none."""
    match = _HOURS.fullmatch(re.sub("[\u2013\u2014]", "-", re.sub(r"\s", "", text.lower())))
    if match is None:
        return None
    half, other = match[3], match[6]
    start = _minutes(match[1], match[2], half or (other if other is not None and other.startswith("a") else None))
    end = _minutes(match[4], match[5], other)
    if start is None or end is None:
        return None
    of_a_day = match[1].startswith("0") or int(match[1]) > _HALF
    if half is None and not of_a_day and start < _EARLIEST * 60:
        start += _HALF * 60
    if other is None and not of_a_day and end <= start and end <= _HALF * 60:
        end += _HALF * 60
    return None if end <= start else f"{start // 60:02d}:{start % 60:02d}-{end // 60:02d}:{end % 60:02d}"


def week_words(week: Mapping[Weekday, tuple[str, ...]]) -> str:
    """Return hours in full, days with the same ones together: ``Mon-Thu 08:30-17:00, Fri 09:00-13:00``."""
    runs: list[tuple[list[Weekday], tuple[str, ...]]] = []
    for day in WEEKDAYS:
        if day not in week:
            continue
        follows = runs and runs[-1][1] == week[day] and WEEKDAYS.index(day) == WEEKDAYS.index(runs[-1][0][-1]) + 1
        if follows:
            runs[-1][0].append(day)
        else:
            runs.append(([day], week[day]))
    return ", ".join(f"{_run_words(days)} {' '.join(hours)}" for days, hours in runs)


def _run_words(days: list[Weekday]) -> str:
    first, last = days[0].capitalize(), days[-1].capitalize()
    return first if first == last else f"{first}-{last}"


def _words(text: str) -> Iterator[str]:
    joined = re.sub(r"\s*(?:[-\u2013\u2014]|\bto\b)\s*", "-", text.lower().replace("every day", "everyday"))
    joined = re.sub(r"(\d)\s+(am|pm)\b", r"\1\2", joined)
    return (word.rstrip(":") for word in re.split(r"[\s,;&]+", joined) if word not in {"", "and"})


def _days_of(word: str) -> tuple[Weekday, ...] | None:
    """Return the weekdays of ``mon``, ``mon-thu`` or ``weekdays``."""
    if word in _GROUPS:
        return _GROUPS[word]
    first, _, last = word.partition("-")
    begin, end = _day_of(first), _day_of(last or first)
    if begin is None or end is None:
        return None
    place, until = WEEKDAYS.index(begin), WEEKDAYS.index(end)
    return WEEKDAYS[place : until + 1] if place <= until else (*WEEKDAYS[place:], *WEEKDAYS[: until + 1])


def _day_of(word: str) -> Weekday | None:
    names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    word = word.rstrip(".")
    return next(
        (day for day, name in zip(WEEKDAYS, names, strict=True) if len(word) > 1 and name.startswith(word)), None
    )


def _minutes(hour: str, minute: str | None, half: str | None) -> int | None:
    count, more = int(hour), int(minute or 0)
    if more >= 60 or count > (24 if half is None else _HALF) or (half is not None and count == 0):  # noqa: PLR2004
        return None
    if half is not None:
        count = count % _HALF + (_HALF if half.startswith("p") else 0)
    return count * 60 + more
