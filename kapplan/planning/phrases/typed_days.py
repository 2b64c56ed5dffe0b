"""Days and times as people type them: a small closed grammar in which everything is one day or an error.

A weekday is the next such day after today, never today itself; with ``next`` it is the one in the calendar week (Monday
to Sunday) after this one. A day and month without a year are the next such day, today included. For what has already
happened (``back``) both are the latest such day, today included. ``in 3 days`` and ``3 days ago`` count from today,
``next week`` is a week from today, ``3d later`` and a time alone count from the visit's own day. Figures alone
(``12/7``) are a day only where they can mean no more than one, or the caller says which part comes first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import MAXYEAR, MINYEAR, date, datetime, time, timedelta
from typing import Literal

from kapplan.dataclass import dataclass
from kapplan.dates import DAYS_IN_WEEK, EARLIEST, LATEST, WEEKDAY_NAMES, WEEKDAYS, Weekday, weekday_key
from kapplan.errors import UsageError
from kapplan.planning.phrases.words import day_words, month_words

FORMS = (
    "a date such as 2027-01-20, `20 jan`, `wed`, `next tue`, `tomorrow`, `in 3 days`, `3d later`, "
    "with a time such as 14:00"
)
"""What a day and a time can look like, for the hints of errors."""

_WEEKDAY_NAMES = tuple(name.lower() for name in WEEKDAY_NAMES)
_MONTH_NAMES = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
                "november", "december")  # fmt: skip
_WORDS = (*_WEEKDAY_NAMES, *_MONTH_NAMES, "today", "tomorrow", "yesterday", "next", "last", "week", "later", "earlier")
_NEAR = 0.8
"""From this likeness on a word that is none of the grammar is taken for a slip of one that is."""
_SHORTEST_NAME = 3
_LEAP_CYCLE = 8
"""Within so many years on end there is always a 29 February."""

_ISO = re.compile(r"([1-9]\d{3})-(\d{2})-(\d{2})")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
_HALF_DAY = re.compile(r"(\d{1,2})(?::(\d{2}))?(am|pm)")
_SHIFT = re.compile(r"(\d{1,4}|an?)(d|days?|w|weeks?)")
_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th)")
_SIGNED = re.compile(r"([+-])(\d{1,4})(d|w)")
_NUMERIC = re.compile(r"(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{2,4})?)?")
_HOURS_OF_HALF_DAY = 12

Direction = Literal["ahead", "back"]
Order = Literal["day", "month"]
"""Which part of a date in figures comes first."""


class AmbiguousDayError(UsageError):
    """``words`` could mean more than one day or time; ``readings`` has each as it can be typed."""

    def __init__(self, words: str, readings: Sequence[str]) -> None:
        super().__init__(
            f"`{words}` could be more than one thing",
            hint=f"write {' or '.join(f'`{reading}`' for reading in readings)}",
        )
        self.words = words
        self.readings = tuple(readings)


@dataclass(frozen=True, slots=True)
class When:
    """A day, and a time of day on the clinic's clock where one was said."""

    day: date
    time: time | None = None

    def __str__(self) -> str:
        """Return the full form: ``Wed 20 Jan 2027 14:00``; read again it is the same day and time."""
        clock = "" if self.time is None else f" {self.time:%H:%M}"
        return f"{day_words(self.day)}{clock}"


