"""The course on a line of weeks."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from support.plans import SAFETY, long_plan, plan_in_course, sample_plan
from support.screens import WIDTHS, screen, widest, without_colors

from kapplan.model.plan import Plan
from kapplan.model.terms import KINDS
from kapplan.output.course.timeline import Timeline
from kapplan.planning.phrases.words import visit_words

PLANS = [sample_plan(), plan_in_course(), long_plan()]


def marks(plan: Plan, width: int) -> Counter[str]:
    """Count the visits that the lanes of each kind show."""
    names = {visit_words(visit.id).rpartition(" ")[0]: visit.kind for visit in plan.visits}
    letters = {KINDS[visit.kind].letter: visit.kind for visit in plan.visits}
    found: Counter[str] = Counter()
    for line in screen(Timeline(plan), width).splitlines():
        lane = re.fullmatch(r"(\S+)\s{2,}([ ·■○●✓✗!\N{EN DASH}1-9]*)", line)
        kind = names.get(lane[1], letters.get(lane[1])) if lane else None
        if lane and kind:
            found[kind] += sum(int(mark) if mark.isdecimal() else 1 for mark in lane[2] if mark not in " ·")
    return found


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("width", WIDTHS)
def test_every_visit_is_on_the_line(plan: Plan, width: int) -> None:
    """Each lane shows as many visits as the course has of its kind, however often the line is broken."""
    assert marks(plan, width) == Counter(visit.kind for visit in plan.visits)


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("width", WIDTHS)
def test_lines_fit_and_colours_add_nothing_but_colours(plan: Plan, width: int) -> None:
    """No line is too long, none ends in blanks, and without colours nothing is lost."""
    text = screen(Timeline(plan), width)
    assert widest(text) <= width
    assert not [line for line in text.splitlines() if line != line.rstrip()]
    assert without_colors(screen(Timeline(plan), width, "always")) == text


def test_weeks_stand_over_their_visits() -> None:
    """The first dose stands in week 1, the second in week 2, under the numbers that say so."""
    plan = replace(sample_plan(), visits=tuple(v for v in sample_plan().visits if v.tier == "course"))
    lines = screen(Timeline(plan), 80).splitlines()
    weeks = next(line for line in lines if line.startswith("week "))
    doses = next(line for line in lines if line.startswith("dose "))
    assert weeks.index(" 1 ") + 1 == doses.index("○")
    assert weeks.index(" 2 ") + 1 == doses.index("○", doses.index("○") + 1)


def test_what_is_off_target_stands_below() -> None:
    """A lane of its own says by how many days."""
    line = next(line for line in screen(Timeline(sample_plan()), 120).splitlines() if line.startswith("days off"))
    assert line.split()[2:] == ["1", "4", "1"]


def test_a_course_on_target_has_no_lane_for_what_is_off() -> None:
    """Nothing is said where there is nothing to say."""
    plan = sample_plan()
    on_target = replace(plan, visits=tuple(replace(visit, deviation_days=0) for visit in plan.visits))
    assert "days off " not in screen(Timeline(on_target), 120).split("in all")[0]


def test_today_is_marked_where_it_lies_in_the_course() -> None:
    """A mark stands below the day, and none where today lies outside."""
    assert "▲" in screen(Timeline(sample_plan(), today=date(2027, 2, 10)))
    assert "▲" not in screen(Timeline(sample_plan(), today=date(2030, 1, 1)))


def test_a_course_without_doses_has_no_week_numbers() -> None:
    """Treatment weeks begin with a dose."""
    plan = sample_plan()
    text = screen(Timeline(replace(plan, visits=tuple(v for v in plan.visits if v.kind == "check-in"))))
    assert "\nweek" not in text
    assert "check-in" in text


def test_safety_comes_first() -> None:
    """This view too begins with the safety notice."""
    assert SAFETY.text in screen(Timeline(plan_in_course()), 200).splitlines()[0]
