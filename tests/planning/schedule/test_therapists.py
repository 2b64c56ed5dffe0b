"""Who stays with the patient: the therapist with whom the course is closest to the protocol."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from support.generated_profiles import write_profiles

import kapplan
from kapplan.planning.availability.timezones import zone
from kapplan.planning.problem.problem import Problem
from kapplan.planning.schedule import course
from kapplan.planning.schedule.course import Demand, best_answer, set_up, settings_of, solve, therapists
from kapplan.planning.solver.optimum import Effort, Placement, place

DENVER = zone("America/Denver")
NOW = datetime(2026, 12, 28, 9, tzinfo=DENVER)
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
