"""One re-plan as a problem: what of a plan stands, what was announced, and the rules that are left."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

from kapplan.dataclass import dataclass, replace
from kapplan.dates import WEEKDAYS
from kapplan.model.clinic import Clinic
from kapplan.model.plan import Plan, PlannedVisit
from kapplan.model.regimen import Regimen
from kapplan.planning.availability.calendar import Slot
from kapplan.planning.availability.free_time import BusyTimes, Interval
from kapplan.planning.availability.timezones import zone
from kapplan.planning.feasibility.feasibility import is_feasible
from kapplan.planning.problem.problem import FIRST_DOSE, START, OpenDay, Problem, ProblemTiming
from kapplan.planning.replan.as_announced import OF_A_CHANGE, OF_A_LOOK, better_as_announced
from kapplan.planning.replan.holding import held_visits, not_to_be_held, shut
from kapplan.planning.replan.keeping_apart import elsewhere, given_back, spaced
from kapplan.planning.replan.request import Asked, Holder, Options, Sources
from kapplan.planning.residual.happened import Happened, happened, settled_gates
from kapplan.planning.residual.overdue_rules import Ahead, Kept, earliest_days, keepable
from kapplan.planning.residual.remaining import remaining
from kapplan.planning.residual.rhythm import in_rhythm, there_on
from kapplan.planning.schedule.course import Answer, Demand, Setting, any_answer, set_up, therapists
from kapplan.planning.schedule.formulate import LONGEST_HORIZON, Situation

ASKED = "asked"
"""The name of the rule that holds a visit to the day for which it was asked."""
PATIENCE = 20_000
"""How many steps it may take to find out whether some days will do, where the answer is only of help."""
MOST_DAYS_WIDER = 90
"""How much further maxima from history are widened at most where caps need it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplanCase:
    """What a re-plan is asked: a plan, what it is dated from, the moment (with a zone), how, and by name for what."""

    plan: Plan
    sources: Sources
    now: datetime
    options: Options
    asked: Asked | None = None

    @property
    def wanted(self) -> str | None:
        """The visit that is asked for by name, if one is."""
        return None if self.asked is None else self.asked.visit


@dataclass(frozen=True, kw_only=True)
class Redating:
    """A re-plan that is set up.

    ``regimen`` holds the rules that remain as they are told, ``kept`` as they are enforced. ``holders`` says what holds
    the open visits that were to stay, ``loose`` why nothing holds some of them; those ``pinned`` stay. During ``taken``
    the patient is with the visit asked for.
    """

    case: ReplanCase
    past: Happened
    holders: Mapping[str, Holder]
    loose: Mapping[str, str]
    regimen: Regimen
    kept: Kept
    situation: Situation
    taken: Slot | None = None

    @cached_property
    def settings(self) -> tuple[Setting, ...]:
        """What is placed, for each therapist; the visit asked for is not held to its day."""
        return _settings(self.case, self.kept.regimen, self.situation, self.pinned, self.taken)

    @cached_property
    def pinned(self) -> frozenset[str]:
        """The open visits that stay."""
        return frozenset(self.holding)

    @property
    def holding(self) -> Mapping[str, Holder]:
        """What holds the open visits that stay, in the order of the plan."""
        return {visit: holder for visit, holder in self.holders.items() if visit not in self.loose}

    @cached_property
    def closed(self) -> Mapping[str, str]:
        """The visits that stay on days that are closed to them, with why: nobody can count on them."""
        standing = [one for one in map(self.case.plan.visit, sorted(self.pinned)) if not one.is_opened]
        return shut(self.settings, standing) if standing else {}

    @property
    def free(self) -> tuple[str, ...]:
        """The visits that are placed, in the order of the ties."""
        return tuple(visit.id for visit in self.regimen.visits if visit.id not in self.situation.fixed)

    @property
    def on_its_day(self) -> tuple[Setting, ...]:
        """The settings with the visit asked for on its day."""
        return self.on_asked_day(self.settings)

    @property
    def looked_at(self) -> tuple[Setting, ...]:
        """The settings of a re-plan whose dates are only shown beside others."""
        return tuple(replace(one, demand=replace(one.demand, usual=OF_A_LOOK)) for one in self.settings)

    def on_asked_day(self, settings: Sequence[Setting]) -> tuple[Setting, ...]:
        """Return some of the settings with the visit asked for on its day, where one is."""
        if (asked := self.case.asked) is None:
            return tuple(settings)
        day = self.situation.day(asked.day)
        return tuple(replace(setting, problem=on_day(setting.problem, asked.visit, day)) for setting in settings)


