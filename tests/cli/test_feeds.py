"""Calendars of one room, one person or the whole clinic over all plans: each has what the board has, and no more."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

import icalendar
import pytest
from support.command_line import CommandLine, with_examples

TODAY = ("--today", "2026-12-20T08:00")
RESOURCES = ("room:blue", "room:office", "staff:okafor", "staff:reyes")
Spans = set[tuple[datetime, datetime]]


@pytest.fixture(params=["folder", "sqlite"])
def line(request: pytest.FixtureRequest, kapplan_in: CommandLine) -> CommandLine:
    """Return the command line beside a book with two patients of one clinic."""
    with_examples(kapplan_in.folder)
    river = (kapplan_in.folder / "river.toml").read_text("utf-8")
    kapplan_in.write("brook.toml", river.replace("river-0412", "brook-0412"))
    where = "plans" if request.param == "folder" else "sqlite:///clinic.db"
    assert kapplan_in("book", "init", where).code == 0
    clinic = (kapplan_in.folder / "clinic.toml").read_text("utf-8")
    kapplan_in.write("clinic.toml", clinic.replace("[clinic]", f'[clinic]\nbook = "{where}"', 1))
    for name in ("river", "brook"):
        target = f"plans/{name}.plan.toml" if request.param == "folder" else name
        ran = kapplan_in("plan", f"{name}.toml", "-o", target, *TODAY)
        assert ran.code == 0, ran.err
    return kapplan_in


def calendar(line: CommandLine, readers: str, form: str = "ics") -> Any:
    """Return the calendar for somebody, as another program reads it."""
    ran = line("export", "--for", readers, "--format", form, *TODAY)
    assert ran.code == 0, ran.err
    return icalendar.Calendar.from_ical(ran.out)


def events(read: Any) -> Spans:
    """Return when the events of a calendar are."""
    return {(event.decoded("DTSTART"), event.decoded("DTEND")) for event in read.walk("VEVENT")}


def on_the_board(line: CommandLine, resource: str) -> Spans:
    """Return when the board says that a room or a person is taken, day by day through the courses."""
    found: Spans = set()
    day, last = date(2026, 12, 20), date(2027, 12, 31)
    kind, _, name = resource.partition(":")
    while day <= last:
        ran = line("board", day.isoformat(), "--week", f"--{kind}", name, "--format", "json", *TODAY)
        for span in json.loads(ran.text)["spans"]:
            if span["patient"]:
                spans = (datetime.fromisoformat(f"{span['day']}T{span[end]}") for end in ("from", "until"))
                begin, end = spans
                found.add((begin, end))
        day += timedelta(days=7)
    return found


def local(spans: Spans) -> Spans:
    """Return spans as the clock on the wall shows them."""
    return {(begin.replace(tzinfo=None), end.replace(tzinfo=None)) for begin, end in spans}


@pytest.mark.parametrize("resource", ["room:blue", "staff:okafor"])
def test_a_calendar_has_what_the_board_has(line: CommandLine, resource: str) -> None:
    """The calendar of a room or a person has exactly the visits that stand in its row of the board."""
    assert local(events(calendar(line, resource))) == on_the_board(line, resource)


def test_free_and_busy_say_when_and_nothing_else(line: CommandLine) -> None:
    """The busy times of a room are those of its calendar, joined where they touch; no patient and no visit is named."""
    for resource in RESOURCES:
        ran = line("export", "--for", resource, "--format", "freebusy", *TODAY)
        read = icalendar.Calendar.from_ical(ran.out)
        [busy] = read.walk("VFREEBUSY")
        periods = busy.get("FREEBUSY", [])
        listed = periods if isinstance(periods, list) else [periods]
        minutes = {
            start + timedelta(minutes=number)
            for one in listed
            for start, end in [(one.start, one.end)]
            for number in range(int((end - start).total_seconds() // 60))
        }
        expected = {
            begin + timedelta(minutes=number)
            for begin, end in events(calendar(line, resource))
            for number in range(int((end - begin).total_seconds() // 60))
        }
        assert minutes == expected
        assert b"river" not in ran.out
        assert b"dos" not in ran.out


def test_several_calendars_can_hold_one_visit(line: CommandLine) -> None:
    """No entry has the name of one in another calendar, so that a server takes them all."""
    named = [
        {str(event["UID"]) for event in calendar(line, readers).walk("VEVENT")} for readers in (*RESOURCES, "clinic")
    ]
    assert sum(map(len, named)) == len(set().union(*named))
    assert len(named[-1]) == len(events(calendar(line, "clinic"))) > len(named[0])


def test_free_and_busy_of_a_whole_clinic(line: CommandLine) -> None:
    """The clinic's file has one list for each room and person who has anything, each under its own name."""
    read = calendar(line, "clinic", "freebusy")
    names = [str(one["ORGANIZER"].params["CN"]) for one in read.walk("VFREEBUSY")]
    assert names == ["blue", "office", "okafor", "reyes"][: len(names)] or set(names) >= {"blue", "office", "okafor"}
    assert len({str(one["UID"]) for one in read.walk("VFREEBUSY")}) == len(names)


def test_the_same_bytes_again(line: CommandLine) -> None:
    """A calendar of a book that did not change is the same file."""
    for form in ("ics", "freebusy"):
        first, again = (line("export", "--for", "staff:okafor", "--format", form, *TODAY).out for _ in range(2))
        assert first == again


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--for", "staff:nobody"), "staff:okafor"),
        (("--for", "everybody"), "staff:ID"),
        (("--for", "patient"), "--for clinic"),
        (("--for", "room:blue", "--format", "html"), "freebusy"),
    ],
)
def test_what_cannot_be_is_told(kapplan_in: CommandLine, words: tuple[str, ...], said: str) -> None:
    """A person whom nobody knows, a reader that is none and a format of one plan are refused with what would do."""
    with_examples(kapplan_in.folder)
    kapplan_in("plan", "river.toml", "-o", "river.plan.toml", *TODAY)
    ran = kapplan_in("export", *words, *TODAY)
    assert ran.code == 2
    assert said in ran.err
