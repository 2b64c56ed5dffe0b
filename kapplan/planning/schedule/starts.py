"""Days to begin on, ranked by what the whole course would look like."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from kapplan.dataclass import dataclass, replace
from kapplan.errors import UndecidedError, UsageError
from kapplan.planning.availability.blockers import groups
from kapplan.planning.phrases.words import visit_words
from kapplan.planning.problem.objective import DaysOff, days_off
from kapplan.planning.schedule.course import Demand, Setting, effort_of, offers_no_more, settings_of
from kapplan.planning.solver.start_days import Start, rank


@dataclass(frozen=True, slots=True, kw_only=True)
class StartChoice:
    """A day to begin on and the course that would follow.

    ``off`` are its days off target, ``deviation`` and ``follow_up_deviation`` the same as the rules weigh them,
    ``off_preferred`` the visits not on a preferred day or time, ``holidays`` the clinic's holidays between the first
    visit and the last dose. Where it is not ``proven`` to be the best course from that day, none deviates less than by
    ``bound``.
    """

    start: date
    off: DaysOff
    deviation: int
    follow_up_deviation: int
    off_preferred: int
    holidays: int
    last_dose: date | None
    last_visit: date
    therapist: str | None
    proven: bool = True
    bound: int | None = None


class RankedStarts(NamedTuple):
    """Days to begin on, the best course first, and those of which the search told nothing, in their order."""

    choices: tuple[StartChoice, ...]
    untold: tuple[date, ...] = ()


def rank_starts(demand: Demand, within: int) -> RankedStarts:
    """Return the open days of the first visit within so many days of the start asked for, the best course first.

    How long the patient would wait does not count; of two equal courses the earlier one comes first. ``UsageError``
    where the course has begun, ``UndecidedError`` where the search tells of no day whether a course can begin on it.
    The demand's deadline, if it has one, is that of all days and therapists. Days of which nothing is told by then, or
    with the work allowed, are ``untold``.
    """
    first = demand.regimen.visits[0]
    if first.id in demand.situation.fixed:
        raise UsageError(f"the course has begun: {visit_words(first.id)} was held, so there is no start to choose")
    wide = replace(demand, situation=replace(demand.situation, start_within=within, first_dose=None))
    settings = settings_of(wide)
    best: dict[int, tuple[tuple[int, ...], int, Start]] = {}
    least: dict[int, tuple[int, ...]] = {}
    unknown: set[int] = set()
    undecided: UndecidedError | None = None
    for place in _by_room(settings):
        setting = settings[place]
        most = {day: _no_worse(cost, at_least_as_good=place < other) for day, (cost, other, _) in best.items()}
        try:
            starts = rank(setting.problem, within, effort_of(demand), most, unknown)
        except UndecidedError as error:
            undecided = error
            continue
        for start in starts:
            least[start.day] = min(start.least, least.get(start.day, start.least))
            if start.day not in best or (start.compared, place) < best[start.day][:2]:
                best[start.day] = (start.compared, place, start)
    if not best and undecided is not None:
        raise undecided
    least |= {day: (0,) * len(cost) for day, (cost, _, _) in best.items() if day in unknown}
    untold = tuple(wide.situation.date_of(day) for day in sorted(unknown - best.keys()))
    told = {place: _Telling(settings[place]) for place in {place for _, place, _ in best.values()}}
    ordered = sorted(best.items(), key=lambda item: (item[1][0], item[0]))
    choices = tuple(told[place].choice(start, least[start.day]) for _, (_, place, start) in ordered)
    return RankedStarts(choices, untold)


def _by_room(settings: Sequence[Setting]) -> list[int]:
    """Return the places of the settings, those with the most open days first: others rarely better what they give.

    One whose every placement costs no less with somebody listed before is left out.
    """
    places = [
        place
        for place, setting in enumerate(settings)
        if not any(offers_no_more(setting.problem, earlier.problem) for earlier in settings[:place])
    ]
    return sorted(places, key=lambda place: -sum(len(visit.days) for visit in settings[place].problem.visits))


def _no_worse(cost: tuple[int, ...], *, at_least_as_good: bool) -> tuple[int, ...]:
    """Return the most that a course may cost that is better, or as good where that is enough."""
    *others, last = cost
    return (*others, last if at_least_as_good else last - 1)


class _Telling:
    """Tells of the starts of one setting what their courses are like."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        problem = setting.problem
        self.whenever_begun = replace(problem, timing=tuple(rule for rule in problem.timing if rule.role != "start"))
        own = {id(visit.days): visit.days for visit in problem.visits}
        disliked = {key: {choice.day for choice in days if choice.preference} for key, days in own.items()}
        self.disliked = {visit.id: disliked[id(visit.days)] for visit in problem.visits}
        self.holidays = [day for group in groups(setting.calendar) if group.kind == "holiday" for day in group.dates]
        visits = setting.demand.regimen.visits
        self.doses = [visit.id for visit in visits if visit.kind == "dosing" and visit.tier == "course"]

    def choice(self, start: Start, least: tuple[int, ...]) -> StartChoice:
        """Return a start as a choice, none from its day costing less; a later one is not off any target for that."""
        date_of = self.setting.demand.situation.date_of
        first, last = date_of(start.day), date_of(max(start.days.values()))
        last_dose = date_of(max(start.days[dose] for dose in self.doses)) if self.doses else None
        return StartChoice(
            start=first,
            off=days_off(self.whenever_begun, start.days),
            deviation=start.objective["deviation"],
            follow_up_deviation=start.objective["follow_up_deviation"],
            off_preferred=sum(day in self.disliked[visit] for visit, day in start.days.items()),
            holidays=sum(first <= day <= (last_dose or last) for day in self.holidays),
            last_dose=last_dose,
            last_visit=last,
            therapist=self.setting.therapist,
            proven=least >= start.compared,
            bound=None if least >= start.compared else least[0],
        )
