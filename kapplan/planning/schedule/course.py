"""One course from its parts: the calendar, the problem, the placement and, where there is none, why."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from kapplan.dataclass import dataclass, replace
from kapplan.dates import WEEKDAYS
from kapplan.errors import NoScheduleError, UndecidedError
from kapplan.model.clinic import Clinic
from kapplan.model.profile import Profile
from kapplan.model.regimen import Regimen
from kapplan.planning.availability.calendar import BusyTimes, Calendar, Shape, shapes_of
from kapplan.planning.phrases.words import day_words, visit_words
from kapplan.planning.problem.deadline import Deadline
from kapplan.planning.problem.problem import FIRST_DOSE, START, Problem
from kapplan.planning.schedule.approvals import approved_caps
from kapplan.planning.schedule.formulate import Reach, Situation, formulate, horizon, reach
from kapplan.planning.solver.optimum import DEFAULT, Effort, Placement, place

if TYPE_CHECKING:
    from kapplan.planning.infeasibility.calendar_adapter import CalendarOpenings
    from kapplan.planning.infeasibility.minimal_conflict import Clash, Repairs


ANY_START = 366
"""How many days later than asked a course may start where the rule of its start is overridden."""


class Unplaceable(NoScheduleError):  # noqa: N818  # named for what it tells, as the other errors are
    """No dates keep every rule; ``clash`` says which rules stand against each other, ``repairs`` what would help.

    ``problem`` is the placement problem that has no answer, ``setting`` that of the clash. ``told`` are the clashes to
    tell: the first, unless somebody asks for ``every_clash``. ``words`` are what is told in place of the usual, where
    more is known of the files. Not ``all_tried`` is every change that might help where that took too much work.
    """

    def __init__(
        self,
        clash: Clash | None,
        found: Repairs,
        problem: Problem,
        every_clash: Callable[[], tuple[Clash, ...]] = tuple,
        setting: Setting | None = None,
    ) -> None:
        super().__init__("No dates keep every rule of this course.")
        self.clash = clash
        self.problem = problem
        self.repairs = found.found
        self.all_tried = found.complete
        self.every_clash = every_clash
        self.setting = setting
        self.words: str | None = None
        self.told: tuple[Clash, ...] = () if clash is None else (clash,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Everything a course is placed from.

    ``therapist`` is who stays with the patient, where that is settled; ``notices`` are what was assumed, in words.
    Nothing begins before the moment ``not_before``, where one is given. The search may take ``effort`` times its
    ``usual`` work, until the ``deadline`` if there is one.
    """

    regimen: Regimen
    profile: Profile
    clinic: Clinic
    busy: BusyTimes
    situation: Situation
    therapist: str | None = None
    notices: tuple[str, ...] = ()
    not_before: datetime | None = None
    usual: Effort = DEFAULT
    effort: int = 1
    deadline: Deadline | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A demand with its calendar for one therapist, as a problem in plain numbers.

    ``reached`` is where the rules alone could put each visit, whoever the therapist is.
    """

    demand: Demand
    therapist: str | None
    calendar: Calendar
    shapes: Mapping[str, Shape]
    reached: Reach
    problem: Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The closest dates to the protocol that the calendars allow, in the setting in which they were found."""

    setting: Setting
    placement: Placement


def demand_of(profile: Profile, clinic: Clinic, regimen: Regimen, busy: BusyTimes, now: datetime) -> Demand:
    """Return what a new plan is placed from: the course from the asked start on, with what was assumed in words.

    ``now`` is the time in the clinic's zone.
    """
    if not profile.given:
        situation, assumed = situation_of(profile, now, {})
        notices = (*assumed, *_undated_baselines(regimen, profile))
        return Demand(regimen=regimen, profile=profile, clinic=clinic, busy=busy, situation=situation, notices=notices)
    from kapplan.planning.residual.arrivals import arrived

    arrival = arrived(regimen, profile)
    situation, assumed = situation_of(profile, now, arrival.given)
    ahead, widened = _within_reach(arrival.regimen, situation, clinic) if arrival.given else (arrival.regimen, ())
    notices = (*assumed, *arrival.notices, *widened, *_undated_baselines(regimen, profile))
    return Demand(regimen=ahead, profile=profile, clinic=clinic, busy=busy, situation=situation, notices=notices)


def _undated_baselines(regimen: Regimen, profile: Profile) -> Iterator[str]:
    """Yield what reviews will miss: a score that they compare with stands in the profile, but not the day it is of."""
    gates = (visit.gate for visit in regimen.visits if visit.gate is not None and visit.gate.response is not None)
    compared = {gate.measure: None for gate in gates if gate.measure is not None}
    for measure in compared:
        if profile.symptoms.on is None and getattr(profile.symptoms, measure, None) is not None:
            yield f"symptoms.{measure} has no day (symptoms.on): no review can compare with it until it has."