def parse_when(
    words: Sequence[str] | str,
    *,
    today: date,
    visit: datetime | None = None,
    direction: Direction = "ahead",
    order: Order | None = None,
) -> When:
    """Return the day and time that words say.

    ``visit`` is the time at which the visit in question stands: what ``3d later`` and a time alone count from.
    ``direction`` is ``back`` for what has already happened. ``order`` settles dates in figures, where it is known.
    Raises ``AmbiguousDayError`` where words could mean two days, and ``UsageError`` where they are unknown; both show
    what would be right.
    """
    tokens = _tokens(words)
    reading = _Reading(" ".join(tokens), today, None if visit is None else visit.date(), direction, order)
    rest, clock = _time_at_end(tokens, reading)
    if not rest:
        return When(reading.own_day(), clock)
    day = _day(rest, reading)
    return When(day, clock)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What words are read against."""

    text: str
    today: date
    visit: date | None
    direction: Direction
    order: Order | None

    def own_day(self) -> date:
        if self.visit is None:
            raise UsageError(f"`{self.text}` counts from a visit, and there is none here", hint=f"write {FORMS}")
        return self.visit

    def unknown(self, hint: str | None = None) -> UsageError:
        words = f"`{self.text}` is no day or time" if self.text else "no day is given"
        return UsageError(words, hint=hint or f"write {FORMS}")


def _tokens(words: Sequence[str] | str) -> list[str]:
    text = words if isinstance(words, str) else " ".join(words)
    tokens = [word for word in text.lower().replace(",", " ").split() if word not in {"at", "on"}]
    tokens = tokens[1:] if tokens[:1] == ["to"] else tokens
    return [piece for word in tokens for piece in _parted(word)]


def _parted(word: str) -> list[str]:
    """Return the parts of a moment such as ``2027-01-20t14:00``, and the figure of ``20th``."""
    day, mark, clock = word.partition("t")
    if mark and _ISO.fullmatch(day) and clock:
        return [day, clock]
    ordinal = _ORDINAL.fullmatch(word)
    return [ordinal[1] if ordinal else word]


# Times


def _time_at_end(tokens: list[str], reading: _Reading) -> tuple[list[str], time | None]:
    """Return the words before a time at the end, or behind one at the beginning, and the time."""
    if not tokens:
        raise reading.unknown()
    if len(tokens) > 1 and tokens[-1] in {"am", "pm"}:
        tokens = [*tokens[:-2], tokens[-2] + tokens[-1]]
    clock = _time(tokens[-1], reading)
    if clock is not None:
        return tokens[:-1], clock
    first = _time(tokens[0], reading)
    return (tokens, None) if first is None else (tokens[1:], first)


def _time(word: str, reading: _Reading) -> time | None:
    if word == "noon":
        return time(_HOURS_OF_HALF_DAY)
    hour, minute = -1, 0
    if match := _CLOCK.fullmatch(word):
        hour, minute = int(match[1]), int(match[2])
    elif match := _HALF_DAY.fullmatch(word):
        said, minute = int(match[1]), int(match[2] or 0)
        if 1 <= said <= _HOURS_OF_HALF_DAY:
            hour = said % _HOURS_OF_HALF_DAY + (_HOURS_OF_HALF_DAY if match[3] == "pm" else 0)
    else:
        return None
    try:
        return time(hour, minute)
    except ValueError:
        raise reading.unknown(f"`{word}` is no time of day: write one such as 14:00, 9:30, 2pm or noon") from None


# Days


def _day(tokens: list[str], reading: _Reading) -> date:
    for read in (_iso, _named, _weekday, _from_today, _shifted, _day_and_month, _figures):
        day = read(tokens, reading)
        if day is not None and not EARLIEST <= day <= LATEST:
            raise reading.unknown(f"the years are {EARLIEST.year} to {LATEST.year}")
        if day is not None:
            return day
    raise reading.unknown(_closer_hint(tokens))


def _iso(tokens: list[str], reading: _Reading) -> date | None:
    """Return the day of ``2027-01-20``, alone or after its weekday."""
    match = _ISO.fullmatch(tokens[-1])
    weekday = _weekday_of(tokens[0]) if len(tokens) == 2 else None  # noqa: PLR2004
    if match is None or len(tokens) > 1 + (weekday is not None):
        return None
    try:
        return _on_weekday(date(int(match[1]), int(match[2]), int(match[3])), weekday, reading)
    except ValueError:
        raise reading.unknown(f"the calendar has no day {match[0]}; write year, month and day") from None


def _named(tokens: list[str], reading: _Reading) -> date | None:
    shift = {"today": 0, "tomorrow": 1, "yesterday": -1}.get(tokens[0]) if len(tokens) == 1 else None
    return None if shift is None else _plus(reading.today, shift, reading)


def _weekday(tokens: list[str], reading: _Reading) -> date | None:
    wanted = _weekday_of(tokens[-1])
    if wanted is None or len(tokens) > 2 or (len(tokens) == 2 and tokens[0] not in {"next", "last"}):  # noqa: PLR2004
        return None
    ahead = (WEEKDAYS.index(wanted) - reading.today.weekday()) % DAYS_IN_WEEK
    if tokens[0] == "next":
        monday = DAYS_IN_WEEK - reading.today.weekday()
        return _plus(reading.today, monday + WEEKDAYS.index(wanted), reading)
    if tokens[0] == "last":
        return _plus(reading.today, ahead - DAYS_IN_WEEK, reading)
    if reading.direction == "back":
        return _plus(reading.today, ahead - DAYS_IN_WEEK if ahead else 0, reading)
    return _plus(reading.today, ahead or DAYS_IN_WEEK, reading)


def _from_today(tokens: list[str], reading: _Reading) -> date | None:
    """Return the day of ``in 3 days``, ``3 days ago`` and ``next week``, counted from today."""
    if tokens == ["next", "week"]:
        return _plus(reading.today, DAYS_IN_WEEK, reading)
    if len(tokens) > 1 and tokens[0] == "in":
        sign, span = 1, "".join(tokens[1:])
    elif len(tokens) > 1 and tokens[-1] == "ago":
        sign, span = -1, "".join(tokens[:-1])
    else:
        return None
    match = _SHIFT.fullmatch(span)
    return None if match is None else _plus(reading.today, sign * _days_of(match[1], match[2]), reading)


def _days_of(count: str, unit: str) -> int:
    return (int(count) if count.isdecimal() else 1) * (DAYS_IN_WEEK if unit.startswith("w") else 1)


def _shifted(tokens: list[str], reading: _Reading) -> date | None:
    """Return the day so many days or weeks from the visit's own: ``3d later``, ``2 weeks earlier``, ``+3d``."""
    text = "".join(tokens)
    if match := _SIGNED.fullmatch(text):
        sign, count, unit = (1 if match[1] == "+" else -1), match[2], match[3]
    else:
        word = tokens[-1]
        match = _SHIFT.fullmatch("".join(tokens[:-1])) if word in {"later", "earlier"} else None
        if match is None:
            return None
        sign, count, unit = (1 if word == "later" else -1), match[1], match[2]
    return _plus(reading.own_day(), sign * _days_of(count, unit), reading)


