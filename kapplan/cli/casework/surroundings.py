"""What is booked around the plans of one change, read once for all of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from kapplan.cli.session.book import absences_from, book_of, read_calendars, taken_from
from kapplan.cli.session.environment import Edge

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from kapplan.files.plans.store import StoredPlan
    from kapplan.model.bookings import ClinicAbsence, PlanBookings
    from kapplan.model.clinic import Clinic
    from kapplan.planning.availability.free_time import BusyTimes


class Surroundings:
    """The bookings of a book's plans and the calendars of their clinics, as they were when each was first asked for.

    Entries of calendars that stand for a visit of any of the ``plans`` block nothing: these plans tell it themselves.
    """

    def __init__(self, edge: Edge, plans: Sequence[StoredPlan]) -> None:
        self.edge, self.plans = edge, tuple(plans)
        self._taken: dict[tuple[str, str | None, date], tuple[PlanBookings, ...]] = {}
        self._absences: dict[tuple[str, str | None, date], tuple[ClinicAbsence, ...]] = {}
        self._calendars: dict[object, BusyTimes] = {}

    def busy(
        self,
        stored: StoredPlan,
        clinic: Clinic,
        *,
        without: Collection[str] = (),
        beside: Sequence[PlanBookings] = (),
    ) -> BusyTimes:
        """Return what is booked around a plan; see ``busy_around``."""
        from kapplan.planning.availability.timezones import zone
        from kapplan.planning.bookings.busy_times import with_absences, with_bookings
        from kapplan.planning.bookings.plan_bookings import capacities

        here = zone(stored.plan.timezone)
        first = self.edge.now(here).date()
        own = {*without, stored.plan.id}
        taken = self._taken_from(stored, clinic, here, first)
        calendars = self._read(clinic, stored.base, here, first, {one.plan for one in taken} | own)
        others = (one for one in taken if one.plan not in own)
        away = self._absences_from(stored, clinic, first)
        calendars = with_absences(calendars, away, stored.plan.absences)
        return with_bookings(calendars, (*others, *beside), capacities(clinic), patient=stored.plan.patient)

    def _taken_from(self, stored: StoredPlan, clinic: Clinic, here: ZoneInfo, first: date) -> tuple[PlanBookings, ...]:
        book = book_of(self.edge, stored, clinic)
        key = book.address, clinic.id or clinic.name, first
        if key not in self._taken:
            self._taken[key] = taken_from(self.edge, book, clinic, here, first)
        return self._taken[key]

    def _absences_from(self, stored: StoredPlan, clinic: Clinic, first: date) -> tuple[ClinicAbsence, ...]:
        book = book_of(self.edge, stored, clinic)
        key = book.address, clinic.id or clinic.name, first
        if key not in self._absences:
            self._absences[key] = absences_from(book, clinic, first)
        return self._absences[key]

    def _read(self, clinic: Clinic, base: Path, here: ZoneInfo, first: date, known: Collection[str]) -> BusyTimes:
        """Read the calendars of a clinic, in which plans whose bookings are ``known`` block nothing."""
        from kapplan.files.busy.booked_times import busy_calendars

        key = tuple(busy_calendars(clinic)), base, here, first, frozenset(known)
        if key not in self._calendars:
            uids = self._uids if key[0] else ()
            self._calendars[key] = read_calendars(
                self.edge, clinic, base, here, first, excluding_plans=known, excluding_uids=uids
            )
        return self._calendars[key]

    @cached_property
    def _uids(self) -> frozenset[str]:
        from kapplan.planning.journal.calendar_identity import calendar_uids

        return frozenset().union(*(calendar_uids(one.plan) for one in self.plans))
