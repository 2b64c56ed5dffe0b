"""What calendars' names for a plan's entries are made of."""

from __future__ import annotations

import hmac
from hashlib import sha256

from kapplan.dataclass import dataclass

_DIGITS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarIdentity:
    """What makes the names of a plan's entries.

    Without the ``secret`` nobody can guess back from a name whose it is. Where there is none (plans of 0.1.0) the names
    are made of the plan's ids alone, one for every audience. ``former`` are the secrets of before, the empty one for
    names of ids alone: entries under those names are still the plan's.
    """

    secret: str = ""
    former: tuple[str, ...] = ()


def plan_secret(seed: str, plan_id: str) -> str:
    """Return a plan's secret, from what is secret and the same for many plans; each has its own."""
    return hmac.new(seed.encode(), f"secret\n{plan_id}".encode(), sha256).hexdigest()[:_DIGITS]
