"""What reviews read from recorded scores and doses, counted by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from support.plans import sample_plan
from support.reviews import course

from kapplan.files.library.rules import built_in_measures
from kapplan.model.plan import Plan, Score
from kapplan.model.review import ScoreWindow
from kapplan.model.visits import Gate
from kapplan.planning.rules.recorded_scores import (
    baseline,
    days_between_doses,
    doses_given,
    lost_percent,
    main_measure,
    open_doses,
    reading_at,
    readings,
    review_facts,
    worse_points,
)

FAR = date.max - timedelta(days=400)


@pytest.mark.parametrize(
    ("before", "now", "lost"),
    [(20, 10, 50), (27, 9, 66), (20, 20, 0), (20, 25, -25), (1, 0, 100), (0, 0, None), (3, 2, 33)],
)
def test_the_part_of_a_baseline_that_is_lost_is_rounded_down(before: int, now: int, lost: int | None) -> None:
    """So many whole percent of the first score are gone, fewer than none where it rose; of nothing nothing is lost."""
    assert lost_percent(before, now) == lost


def scored(*values: int) -> Plan:
    """Return a plan with scores of the PHQ-9, a day apart."""
    plan = sample_plan()
    first = plan.created.date()
    scores = tuple(Score(on=first + timedelta(days=day), measure="phq9", value=one) for day, one in enumerate(values))
    return replace(plan, scores=scores)


@pytest.mark.parametrize(
    ("values", "worse"), [((10, 14), 4), ((14, 10), 0), ((9, 12, 13), 1), ((10,), None), ((), None)]
)
def test_worse_is_told_from_the_last_two_scores(values: tuple[int, ...], worse: int | None) -> None:
    """A rise counts its points, a fall none; one score alone has nothing to be compared with."""
    assert worse_points(scored(*values), built_in_measures(), "phq9", FAR) == worse


def with_doses(held: int) -> Plan:
    """Return a plan of which the first doses were held on their days, and nothing else."""
    plan, doses = sample_plan(), [visit.id for visit in sample_plan().visits if visit.kind == "dosing"]
    return replace(
        plan,
        visits=tuple(
            replace(visit, status="completed" if visit.id in doses[:held] else "planned") for visit in plan.visits
        ),
    )


def test_the_gap_between_doses_is_that_around_today() -> None:
    """From the last dose held to the next one that stands; before and after the course the first or last of its own."""
    days: list[datetime] = sorted(visit.start for visit in sample_plan().visits if visit.kind == "dosing")
    gaps = [(later.date() - sooner.date()).days for sooner, later in pairwise(days)]
    for held in range(1, len(days)):
        assert days_between_doses(with_doses(held), FAR) == gaps[held - 1]
        assert [visit.start for visit in open_doses(with_doses(held))] == days[held:]
    assert days_between_doses(with_doses(0), FAR) == gaps[-1]
    assert days_between_doses(with_doses(len(days)), FAR) == gaps[-1]


FIRST = date(2027, 1, 21)
"""The first dose of the courses below, whose days count from it."""
MEASURES = built_in_measures()


def on(day: int) -> date:
    """Return a day counted from the first dose."""
    return FIRST + timedelta(days=day)


def lived(
    given: Sequence[int] = (), ahead: Sequence[int] = (), missed: Sequence[int] = (), /, **scores: Mapping[int, Any]
) -> Plan:
    """Return a course of a few doses, its last one a booster, and reviews that do not count, with scores by day."""
    plan = sample_plan()
    model, other = plan.visit("dosing-1"), plan.visit("review-1")
    states: dict[str, Sequence[int]] = {"completed": given, "planned": ahead, "missed": missed}
    status: dict[int, Any] = {day: state for state, days in states.items() for day in days}
    at = {day: model.start + timedelta(days=(on(day) - model.start.date()).days) for day in (-60, 60, *status)}
    last = max(status, default=None)
    doses = [
        replace(
            model, id=f"dosing-{day}", kind="booster" if day == last else "dosing", start=at[day], status=status[day]
        )
        for day in sorted(status, reverse=True)
    ]  # fmt: skip
    reviews = [replace(other, id=f"review-{day}", start=at[day], status="completed") for day in (-60, 60)]
    told = [
        Score(on=on(day), measure=measure, value=value)
        for measure, by_day in scores.items()
        for day, value in by_day.items()
    ]
    return replace(plan, visits=(*reviews, *doses), scores=tuple(told))


def test_doses_given_are_those_held_by_a_day_boosters_too() -> None:
    """The first one first; what was missed, is still open, or was held later does not count, nor a review."""
    plan = lived((0, 3, 9), (12,), (6,))
    for by, days in ((-1, []), (0, [0]), (8, [0, 3]), (9, [0, 3, 9]), (40, [0, 3, 9])):
        assert [visit.day for visit in doses_given(plan, on(by))] == [on(day) for day in days]
    assert [visit.day for visit in doses_given(lived((0, 3)), on(3))] == [on(0), on(3)]
    assert [visit.start.date() for visit in open_doses(lived((0,), (9, 3)))] == [on(3), on(9)]


def test_readings_are_the_numbers_of_one_measure_through_a_day() -> None:
    """By their days; what is no value of the scale is no reading, and other measures are not read."""
    plan = lived((0,), phq9={4: 12, -2: 20, 9: 999, 7: 0}, madrs={5: 30})
    assert [(one.on, one.value) for one in readings(plan, MEASURES, "phq9")] == [(on(-2), 20), (on(4), 12), (on(7), 0)]
    assert [one.value for one in readings(plan, MEASURES, "phq9", on(4))] == [20, 12]
    assert [one.value for one in readings(plan, MEASURES, "phq9", on(3))] == [20]
    assert str(readings(plan, MEASURES, "phq9")[0]) == "PHQ-9 20 on Tue 19 Jan 2027"


@pytest.mark.parametrize(
    ("scores", "value"),
    [({-20: 18, -1: 20, 1: 9}, 20), ({-1: 20, 0: 21, 1: 9}, 21), ({1: 9}, None), ({}, None)],
)
def test_the_baseline_is_the_last_score_at_or_before_the_first_dose(scores: dict[int, int], value: int | None) -> None:
    """A score of the day of the dose was taken before it; one of the day after tells of the dose."""
    found = baseline(lived((0,), (7,), phq9=scores), MEASURES, "phq9")
    assert (None if found is None else found.value) == value


def test_without_a_dose_the_baseline_is_the_last_score() -> None:
    """Nothing was given that it could tell of."""
    found = baseline(lived(phq9={-3: 18, 5: 16}), MEASURES, "phq9")
    assert found is not None
    assert found.value == 16


@pytest.mark.parametrize(
    ("scores", "value"),
    [
        ({10: 9}, 9), ({7: 9}, 9), ({6: 9}, None), ({12: 9}, 9), ({13: 9}, None), ({8: 9, 12: 7, 13: 3}, 7), ({}, None),
    ],
)  # fmt: skip
def test_a_review_reads_the_last_score_within_its_window(scores: dict[int, int], value: int | None) -> None:
    """Three days before to two days after the tenth day, both ends counted."""
    window = ScoreWindow(days_before=3, days_after=2, source="made-up")
    found = reading_at(lived((0,), (7,), phq9=scores), MEASURES, "phq9", on(10), window)
    assert (None if found is None else found.value) == value


def test_a_review_reads_no_score_from_before_the_first_dose() -> None:
    """However wide its window is: a score of the day of the first dose is the baseline."""
    window = ScoreWindow(days_before=30, days_after=30, source="made-up")
    assert reading_at(lived((0,), phq9={-1: 20, 0: 19}), MEASURES, "phq9", on(2), window) is None
    found = reading_at(lived((0,), phq9={0: 19, 1: 12}), MEASURES, "phq9", on(2), window)
    assert found is not None
    assert found.value == 12
    without = reading_at(lived(phq9={1: 12}), MEASURES, "phq9", on(2), window)
    assert without is not None


@pytest.mark.parametrize(
    ("gate", "scores", "measure"),
    [
        (None, {"madrs": {-1: 30, 3: 20}, "phq9": {-1: 20, 3: 9}}, "madrs"),
        (None, {"madrs": {-1: 30}, "phq9": {-1: 20, 3: 9}}, "phq9"),
        (None, {"madrs": {3: 30}, "phq9": {-1: 20, 3: 9}}, "phq9"),
        (None, {"madrs": {-1: 30, 0: 29}, "phq9": {-1: 20}}, None),
        (None, {}, None),
        ("phq9", {"madrs": {-1: 30, 3: 20}, "phq9": {-1: 20, 3: 9}}, "phq9"),
        ("phq9", {"madrs": {-1: 30, 3: 20}}, "madrs"),
    ],
)
def test_a_course_is_judged_by_its_gates_measure_else_by_one_known_at_both_ends(
    gate: str | None, scores: dict[str, dict[int, int]], measure: str | None
) -> None:
    """The gate's measure goes first, then what protocols decide by, then what stands in for it."""
    plan = lived((0,), (7,), **scores)
    if gate is not None:
        first, *others = plan.regimen.visits
        gated = replace(first, gate=Gate(text="on or off", measure=gate))
        plan = replace(plan, regimen=replace(plan.regimen, visits=(gated, *others)))
    assert main_measure(plan, course("kap-standard").basis) == measure


