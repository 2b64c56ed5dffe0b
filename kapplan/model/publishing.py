"""What is published of a plan to a live calendar, and what became of each visit there."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from kapplan.dataclass import dataclass

Action = Literal["create", "update", "cancel", "unchanged", "conflict", "gone", "prune"]
OnConflict = Literal["stop", "ours", "theirs"]
Outcome = Literal["done", "pending", "unchanged", "stopped", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarObject:
    """A whole calendar with the one entry of a visit, as bytes, and what of it decides about sending it.

    ``audience`` is for whom it is, where each has UIDs of its own; ``former`` are UIDs under which it was sent before.
    ``accepted`` are starts that somebody gave the visit in a calendar and that the plan took over, ``declined`` those
    that it did not; ``stays`` says that somebody's removing it was declined.
    """

    uid: str
    visit: str
    start: datetime
    end: datetime
    sequence: int
    cancelled: bool
    data: bytes
    audience: str = ""
    former: tuple[str, ...] = ()
    accepted: frozenset[datetime] = frozenset()
    declined: frozenset[datetime] = frozenset()
    stays: bool = False


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """A field that the plan and the calendar say differently."""

    field: str
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishResult:
    """What became of one visit; ``start`` is in UTC."""

    uid: str
    visit: str
    start: datetime | None
    action: Action
    outcome: Outcome
    differences: tuple[FieldDifference, ...] = ()
    note: str = ""

    @property
    def beyond(self) -> tuple[FieldDifference, ...]:
        """What somebody changed that no plan can take over, such as how long a visit lasts."""
        names = {one.field for one in self.differences}
        if self.action == "gone" or "status" in names:
            return ()
        taken = {"start", "end"} if "start" in names else set()
        return tuple(one for one in self.differences if one.field not in taken)
