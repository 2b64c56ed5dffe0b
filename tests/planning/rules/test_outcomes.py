"""What scores say, on integers and by the measures' data; what is measured from home."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from support.library_data import measures

from kapplan.model.measures import Scale
from kapplan.model.plan import PlannedVisit, Task
from kapplan.model.profile import Symptoms
from kapplan.model.regimen import Measuring, Regimen
from kapplan.model.terms import Kind
from kapplan.planning.rules.scoring import (
    alerts,
    number,
    remitted,
    responded,
    severity,
)
from kapplan.planning.schedule.home_measures import measure_tasks

MEASURES = measures()


def scale(key: str) -> Scale:
    """Return a measure of the package."""
    return MEASURES.measures[key]


@pytest.mark.parametrize(
    ("key", "value", "band"),
    [
        ("phq9", 14, "moderate"), ("phq9", 15, "moderately severe"), ("phq9", 28, None),
        ("cssrs", "method", "moderate"),
        ("cssrs", "intent", "high"), ("cssrs", "something", None), ("caps5", 40, None), ("bp", "120/80", None),
    ],
)  # fmt: skip
def test_severity(key: str, value: int | str, band: str | None) -> None:
    """A score or an answer falls in its band; what is no value of the scale in none."""
    assert severity(scale(key), value) == band


def test_answers_count_from_nought() -> None:
    """An answer is the number of its place; a score beyond the scale is no number of it."""
    assert [number(scale("cssrs"), answer) for answer in ("none", "wish", "intent-with-plan")] == [0, 1, 5]
    assert number(scale("phq9"), -1) is None


@pytest.mark.parametrize(
    ("key", "baseline", "now", "fraction", "expected"),
    [
        ("phq9", 18, 9, None, True), ("phq9", 17, 9, None, False), ("phq9", 17, 8, None, True),
        ("phq9", 0, 0, None, False),
        ("madrs", 30, 24, 0.2, True), ("madrs", 31, 25, 0.2, False), ("caps5", 40, 28, None, True),
        ("caps5", 40, 29, None, False), ("pcl5", 40, 10, None, None), ("pcl5", 40, 20, 0.5, True),
    ],
)  # fmt: skip
def test_response(key: str, baseline: int, now: int, fraction: float | None, expected: bool | None) -> None:
    """Response is exact: 18 to 9 is a half, 17 to 9 is not; a scale without a response is silent unless told."""
    assert responded(scale(key), baseline, now, fraction) is expected


@pytest.mark.parametrize(
    ("key", "now", "at_most", "expected"),
    [
        ("phq9", 4, None, True), ("phq9", 5, None, False), ("madrs", 12, None, True), ("madrs", 12, 10, False),
        ("caps5", 0, None, None),
    ],
)  # fmt: skip
def test_remission(key: str, now: int, at_most: int | None, expected: bool | None) -> None:
    """Remission is the protocol's threshold where it gives one, else the scale's first."""
    assert remitted(scale(key), now, at_most) is expected


@pytest.mark.parametrize(
    ("key", "value", "sounds"),
    [
        ("bp", "140/90", False), ("bp", "141/80", True), ("bp", "120/91", True), ("phq9_item9", 0, False),
        ("phq9_item9", 1, True), ("cssrs", "intent", True), ("cssrs", "method", False), ("ymrs", 6, True),
        ("ymrs", 5, False),
    ],
)  # fmt: skip
def test_alerts(key: str, value: int | str, sounds: bool) -> None:
    """An alert sounds just past its bound."""
    assert bool(alerts(scale(key), value)) is sounds


# Measures from home

DOSE = date(2027, 2, 1)


def visit(kind: Kind, number: int, day: date, *taken: str) -> PlannedVisit:
    """Return a visit that takes some measures."""
    start = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    return PlannedVisit(
        id=f"{kind}-{number}", kind=kind, number=number, title="", phase="p", start=start,
        end=start + timedelta(hours=1), revised=start, measures=taken,
    )  # fmt: skip


EMPTY = Regimen(protocol="made-up", visits=(), timing=(), limits=())


def due(*visits: PlannedVisit, regimen: Regimen = EMPTY, symptoms: Symptoms | None = None) -> dict[str, Task]:
    """Return the tasks of measures by their ids."""
    return {task.id: task for task in measure_tasks(regimen, visits, MEASURES, symptoms or Symptoms())}


def test_a_baseline_is_due_the_day_before_the_first_dose() -> None:
    """What no visit takes in the 14 days before the first dose is answered from home by the day before it."""
    tasks = due(visit("dosing", 1, DOSE, "phq9"))
    assert tasks["measure-phq9-baseline"].due == date(2027, 1, 31)
    assert "in the 14 days before the first dose" in tasks["measure-phq9-baseline"].text


@pytest.mark.parametrize(("days", "asked"), [(0, True), (1, False), (14, False), (15, True)])
def test_a_baseline_taken_in_time_is_not_asked_again(days: int, asked: bool) -> None:
    """A visit, or a score of the profile, from 14 days to one day before the first dose is the baseline."""
    day = DOSE - timedelta(days=days)
    by_visit = due(visit("screening", 1, day, "phq9"), visit("dosing", 1, DOSE))
    by_score = due(visit("dosing", 1, DOSE), symptoms=Symptoms(on=day, phq9=14))
    assert ("measure-phq9-baseline" in by_visit) is asked
    assert ("measure-phq9-baseline" in by_score) is asked


def test_only_what_a_patient_can_answer_is_asked_from_home() -> None:
    """Interviews and readings are no tasks from home; questionnaires of the course are."""
    tasks = due(visit("dosing", 1, DOSE, "madrs", "bp", "pcl5-week", "qids_sr16"))
    assert set(tasks) == {
        "measure-phq9-baseline", "measure-luts-baseline", "measure-pcl5-week-baseline", "measure-qids_sr16-baseline",
    }  # fmt: skip


def test_weeks_without_a_visit_are_measured_from_home() -> None:
    """A measure asked for weekly is due at the end of each week of the active course in which no visit takes it."""
    weekly = replace(EMPTY, measuring=(Measuring(measure="phq9", every_days=7, rule="severe-weekly"),))
    doses = [visit("dosing", n, DOSE + timedelta(days=days), "phq9") for n, days in ((1, 0), (2, 16), (3, 30))]
    tasks = {key: task for key, task in due(*doses, regimen=weekly).items() if "baseline" not in key}
    assert {key: task.due for key, task in tasks.items()} == {
        "measure-phq9-2": date(2027, 2, 14), "measure-phq9-4": date(2027, 2, 28)
    }  # fmt: skip


def test_without_a_dose_nothing_is_due() -> None:
    """A course whose doses are over asks for no baseline."""
    assert due(replace(visit("dosing", 1, DOSE), status="completed")) == {}
