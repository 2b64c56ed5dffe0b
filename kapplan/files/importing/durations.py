"""ISO 8601 durations in days and calendar months."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

_NUMBER = r"\d+(?:[.,]\d+)?"
_PARTS = re.compile(
    rf"(?P<sign>-?)P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>{_NUMBER})W)?(?:(?P<days>{_NUMBER})D)?"
    rf"(?:T(?:(?P<hours>{_NUMBER})H)?(?:(?P<minutes>{_NUMBER})M)?(?:(?P<seconds>{_NUMBER})S)?)?"
)
MONTHS_IN_YEAR = 12
DAYS_IN_WEEK = 7
HOURS_IN_DAY = 24
MINUTES_IN_HOUR = 60
SECONDS_IN_HOUR = 3600


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
    part = {
        name: Fraction((digits or "0").replace(",", "."))
        for name, digits in found.groupdict().items()
        if name != "sign"
    }
    sign = -1 if found["sign"] else 1
    hours = part["hours"] + part["minutes"] / MINUTES_IN_HOUR + part["seconds"] / SECONDS_IN_HOUR
    days = part["weeks"] * DAYS_IN_WEEK + part["days"] + hours / HOURS_IN_DAY
    return Duration(
        months=sign * int(part["years"] * MONTHS_IN_YEAR + part["months"]), days=sign * int(days), rest=days % 1 != 0
    )
