"""Days and times as a reader is used to them: month first, hours by half days, the year first.

Inside the program each has one form, ``Thu 31 Dec 2026`` and ``15:00``, which formats for programs keep; a reader's
console turns it into theirs. What is meant to be typed as it stands (in quotes, or by the international standard)
stays.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

from kapplan.dataclass import dataclass
from kapplan.planning.phrases.words import MONTHS, WEEKDAYS

_NOON = 12
_TIME_WIDTH = len("12:00 pm")
_MONTH = "|".join(MONTHS)
_DASH = "\N{EN DASH}"
_DASHES = f"{_DASH}-"
_TOLD = rf"(?:\ ?[ap]m|(?:\ to\ |[{_DASHES}])\d{{1,2}}:\d\d\ [ap]m)"
_CLOCK = rf"(?:[01]\d|2[0-3]):[0-5]\d(?!\w|:\d|{_TOLD})"
_SAID = rf"""
    (?P<kept> "[^"\n]*" | `[^`\n]*` | \b\d{{4}}-\d\d-\d\d (?: [ T]\d\d:\d\d\S* )? )
    | \b (?P<days> \d{{1,2}} (?: \ (?:{_MONTH}) (?:\ \d{{4}})? \ )? [{_DASHES}]\ ? \d{{1,2}}\ (?:{_MONTH})\ \d{{4}} ) \b
    | \b (?: (?P<weekday> {"|".join(WEEKDAYS)} )\ {{1,2}} )?
      (?P<day> \d{{1,2}} )\ (?P<month> {_MONTH} ) (?:\ (?P<year> \d{{4}} ))? \b
    | (?<![\d:=T{_DASHES}] ) (?P<from> {_CLOCK} ) (?: (?P<to> \ to\ | [{_DASHES}] ) (?P<until> {_CLOCK} ) )?
    | {_DASH} (?P<end> {_CLOCK} )
    """

Order = Literal["day", "month", "year"]
"""What a date begins with."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What a reader is used to: what a date begins with, whether hours are counted twice to 12, when weeks begin.

    ``first_weekday`` is 0 for Monday.
    """

    order: Order = "day"
    half_days: bool = False
    first_weekday: int = 0

    @property
    def as_inside(self) -> bool:
        """Whether days and times are read as the program writes them anyway."""
        return self.order == "day" and not self.half_days

    def said(self, text: str) -> str:
        """Return a text with its days and times in the reader's form."""
        return text if self.as_inside else _said().sub(self._in_form, text)

    def column(self, text: str) -> str:
        """Return what a cell of a column says, a time alone at the width that all have."""
        said = self.said(text)
        return said.rjust(_TIME_WIDTH) if said != text and re.fullmatch(_CLOCK, text) else said

    def _in_form(self, found: re.Match[str]) -> str:
        if found["kept"]:
            return found[0]
        if found["days"]:
            return self._days(found[0])
        if found["day"]:
            return self._day(found)
        return self._times(found) if self.half_days else found[0]

    def _day(self, found: re.Match[str]) -> str:
        weekday, number, month, year = (found[name] for name in ("weekday", "day", "month", "year"))
        if self.order == "day" or not (weekday or year):
            return found[0]
        aligned = f"{number:>2}" if "  " in found[0] else number
        return f"{weekday} {self._date(aligned, month, year)}" if weekday else self._date(aligned, month, year)

    def _date(self, number: str, month: str, year: str | None) -> str:
        if self.order == "year" and year:
            return f"{year}-{MONTHS.index(month) + 1:02d}-{int(number):02d}"
        return f"{month} {number}, {year}" if year else f"{month} {number}"

    def _days(self, text: str) -> str:
        """Return days from one through another, such as ``10-14 Feb 2027``, as two whole days."""
        if self.order == "day":
            return text
        first, last = (part.split() for part in re.split(rf" ?[{_DASHES}] ?", text))
        return f"{self._date(*first, *last[len(first) :])} {_DASH} {self._date(*last)}"

    def _times(self, found: re.Match[str]) -> str:
        if found["end"]:
            return f"{_DASH}{_half_day(found['end'])}"
        first, until = found["from"], found["until"]
        if until is None:
            return _half_day(first)
        start, end = _half_day(first), _half_day(until)
        if start[-2:] == end[-2:]:
            start = start[:-3]
        return f"{start}{found['to']}{end}"


AS_INSIDE = Habits()


def places_said(text: str) -> list[int]:
    """Return where each day and time in a text begins and ends."""
    return [place for found in _said().finditer(text) for place in found.span()]


@cache
def _said() -> re.Pattern[str]:
    return re.compile(_SAID, re.VERBOSE)


def _half_day(clock: str) -> str:
    """Return ``15:00`` as ``3:00 pm``."""
    hour, minute = clock.split(":")
    return f"{int(hour) % _NOON or _NOON}:{minute} {'am' if int(hour) < _NOON else 'pm'}"
