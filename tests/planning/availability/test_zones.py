"""Zones come from one source, and every local time is known for what it is."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, date, datetime, timedelta

import pytest
import tzdata
from hypothesis import given
from hypothesis import strategies as st

from kapplan.errors import UsageError
from kapplan.model.clinic import WeeklyHours
from kapplan.model.fields import Span
from kapplan.planning.availability.minute_masks import as_spans, span
from kapplan.planning.availability.timezones import (
    as_instant,
    day_masks,
    exists_once,
    start_of_day,
    unclear_minutes,
    zone,
    zone_names,
    zone_version,
)  # fmt: skip
from kapplan.planning.availability.weekly_hours import Clocks, WeeklyHoursView

DAYS = (date(2027, 1, 1).toordinal(), date(2027, 12, 31).toordinal())


def unclear(name: str) -> dict[str, list[str]]:
    """Return the minutes of 2027 on which nothing may stand, in words."""
    found = unclear_minutes(zone(name), *DAYS)
    return {date.fromordinal(day).isoformat(): [str(part) for part in as_spans(mask)] for day, mask in found.items()}


def test_zone_is_the_packages() -> None:
    """The zone data are those of the tzdata package, with its version."""
    assert zone_version() == tzdata.IANA_VERSION
    assert zone("America/Denver") is zone("America/Denver")
    assert zone("America/Denver").key == "America/Denver"
    assert "Europe/London" in zone_names()


def test_every_zone_of_the_package_can_be_read() -> None:
    """No zone that the package lists is missing or broken."""
    for name in zone_names():
        assert datetime(2027, 7, 1, tzinfo=zone(name)).utcoffset() is not None


@pytest.mark.parametrize("name", ["Nowhere/Land", "../etc/passwd", "", "america/denver", "EST5EDT/x", "localtime"])
def test_unknown_zone_is_named(name: str) -> None:
    """A name that the package does not list is a usage error that says the name."""
    with pytest.raises(UsageError, match="unknown time zone"):
        zone(name)


def test_zones_survive_copies_and_pickles() -> None:
    """A time in a zone can be copied and pickled and keeps its very zone."""
    moment = datetime(2027, 1, 4, 9, tzinfo=zone("Europe/London"))
    assert copy.deepcopy(moment).tzinfo is moment.tzinfo
    assert pickle.loads(pickle.dumps(moment)).tzinfo is moment.tzinfo  # noqa: S301 - our own bytes


@pytest.mark.parametrize(
    ("local", "name", "once"),
    [
        ("2027-03-14T01:59", "America/Denver", True),
        ("2027-03-14T02:00", "America/Denver", False),
        ("2027-03-14T02:59", "America/Denver", False),
        ("2027-03-14T03:00", "America/Denver", True),
        ("2027-11-07T00:59", "America/Denver", True),
        ("2027-11-07T01:00", "America/Denver", False),
        ("2027-11-07T02:00", "America/Denver", True),
        ("2027-10-03T02:15", "Australia/Lord_Howe", False),
        ("2027-10-03T02:30", "Australia/Lord_Howe", True),
        ("2027-04-04T01:30", "Australia/Lord_Howe", False),
        ("2027-04-04T02:00", "Australia/Lord_Howe", True),
        ("2011-12-30T12:00", "Pacific/Apia", False),
    ],
)
def test_exists_once(local: str, name: str, *, once: bool) -> None:
    """A local time exists once, unless a shift of the clocks skips or repeats it."""
    assert exists_once(datetime.fromisoformat(local), zone(name)) is once


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("America/Denver", {"2027-03-14": ["01:59-03:00"], "2027-11-07": ["00:59-02:00"]}),
        ("Europe/London", {"2027-03-28": ["00:59-02:00"], "2027-10-31": ["00:59-02:00"]}),
        ("Australia/Lord_Howe", {"2027-04-04": ["01:29-02:00"], "2027-10-03": ["01:59-02:30"]}),
        ("Asia/Kolkata", {}),
    ],
)
def test_unclear_minutes(name: str, expected: dict[str, list[str]]) -> None:
    """What the clocks skip or repeat is unclear, with the minute before: a visit that ended with it would end there."""
    assert unclear(name) == expected


def test_unclear_minutes_across_midnight() -> None:
    """A shift at midnight takes the last minute of the day before, and a day that is skipped is unclear throughout."""
    beirut = unclear_minutes(zone("Asia/Beirut"), *DAYS)
    march = {date.fromordinal(day): as_spans(mask) for day, mask in beirut.items() if date.fromordinal(day).month == 3}
    assert {day.day: [str(part) for part in parts] for day, parts in march.items()} == {
        27: ["23:59-24:00"],
        28: ["00:00-01:00"],
    }
    skipped = unclear_minutes(zone("Pacific/Apia"), date(2011, 12, 29).toordinal(), date(2011, 12, 31).toordinal())
    assert as_spans(skipped[date(2011, 12, 30).toordinal()])[0].end == 24 * 60


@given(
    st.sampled_from(("America/Denver", "Europe/London", "Australia/Lord_Howe", "Asia/Beirut")),
    st.integers(0, 365 * 24 * 12),
)
def test_unclear_minutes_agree_with_exists_once(name: str, number: int) -> None:
    """A local time is unclear exactly where it does not exist once, or the minute after it does not."""
    local = datetime(2027, 1, 1) + timedelta(minutes=5 * number)  # noqa: DTZ001 - a time on the wall
    mask = unclear_minutes(zone(name), local.toordinal(), local.toordinal()).get(local.toordinal(), 0)
    clear = exists_once(local, zone(name)) and exists_once(local + timedelta(minutes=1), zone(name))
    assert bool(mask >> (local.hour * 60 + local.minute) & 1) is not clear


def test_as_instant_keeps_a_zone_that_is_there() -> None:
    """A local time is read in the zone given; one that has a zone keeps it."""
    assert as_instant(datetime(2027, 1, 4, 9), zone("America/Denver")) == datetime(2027, 1, 4, 16, tzinfo=UTC)  # noqa: DTZ001
    aware = datetime(2027, 1, 4, 9, tzinfo=UTC)
    assert as_instant(aware, zone("America/Denver")) == aware
    assert start_of_day(date(2027, 7, 1), zone("America/Denver")) == datetime(2027, 7, 1, 6, tzinfo=UTC)


def test_day_masks_cut_an_interval_into_days() -> None:
    """An interval is cut at local midnights, and started minutes count whole."""
    denver = zone("America/Denver")
    start, end = datetime(2027, 1, 5, 5, 30, 20, tzinfo=UTC), datetime(2027, 1, 5, 8, 0, 1, tzinfo=UTC)
    found = {
        date.fromordinal(day).day: [str(part) for part in as_spans(mask)]
        for day, mask in day_masks(start, end, denver, *DAYS).items()
    }
    assert found == {4: ["22:30-24:00"], 5: ["00:00-01:01"]}
    assert day_masks(end, start, denver, *DAYS) == {}


@pytest.mark.parametrize(
    ("local", "instant"),
    [
        (datetime(2027, 3, 14, 1, 59), datetime(2027, 3, 14, 8, 59, tzinfo=UTC)),  # noqa: DTZ001
        (datetime(2027, 3, 14, 2), datetime(2027, 3, 14, 9, tzinfo=UTC)),  # noqa: DTZ001
        (datetime(2027, 3, 14, 2, 35), datetime(2027, 3, 14, 9, tzinfo=UTC)),  # noqa: DTZ001
        (datetime(2027, 3, 14, 3), datetime(2027, 3, 14, 9, tzinfo=UTC)),  # noqa: DTZ001
        (datetime(2027, 11, 7, 1, 30), datetime(2027, 11, 7, 7, 30, tzinfo=UTC)),  # noqa: DTZ001
    ],
)
def test_a_time_that_the_clocks_leap_over_is_when_they_do(local: datetime, instant: datetime) -> None:
    """A local time that does not exist is the moment of the leap, so that hours never last longer than on the wall."""
    assert as_instant(local, zone("America/Denver")) == instant


def test_hours_that_end_in_the_leap_end_with_it() -> None:
    """Hours elsewhere that end at a time that does not exist free no minute after the clocks have leapt."""
    hours: WeeklyHours = {"sun": (Span.parse("01:35-02:35"), Span.parse("03:05-05:15"))}
    view = WeeklyHoursView("weekday", hours, Clocks(zone("America/Denver"), zone("America/New_York")))
    day = date(2027, 3, 14).toordinal()
    leap = 5 * 60
    assert view.mask(day) == span(leap - 25, leap) | span(leap + 5, leap + 135)