def freed(demand: Demand, rules: Collection[str]) -> Demand:
    """Return a demand whose start, or whose fixed first dose, somebody overrode by name."""
    situation = demand.situation
    if FIRST_DOSE in rules:
        situation = replace(situation, first_dose=None)
    if START in rules:
        situation = replace(situation, start_within=max(situation.start_within, ANY_START))
    return demand if situation is demand.situation else replace(demand, situation=situation)


def _within_reach(regimen: Regimen, situation: Situation, clinic: Clinic) -> tuple[Regimen, tuple[str, ...]]:
    """Return the regimen with maxima from visits given before that can be kept still, and what was widened in words."""
    from kapplan.planning.residual.happened import Happened
    from kapplan.planning.residual.overdue_rules import Ahead, keepable

    ahead = Ahead(
        earliest=situation.earliest,
        sooner={},
        origin=situation.origin,
        start_within=situation.start_within,
        weekdays=frozenset(WEEKDAYS.index(day) for day, hours in (clinic.hours or {}).items() if hours),
        at_clinic=frozenset(visit.id for visit in regimen.visits if visit.place == "clinic"),
    )
    kept = keepable(regimen, Happened(given=situation.fixed, lost={}), ahead)
    return kept.regimen, tuple(f"{visit_words(each.visit)}: {each.reason.text}." for each in kept.loosened)


def situation_of(profile: Profile, now: datetime, given: Mapping[str, date]) -> tuple[Situation, tuple[str, ...]]:
    """Return what a new plan starts from, and what was assumed for it in words.

    Nothing is placed before tomorrow; a start that is left out or past is tomorrow. Visits already ``given`` are fixed.
    """
    treatment = profile.treatment
    tomorrow = now.date() + timedelta(days=1)
    start = treatment.start
    notices: tuple[str, ...] = ()
    if start is None:
        start, notices = tomorrow, (f"No start was asked for: counted from tomorrow, {day_words(tomorrow)}.",)
    elif start < tomorrow:
        asked = day_words(start)
        start = tomorrow
        notices = (f"The start asked for, {asked}, is no longer ahead: counted from tomorrow, {day_words(tomorrow)}.",)
    return (
        Situation(
            origin=start,
            earliest=start,
            start_within=treatment.start_within,
            first_dose=treatment.first_dose,
            fixed=given,
        ),
        notices,
    )


def therapists(demand: Demand) -> tuple[str | None, ...]:
    """Return who could stay with the patient through the course; ``None`` alone where nobody need be named."""
    if not any("therapist" in visit.needs for visit in demand.regimen.visits):
        return (None,)
    chosen = demand.therapist or demand.profile.treatment.therapist
    if chosen is not None:
        return (chosen,)
    return tuple(person.id for person in demand.clinic.staff if "therapist" in person.roles) or (None,)


def set_up(demand: Demand, therapist: str | None, like: Setting | None = None) -> Setting:
    """Return the demand's calendar and problem for one therapist; ``like`` is what was set up for another."""
    situation, regimen = demand.situation, demand.regimen
    reached = reach(regimen, situation) if like is None else like.reached
    last = situation.date_of(horizon(reached))
    calendar = like.calendar.for_therapist(therapist) if like is not None else Calendar(
        demand.clinic, demand.profile, demand.busy, situation.first_open, last, therapist=therapist,
        not_before=demand.not_before,
    )  # fmt: skip
    shapes = shapes_of(regimen.visits, therapist)
    problem = formulate(regimen, calendar, shapes, situation, reached, like=None if like is None else like.problem)
    if caps := tuple(approved_caps(regimen, situation, demand.profile.authorization)):
        problem = replace(problem, limits=(*problem.limits, *caps))
    return Setting(
        demand=demand, therapist=therapist, calendar=calendar, shapes=shapes, reached=reached, problem=problem
    )


def settings_of(demand: Demand) -> list[Setting]:
    """Return the demand's setting for every therapist who could stay with the patient."""
    first, *others = therapists(demand)
    setting = set_up(demand, first)
    return [setting, *(set_up(demand, therapist, setting) for therapist in others)]


def solve(demand: Demand) -> Answer:
    """Return the best placement over all therapists; raise ``Unplaceable`` with the clash where there is none."""
    settings = settings_of(demand)
    best = best_answer(settings)
    if best is None:
        raise why_not(settings)
    return best