def facts(plan: Plan, today: int) -> dict[str, Any]:
    """Return what a review of a day knows, by the last part of the names."""
    found = review_facts(plan, course("kap-standard").basis, on(today))
    return {name.removeprefix("review."): value for name, value in found.items()}


def test_a_review_tells_the_best_and_the_last_improvement_apart() -> None:
    """20 to 5 is 75 percent, back at 12 it is 40; of days after today nothing is known."""
    plan = lived((0, 7, 14), (21,), phq9={-1: 20, 2: 5, 9: 12, 30: 1}, madrs={1: 31}, cgi_s={1: 4, 0: 6})
    known = facts(plan, 16)
    assert (known["best_percent"], known["improved_percent"], known["worse_points"]) == (75, 40, 7)
    assert (known["phq9"], known["madrs"], known["cgi_s"]) == (12, 31, 4)
    assert (known["doses"], known["weeks"], known["every_days"]) == (3, 2, 7)


def test_a_score_of_the_day_of_the_first_dose_is_no_later_one() -> None:
    """It is the baseline; what a review knows of now begins the day after."""
    known = facts(lived((0,), (7,), phq9={0: 20}, madrs={0: 30}), 3)
    assert not {"phq9", "madrs", "cgi_s", "improved_percent", "best_percent", "scored_doses", "worse_points"} & set(
        known
    )
    assert facts(lived(phq9={1: 20}), 3)["phq9"] == 20


