"""A book in a folder: every plan file that lies there, under one lock while one of them is written."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from shlex import quote

from kapplan.dataclass import dataclass
from kapplan.errors import FileProblem, InvalidFileError, UsageError
from kapplan.files.book.begun import go_on, settled, write_all
from kapplan.files.book.book import BookEntry, Damaged, PlanToReplace, TakenError, with_known
from kapplan.files.book.copies import copies_in, each_once
from kapplan.files.book.folder_absences import NAME as ABSENCES
from kapplan.files.book.folder_absences import absences_text, read_absences
from kapplan.files.book.folder_index import Indexed, plan_files, read_index
from kapplan.files.plans import store
from kapplan.files.plans.atomic import write_new
from kapplan.files.plans.format import LARGEST, plan_of
from kapplan.files.plans.last_good import doubt_in_words
from kapplan.files.plans.locks import FileLock
from kapplan.files.plans.snapshots import capacities_of
from kapplan.files.toml.sources import SourceFile, open_source
from kapplan.model.bookings import QUARTER, BookedPlan, Booking, ClinicAbsence, Holder, Overlap, PlanBookings
from kapplan.model.plan import Plan
from kapplan.planning.bookings.allotment import Allotment, allot, note_taken
from kapplan.planning.bookings.plan_bookings import bookings_of, clinic_key, plan_bookings


@dataclass(frozen=True, slots=True)
class FolderBook:
    """The plans of a folder; whatever plan file lies there is part of the book."""

    folder: Path

    @property
    def address(self) -> str:
        """Return the folder."""
        return str(self.folder)

    def entries(self) -> tuple[BookEntry | Damaged, ...]:
        """Return what lies in the folder, in the order of the names."""
        return tuple(self._entry(name, entry) for name, entry in read_index(self._settled()).items())

    def _entry(self, name: str, entry: Indexed) -> BookEntry | Damaged:
        plan = entry.plan
        if plan is None:
            return self._damaged(name, entry)
        return BookEntry(name=name, patient=plan.patient, plan=plan.plan, revision=plan.revision)

    def _damaged(self, name: str, entry: Indexed) -> Damaged:
        file = str(self.folder / f"{name}{store.ENDING}")
        where = ", ".join(entry.problems)
        return Damaged(name=name, problems=(FileProblem(message=f"the plan cannot be read: {where}", file=file),))

    def plans(self) -> Iterator[store.StoredPlan | Damaged]:
        """Read every plan, in the order of the names."""
        for name, path in plan_files(self._settled()).items():
            try:
                yield store.load_plan(path, pipes=False)
            except InvalidFileError as error:
                yield Damaged(name=name, problems=error.problems)
            except UsageError as error:
                if os.path.lexists(path):  # else it has just gone
                    yield Damaged(name=name, problems=(FileProblem(message=error.message, file=str(path)),))

    def load(self, name: str) -> store.StoredPlan:
        """Read the plan of a name."""
        return store.load_plan(self._settled() / f"{name}{store.ENDING}")

    def text(self, name: str) -> bytes:
        """Return the bytes of a plan as they lie there."""
        return open_source(self._settled() / f"{name}{store.ENDING}", what="plan", at_most=LARGEST).data

    def revisions(self, name: str) -> tuple[bytes, ...]:
        """Return nothing: a folder keeps each plan as it is now, and the plan its own history."""
        del name
        return ()

    def find(self, text: str) -> store.StoredPlan:
        """Read the plan that a person means."""
        return store.load_plan(store.find_plan(text, (self._settled(),)))

    def bookings(self, clinic: str, since: int = 0) -> tuple[PlanBookings, ...]:
        """Return what the plans of a clinic take, those that take anything after the quarter ``since``."""
        entries = read_index(self._settled()).values()
        late = (entry.plan for entry in entries if entry.clinic == clinic and entry.until > since * QUARTER)
        taken = (bookings_of(plan, since) for plan in each_once(plan for plan in late if plan is not None))
        return tuple(plan for plan in taken if plan.bookings)

    def listed(self) -> tuple[BookedPlan, ...]:
        """Return every plan with its visits, in the order of the names."""
        entries = read_index(self._settled()).values()
        return each_once(plan for entry in entries if (plan := entry.plan) is not None)

    def unbooked(self) -> tuple[str, ...]:
        """Return the names of the plans that cannot be read."""
        return tuple(name for name, entry in read_index(self._settled()).items() if not entry.cells)

    def damaged(self) -> tuple[Damaged, ...]:
        """Return the plans that cannot be read, and those in doubt: not as they were written, or there as copies."""
        entries = read_index(self._settled())
        copies = copies_in(self.folder, {name: entry.id for name, entry in entries.items() if entry.cells})
        found: list[Damaged] = []
        for name, entry in entries.items():
            file = str(self.folder / f"{name}{store.ENDING}")
            if not entry.cells:
                found.append(self._damaged(name, entry))
            elif entry.problems:
                found.append(in_doubt(name, doubt_in_words(file, entry.problems[0]), file))
            if name in copies:
                others = ", ".join(str(self.folder / other) for other in copies[name])
                said = f"{file} is there more than once: {others}. What each has alone: kapplan show {quote(file)}"
                found.append(in_doubt(name, said, file))
        return tuple(found)

    def add(self, name: str, plan: Plan, capacity: Mapping[str, int]) -> store.StoredPlan:
        """Write a new plan."""
        return self.add_file(self.folder / f"{name}{store.ENDING}", plan, capacity)

    def add_file(self, path: Path, plan: Plan, capacity: Mapping[str, int]) -> store.StoredPlan:
        """Write a new plan to a file of any name, held to what the plans of the folder take."""
        if clinic_key(plan) is None:
            return store.new_plan_file(path, plan)
        with self._locked() as lock:
            self._check(plan, None, capacity)
            lock.check()
            return store.new_plan_file(path, plan)

    def replace(self, stored: store.StoredPlan, plan: Plan, capacity: Mapping[str, int]) -> store.StoredPlan:
        """Write a changed plan."""
        if clinic_key(plan) is None or stored.path is None:
            return store.replace_plan(stored, plan)
        with self._locked() as lock:
            self._check(plan, stored.plan, capacity)
            lock.check()
            return store.replace_plan(stored, plan)

    def absences(self) -> tuple[ClinicAbsence, ...]:
        """Return the absences that the book knows."""
        return read_absences(self._settled())

    def replace_all(
        self,
        changes: Sequence[PlanToReplace],
        *,
        learned: Sequence[ClinicAbsence] = (),
        forgotten: Sequence[ClinicAbsence] = (),
    ) -> tuple[store.StoredPlan, ...]:
        """Write changed plans, all of them or none, and what the book learns and forgets with them."""
        together = {one.plan.id: plan_bookings(one.plan) for one in changes}
        with self._locked() as lock:
            others = {clinic: self._others(clinic, together) for clinic in {one.clinic for one in together.values()}}
            for one in changes:
                lock.keep()
                self._check(one.plan, one.stored.plan, one.capacity, others[together[one.plan.id].clinic])
            known = self._become_known(learned, forgotten) if learned or forgotten else {}
            plans = [(one.stored, one.plan) for one in changes]
            return (
                write_all(self.folder, lock, plans, known)
                if known or plans[1:]
                else store.replace_plans(plans, None, lock)
            )

    def _become_known(self, learned: Sequence[ClinicAbsence], forgotten: Sequence[ClinicAbsence]) -> dict[str, bytes]:
        """Return the file of absences by its name, as it is with what is learned and without what is forgotten."""
        return {ABSENCES: absences_text(with_known(self.absences(), learned, forgotten))}

    def _others(self, clinic: str | None, together: Mapping[str, PlanBookings]) -> tuple[PlanBookings, ...]:
        """Return what the plans of a clinic take; those that are written ``together`` count as they will be.

        They are read once: under the lock there is no time to read a thousand plans for each of forty.
        """
        changed = tuple(new for new in together.values() if new.clinic == clinic)
        wanted = [booking.first for new in changed for booking in new.bookings]
        saved = self.bookings(clinic or "", min(wanted, default=0))
        return (*(other for other in saved if other.plan not in together), *changed)

    @contextmanager
    def _locked(self) -> Iterator[FileLock]:
        """Hold the lock of the book, briefly: what is new in the folder is read before."""
        if not self.folder.is_dir():
            raise UsageError(f"there is no folder {self.folder}")
        read_index(self._settled())
        with settled(self.folder) as lock:
            yield lock

    def _settled(self) -> Path:
        """Return the folder, in which no change of many plans is half made any more, where that can be helped."""
        go_on(self.folder)
        return self.folder

    def _check(
        self,
        plan: Plan,
        before: Plan | None,
        capacity: Mapping[str, int],
        others: Sequence[PlanBookings] | None = None,
    ) -> None:
        refused = self._allotted(plan, before, capacity, others).refused
        if refused:
            raise TakenError(refused)

    def take_over(self, name: str, text: bytes, revisions: Sequence[bytes]) -> tuple[Overlap, ...]:
        """Write a plan of another book as it is; a folder keeps no ``revisions``.

        One that lies there already, to the byte, was carried before: a copy that was stopped goes on.
        """
        del revisions
        path = self.folder / f"{name}{store.ENDING}"
        plan = plan_of(SourceFile(name=str(path), data=text, path=path))
        with self._locked():
            if not (path.is_file() and path.read_bytes() == text):
                write_new(path, text)
        return self.kept_overlaps(plan, capacities_of(plan))

    def kept_overlaps(self, plan: Plan, capacity: Mapping[str, int]) -> tuple[Overlap, ...]:
        """Return the overlaps with other plans that a plan has as it is saved."""
        return self._allotted(plan, plan, capacity).kept

    def _allotted(
        self,
        plan: Plan,
        before: Plan | None,
        capacity: Mapping[str, int],
        others: Sequence[PlanBookings] | None = None,
    ) -> Allotment:
        """Return the places of a plan beside all ``others``: where they are not given, those that lie in the folder."""
        own = plan_bookings(plan)
        taken: dict[tuple[str, int], dict[int, Holder]] = {}
        wanted = {(booking.resource, quarter) for booking in own.bookings for quarter in booking.quarters()}
        since = min((booking.first for booking in own.bookings), default=0)
        for other in self.bookings(own.clinic or "", since) if others is None else others:
            if other.plan != plan.id:
                note_taken(taken, other, wanted)
        stood = () if before is None else plan_bookings(before).bookings
        return allot(own.bookings, patient=plan.patient, before=_places(stood, taken), taken=taken, capacity=capacity)


def in_doubt(name: str, said: str, file: str) -> Damaged:
    """Return a plan that can be read and is in doubt, and why."""
    return Damaged(name=name, problems=(FileProblem(message=said, file=file),), readable=True)


def _places(
    stood: tuple[Booking, ...], taken: Mapping[tuple[str, int], Mapping[int, Holder]]
) -> dict[tuple[str, int, str], int]:
    """Return the places of what a plan had before: those that no other plan has."""
    return {
        (booking.resource, quarter, booking.visit): len(taken.get((booking.resource, quarter), ()))
        for booking in stood
        for quarter in booking.quarters()
    }
