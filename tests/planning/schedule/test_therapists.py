"""Who stays with the patient: the therapist with whom the course is closest to the protocol."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from support.builtin_problems import builtin_demand
from support.generated_profiles import write_profiles
from support.steps import calls_of

import kapplan
from kapplan.dates import Weekday
from kapplan.model.clinic import Staff
from kapplan.model.fields import Span
from kapplan.planning.availability.blockers import groups
from kapplan.planning.availability.calendar import NONE, Relax
from kapplan.planning.availability.timezones import zone
from kapplan.planning.problem.problem import Problem
from kapplan.planning.schedule import course
from kapplan.planning.schedule.course import Demand, Unplaceable, best_answer, set_up, settings_of, solve, therapists
from kapplan.planning.schedule.starts import StartChoice, rank_starts
from kapplan.planning.solver.optimum import Effort, Placement, place
from kapplan.planning.solver.start_days import Start, rank

DENVER = zone("America/Denver")
NOW = datetime(2026, 12, 28, 9, tzinfo=DENVER)
LATER = date(2028, 3, 31)
SINGLE_DAYS: tuple[Weekday, ...] = ("tue", "wed", "fri")
"""On which day each of three therapists is there, where the patient comes on others."""
HALF = """\
hours = { mon = ["08:00-12:30"], thu = ["08:00-17:30"], fri = ["08:00-12:30"] }
roles = ["therapist", "prescriber"]"""


def demand_of(folder: Path, number: int, okafor: str) -> Demand:
    """Return what is asked for a generated patient, the clinic's first therapist being so."""
    [path] = write_profiles(folder, [number])
    clinic_file = folder / "clinic.toml"
    text = clinic_file.read_text(encoding="utf-8").replace('roles = ["therapist", "prescriber"]', okafor)
    clinic_file.write_text(text, encoding="utf-8")
    profile = kapplan.read_profile(path)
    clinic = kapplan.resolve_clinic(profile, folder)
    tailored = kapplan.tailor(profile, kapplan.read_protocol("kap-standard"), clinic, today=NOW.date())
    busy = kapplan.read_busy(clinic, folder, DENVER, NOW.date())
    return kapplan.demand_of(profile, tailored.clinic, tailored.regimen, busy, NOW)


@pytest.mark.parametrize("okafor", ['roles = ["therapist", "prescriber"]', HALF], ids=["always", "sometimes"])
@pytest.mark.parametrize("number", range(4))
def test_the_best_of_all(tmp_path: Path, number: int, okafor: str) -> None:
    """The answer costs what the best placement over all therapists costs, and the first listed wins a tie."""
    demand = demand_of(tmp_path, number, okafor)
    answer = solve(demand)
    placed = [(therapist, place(set_up(demand, therapist).problem)) for therapist in therapists(demand)]
    costs = {therapist: tuple(one.objective.values()) for therapist, one in placed if one is not None}
    assert tuple(answer.placement.objective.values()) == min(costs.values())
    assert answer.setting.therapist == min(costs, key=costs.__getitem__)


@pytest.mark.parametrize("earlier", [0, 1])
def test_a_tie_goes_to_the_earlier_days_whoever_is_listed_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, earlier: int
) -> None:
    """Of therapists with whom the course costs the same, the one with the earlier day where they first differ stays."""
    settings = settings_of(demand_of(tmp_path, 0, HALF))
    soon, late = {"screening-1": 2, "preparation-1": 6}, {"screening-1": 3, "preparation-1": 5}

    def placed(problem: Problem, *, effort: Effort) -> Placement:
        del effort
        days = soon if problem is settings[earlier].problem else late
        return Placement(days=days, objective={"deviation": 4, "sooner": 8})

    monkeypatch.setattr(course, "place", placed)
    answer = best_answer(settings)
    assert answer is not None
    assert (answer.setting.therapist, answer.placement.days) == (settings[earlier].therapist, soon)


@pytest.mark.parametrize("number", range(4))
def test_calendars_of_several(tmp_path: Path, number: int) -> None:
    """What is set up for one therapist after another is what is set up for each alone."""
    demand = demand_of(tmp_path, number, HALF)
    settings = settings_of(demand)
    assert [setting.therapist for setting in settings] == ["okafor", "lindqvist"]
    for setting in settings:
        alone = set_up(demand, setting.therapist)
        assert setting.problem == alone.problem
        for shape in setting.shapes.values():
            assert setting.calendar.open_days(shape) == alone.calendar.open_days(shape)
            day = setting.calendar.open_days(shape)[0][0]
            assert setting.calendar.slots(shape, day) == alone.calendar.slots(shape, day)
        for own, other in (
            (setting.calendar, alone.calendar),
            (setting.calendar.through(LATER), alone.calendar.through(LATER)),
        ):
            relaxed = [NONE, *(Relax(frozenset({group.id})) for group in groups(other)[::8])]
            for shape in setting.shapes.values():
                assert [own.days_open(shape, one) for one in relaxed] == [
                    other.days_open(shape, one) for one in relaxed
                ]


def test_why_a_long_course_fits_with_none_of_three_takes_few_steps() -> None:
    """Of 137 visits, the clash with whom it is smallest and what would help takes the steps of less than a second."""
    hours = (Span.parse("08:00-18:00"),)
    staff = (
        *(Staff(id=day, roles=("therapist", "prescriber"), hours={day: hours}) for day in SINGLE_DAYS),
        Staff(id="monitor", roles=("monitor",)),
    )
    demand = builtin_demand("kap-standard", weekdays=("mon", "thu"), months=120)
    demand = replace(demand, clinic=replace(demand.clinic, staff=staff))
    told: list[Unplaceable] = []

    def ask() -> None:
        with pytest.raises(Unplaceable) as raised:
            solve(demand)
        told.append(raised.value)

    assert len(demand.regimen.visits) == 137
    assert calls_of(ask, warm=False) < 1_500_000
    assert told[0].clash is not None
    assert len(told[0].clash.members) == 5


