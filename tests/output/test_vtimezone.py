"""VTIMEZONE: one yearly rule for each change, right for every zone or known to be wrong."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache

import pytest
from dateutil.tz import tzical

from kapplan.errors import UsageError
from kapplan.output.calendar import vtimezone
from kapplan.output.calendar.vtimezone import YearlyZone, yearly_zone
from kapplan.planning.availability.timezones import zone, zone_names

FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
SETTLED = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles",
    "America/Anchorage", "Pacific/Honolulu", "America/Toronto", "America/Halifax", "America/St_Johns",
    "Europe/London", "Europe/Dublin", "Europe/Berlin", "Europe/Athens", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tokyo",
    "Australia/Sydney", "Australia/Adelaide", "Australia/Brisbane", "Australia/Lord_Howe", "Pacific/Auckland",
    "Pacific/Chatham", "America/Sao_Paulo", "Africa/Johannesburg", "UTC",
)  # fmt: skip


@cache
def transitions(name: str) -> list[datetime]:
    """Return the instants, to the hour, at which a zone's offset changes in the years tested."""
    place = zone(name)
    weeks = [FIRST + timedelta(days=4 * n) for n in range((LAST - FIRST).days // 4 + 1)]
    found = []
    for low, high in itertools.pairwise(weeks):
        before = low.astimezone(place).utcoffset()
        if before != high.astimezone(place).utcoffset():
            hours = (low + timedelta(hours=n) for n in range(4 * 24 + 1))
            found.append(next(hour for hour in hours if hour.astimezone(place).utcoffset() != before))
    return found


def moments(name: str) -> Iterator[datetime]:
    """Instants around every change of a zone, some days on either side of it, and in the middle of each month."""
    for change in transitions(name):
        yield from (change + timedelta(days=days) for days in (-8, -6, -2, 2, 6, 8))
        yield from (change + timedelta(minutes=minutes) for minutes in (-181, -121, -61, -30, 0, 30, 61, 121, 181))
    yield from (datetime(year, month, 15, 12, tzinfo=UTC) for year in range(2026, 2031) for month in range(1, 13))


def known(name: str) -> YearlyZone:
    """Return a zone's yearly rules, which it must have."""
    rules = yearly_zone(name)
    assert rules is not None
    return rules


@cache
def read_by_dateutil(lines: tuple[str, ...]) -> tzinfo:
    """Return a VTIMEZONE as dateutil, a reader that shares no code with ours, understands it."""
    zones = tzical(io.StringIO("\r\n".join(("BEGIN:VCALENDAR", *lines, "END:VCALENDAR", ""))))
    found = zones.get()
    assert isinstance(found, tzinfo)
    return found


def test_every_zone_has_yearly_rules() -> None:
    """The zone data end in a form that one yearly rule for each change can say, for every zone there is."""
    assert len(zone_names()) > 500
    assert [name for name in sorted(zone_names()) if yearly_zone(name) is None] == []


@pytest.mark.parametrize("name", SETTLED)
def test_settled_zones_are_told_wholly(name: str) -> None:
    """Where the law has been settled for years, every instant of 2026 to 2030 has the offset of the zone data."""
    rules, place = known(name), zone(name)
    instants = [FIRST + timedelta(hours=7 * n) for n in range((LAST - FIRST).days * 24 // 7)]
    assert [i for i in instants if rules.offset_at(i) != i.astimezone(place).utcoffset()] == []


def test_what_is_told_is_true_in_every_zone() -> None:
    """For all zones over five years: what ``tells`` vouches for, dateutil reads from the VTIMEZONE as that instant."""
    for name in sorted(zone_names()):
        rules, place = known(name), zone(name)
        lines = tuple(line.replace(f"TZID:{name}", "TZID:X") for line in rules.lines)
        for instant in moments(name):
            local = instant.astimezone(place).replace(tzinfo=None)
            if rules.tells(instant):
                assert local.replace(tzinfo=read_by_dateutil(lines)).astimezone(UTC) == instant, (name, instant)
            else:
                assert not quiet(name, instant) or rules.offset_at(instant) != instant.astimezone(place).utcoffset()


def quiet(name: str, instant: datetime) -> bool:
    """Whether a zone's offset and its rules' stay as they are for half a day on either side."""
    around = [instant + timedelta(hours=hours) for hours in (-12, 0, 12)]
    offsets = {when.astimezone(zone(name)).utcoffset() for when in around}
    return len(offsets) == 1 and len({known(name).offset_at(when) for when in around}) == 1


def test_few_zones_need_utc() -> None:
    """From 2027 on, all but a few zones of unusual law are told by their rules throughout."""
    later = datetime(2027, 6, 1, tzinfo=UTC)
    apart = [
        name
        for name in sorted(zone_names())
        if any(
            known(name).offset_at(instant) != instant.astimezone(zone(name)).utcoffset()
            for instant in moments(name)
            if instant >= later
        )
    ]
    assert len(apart) < 20


def test_times_that_occur_twice_are_not_told() -> None:
    """The repeated hour of autumn is vouched for on neither of its passes, the hours beside it are."""
    rules = known("America/Denver")
    midnight = datetime(2027, 11, 7, 6, 0, tzinfo=UTC)
    told = [rules.tells(midnight + timedelta(minutes=minutes)) for minutes in (0, 59, 60, 119, 120, 179, 180)]
    assert told == [True, True, False, False, False, False, True]


def test_a_change_of_law_is_noticed() -> None:
    """Before Brazil gave up summer time its summers differ from the rules of today and are not vouched for."""
    rules = known("America/Sao_Paulo")
    assert rules.tells(datetime(2018, 7, 1, 12, tzinfo=UTC))
    assert not rules.tells(datetime(2018, 1, 10, 12, tzinfo=UTC))


def test_the_shape_is_the_one_that_all_readers_agree_on() -> None:
    """STANDARD and DAYLIGHT once each, yearly rules from 1970, onsets local without a zone, the IANA name as TZID."""
    assert known("America/Denver").lines == (
        "BEGIN:VTIMEZONE",
        "TZID:America/Denver",
        "BEGIN:STANDARD",
        "DTSTART:19701101T020000",
        "TZOFFSETFROM:-0600",
        "TZOFFSETTO:-0700",
        "TZNAME:MST",
        "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU",
        "END:STANDARD",
        "BEGIN:DAYLIGHT",
        "DTSTART:19700308T020000",
        "TZOFFSETFROM:-0700",
        "TZOFFSETTO:-0600",
        "TZNAME:MDT",
        "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU",
        "END:DAYLIGHT",
        "END:VTIMEZONE",
    )


def test_a_zone_without_changes_has_only_standard() -> None:
    """A zone whose clocks never change has one STANDARD without a rule, in its odd offset too."""
    assert known("Asia/Kathmandu").lines[2:-1] == (
        "BEGIN:STANDARD",
        "DTSTART:19700101T000000",
        "TZOFFSETFROM:+0545",
        "TZOFFSETTO:+0545",
        "TZNAME:+0545",
        "END:STANDARD",
    )


def test_standard_is_the_smaller_offset_in_ireland_too() -> None:
    """Irish law calls summer time the standard; in a calendar STANDARD is winter, as every reader expects."""
    rules = known("Europe/Dublin")
    assert rules.daylight is not None
    assert (rules.standard.name, rules.daylight.name) == ("GMT", "IST")
    assert rules.standard.offset < rules.daylight.offset


def test_every_zone_keeps_to_the_shape() -> None:
    """All zones: no line over 75 octets, first onset in 1970 on the day of its own rule, one weekday a rule."""
    for name in sorted(zone_names()):
        rules = known(name)
        assert all(len(line.encode()) <= 75 for line in rules.lines)
        components = [line for line in rules.lines if line.startswith("BEGIN:")]
        assert components[:2] == ["BEGIN:VTIMEZONE", "BEGIN:STANDARD"]
        assert components[2:] in ([], ["BEGIN:DAYLIGHT"])
        for line in rules.lines:
            if line.startswith("RRULE"):
                assert re.fullmatch(r"RRULE:FREQ=YEARLY;BYMONTH=\d+;BYDAY=(-1|[1-4])(MO|TU|WE|TH|FR|SA|SU)", line)
            if line.startswith("DTSTART"):
                assert re.fullmatch(r"DTSTART:1970\d{4}T\d{6}", line)


def test_an_unknown_zone_is_an_error_that_names_it() -> None:
    """A name outside the zone data, a path among them, is refused with the name."""
    for name in ("America/Nowhere", "../zones", "", "/etc/localtime"):
        with pytest.raises(UsageError, match="unknown time zone"):
            yearly_zone(name)


def test_a_footer_without_yearly_rules_gives_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A zone whose data end without rules, or with rules by day of the year, is left to UTC."""
    for footer in ("", "XXX3EDT4,0/0,J365/23"):
        monkeypatch.setattr(vtimezone, "_footer", lambda _name, footer=footer: footer)
        assert yearly_zone.__wrapped__("America/Denver") is None