def _day_and_month(tokens: list[str], reading: _Reading) -> date | None:
    """Return the day of ``20 jan``, ``jan 20``, ``20 jan 2027``, any of them after its weekday."""
    weekday = _weekday_of(tokens[0]) if len(tokens) > 2 else None  # noqa: PLR2004
    rest = tokens[1:] if weekday is not None else tokens
    year = int(rest.pop()) if len(rest) == 3 and re.fullmatch(r"[1-9]\d{3}", rest[-1]) else None  # noqa: PLR2004
    if len(rest) != 2:  # noqa: PLR2004
        return None
    first, second = rest
    month = _month_of(second) or _month_of(first)
    number = first if _month_of(second) else second
    if month is None or not re.fullmatch(r"\d{1,2}", number):
        return None
    return _on_weekday(_in_year(year, month, int(number), reading), weekday, reading)


def _on_weekday(day: date, weekday: Weekday | None, reading: _Reading) -> date:
    """Return a day that is on the weekday that was said, if one was."""
    if weekday is not None and weekday_key(day) != weekday:
        raise reading.unknown(f"{day_words(day)} is no {_WEEKDAY_NAMES[WEEKDAYS.index(weekday)].capitalize()}")
    return day


def _in_year(year: int | None, month: int, number: int, reading: _Reading) -> date:
    """Return a day of a month, in the year given or in the nearest one that has it on the side that is meant."""
    today = reading.today
    years = [year] if year is not None else range(today.year, today.year + _LEAP_CYCLE + 1)
    if year is None and reading.direction == "back":
        years = range(today.year, today.year - _LEAP_CYCLE - 1, -1)
    for one in years:
        try:
            day = date(one, month, number)
        except ValueError:
            continue
        if year is not None or (day <= today if reading.direction == "back" else day >= today):
            return day
    of_year = "" if year is None else f" {year}"
    name = _MONTH_NAMES[month - 1].capitalize()
    raise reading.unknown(f"{name}{of_year} has no day {number}; write one such as `20 {name[:3].lower()}`")