def on_day(problem: Problem, visit_id: str, day: int) -> Problem:
    """Return a problem whose answer has a visit on one day, which nobody had been told of before."""
    visits = tuple(
        replace(visit, announced=None, confirmed=False, days=tuple(_with_day(visit.days, day)))
        if visit.id == visit_id
        else visit
        for visit in problem.visits
    )
    rule = ProblemTiming(rule=ASKED, role="asked", visit=visit_id, after=day, min=0, max=0)
    return replace(problem, visits=visits, timing=(*problem.timing, rule))


def _with_day(days: Sequence[OpenDay], day: int) -> Iterator[OpenDay]:
    """Yield open days without their moves, the day asked for among them even if it is closed (it was overridden)."""
    there = [OpenDay(choice.day, choice.preference) for choice in days]
    if all(choice.day != day for choice in there):
        there.append(OpenDay(day))
    return iter(sorted(there))


def redating(
    case: ReplanCase,
    *,
    today_stays: bool = True,
    wider: int = 0,
    later: int = 0,
    taken: Slot | None = None,
    let_go: Collection[str] = (),
) -> Redating:
    """Set up a re-plan; during ``taken`` the patient is with the visit asked for. Nothing holds what is ``let_go``.

    With ``today_stays`` visits still to come today may stay at their time; nothing else is placed before tomorrow but
    what is asked for by name. Maxima from history are widened by ``wider`` days more than they need, those that have
    passed by ``later`` days more.
    """
    plan, now = case.plan, case.now
    past = happened(plan, now)
    holders = held_visits(plan, past, now, case.options, case.asked, let_go=let_go)
    settled = settled_gates(plan)
    regimen = remaining(plan.regimen, past, settled)
    earliest = max(now.date() + timedelta(days=1), plan.not_before or date.min)
    weekdays = _weekdays(case.sources.clinic)
    regimen = in_rhythm(regimen, past, earliest, there_on(weekdays, case.sources.profile, plan.absences))
    regimen = spaced(plan, case.sources.protocol, past, regimen, today=now.date(), asked=case.asked)
    loose = not_to_be_held(plan, regimen, past, holders)
    pinned = frozenset(holders.keys() - loose.keys())
    sooner = dict(_sooner(case, past, pinned, today_stays=today_stays))
    treatment = case.sources.profile.treatment
    created = plan.created.astimezone(zone(plan.timezone)).date()
    origin = max(treatment.start or date.min, created + timedelta(days=1))
    ahead = Ahead(
        earliest=earliest,
        sooner={visit: start.date() for visit, start in sooner.items()},
        origin=origin,
        start_within=LONGEST_HORIZON if _is_overridden(plan, START) else treatment.start_within,
        weekdays=weekdays,
        at_clinic=frozenset(visit.id for visit in regimen.visits if visit.place == "clinic"),
    )
    kept = keepable(regimen, past, ahead, more=wider, later=later)
    situation = Situation(
        origin=origin,
        earliest=ahead.earliest,
        start_within=kept.start_within,
        first_dose=_first_dose(case, regimen, past, ahead),
        lost=frozenset(past.lost),
        fixed=past.fixed | {visit: plan.visit(visit).start.date() for visit in pinned},
        announced={visit.id: visit.start for visit in _told(case, past, pinned)},
        confirmed=frozenset(visit.id for visit in _told(case, past, pinned) if is_settled(visit)),
        provisional=frozenset(visit.id for visit in _told(case, past, pinned) if not is_announced(visit)),
        settled=settled,
        prices=case.sources.moving,
        replan=True,
        refit=case.options.refit,
        sooner_than_earliest=sooner,
    )
    return Redating(
        case=case, past=past, holders=holders, loose=loose, regimen=regimen, kept=kept, situation=situation, taken=taken
    )  # fmt: skip


def _is_overridden(plan: Plan, rule: str) -> bool:
    return any(override.rule == rule for override in plan.overrides)


