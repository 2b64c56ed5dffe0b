"""A calendar made of a table: who closes which day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from kapplan.planning.problem.problem import OpenDay, Problem

CLINIC_KINDS = frozenset({"holiday", "closure", "clinic-weekday"})
PATIENT_KINDS = frozenset({"weekday", "away"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TableGroup:
    """A closing: the days it closes, counted from the origin, for all visits or for those named."""

    id: str
    kind: str
    words: str
    named: bool = True
    days: frozenset[int]
    dates: tuple[date, ...] = ()
    visits: frozenset[str] | None = None

    def closes(self, visit_id: str, day: int) -> bool:
        """Return whether it closes a day to a visit."""
        return day in self.days and (self.visits is None or visit_id in self.visits)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOpenings:
    """Days ``0`` through ``horizon``, and ``beyond`` more once the horizon is dropped, less what is closed.

    The ``table`` may be lifted, the ``week`` is regular.
    """

    origin: date
    horizon: int
    beyond: int = 0
    table: tuple[TableGroup, ...] = field(default=())
    week: tuple[TableGroup, ...] = field(default=())

    def groups(self) -> tuple[TableGroup, ...]:
        """Return the table."""
        return self.table

    def regular(self) -> tuple[TableGroup, ...]:
        """Return the week."""
        return self.week

    def days(
        self,
        visit_id: str,
        *,
        dropped: frozenset[str] = frozenset(),
        clinic_days: frozenset[int] = frozenset(),
        patient_days: frozenset[int] = frozenset(),
    ) -> tuple[int, ...]:
        """Return the days that nothing closes which is neither dropped nor lifted."""
        last = self.horizon + (self.beyond if "horizon" in dropped else 0)
        closed = {
            day
            for group in (*self.table, *self.week)
            if group.id not in dropped and (group.visits is None or visit_id in group.visits)
            for day in group.days
            if not (day in clinic_days and group.kind in CLINIC_KINDS)
            and not (day in patient_days and group.kind in PATIENT_KINDS)
        }
        return tuple(day for day in range(last + 1) if day not in closed)

    @property
    def first(self) -> int:
        """Day 0, before which nothing is listed."""
        return 0

    def masks(self, visit_ids: Iterable[str], **relaxed: frozenset[Any]) -> list[int]:
        """Return the same of visits as bits."""
        return [sum(1 << day for day in self.days(visit_id, **relaxed)) for visit_id in visit_ids]

    def closed_clinic_days(self) -> tuple[int, ...]:
        """Return the days that a holiday or a closure closes."""
        found = {day for group in self.table if group.kind in {"holiday", "closure"} for day in group.days}
        return tuple(sorted(day for day in found if 0 <= day <= self.horizon))

    def closed_patient_days(self) -> tuple[int, ...]:
        """Return the days that only the patient's side closes."""
        clinic = {day for group in self.table if group.kind in CLINIC_KINDS for day in group.days}
        patient = {day for group in self.table if group.kind in PATIENT_KINDS for day in group.days}
        return tuple(sorted(day for day in patient - clinic if 0 <= day <= self.horizon))


def group(
    name: str, kind: str, words: str, days: Iterable[int], origin: date, *, visits: Iterable[str] | None = None
) -> TableGroup:
    """Return a closing of some days, with their dates."""
    closed = frozenset(days)
    return TableGroup(
        id=name,
        kind=kind,
        words=words,
        days=closed,
        dates=tuple(origin + timedelta(days=day) for day in sorted(closed)),
        visits=None if visits is None else frozenset(visits),
    )


def weekends(origin: date, length: int) -> TableGroup:
    """Return the Saturdays and Sundays on which a clinic is closed."""
    days = (day for day in range(length) if (origin + timedelta(days=day)).weekday() >= 5)
    return group("clinic-weekday:weekend", "clinic-weekday", "the clinic is closed at weekends", days, origin)


def weekly(day: int, openings: TableOpenings) -> TableGroup:
    """Return what closes every seventh day from one on."""
    days = range(day, openings.horizon + openings.beyond + 1, 7)
    return group(f"clinic-weekday:{day}", "clinic-weekday", f"closed on day {day}", days, openings.origin)


def listed_days(problem: Problem, openings: TableOpenings, dropped: Mapping[str, object] | None = None) -> Problem:
    """Return the problem with the days that the openings list for each visit, without what is dropped."""
    left_out = frozenset(dropped or ())
    return replace(
        problem,
        visits=tuple(
            visit
            if visit.fixed is not None
            else replace(visit, days=tuple(map(OpenDay, openings.days(visit.id, dropped=left_out))))
            for visit in problem.visits
        ),
    )