def _plus(day: date, days: int, reading: _Reading) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        raise reading.unknown(f"the calendar has the years {MINYEAR} to {MAXYEAR}") from None


def _weekday_of(word: str) -> Weekday | None:
    place = _place(word, _WEEKDAY_NAMES)
    return None if place is None else WEEKDAYS[place]


def is_month(word: str) -> bool:
    """Return whether a word begins the name of a month, with three letters or more."""
    return _month_of(word.casefold()) is not None


def is_weekday(word: str) -> bool:
    """Return whether a word begins the name of a weekday, with three letters or more."""
    return _weekday_of(word.casefold()) is not None


def _month_of(word: str) -> int | None:
    place = _place(word, _MONTH_NAMES)
    return None if place is None else place + 1


def _place(word: str, names: Sequence[str]) -> int | None:
    """Return the place of the name that a word begins, with three letters or more."""
    if len(word) < _SHORTEST_NAME:
        return None
    return next((place for place, name in enumerate(names) if name.startswith(word)), None)


# Dates in figures


def _figures(tokens: list[str], reading: _Reading) -> date | None:
    """Return the day of ``31/12`` or ``7.12.2027``: the only one that it can be, or the one of the order that is known.

    Raises ``AmbiguousDayError`` where it could be more: another day, or with one point a time.
    """
    match = _NUMERIC.fullmatch(tokens[0]) if len(tokens) == 1 else None
    if match is None:
        return None
    one, other, year = int(match[1]), int(match[2]), match[3]
    if year is not None and len(year) != len("2027"):
        raise reading.unknown("write the year with four digits")
    full_year = f" {year}" if year is not None else ""
    meant = list(dict.fromkeys(_days_meant(one, other, full_year, reading.order)))
    if "-" in match[0] and year is None and meant:
        raise reading.unknown(f"write a day as {' or '.join(f'`{day}`' for day in meant)}")
    times = list(_times_meant(one, other)) if "." in match[0] and year is None and not match[0].endswith(".") else []
    if len(meant) + len(times) > 1 and (reading.order is None or times):
        raise AmbiguousDayError(tokens[0], [*meant, *times])
    return _day_and_month(meant[0].split(), reading) if meant else None


def _times_meant(hour: int, minute: int) -> Iterator[str]:
    with suppress(ValueError):
        yield f"{time(hour, minute):%H:%M}"


def _days_meant(one: int, other: int, year: str, order: Order | None) -> Iterator[str]:
    """Yield the days that two figures can be, as words; that of the order that is known, or the day first, before."""
    pairs = [(one, other), (other, one)]
    for number, month in reversed(pairs) if order == "month" else pairs:
        if 1 <= month <= len(_MONTH_NAMES) and 1 <= number <= 31:  # noqa: PLR2004 - the longest month
            yield f"{number} {month_words(date(MINYEAR, month, 1)).lower()}{year}"


# What would have been right


def _closer_hint(tokens: list[str]) -> str | None:
    if len(tokens) == 1 and re.fullmatch(r"\d{1,2}", tokens[0]):
        return f"write a time as {tokens[0]}:00, a day with its month as `{tokens[0]} jan`"
    if re.fullmatch(r"\d{2}", tokens[-1]) and len(tokens) > 2:  # noqa: PLR2004
        return "write the year with four digits"
    from difflib import get_close_matches

    words = [next(iter(get_close_matches(token, _WORDS, n=1, cutoff=_NEAR)), token) for token in tokens]
    return None if words == tokens else f"did you mean `{' '.join(words)}`?"
