"""Spans of days as people type them: ``60d``, ``8w``."""

from __future__ import annotations

import re

from kapplan.dates import DAYS_IN_WEEK
from kapplan.errors import UsageError

_SPAN = re.compile(r"(\d{1,3})\s*([dw]?)")
_DAYS = {"": 1, "d": 1, "w": DAYS_IN_WEEK}
_LONGEST = 366


def days_of(text: str, option: str) -> int:
    """Return the days of a span; ``UsageError`` names the option that it was given with."""
    found = _SPAN.fullmatch(text.strip())
    if found is None or int(found[1]) * _DAYS[found[2]] > _LONGEST:
        raise UsageError(f'{option} takes a span such as 3d or 8w, a year at most, not "{text}"')
    return int(found[1]) * _DAYS[found[2]]
