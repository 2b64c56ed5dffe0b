"""The places of things in the pictures of handouts."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from kapplan.files.library.rules import built_in_measures
from kapplan.output.handout.svg import course_picture, score_picture

DAYS = st.dates(date(2026, 1, 1), date(2028, 12, 31))
PHQ9 = built_in_measures().measures["phq9"]


@given(st.lists(DAYS, min_size=1, max_size=30))
def test_every_day_has_its_mark_in_its_month(days: list[date]) -> None:
    """Marks stand within the picture, in the row of their month, further right the later in the month."""
    picture = course_picture(days)
    rows = {month.first: month for month in picture.months}
    assert [mark.index for mark in picture.marks] == list(range(len(days)))
    for mark in picture.marks:
        month = rows[days[mark.index].replace(day=1)]
        assert month.x < mark.x < month.x + month.width
        assert mark.y < picture.height
        if days.count(days[mark.index]) == 1:
            assert month.y < mark.y < month.y + picture.row


@given(st.lists(DAYS, min_size=1, max_size=30))
def test_months_follow_each_other_without_a_gap(days: list[date]) -> None:
    """From the first day's month through the last one's, with the year told where it begins."""
    months = course_picture(days).months
    assert (months[0].first, months[-1].first) == (min(days).replace(day=1), max(days).replace(day=1))
    assert all(timedelta(27) < after.first - before.first < timedelta(32) for before, after in pairwise(months))
    assert [month.new_year for month in months] == [
        number == 0 or month.first.month == 1 for number, month in enumerate(months)
    ]


def test_visits_of_one_day_do_not_cover_each_other() -> None:
    """Two visits of a day stand above each other."""
    first, second = course_picture([date(2027, 1, 26)] * 2).marks
    assert first.x == second.x
    assert second.y - first.y >= 8


def test_weekends_are_saturdays_and_sundays() -> None:
    """February 2027 begins on a Monday and has four whole weekends; August begins on a Sunday."""
    february, august = (course_picture([date(2027, month, 1)]).months[0] for month in (2, 8))
    assert [round(one.width / february.width * 28) for one in february.weekends] == [2, 2, 2, 2]
    assert [round(one.width / august.width * 31) for one in august.weekends] == [1, 2, 2, 2, 2]


def test_no_visits_make_an_empty_picture() -> None:
    """Nothing to draw is no error."""
    assert course_picture([]).months == ()


@given(st.lists(st.tuples(DAYS, st.integers(0, 27)), min_size=1, max_size=40))
def test_scores_stand_higher_the_higher_they_are(scores: list[tuple[date, int]]) -> None:
    """Points lie within the axes, later ones further right, higher scores further up; labels keep their distance."""
    scores = sorted(scores)
    picture = score_picture(PHQ9, scores, [day for day, _ in scores], 4)
    assert [point.value for point in picture.points] == [value for _, value in scores]
    for point in picture.points:
        assert picture.left <= point.x <= picture.right
        assert picture.top <= point.y <= picture.bottom
    for one in picture.points:
        for other in picture.points:
            assert (one.value > other.value) == (one.y < other.y)
            assert one.on <= other.on or one.x >= other.x
    shown = [point.x for point in picture.points if point.labelled]
    assert all(after - before >= 18 for before, after in pairwise(shown))
    assert picture.points[-1].labelled or len(shown) > 0


def test_bands_fill_the_chart_without_gaps() -> None:
    """The bands of a scale lie one above the other, and remission stands where its score would."""
    picture = score_picture(PHQ9, [(date(2027, 1, 4), 4)], (), 4)
    assert picture.remission == picture.points[0].y
    assert [band.name for band in picture.bands] == ["none", "mild", "moderate", "moderately severe", "severe"]
    for lower, upper in pairwise(picture.bands):
        assert abs(upper.y + upper.height - lower.y) < 0.11
