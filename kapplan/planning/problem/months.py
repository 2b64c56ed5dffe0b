"""Calendar months: the one place in which a day is moved by them, and bounds on how many days they can be.

Days are counted from an origin, given as its ordinal. A day that the target month does not have is clipped to the
month's end; what comes after is always counted from the anchor, never chained.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache, lru_cache

from kapplan.dates import add_months

_LAST_DAYS = (date(2027, 1, 31), date(2097, 1, 31))
"""Where four years with a leap day begin, and four in which the century takes it away."""
_MONTHS_OF_FOUR_YEARS = 4 * 12


@lru_cache(maxsize=65536)
def months_after(origin: int, day: int, months: int) -> int:
    """Return the day so many calendar months after a day."""
    return add_months(date.fromordinal(origin + day), months).toordinal() - origin


@lru_cache(maxsize=65536)
def earliest_anchor(origin: int, day: int, months: int) -> int:
    """Return the earliest day that is, so many calendar months on, not before ``day``."""
    anchor = months_after(origin, day, -months)
    while months_after(origin, anchor, months) < day:
        anchor += 1
    while months_after(origin, anchor - 1, months) >= day:
        anchor -= 1
    return anchor


def latest_anchor(origin: int, day: int, months: int) -> int:
    """Return the latest day that is, so many calendar months on, not after ``day``."""
    return earliest_anchor(origin, day + 1, months) - 1


@cache
def month_days(months: int) -> tuple[int, int]:
    """Return the fewest and the most days that so many calendar months from a day can be."""
    starts = [add_months(last, number) for last in _LAST_DAYS for number in range(_MONTHS_OF_FOUR_YEARS)]
    days = [day for last in starts for day in (last.replace(day=1), *(last - timedelta(days=n) for n in range(4)))]
    lengths = [(add_months(day, months) - day).days for day in days]
    return min(lengths), max(lengths)
