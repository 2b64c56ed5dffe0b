"""The course on calendar pages."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from support.plans import SAFETY, long_plan, plan_in_course, sample_plan
from support.screens import WIDTHS, screen, widest, without_colors

from kapplan.model.clinic import Clinic, Closure, Opening
from kapplan.model.fields import Span
from kapplan.model.plan import Plan
from kapplan.model.terms import KINDS
from kapplan.output.course.month import Months
from kapplan.output.records.habits import Habits
from kapplan.output.records.words import MONTHS
from kapplan.planning.availability.closures import ClosedDay, closed_days

TITLE = re.compile(rf"\b({'|'.join(MONTHS)}) (\d{{4}})\b")


def pages(plan: Plan) -> dict[tuple[int, int], str]:
    """Return each calendar page's lines, read from a screen that is one page wide."""
    text = screen(Months(plan), 40)
    text = text[text.index(f"{MONTHS[plan.visits[0].start.month - 1]} {plan.visits[0].start.year}\n") :]
    found: dict[tuple[int, int], str] = {}
    for page in text.split("\n\n"):
        title = TITLE.search(page)
        if title:
            found[int(title[2]), MONTHS.index(title[1]) + 1] = page
    return found


@pytest.mark.parametrize("plan", [sample_plan(), plan_in_course(), long_plan()])
def test_every_visit_stands_on_its_day(plan: Plan) -> None:
    """Each visit's day carries the letter of its kind, on the page of its month."""
    read = pages(plan)
    for visit in plan.visits:
        page = read[visit.start.year, visit.start.month]
        assert re.search(rf"(?m)(?:^|\s){visit.start.day}{KINDS[visit.kind].letter}", page), visit.id


def test_pages_follow_the_calendar() -> None:
    """A page shows every day of its month under its weekday, Monday first."""
    page = pages(sample_plan())[2027, 1].splitlines()
    assert page[1].split() == ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"]
    days = re.findall(r"\d+", " ".join(page[2:]))
    assert days == [str(day) for day in range(1, 32)]
    assert page[1].index("Fr") == page[2].index(" 1")


@pytest.mark.parametrize("width", WIDTHS)
def test_lines_fit_and_colours_add_nothing_but_colours(width: int) -> None:
    """At every width all months are there, no line is too long, and the meaning is in the letters."""
    plan = plan_in_course()
    text = screen(Months(plan), width)
    assert widest(text) <= width
    assert without_colors(screen(Months(plan), width, "always")) == text
    for month in {(visit.start.year, visit.start.month) for visit in plan.visits}:
        assert f"{MONTHS[month[1] - 1]} {month[0]}" in text


def test_more_months_stand_side_by_side_where_there_is_room() -> None:
    """One at 40 columns, two at 80, three at 120."""
    for width, abreast in ((40, 1), (80, 2), (120, 3)):
        lines = screen(Months(sample_plan()), width).splitlines()
        assert max(len(TITLE.findall(line)) for line in lines) == abreast


def test_states_are_marked_and_explained() -> None:
    """Provisional, held, missed and open visits differ without colour, and the legend says how."""
    text = screen(Months(plan_in_course()), 80)
    for cell in ("21D✓", "22I✗", " 8D●", " 9I!", "16C○"):
        assert cell in text
    assert "○ provisional" in text
    assert "D dose" in text
    assert "B booster" not in text


def test_two_visits_on_one_day_show_both() -> None:
    """A day that two kinds share carries both letters."""
    plan = sample_plan()
    review = replace(plan.visit("review-1"), start=plan.visit("dosing-6").start)
    visits = tuple(review if visit.id == "review-1" else visit for visit in plan.visits)
    assert " 2DR" in screen(Months(replace(plan, visits=visits)), 80)


def test_today_is_marked() -> None:
    """The day is pointed at, and the legend says what that means."""
    text = screen(Months(sample_plan(), today=date(2027, 2, 10)), 80)
    assert ">10" in text
    assert "> today" in text


def test_safety_comes_first() -> None:
    """This view too begins with the safety notice."""
    assert SAFETY.text in screen(Months(plan_in_course()), 200).splitlines()[0]


def test_a_page_marks_when_the_clinic_is_closed() -> None:
    """Holidays and closures have letters of their own that the legend explains; a visit's letter goes before them."""
    plan = sample_plan()
    visit = plan.visits[0]
    free = visit.day + timedelta(days=1)
    closed = {free: ClosedDay(why="Staff training"), visit.day: ClosedDay(why="New Year's Day", holiday=True)}
    text = screen(Months(plan, closed=closed), 80)
    assert f"{free.day:2d}x" in text
    assert f"{visit.day.day:2d}{KINDS[visit.kind].letter}" in text
    assert "h holiday" in text
    assert "x closed" in text
    assert "holiday" not in screen(Months(plan), 80)


def test_weeks_begin_where_people_begin_them() -> None:
    """A page whose weeks begin on Sunday has every day below the name of its weekday."""
    lines = screen(Months(sample_plan()), 35, habits=Habits(first_weekday=6)).splitlines()
    place = next(number for number, line in enumerate(lines) if "January 2027" in line)
    names, first = lines[place + 1].split(), lines[place + 3]
    assert names == ["Su", "Mo", "Tu", "We", "Th", "Fr", "Sa"]
    assert re.match(r"\s*3", first), "3 January 2027 is a Sunday"


def test_a_clinic_s_closed_days_are_those_that_its_file_closes() -> None:
    """Closures and holidays close days, one with its name; a day on which it opens all the same is not among them."""
    clinic = Clinic(
        holidays="US-CO",
        closed=(Closure(rrule="FREQ=MONTHLY;BYDAY=1FR", why="training"),),
        open=(Opening(on=date(2027, 1, 18), hours=(Span.parse("09:00-13:00"),)),),
    )
    found = closed_days(clinic, date(2027, 1, 1), date(2027, 2, 28))
    assert found[date(2027, 2, 5)] == ClosedDay(why="training")
    assert found[date(2027, 2, 15)].holiday
    assert date(2027, 1, 18) not in found
    assert date(2027, 1, 19) not in found
