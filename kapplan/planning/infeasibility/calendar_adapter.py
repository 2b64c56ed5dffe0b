"""The calendar as the search for clashes asks it: visits by id, days as numbers, causes dropped by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import cached_property

from kapplan.dataclass import replace
from kapplan.planning.availability.blockers import CalendarGroup, LackOfTime, groups, never_long_enough, too_short_for
from kapplan.planning.availability.calendar import Calendar, Relax, Shape
from kapplan.planning.infeasibility.minimal_conflict import Clash, Member
from kapplan.planning.infeasibility.phrases import lack_words
from kapplan.planning.infeasibility.relaxations import HORIZON

ROOM_PAST_HORIZON = 120
"""How many days past its last a calendar is looked at where the horizon itself is dropped."""
_OPENABLE = frozenset({"holiday", "closure"})


class CalendarOpenings:
    """The openings of a calendar for the visits of a problem; ``origin`` is the problem's day 0."""

    def __init__(self, calendar: Calendar, shapes: Mapping[str, Shape], origin: date) -> None:
        self.calendar, self.shapes, self.origin = calendar, shapes, origin
        self._distinct = tuple(dict.fromkeys(shapes.values()))
        self._number = {visit: self._distinct.index(shape) for visit, shape in shapes.items()}

    def groups(self) -> tuple[CalendarGroup, ...]:
        """Return everything that may be dropped and could matter, each with an id of its own."""
        return self._groups

    @cached_property
    def _groups(self) -> tuple[CalendarGroup, ...]:
        return groups(self.calendar, self._distinct)

    def regular(self) -> tuple[CalendarGroup, ...]:
        """Return the weekdays on which the clinic is shut, all day or in part, in their order."""
        return self._regular

    @cached_property
    def _regular(self) -> tuple[CalendarGroup, ...]:
        return tuple(one for one in groups(self.calendar) if one.fixed and one.kind == "clinic-weekday")

    @property
    def first(self) -> int:
        """The calendar's first day."""
        return self.calendar.first.toordinal() - self.origin.toordinal()

    def masks(
        self,
        visit_ids: Iterable[str],
        *,
        dropped: frozenset[str] = frozenset(),
        clinic_days: frozenset[int] = frozenset(),
        patient_days: frozenset[int] = frozenset(),
    ) -> list[int]:
        """Return the open days of visits, without what is ``dropped`` and with the given days opened."""
        relax = Relax(dropped - {HORIZON}, self._dates(clinic_days), self._dates(patient_days))
        calendar = self._past_horizon if HORIZON in dropped else self.calendar
        opened = [calendar.days_open(shape, relax) for shape in self._distinct]
        return [opened[self._number[visit]] for visit in visit_ids]

    def closed_clinic_days(self) -> tuple[int, ...]:
        """Return the days that holidays and closures close and that would be of use if the clinic opened."""
        return self._shut_by_clinic

    def closed_patient_days(self) -> tuple[int, ...]:
        """Return the days of which a visit could make use if the patient were free all day."""
        return self._shut_by_patient

    @cached_property
    def _shut_by_clinic(self) -> tuple[int, ...]:
        return self._closed(clinic=True)

    @cached_property
    def _shut_by_patient(self) -> tuple[int, ...]:
        return self._closed(clinic=False)

    def with_lengths(self, clash: Clash) -> Clash:
        """Return a clash that says of what closes part of a day which visit is too long for the rest.

        One without members says of which visits no day has room, and why.
        """
        days = {group.id: group.dates for group in self.groups()}
        members = tuple(
            replace(member, words=self._with_length(member, days[member.id])) if member.id in days else member
            for member in clash.members
        )
        lacking = () if members else tuple(self._lacking())
        return replace(clash, members=members, lacking=lacking)

    def _with_length(self, member: Member, days: Iterable[date]) -> str:
        lack = too_short_for(self.calendar, self._distinct, member.id, days)
        return member.words if lack is None else f"{member.words} ({lack_words(lack)})"

    def _lacking(self) -> Iterator[str]:
        for shape in self._distinct:
            why = never_long_enough(self.calendar, shape)
            if why is not None:
                yield lack_words(why) if isinstance(why, LackOfTime) else why.words

    def _closed(self, *, clinic: bool) -> tuple[int, ...]:
        """Return the days of which a visit can make use once they are opened; days alike are looked at once."""
        of_use: dict[object, bool] = {}
        found: list[int] = []
        for day in range(self.calendar.first.toordinal(), self.calendar.last.toordinal() + 1):
            if self.calendar.is_past(day):
                continue
            pattern = self.calendar.kinds.likeness(day).pattern
            if pattern not in of_use:
                of_use[pattern] = self._is_of_use(day, clinic=clinic)
            if of_use[pattern]:
                found.append(day - self.origin.toordinal())
        return tuple(found)

    def _is_of_use(self, day: int, *, clinic: bool) -> bool:
        closings, opened = self.calendar.resources.closings, frozenset({date.fromordinal(day)})
        if clinic and not any(closings[cause].kind in _OPENABLE for cause in self.calendar.kinds.causes(day)):
            return False
        relax = Relax(clinic_days=opened) if clinic else Relax(patient_days=opened)
        return any(self._is_opened(shape, day, relax) for shape in self._distinct)

    def _is_opened(self, shape: Shape, day: int, relax: Relax) -> bool:
        return not self.calendar.starts(shape, day) and bool(self.calendar.starts(shape, day, relax))

    @cached_property
    def _past_horizon(self) -> Calendar:
        return self.calendar.through(self.calendar.last + timedelta(days=ROOM_PAST_HORIZON))

    def _dates(self, days: frozenset[int]) -> frozenset[date]:
        return frozenset(self.origin + timedelta(days=day) for day in days)
