"""The cells of a visit table as offices write them: targets, ranges, windows, lengths, and rows that are no visits."""

from __future__ import annotations

import re
from typing import NamedTuple

UNITS = {"": 1, "d": 1, "day": 1, "days": 1, "w": 7, "wk": 7, "wks": 7, "week": 7, "weeks": 7}
MONTHS = frozenset({"m", "mo", "mos", "month", "months"})
_DAYS_IN_WEEK = 7
_NUMBER = r"[+-]?\s*\d{1,4}(?:\.\d+)?"
_AMOUNT = re.compile(rf"(?P<lead>[a-z]*)\s*(?P<number>{_NUMBER})\s*(?P<unit>[a-z]*)")
_WEEK_AND_DAY = re.compile(rf"w(?:eek|k)?\s*(?P<week>{_NUMBER})\s*,?\s*d(?:ay)?\s*(?P<day>\d)")
_RANGE = re.compile(
    rf"(?P<lead>[a-z]*)\s*(?P<first>{_NUMBER})\s*(?:to|through|until|\N{{EN DASH}}|\N{{EM DASH}}|\.\.|-)\s*"
    rf"(?:[a-z]*\s*)(?P<last>{_NUMBER})\s*(?P<unit>[a-z]*)"
)
_AROUND = re.compile(r"(?P<target>.*?)\s*\(?\s*(?:\N{PLUS-MINUS SIGN}|\+\s*/\s*-|-\s*/\s*\+)\s*(?P<window>[^)]*)\)?")
_PAIR = re.compile(
    r"-\s*(?P<minus>\d+(?:\.\d+)?)\s*(?P<unit1>[a-z]*)\s*[/,;]?\s*(?:to)?\s*\+\s*(?P<plus>\d+(?:\.\d+)?)"
    r"\s*(?P<unit>[a-z]*)"
)
NOTHING = frozenset({"", "na", "n/a", "n.a.", "-", "--", "none", "nil", "n", "\N{EM DASH}", "\N{EN DASH}"})
"""What stands where nothing is said."""
_NO_DAY = re.compile(
    r"et|eot|eos|uns|unsch?|unscheduled|prn|as needed|as required|early termination|termination|withdrawal|tbd|tba|any|"
    r"ad ?hoc|event driven|variable"
)
_NO_VISIT = re.compile(r"\bunscheduled\b|\bearly (termination|withdrawal|discontinuation)\b|\bunsch?\b|\bas needed\b")


class TargetCell(NamedTuple):
    """Calendar months and days from where the table counts; ``until`` is the last day of a range, ``around`` a window.

    ``from_one`` says that the cell counts a week's days from 1 (``Week 2 Day 1``), so that no day is day 0.
    """

    months: int
    day: int
    until: int | None = None
    around: int | None = None
    from_one: bool = False


def is_no_visit(title: str, day: str) -> bool:
    """Return whether a row stands for something that no schedule foresees: unscheduled, early termination."""
    return _NO_VISIT.search(title.casefold()) is not None or _NO_DAY.fullmatch(day.casefold().strip(" .")) is not None


def target_of(text: str, unit: int = 1) -> TargetCell:
    """Return the target of a cell; ``unit`` is the days of a bare number (0: calendar months).

    ``14``, ``Day 14``, ``Week 2``, ``Month 3``, ``8 ± 1``, ``-28 to -1``, ``Week 2 Day 1``. Raises ``ValueError``.
    """
    plain = _plain(text)
    around = _AROUND.fullmatch(plain)
    if around is not None and around["target"]:
        return _of_day(text, around["target"], unit)._replace(around=days_of(around["window"], unit))
    both = _WEEK_AND_DAY.fullmatch(plain)
    if both is not None:
        week, day = _whole(both["week"]), int(both["day"])
        begin = (week - 1) * _DAYS_IN_WEEK + 1 if week > 0 else week * _DAYS_IN_WEEK
        return TargetCell(0, begin + day - 1, from_one=True)
    span = _RANGE.fullmatch(plain)
    if span is not None and _AMOUNT.fullmatch(plain) is None:
        factor = _factor(text, span["lead"] or span["unit"], unit)
        first, last = _whole(span["first"]), _whole(span["last"])
        if not factor or first > last:
            raise _no_target(text)
        return TargetCell(0, first * factor, until=last * factor)
    return _of_day(text, plain, unit)


def _of_day(text: str, plain: str, unit: int) -> TargetCell:
    found = _AMOUNT.fullmatch(plain.strip())
    if found is None or (found["lead"] and found["unit"]):
        raise _no_target(text)
    factor = _factor(text, found["lead"] or found["unit"], unit)
    try:
        number = _whole(found["number"])
    except ValueError:
        raise _no_target(text) from None
    return TargetCell(number, 0) if not factor else TargetCell(0, number * factor)


def _factor(text: str, word: str, unit: int) -> int:
    """Return the days of one of a cell's numbers, 0 where they are calendar months."""
    if word in MONTHS:
        return 0
    if word not in UNITS:
        raise _no_target(text)
    return UNITS[word] if word else unit


def _no_target(text: str) -> ValueError:
    return ValueError(f'the target day "{text}" is none: a number such as 14, Day 14, Week 2 or Month 3')


def pair_of(text: str, unit: int = 1) -> tuple[int, int] | None:
    """Return both sides of a window that one cell holds: ``-3/+7``; ``None`` where it holds one number."""
    found = _PAIR.fullmatch(_plain(text))
    if found is None:
        return None
    factor = UNITS.get(found["unit"] or found["unit1"])
    if factor is None:
        raise ValueError(f'the window "{text}" is none: a number of days such as 3')
    factor = factor if found["unit"] or found["unit1"] else max(unit, 1)
    return _whole(found["minus"]) * factor, _whole(found["plus"]) * factor


def number_of(text: str | None, unit: int = 1) -> int | None:
    """Return a cell's number of days with its sign; ``None`` where nothing is said. Raises ``ValueError``."""
    if text is None or _plain(text) in NOTHING:
        return None
    plain = re.sub(r"\N{PLUS-MINUS SIGN}|\+\s*/\s*-", "", _plain(text)).strip()
    found = _AMOUNT.fullmatch(plain)
    try:
        if found is not None and found["lead"] in {"", "day", "d"} and found["unit"] in UNITS:
            return _whole(found["number"]) * (UNITS[found["unit"]] if found["unit"] else max(unit, 1))
    except ValueError:
        pass
    raise ValueError(f'the window "{text}" is none: a number of days such as 3')


def days_of(text: str | None, unit: int = 1) -> int | None:
    """Return a cell's number of days without its sign; ``None`` where nothing is said. Raises ``ValueError``."""
    number = number_of(text, unit)
    return None if number is None else abs(number)


def minutes_of(text: str | None) -> int | None:
    """Return a cell's length in minutes; ``None`` where nothing is said. Raises ``ValueError``."""
    if text is None or _plain(text) in NOTHING:
        return None
    found = re.fullmatch(r"(\d{1,3})(?:\.0+)?\s*(m|min|mins|minutes?)?", text.casefold())
    if found is None or not int(found[1]):
        raise ValueError(f'the length "{text}" is none: a number of minutes such as 60')
    return int(found[1])


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("\N{MINUS SIGN}", "-").split())


def _whole(text: str) -> int:
    """Return a whole number, however a spreadsheet writes it (``14.0``); ``ValueError`` for any other."""
    number = float(text.replace(" ", ""))
    if number != int(number):
        raise ValueError(text)
    return int(number)
