"""The course day by day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from support.plans import SAFETY, long_plan, plan_in_course, recorded_before, sample_plan
from support.screens import WIDTHS, screen, widest, without_colors, words_of

from kapplan.model.plan import Plan
from kapplan.output.course.agenda import ESCORT, Agenda, agenda_lines
from kapplan.output.records.words import aligned_day_words, span_words


@pytest.mark.parametrize("plan", [sample_plan(), plan_in_course(), long_plan()])
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_cut(plan: Plan, width: int) -> None:
    """Every visit's day, time, place, staff and measures are there at every width."""
    text = screen(Agenda(plan), width)
    flat = words_of(text)
    assert widest(text) <= width
    assert without_colors(screen(Agenda(plan), width, "always")) == text
    for visit in plan.visits:
        assert words_of(aligned_day_words(visit.start.date())) in flat
        assert span_words(visit) in flat
        assert visit.id in flat
        assert all(measure in flat for measure in visit.measures)
        assert (visit.room or "remote") in flat


def test_a_visit_is_one_line() -> None:
    """At 120 columns each visit takes one line that says all of it."""
    line = next(line for line in screen(Agenda(sample_plan()), 120).splitlines() if " ○  dosing-1 " in line)
    for part in ("Thu 21 Jan 2027", "09:00\N{EN DASH}12:00", "○", "blue", "okafor", "phq9, bp", ESCORT):
        assert part in line


def test_open_tasks_stand_on_the_day_they_are_due() -> None:
    """Open tasks are told with their visit and id, done ones are not."""
    text = screen(Agenda(sample_plan()), 120)
    line = next(line for line in text.splitlines() if "labs-screening-1" in line)
    assert "Mon 11 Jan 2027  due" in line
    assert "Request the ECG" in line
    assert "Sign the consent form" not in text


def test_days_ascend() -> None:
    """Visits and tasks stand in the order of their days."""
    days = [line.day for line in agenda_lines(plan_in_course())]
    assert days == sorted(days)


def test_what_is_not_held_needs_no_escort() -> None:
    """A missed dose asks nobody to take the patient home."""
    plan = sample_plan()
    visits = tuple(replace(v, status="missed") if v.kind == "dosing" else v for v in plan.visits)
    assert ESCORT not in screen(Agenda(replace(plan, visits=visits)), 120)


def test_it_can_begin_on_a_day() -> None:
    """What lies before that day is left out."""
    text = screen(Agenda(sample_plan(), since=date(2027, 3, 2)), 120)
    assert "dosing-6" in text
    assert "integration-5" not in text


def test_the_next_visit_is_marked() -> None:
    """With today's date one line says next: the oldest visit of which nothing is recorded."""
    day = date(2027, 1, 20)
    text = screen(Agenda(recorded_before(sample_plan(), day), today=day), 120)
    assert [line for line in text.splitlines() if " next " in line and "dosing-1" in line]
    assert text.count(" next ") == 1


def test_safety_comes_first() -> None:
    """This view too begins with the safety notice."""
    assert SAFETY.text in screen(Agenda(plan_in_course()), 200).splitlines()[0]
