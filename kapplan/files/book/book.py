"""What every book can do, whatever holds it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from kapplan.dataclass import dataclass
from kapplan.errors import ChangedMeanwhileError, FileProblem
from kapplan.files.plans.store import StoredPlan
from kapplan.model.bookings import BookedPlan, ClinicAbsence, Overlap, PlanBookings
from kapplan.model.plan import Plan

_PASSWORD = re.compile(r"(?<=://)([^/@:?]*):.*@|(?<=[?&])(?:ssl)?password=[^&]*&?")


@dataclass(frozen=True, slots=True, kw_only=True)
class BookEntry:
    """A plan in a book by its name there (of a file without its ending), without being read."""

    name: str
    patient: str
    plan: str
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Damaged:
    """A plan in a book that cannot be read, or is in doubt although it is ``readable``, and why."""

    name: str
    problems: tuple[FileProblem, ...]
    readable: bool = False


class PlanToReplace(NamedTuple):
    """One of several plans that are written together: as it was read, as it is now, and the capacity of resources."""

    stored: StoredPlan
    plan: Plan
    capacity: Mapping[str, int]


class TakenError(ChangedMeanwhileError):
    """Somebody else has a room or a person at a time that a plan wants; nothing was written."""

    def __init__(self, overlaps: Sequence[Overlap], *, hint: str | None = None) -> None:
        whose = sorted({holder.patient for overlap in overlaps for holder in overlap.holders})
        visits = sorted({overlap.booking.visit for overlap in overlaps})
        super().__init__(
            f"{', '.join(visits)} would take what is booked for {', '.join(whose)}; nothing was written",
            hint=hint or "run the command again: it will place around what is booked now",
        )
        self.overlaps = tuple(overlaps)


def without_password(address: str) -> str:
    """Return the address of a book without the password that may stand in it, before its host or behind it."""
    return _PASSWORD.sub(lambda found: f"{found[1]}@" if found[1] is not None else "", address).rstrip("?&")


def with_known(
    absences: Sequence[ClinicAbsence], learned: Sequence[ClinicAbsence], forgotten: Sequence[ClinicAbsence]
) -> tuple[ClinicAbsence, ...]:
    """Return absences with what is learned and without what is forgotten, each once and in order."""
    there = dict.fromkeys([*(one for one in absences if one not in forgotten), *learned])
    return tuple(sorted(there, key=lambda one: (one.from_, one.until, one.clinic, one.who, one.change, one.ended)))


class Book(Protocol):
    """Where a clinic's plans lie.

    Check and write are one step in ``add`` and ``replace``: a plan is never saved that newly takes what another plan
    has. ``capacity`` is how many visits a resource can have at a time, 1 where it is not named.
    """

    @property
    def address(self) -> str:
        """Return the folder or the address of the database, without a password."""

    @property
    def folder(self) -> Path:
        """Return the folder from which the paths in its plans count."""

    def entries(self) -> tuple[BookEntry | Damaged, ...]:
        """Return what lies in the book, in the order of the names."""

    def plans(self) -> Iterator[StoredPlan | Damaged]:
        """Read every plan, in the order of the names."""

    def load(self, name: str) -> StoredPlan:
        """Read a plan; ``UsageError`` where there is none of that name, ``InvalidFileError`` where it is damaged."""

    def text(self, name: str) -> bytes:
        """Return the bytes of a plan as they lie there, damaged or not."""

    def revisions(self, name: str) -> tuple[bytes, ...]:
        """Return every text of a plan that the book keeps, the oldest first; none where it keeps only the last."""

    def find(self, text: str) -> StoredPlan:
        """Read the plan that a person means: its name, its patient, or the start of either if only one fits."""

    def bookings(self, clinic: str, since: int = 0) -> tuple[PlanBookings, ...]:
        """Return what the plans of a clinic take that ends after the quarter ``since``; damaged plans are left out."""

    def listed(self) -> tuple[BookedPlan, ...]:
        """Return every plan that can be read with its visits, in the order of the names, without parsing it."""

    def unbooked(self) -> tuple[str, ...]:
        """Return the names of the plans whose times ``bookings`` does not know, since they cannot be read."""

    def damaged(self) -> tuple[Damaged, ...]:
        """Return the plans that cannot be read, and those in doubt: not as they were written, or there as copies."""

    def add(self, name: str, plan: Plan, capacity: Mapping[str, int]) -> StoredPlan:
        """Write a new plan; ``UsageError`` where the name is taken, ``TakenError`` where a time is."""

    def replace(self, stored: StoredPlan, plan: Plan, capacity: Mapping[str, int]) -> StoredPlan:
        """Write a changed plan; ``ChangedMeanwhileError`` where it is not what was read, ``TakenError`` as above."""

    def replace_all(
        self,
        changes: Sequence[PlanToReplace],
        *,
        learned: Sequence[ClinicAbsence] = (),
        forgotten: Sequence[ClinicAbsence] = (),
    ) -> tuple[StoredPlan, ...]:
        """Write changed plans, all of them or none; raises as ``replace`` does.

        With them the book comes to know of absences, and forgets others.
        """

    def absences(self) -> tuple[ClinicAbsence, ...]:
        """Return the absences of clinics and their staff that the book knows, whatever plans know of them."""

    def take_over(self, name: str, text: bytes, revisions: Sequence[bytes]) -> tuple[Overlap, ...]:
        """Write a plan of another book as it is, and return the overlaps that come with it.

        Raises ``UsageError`` where the name is taken and ``InvalidFileError`` where the text is no plan.
        """

    def kept_overlaps(self, plan: Plan, capacity: Mapping[str, int]) -> tuple[Overlap, ...]:
        """Return the overlaps with other plans that a plan has as it is saved."""