def _weekdays(clinic: Clinic) -> frozenset[int]:
    """Return the weekdays, Monday being 0, on which a clinic regularly opens."""
    hours = clinic.hours or {}
    return frozenset(number for number, day in enumerate(WEEKDAYS) if hours.get(day))


def _settings(
    case: ReplanCase, regimen: Regimen, situation: Situation, pinned: Iterable[str], taken: Slot | None
) -> tuple[Setting, ...]:
    standing = [case.plan.visit(visit) for visit in sorted(pinned)]
    times = [(visit.start.astimezone(UTC), visit.end.astimezone(UTC)) for visit in standing]
    times += [(visit.start.astimezone(UTC), visit.end.astimezone(UTC)) for visit in given_back(case.plan, case.now)]
    if taken is not None:
        times.append((taken.start.astimezone(UTC), taken.end.astimezone(UTC)))
    demand = Demand(
        regimen=regimen,
        profile=case.sources.profile,
        clinic=case.sources.clinic,
        busy=_with_patient(case.sources.busy, times),
        situation=situation,
        therapist=case.plan.therapist,
        usual=OF_A_CHANGE,
        effort=case.options.effort,
        deadline=case.options.deadline,
        not_before=case.now if situation.first_open < situation.earliest else None,
    )
    return tuple(elsewhere(case.plan, set_up(demand, therapist)) for therapist in therapists(demand))


def _with_patient(busy: BusyTimes, times: Sequence[Interval]) -> BusyTimes:
    """Return busy times with the patient taken during visits that stay where they are."""
    if not times:
        return busy
    patient = tuple(sorted((*busy.by_owner.get("patient", ()), *times)))
    return replace(busy, by_owner={**busy.by_owner, "patient": patient})


def is_confirmed(visit: PlannedVisit) -> bool:
    """Return whether the patient confirmed a visit's date; an unresolved one may have been."""
    return "confirmed" in {visit.status, visit.before}


def is_settled(visit: PlannedVisit) -> bool:
    """Return whether a visit moves only where it must: its date was confirmed, or somebody asked for it by name."""
    return is_confirmed(visit) or visit.asked


def is_announced(visit: PlannedVisit) -> bool:
    """Return whether an open visit's date was told to somebody: all but provisional ones nobody asked for by name."""
    return not visit.provisional or is_settled(visit)


def _told(case: ReplanCase, past: Happened, pinned: frozenset[str]) -> Iterator[PlannedVisit]:
    """Yield the open visits whose dates may change without being asked for, provisional ones too."""
    for visit in case.plan.visits:
        if visit.open and visit.id not in past.fixed and visit.id not in pinned and visit.id != case.wanted:
            yield visit


def _sooner(
    case: ReplanCase, past: Happened, pinned: frozenset[str], *, today_stays: bool
) -> Iterator[tuple[str, datetime]]:
    """Yield the visits that may stand before tomorrow, each at its moment: today's, and what is asked for."""
    today, asked = case.now.date(), case.asked
    for visit in case.plan.visits:
        if visit.id == case.wanted:
            continue
        free = visit.open and visit.id not in past.fixed and visit.id not in pinned
        if today_stays and free and visit.start.date() == today and visit.start > case.now:
            yield visit.id, visit.start
    if asked is not None and asked.day <= today:
        yield asked.visit, moment_of(case, asked)


def moment_of(case: ReplanCase, asked: Asked) -> datetime:
    """Return the moment for which a visit is asked: at the time given, else at the clock time that it has."""
    here = zone(case.plan.timezone)
    saved = next((visit.start.astimezone(here) for visit in case.plan.visits if visit.id == asked.visit), None)
    clock = asked.time or (saved.time() if saved is not None else time(9))
    return datetime.combine(asked.day, clock, here)


def _first_dose(case: ReplanCase, regimen: Regimen, past: Happened, ahead: Ahead) -> date | None:
    """Return the day to which the first dose is fixed; ``None`` once that is behind, moved by name or out of reach."""
    day, dose = case.plan.inputs.first_dose, regimen.first_dose
    if day is None or dose is None or dose.id in past.fixed:
        return None
    if _is_overridden(case.plan, FIRST_DOSE) or case.wanted == dose.id:
        return None
    return day if earliest_days(regimen, past, ahead)[dose.id] <= day else None


