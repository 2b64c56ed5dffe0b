"""A visit as one object in a calendar: what a server keeps under one UID."""

from __future__ import annotations

from datetime import datetime

from kapplan.dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarObject:
    """A whole calendar with the one entry of a visit, as bytes, and what of it decides about sending it.

    ``accepted`` are starts that somebody gave the visit in a calendar and that the plan took over.
    """

    uid: str
    visit: str
    start: datetime
    end: datetime
    sequence: int
    cancelled: bool
    data: bytes
    accepted: frozenset[datetime] = frozenset()
