"""The words for times, lengths and states."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, timezone
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.plans import sample_plan

from kapplan.model.terms import Status
from kapplan.output.records import words
from kapplan.planning.phrases.words import duration_words


@pytest.mark.parametrize(
    ("minutes", "text"), [(0, "0 min"), (50, "50 min"), (60, "1 h"), (150, "2 h 30"), (65, "1 h 05")]
)
def test_lengths_are_short(minutes: int, text: str) -> None:
    """Hours and minutes as a table has them."""
    assert duration_words(minutes) == text


@pytest.mark.parametrize(
    ("minutes", "text"), [(1, "1 minute"), (60, "1 hour"), (150, "2 hours 30 minutes"), (0, "0 minutes")]
)
def test_lengths_can_be_said_aloud(minutes: int, text: str) -> None:
    """Hours and minutes as a coordinator says them."""
    assert words.spoken_duration(minutes) == text


def test_days_align() -> None:
    """A one-digit day takes two places."""
    assert words.aligned_day_words(date(2027, 1, 4)) == "Mon  4 Jan 2027"
    assert words.aligned_day_words(date(2027, 1, 14)) == "Thu 14 Jan 2027"


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        (date(2027, 1, 15), date(2027, 1, 22), "Fri 15 Jan to Fri 22 Jan 2027"),
        (date(2026, 12, 31), date(2027, 1, 1), "Thu 31 Dec 2026 to Fri 1 Jan 2027"),
        (date(2027, 1, 15), date(2027, 1, 15), "Fri 15 Jan 2027"),
    ],
)
def test_ranges_of_days_say_the_year_where_it_is_needed(first: date, last: date, text: str) -> None:
    """The year stands once, or twice where it changes."""
    assert words.dates_words(first, last) == text


def test_times_have_two_digits() -> None:
    """Nine o'clock is 09:00."""
    assert words.time_words(datetime(2027, 1, 4, 9, 5, tzinfo=timezone.utc)) == "09:05"  # noqa: UP017
    assert words.span_words(sample_plan().visits[0]) == "09:00\N{EN DASH}10:00"


def test_every_status_and_finding_has_words() -> None:
    """No state is shown as the program's own word for it where people have another."""
    assert len({words.status_words(status) for status in get_args(Status)}) == len(get_args(Status))
    assert words.finding_words("refuse") == "refused"
    assert words.finding_words("refuse-unless-overridden", overridden=True) == "overridden"


TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
"""The bidirectional classes that turn the order of what follows."""


@given(st.text())
def test_clean_text_is_one_line_that_steers_nothing(text: str) -> None:
    """No control character, no line break and no double blank is left, and cleaning twice changes nothing."""
    clean = words.clean(text)
    assert not {unicodedata.category(letter) for letter in clean} & {"Cc", "Cs", "Zl", "Zp"}
    assert not {unicodedata.bidirectional(letter) for letter in clean} & TURNING
    assert "  " not in clean
    assert words.clean(clean) == clean