@pytest.mark.parametrize(
    ("days", "scored"), [((1,), 1), ((7,), 1), ((8,), 1), ((1, 3, 7), 1), ((1, 8), 2), ((8, 15), 2), ((1, 8, 90), 3)]
)
def test_a_dose_is_scored_by_a_score_after_it_and_no_later_than_the_next(days: tuple[int, ...], scored: int) -> None:
    """A score of the day of a dose was taken before it, and tells of the dose before."""
    plan = lived((0, 7, 14), phq9={-1: 20, **dict.fromkeys(days, 10)})
    assert facts(plan, 100)["scored_doses"] == scored


@pytest.mark.parametrize(
    ("scores", "weeks"),
    [
        ({5: 4}, 3),
        ({5: 4, 12: 3}, 3),
        ({5: 4, 12: 5, 19: 4}, 1),
        ({5: 4, 12: 5}, 0),
        ({5: 5}, 0),
        ({4: 4}, 3),
        ({6: 4}, 2),
    ],
)  # fmt: skip
def test_weeks_in_remission_are_whole_and_begin_anew_after_a_relapse(scores: dict[int, int], weeks: int) -> None:
    """Counted on day 26 from the first score of 4 or less after which none was higher."""
    assert facts(lived((0,), phq9={-1: 20, **scores}), 26)["weeks_in_remission"] == weeks


def test_nothing_is_told_of_weeks_without_a_dose() -> None:
    """Doses ahead are not given: weeks begin with the first one."""
    known = facts(lived((), (0, 7)), 3)
    assert known == {"doses": 0, "every_days": 7}
    assert facts(lived((0,)), 3) == {"doses": 1, "weeks": 0}
    assert facts(lived((0, 3)), 8) == {"doses": 2, "weeks": 1, "every_days": 3}


def test_before_its_next_score_a_review_knows_of_no_improvement() -> None:
    """The baseline is no improvement on itself: what comes later is not known yet."""
    plan = lived((0, 7), (14,), phq9={-1: 20, 9: 12})
    assert {"improved_percent", "best_percent"}.isdisjoint(facts(plan, 5))
    assert facts(plan, 9)["improved_percent"] == 40