WEEKS: dict[str, tuple[tuple[Weekday, ...], ...]] = {
    "others are there on some of the days": (
        ("mon", "tue", "wed", "thu", "fri"), ("mon", "wed", "fri"), ("tue", "thu"),
    ),
    "the last is there on most days": (("tue", "thu"), ("mon", "wed", "fri"), ("mon", "tue", "wed", "thu")),
    "each on days of their own": (("mon", "wed", "fri"), ("tue", "thu", "fri"), ("mon", "tue", "thu")),
    "all alike": (("mon", "tue", "thu"), ("mon", "tue", "thu")),
}  # fmt: skip


@pytest.mark.parametrize("weeks", WEEKS.values(), ids=WEEKS.keys())
@pytest.mark.parametrize("protocol", ["feder-2025", "wilkinson-2021"])
def test_each_start_is_with_who_has_the_best_course(protocol: str, weeks: tuple[tuple[Weekday, ...], ...]) -> None:
    """Each day's course is the best that any therapist has by themselves, of equals that of the one listed first."""
    hours = (Span.parse("08:00-18:00"),)
    staff = tuple(
        Staff(id=f"t{place}", roles=("therapist", "prescriber", "monitor"), hours=dict.fromkeys(week, hours))
        for place, week in enumerate(weeks)
    )
    demand = builtin_demand(protocol)
    demand = replace(demand, clinic=replace(demand.clinic, staff=staff))
    best: dict[date, StartChoice] = {}
    for one in staff:
        for choice in rank_starts(replace(demand, therapist=one.id), 21).choices:
            if choice.start not in best or _cost(choice) < _cost(best[choice.start]):
                best[choice.start] = choice
    expected = sorted(best.values(), key=lambda choice: (*_cost(choice), choice.start))
    assert rank_starts(demand, 21) == (tuple(expected), ())


def test_days_that_little_work_does_not_tell_are_named_and_what_is_not_proven_says_so() -> None:
    """Each day has a course, proven or with a bound that holds, or is named as one of which nothing is told."""
    demand = builtin_demand("montreal-2023", weekdays=("tue", "thu"))
    best = {choice.start: choice for choice in rank_starts(demand, 21).choices}
    assert best
    assert all(choice.proven for choice in best.values())
    hurried = [Effort(steps=3_000, looks=2_000), Effort(steps=10_000, looks=20)]
    for usual in hurried:
        choices, untold = rank_starts(replace(demand, usual=usual), 21)
        assert {choice.start for choice in choices} | set(untold) == best.keys()
        assert not set(untold) & {choice.start for choice in choices}
        for choice in choices:
            least = choice.deviation if choice.bound is None else choice.bound
            assert least <= best[choice.start].deviation <= choice.deviation
            assert choice.proven == (choice.bound is None)
    assert untold
    with_more = rank_starts(replace(demand, usual=hurried[0], effort=100), 21)
    assert with_more == (tuple(best.values()), ())


@pytest.mark.parametrize("hurried", range(3))
@pytest.mark.parametrize("found", [True, False])
def test_a_start_is_only_as_proven_as_it_is_with_every_therapist(
    monkeypatch: pytest.MonkeyPatch, hurried: int, *, found: bool
) -> None:
    """Where the search of a day ends early with one of three, the best with others is only as proven as that tells."""
    hours = (Span.parse("08:00-18:00"),)
    staff = tuple(
        Staff(id=f"t{place}", roles=("therapist", "prescriber", "monitor"), hours=dict.fromkeys(week, hours))
        for place, week in enumerate(WEEKS["each on days of their own"])
    )
    demand = builtin_demand("feder-2025")
    demand = replace(demand, clinic=replace(demand.clinic, staff=staff))
    asked: list[Problem] = []
    open_ones: set[date] = set()

    def ranked(
        problem: Problem, within: int, effort: Effort, most: dict[int, tuple[int, ...]], untold: set[int]
    ) -> tuple[Start, ...]:
        del effort, most
        asked.append(problem)
        starts = rank(problem, within)
        if len(asked) - 1 != hurried:
            return starts
        ended = [one for one in starts if one.day < 10]
        open_ones.update(problem.origin + timedelta(days=one.day) for one in ended)
        others = tuple(one for one in starts if one not in ended)
        if found:
            return (*(replace(one, proven=False, bound=dict.fromkeys(one.objective, 0)) for one in ended), *others)
        untold.update(one.day for one in ended)
        return others

    monkeypatch.setattr("kapplan.planning.schedule.starts.rank", ranked)
    choices, left = rank_starts(demand, 21)
    assert len(asked) == len(staff)
    assert set(left) == open_ones - {choice.start for choice in choices}
    for choice in choices:
        proven = choice.start not in open_ones or _cost(choice) == (0, 0, 0)
        assert (choice.proven, choice.bound) == (proven, None if proven else 0)
    assert {choice.proven for choice in choices} == {True, False}


def _cost(choice: StartChoice) -> tuple[int, ...]:
    return choice.deviation, choice.follow_up_deviation, choice.off_preferred