def effort_of(demand: Demand) -> Effort:
    """Return how much work a search for a demand may take, and until when."""
    return replace(demand.usual.times(demand.effort), deadline=demand.deadline)


def best_answer(settings: Sequence[Setting]) -> Answer | None:
    """Return the best placement over settings; ``None`` where none has one.

    Of equals the one that the ties put first wins, then that of the earliest setting. ``UndecidedError`` where none is
    found and the search of some setting ended without telling whether it has one.
    """
    best: Answer | None = None
    placements: list[Placement] = []
    undecided: UndecidedError | None = None
    for number, setting in enumerate(settings):
        if any(offers_no_more(setting.problem, earlier.problem) for earlier in settings[:number]):
            continue
        try:
            placement = place(setting.problem, effort=effort_of(setting.demand))
        except UndecidedError as error:
            undecided = error
            continue
        if placement is None:
            continue
        placements.append(placement)
        if best is None or _rank(placement) < _rank(best.placement):
            best = Answer(setting=setting, placement=placement)
    if best is None:
        if undecided is not None:
            raise undecided
        return None
    return replace(best, placement=_judged(best.placement, placements, undecided))


def any_answer(settings: Sequence[Setting]) -> Answer | None:
    """Return the best placement over settings; ``None`` where none is known, whether or not there may be one."""
    try:
        return best_answer(settings)
    except UndecidedError:
        return None


def _judged(best: Placement, placements: Sequence[Placement], undecided: UndecidedError | None) -> Placement:
    """Return the best of placements with what is proven of it, now that others might be better too."""
    bounds = [each.objective if each.proven else each.bound for each in placements]
    if undecided is not None:
        bounds.append(dict.fromkeys(best.objective, 0))
    least = min(bounds, key=lambda bound: tuple(bound.values()))
    if tuple(least.values()) < best.terms:
        ended = {each.ended for each in placements}
        if undecided is not None:
            ended.add("deadline" if undecided.out_of_time else "work")
        return replace(best, proven=False, bound=least, ended="deadline" if "deadline" in ended else "work")
    return replace(best, proven=True, bound={}, ended=None)


def offers_no_more(problem: Problem, than: Problem) -> bool:
    """Return whether every placement of a problem is one of another too, where it costs no more."""
    if (problem.timing, problem.limits) != (than.timing, than.limits):
        return False
    for visit, other in zip(problem.visits, than.visits, strict=True):
        if visit.days == other.days:
            continue
        theirs = {choice.day: choice for choice in other.days}
        for own in set(visit.days).difference(other.days):
            their = theirs.get(own.day)
            if their is None or any(cost > most for cost, most in zip(their, own, strict=True)):
                return False
    return True


def _rank(placement: Placement) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return what placements of different therapists are compared by: their terms, then their days, as ties go."""
    return placement.terms, tuple(placement.days.values())


def why_not(settings: list[Setting]) -> Unplaceable:
    """Return the smallest clash over the settings, with the repairs that mend it."""
    from kapplan.planning.infeasibility.minimal_conflict import Repairs, find_all, repairs

    found = _smallest_clash(settings)
    if found is None:
        return Unplaceable(None, Repairs(complete=False), settings[0].problem)
    clash, setting, openings = found
    problem, regimen, deadline = setting.problem, setting.demand.regimen, setting.demand.deadline

    def every() -> tuple[Clash, ...]:
        return tuple(map(openings.with_lengths, find_all(problem, regimen, openings, deadline)))

    return Unplaceable(clash, repairs(problem, regimen, openings, deadline), problem, every, setting)


def clash_of(settings: list[Setting]) -> Clash | None:
    """Return the smallest clash over the settings; ``None`` where none of them has one."""
    found = _smallest_clash(settings)
    return None if found is None else found[0]


def _smallest_clash(settings: list[Setting]) -> tuple[Clash, Setting, CalendarOpenings] | None:
    from kapplan.planning.infeasibility.calendar_adapter import CalendarOpenings
    from kapplan.planning.infeasibility.minimal_conflict import find

    best: tuple[Clash, Setting, CalendarOpenings] | None = None
    for setting in settings:
        openings = CalendarOpenings(setting.calendar, setting.shapes, setting.problem.origin)
        most = None if best is None else len(best[0].members)
        clash = find(setting.problem, setting.demand.regimen, openings, setting.demand.deadline, most)
        if clash is not None and (most is None or len(clash.members) < most):
            best = openings.with_lengths(clash), setting, openings
        if best is not None and not best[0].members:
            break
    return best
