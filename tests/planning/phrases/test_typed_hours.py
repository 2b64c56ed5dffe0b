"""Hours as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kapplan.dates import WEEKDAYS
from kapplan.errors import UsageError
from kapplan.model.fields import Span
from kapplan.planning.phrases.typed_hours import parse_week, typed_hours, week_words

HOURS = {
    "9-5": "09:00-17:00",
    "9am-5pm": "09:00-17:00",
    "9 am - 5 pm": "09:00-17:00",
    "8:30-17": "08:30-17:00",
    "8.30-12": "08:30-12:00",
    "8:30am-5pm": "08:30-17:00",
    "1-5": "13:00-17:00",
    "12-4": "12:00-16:00",
    "7-3": "07:00-15:00",
    "10-12": "10:00-12:00",
    "9-12am": None,
    "6am-2pm": "06:00-14:00",
    "09:00-17:00": "09:00-17:00",
    "0:00-24:00": "00:00-24:00",
    "9\u20135": "09:00-17:00",
    "17-9": None,
    "9-25": None,
    "9:75-17": None,
    "9": None,
    "soon": None,
    "13pm-14pm": None,
}
WEEKS = {
    "9-5": "Mon-Fri 09:00-17:00",
    "Mon-Thu 8:30am-5pm, Fri 9-1": "Mon-Thu 08:30-17:00, Fri 09:00-13:00",
    "mon and wed 9-12 1-5": "Mon 09:00-12:00 13:00-17:00, Wed 09:00-12:00 13:00-17:00",
    "weekdays 8-4; sat 9 to 12": "Mon-Fri 08:00-16:00, Sat 09:00-12:00",
    "daily 10-6": "Mon-Sun 10:00-18:00",
    "Tuesday 9am - 5pm": "Tue 09:00-17:00",
    "Mon: 9-5": "Mon 09:00-17:00",
    "mon to thu 9-5": "Mon-Thu 09:00-17:00",
}


@pytest.mark.parametrize(("typed", "read"), HOURS.items())
def test_hours_are_read_as_they_are_meant(typed: str, read: str | None) -> None:
    """Hours without a half of the day are those of somebody at work; what cannot be hours is none."""
    assert typed_hours(typed) == read


@pytest.mark.parametrize(("typed", "words"), WEEKS.items())
def test_a_week_is_read_and_told_in_full(typed: str, words: str) -> None:
    """Days and ranges of days have the hours behind them, and what is told reads as itself."""
    week = parse_week(typed)
    assert week_words(week) == words
    assert parse_week(words) == week


@pytest.mark.parametrize("typed", ["", "mon", "9-5 mon", "someday 9-5", "mon 9", "mon-xyz 9-5"])
def test_what_is_no_week_is_refused(typed: str) -> None:
    """Days without hours and words that are neither are usage errors that show what would be right."""
    with pytest.raises(UsageError) as caught:
        parse_week(typed)
    assert "9-5" in (caught.value.hint or "")


@given(st.text(max_size=30))
def test_any_text_is_a_week_or_a_usage_error(text: str) -> None:
    """Whatever is typed, hours that are read are hours that files take."""
    try:
        week = parse_week(text)
    except UsageError:
        return
    assert set(week) <= set(WEEKDAYS)
    assert all(str(Span.parse(hours)) == hours for spans in week.values() for hours in spans)
