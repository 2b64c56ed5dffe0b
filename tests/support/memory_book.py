"""A book that keeps its plans in memory: a clinic's plans without a file, for tests that type thousands of commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kapplan.errors import ChangedMeanwhileError, UsageError
from kapplan.files.plans.store import StoredPlan
from kapplan.files.toml.sources import SourceFile
from kapplan.model.bookings import BookedPlan, ClinicAbsence, PlanBookings
from kapplan.model.plan import Plan

ADDRESS = "memory://lives"
"""The address by which commands are told of it."""


@dataclass
class MemoryBook:
    """Plans by name; paths in them count from ``folder``. No two patients are booked against each other."""

    folder: Path
    held: dict[str, Plan] = field(default_factory=dict)
    address: str = ADDRESS

    def load(self, name: str) -> StoredPlan:
        """Return a plan."""
        if name not in self.held:
            raise UsageError(f"there is no plan {name}")
        plan = self.held[name]
        return StoredPlan(
            plan=plan, digest=str(plan.revision), path=None, source=SourceFile(name=name, data=b""), name=name,
            book=self.address, home=self.folder,
        )  # fmt: skip

    find = load

    def plans(self) -> Iterator[StoredPlan]:
        """Return every plan."""
        return map(self.load, sorted(self.held))

    def bookings(self, clinic: str, since: int = 0) -> tuple[PlanBookings, ...]:
        """Return nothing: nobody else is booked."""
        del clinic, since
        return ()

    def listed(self) -> tuple[BookedPlan, ...]:
        """Return nothing, as above."""
        return ()

    def unbooked(self) -> tuple[str, ...]:
        """Return nothing: every plan can be read."""
        return ()

    def absences(self) -> tuple[ClinicAbsence, ...]:
        """Return nothing: only the plans themselves know of absences."""
        return ()

    def add(self, name: str, plan: Plan, capacity: Mapping[str, int]) -> StoredPlan:
        """Keep a new plan."""
        del capacity
        self.held[name] = plan
        return self.load(name)

    def replace(self, stored: StoredPlan, plan: Plan, capacity: Mapping[str, int]) -> StoredPlan:
        """Keep a changed plan where nobody else has changed it."""
        del capacity
        name = stored.name or ""
        if self.held[name].revision != stored.plan.revision:
            raise ChangedMeanwhileError(f"{name} was changed by someone else")
        self.held[name] = plan
        return self.load(name)


def open_in_memory(book: MemoryBook) -> Callable[..., MemoryBook]:
    """Return what opens this book at its address, whatever the machine has installed for others."""

    def opened(address: str, password: str | None = None) -> MemoryBook:
        del password
        assert address == book.address, address
        return book

    return opened
