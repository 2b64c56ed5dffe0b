"""Days to begin on, ranked by what the whole course would look like."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from kapplan.dataclass import dataclass, replace
from kapplan.errors import UndecidedError, UsageError
from kapplan.planning.availability.blockers import groups
from kapplan.planning.phrases.words import visit_words
from kapplan.planning.problem.objective import DaysOff, days_off
from kapplan.planning.problem.problem import Problem
from kapplan.planning.schedule.course import Demand, Setting, effort_of, offers_no_more, settings_of
from kapplan.planning.solver.start_days import Start, rank


@dataclass(frozen=True, slots=True, kw_only=True)
class StartChoice:
    """A day to begin on and the course that would follow.

    ``off`` are its days off target, ``deviation`` and ``follow_up_deviation`` the same as the rules weigh them,
    ``off_preferred`` the visits not on a preferred day or time, ``holidays`` the clinic's holidays between the first
    visit and the last dose.
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


def rank_starts(demand: Demand, within: int) -> tuple[StartChoice, ...]:
    """Return the open days of the first visit within so many days of the start asked for, the best course first.

    How long the patient would wait does not count; of two equal courses the earlier one comes first. ``UsageError``
    where the course has begun, ``UndecidedError`` where the search tells of no day whether a course can begin on it.
    The demand's deadline, if it has one, is that of all days and therapists: days of which nothing is told by then are
    left out.
    """
    first = demand.regimen.visits[0]
    if first.id in demand.situation.fixed:
        raise UsageError(f"the course has begun: {visit_words(first.id)} was held, so there is no start to choose")
    wide = replace(demand, situation=replace(demand.situation, start_within=within, first_dose=None))
    settings = settings_of(wide)
    best: dict[int, tuple[tuple[int, ...], int, StartChoice]] = {}
    undecided: UndecidedError | None = None
    for place in _by_room(settings):
        setting = settings[place]
        most = {day: _no_worse(cost, at_least_as_good=place < other) for day, (cost, other, _) in best.items()}
        try:
            starts = rank(setting.problem, within, effort_of(demand), most)
        except UndecidedError as error:
            undecided = error
            continue
        for start in starts:
            if start.day not in best or (start.compared, place) < best[start.day][:2]:
                best[start.day] = (start.compared, place, _choice(setting, start))
    if not best and undecided is not None:
        raise undecided
    ordered = sorted(best.items(), key=lambda item: (item[1][0], item[0]))
    return tuple(choice for _, (_, _, choice) in ordered)


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


def _choice(setting: Setting, start: Start) -> StartChoice:
    situation, terms = setting.demand.situation, start.objective
    doses = [
        start.days[visit.id]
        for visit in setting.demand.regimen.visits
        if visit.kind == "dosing" and visit.tier == "course"
    ]
    last_dose = situation.date_of(max(doses)) if doses else None
    first, last = situation.date_of(start.day), situation.date_of(max(start.days.values()))
    open_days = {visit.id: {choice.day: choice.preference for choice in visit.days} for visit in setting.problem.visits}
    return StartChoice(
        start=first,
        off=days_off(_whenever_begun(setting.problem), start.days),
        deviation=terms["deviation"],
        follow_up_deviation=terms["follow_up_deviation"],
        off_preferred=sum(bool(open_days[visit].get(day)) for visit, day in start.days.items()),
        holidays=_holidays(setting, first, last_dose or last),
        last_dose=last_dose,
        last_visit=last,
        therapist=setting.therapist,
    )


def _whenever_begun(problem: Problem) -> Problem:
    """Return a problem in which a later start is not off any target."""
    return replace(problem, timing=tuple(rule for rule in problem.timing if rule.role != "start"))


def _holidays(setting: Setting, first: date, last: date) -> int:
    return sum(
        first <= day <= last for group in groups(setting.calendar) if group.kind == "holiday" for day in group.dates
    )
