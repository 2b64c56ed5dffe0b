"""ISO 8601 durations in days and calendar months."""

from __future__ import annotations

import re
from typing import NamedTuple

_PARTS = re.compile(
    r"(?P<sign>-?)P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)
MONTHS_IN_YEAR = 12
DAYS_IN_WEEK = 7
HOURS_IN_DAY = 24


class Duration(NamedTuple):
    """So many calendar months and days; ``rest`` says that hours were left out that do not fill a day."""

    months: int
    days: int
    rest: bool


def duration_of(text: str) -> Duration:
    """Return an ISO 8601 duration (``P2W``, ``PT4H``, ``P1Y6M``); raises ``ValueError`` where the text is none."""
    found = _PARTS.fullmatch(text.strip())
    if found is None or not any(found[name] for name in found.groupdict() if name != "sign"):
        raise ValueError(f'"{text}" is no ISO 8601 duration such as "P2W"')
    part = {name: int(digits or 0) for name, digits in found.groupdict().items() if name != "sign"}
    sign = -1 if found["sign"] else 1
    days, hours = divmod(part["hours"], HOURS_IN_DAY)
    return Duration(
        months=sign * (part["years"] * MONTHS_IN_YEAR + part["months"]),
        days=sign * (part["weeks"] * DAYS_IN_WEEK + part["days"] + days),
        rest=bool(hours or part["minutes"] or part["seconds"]),
    )
