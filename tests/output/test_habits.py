"""Days and times as readers are used to them: on their consoles only, without loss, and in forms that can be typed."""

from __future__ import annotations

import io
import re
from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text
from support.plans import sample_plan
from support.screens import WIDTHS, screen, widest

from kapplan.cli.session.habits import habits_of_locale
from kapplan.output.course.agenda import Agenda
from kapplan.output.course.month import Months
from kapplan.output.course.table import CourseTable
from kapplan.output.course.timeline import Timeline
from kapplan.output.records.habits import AS_INSIDE, Habits
from kapplan.output.terminal.reader import as_read
from kapplan.planning.phrases.typed_days import When, parse_when
from kapplan.planning.phrases.words import day_words

US = Habits(order="month", half_days=True, first_weekday=6)
ISO = Habits(order="year")

SAID = (
    ("Thu 31 Dec 2026", "Thu Dec 31, 2026", "Thu 2026-12-31"),
    ("Mon  4 Jan 2027 08:00", "Mon Jan  4, 2027 8:00 am", "Mon 2027-01-04 08:00"),
    ("Fri 12 Feb to Mon 1 Mar 2027", "Fri Feb 12 to Mon Mar 1, 2027", "Fri Feb 12 to Mon 2027-03-01"),
    ("00:15, 12:00 and 12:30", "12:15 am, 12:00 pm and 12:30 pm", "00:15, 12:00 and 12:30"),
    ("08:00 to 11:00: 3 hours", "8:00 to 11:00 am: 3 hours", "08:00 to 11:00: 3 hours"),
    ("11:00\N{EN DASH}12:30", "11:00 am\N{EN DASH}12:30 pm", "11:00\N{EN DASH}12:30"),
    ("away 10\N{EN DASH}14 Feb 2027", "away Feb 10, 2027 \N{EN DASH} Feb 14, 2027",
     "away 2027-02-10 \N{EN DASH} 2027-02-14"),
    ("28 Feb \N{EN DASH} 3 Mar 2027", "Feb 28, 2027 \N{EN DASH} Mar 3, 2027",
     "2027-02-28 \N{EN DASH} 2027-03-03"),
    ("30 Dec 2026 \N{EN DASH} 2 Jan 2027", "Dec 30, 2026 \N{EN DASH} Jan 2, 2027",
     "2026-12-30 \N{EN DASH} 2027-01-02"),
)  # fmt: skip
KEPT = (
    'hours = ["08:00-17:30", "12:00-13:00"]',
    "kapplan move river dosing-3 2027-01-04 09:00",
    "2027-01-04T10:00:00+01:00",
    "write `14:00` or `3 Mar 2027`",
    "10:00:05",
    "PHQ-9 14, BP 128/82, 2026-01, dose 3 and dose 4",
)


@pytest.mark.parametrize(("inside", "american", "standard"), SAID, ids=[row[0] for row in SAID])
def test_what_readers_of_two_habits_find(inside: str, american: str, standard: str) -> None:
    """Days and times are said month first and by half days, or year first; told again they stay as they are."""
    assert US.said(inside) == american
    assert ISO.said(inside) == standard
    assert US.said(american) == american
    assert AS_INSIDE.said(inside) == inside


@pytest.mark.parametrize("text", KEPT)
def test_what_is_typed_as_it_stands_stays(text: str) -> None:
    """Values of files, commands with days by the standard, and what is quoted are the same for every reader."""
    assert US.said(text) == text
    assert ISO.said(text) == text


@given(
    st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2090, 12, 31)),  # noqa: DTZ001  # days on a wall
    st.sampled_from([US, ISO, Habits(order="month"), Habits(half_days=True)]),
)
def test_what_is_said_can_be_typed(moment: datetime, habits: Habits) -> None:
    """Any day and time in anybody's form reads back as the same day and time."""
    meant = When(moment.date(), time(moment.hour, moment.minute))
    said = habits.said(str(meant))
    assert parse_when(said, today=date(2027, 1, 1)) == meant
    assert habits.said(said) == said


@pytest.mark.parametrize(
    ("locale", "habits"),
    [
        ("en_US.UTF-8", US),
        ("en-US", US),
        ("en_GB", AS_INSIDE),
        ("ISO", ISO),
        ("C.UTF-8", AS_INSIDE),
        (None, AS_INSIDE),
        ("sv_SE", Habits(order="year")),
        ("pt_BR@euro", Habits(first_weekday=6)),
        ("xx_YY", AS_INSIDE),
    ],
)
def test_the_habits_of_a_locale(locale: str | None, habits: Habits) -> None:
    """A locale says what comes first, how hours are counted and when weeks begin; one that is unknown says nothing."""
    assert habits_of_locale(locale) == habits


@pytest.mark.parametrize("habits", [US, ISO], ids=["US", "ISO"])
@pytest.mark.parametrize("view", [CourseTable, Agenda, Timeline, Months])
def test_every_view_is_in_one_form_and_fits(view: object, habits: Habits) -> None:
    """A view has its days and times in the reader's form alone, within its width, columns under each other."""
    plan = sample_plan()
    shown = [screen(view(plan), width, habits=habits) for width in (20, *WIDTHS)]  # type: ignore[operator]
    for text, width in zip(shown, (20, *WIDTHS), strict=True):
        assert widest(text) <= width
        assert text == habits.said(text)
        lines = [line for line in text.splitlines() if " 2027" in line and line.count(":") == 1 and width >= 80]
        assert len({line.index(":") for line in lines}) <= 2, "times stand below each other"


def test_a_course_has_the_day_of_each_visit_as_the_reader_writes_it() -> None:
    """Every day of a course stands in the reader's table as it stands in everybody's, but in their form."""
    plan = sample_plan()
    flat = re.sub(r"\s+", " ", screen(CourseTable(plan), 80, habits=US))
    assert all(US.said(day_words(visit.day)) in flat for visit in plan.visits)


def test_colours_stay_with_what_they_belong_to() -> None:
    """A day of more letters keeps its style, and so does what stands around it."""
    from kapplan.output.terminal.consoles import console_for

    text = Text.assemble("on ", ("Thu 31 Dec 2026", "bold"), (" at 15:00", "red"), " sharp")
    told = as_read(console_for(io.StringIO(), {}, habits=US), text)
    assert told.plain == "on Thu Dec 31, 2026 at 3:00 pm sharp"
    assert {(told.plain[span.start : span.end], str(span.style)) for span in told.spans} == {
        ("Thu Dec 31, 2026", "bold"), (" at ", "red"), ("3:00 pm", "red"),
    }  # fmt: skip