# Solving


def sharing_with(made: Redating, visit_id: str) -> frozenset[str]:
    """Return the visits to be placed that may fall on the day of a visit."""
    apart = {
        other for limit in made.regimen.limits if limit.one_a_day and visit_id in limit.visits for other in limit.visits
    }
    return frozenset(made.free) - apart - {visit_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """A re-plan with its answer; ``answer`` is ``None`` where no dates keep every rule."""

    redating: Redating
    answer: Answer | None


def solve(case: ReplanCase, made: Redating | None = None, taken: Slot | None = None) -> Solved:
    """Return the re-plan of a case with the best answer over all therapists; ``made`` where it is set up already.

    ``taken`` is the slot of the visit asked for, where others may share its day.

    Where today's visits cannot stay they move; where caps and days taken by history leave no room, whatever the
    calendars, maxima from history are widened further; those that have passed are widened to days that are open.
    """
    for stage in _stages(case, made, taken):
        answer = better_as_announced(stage.on_its_day, any_answer(stage.on_its_day))
        if answer is not None:
            return Solved(redating=stage, answer=answer)
    return Solved(redating=stage, answer=None)


def has_dates(case: ReplanCase, patience: int) -> bool | None:
    """Return whether there are dates that keep every rule, without asking for the best.

    ``None`` where so many steps did not tell.
    """
    told: list[bool | None] = []
    for made in _stages(case):
        told += [is_feasible(setting.problem, patience) for setting in made.on_its_day]
        if True in told:
            return True
        if None in told:
            return None
    return False


def _stages(case: ReplanCase, made: Redating | None = None, taken: Slot | None = None) -> Iterator[Redating]:
    """Yield a re-plan as it may be set up, each where the one before has no dates."""
    made = made or redating(case, taken=taken)
    yield made
    if set(made.situation.sooner_than_earliest) - {case.wanted}:
        made = redating(case, today_stays=False, taken=taken)
        yield made
    wider = _days_wider(case)
    later = _days_later(case, wider) if made.kept.loosened else 0
    if wider or later:
        yield redating(case, today_stays=False, wider=wider, later=later, taken=taken)


def _days_wider(case: ReplanCase) -> int:
    """Return by how many days maxima from history must be widened so that open days without end would do."""
    free = replace(case, asked=None, options=replace(case.options, keep=frozenset(), freeze_days=None))
    return _least(lambda days: _may_fit(map(_all_open, redating(free, today_stays=False, wider=days).settings)))


def _days_later(case: ReplanCase, wider: int) -> int:
    """Return by how many days maxima that have passed must be widened so that the days that are open will do."""

    def fits(days: int) -> bool:
        made = redating(case, today_stays=False, wider=wider, later=days)
        return _may_fit(setting.problem for setting in made.on_its_day)

    return _least(fits)


def _may_fit(problems: Iterable[Problem]) -> bool:
    """Tell whether any of some problems may have dates: no rule is widened for one of which the steps did not tell."""
    return any(is_feasible(problem, PATIENCE) is not False for problem in problems)


def _least(fits: Callable[[int], bool]) -> int:
    """Return the least number of days that may fit; 0 where none may be needed, or where the most would not do."""
    if fits(0) or not fits(MOST_DAYS_WIDER):
        return 0
    low, high = 0, MOST_DAYS_WIDER
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle, high)
    return high


def _all_open(setting: Setting) -> Problem:
    """Return a problem as if every day of the clinic's week, from the earliest on, were open to every visit."""
    situation, problem = setting.demand.situation, setting.problem
    days = tuple(OpenDay(day) for day in range(situation.day(situation.earliest), problem.horizon + 1))
    weekdays = _weekdays(setting.demand.clinic)
    of_week = tuple(day for day in days if not weekdays or situation.date_of(day.day).weekday() in weekdays)
    at_clinic = {visit.id for visit in setting.demand.regimen.visits if visit.place == "clinic"}
    return replace(
        problem,
        visits=tuple(
            visit if visit.fixed is not None else replace(visit, days=of_week if visit.id in at_clinic else days)
            for visit in problem.visits
        ),
        limits=tuple(limit for limit in problem.limits if limit.days is None),
    )
