"""Publishing to real servers: what is written, what never is, and what becomes of what people change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from support.calendar_plans import local
from support.dav_servers import Calendar, Proxy
from support.publishing import (
    FOREIGN,
    NOW,
    Publisher,
    actions,
    changed,
    event,
    expected,
    file_of,
    held,
    moved,
    small_plan,
)

from kapplan.errors import UsageError

EARLIER = ("T09", "T08")

on_radicale = pytest.mark.parametrize("dav", ["radicale"], indirect=True)
"""For what does not depend on the kind of server."""


@pytest.fixture
def publish(proxy: Proxy, calendar: Calendar, tmp_path: Path) -> Publisher:
    """Return a publisher to a new calendar that holds somebody else's entry."""
    calendar.put("theirs.ics", FOREIGN)
    return Publisher(proxy, calendar, tmp_path, foreign=calendar.state()["theirs.ics"])


@pytest.fixture(autouse=True)
def _foreign_entries_stay(publish: Publisher) -> Iterator[None]:
    """After every test here somebody else's entry is byte for byte what it was."""
    yield
    assert publish.calendar.state()["theirs.ics"] == publish.foreign


def own(publish: Publisher) -> dict[str, bytes]:
    """Return the server's entries that are ours."""
    return {name: data for name, data in publish.calendar.state().items() if name != "theirs.ics"}


def test_first_publish_creates_every_visit(publish: Publisher) -> None:
    """The server then holds one entry for each visit, at its time, and somebody else's entry as it was."""
    plan = small_plan()
    assert set(actions(publish(plan)).values()) == {"create"}
    assert set(own(publish)) == {file_of(plan, one.id) for one in plan.visits}
    assert {name: told[0] for name, told in held(publish.calendar, plan).items()} == expected(plan)


def test_second_publish_writes_nothing(publish: Publisher) -> None:
    """With nothing changed no write reaches the server, and the memory's file is not touched."""
    plan = small_plan()
    publish(plan)
    before, memory = publish.calendar.state(), publish.memory.stat()
    publish.proxy.seen.clear()
    assert set(actions(publish(plan)).values()) == {"unchanged"}
    assert publish.proxy.writes == []
    assert publish.calendar.state() == before
    assert publish.memory.stat().st_mtime_ns == memory.st_mtime_ns


@on_radicale
def test_a_dry_run_writes_nothing(publish: Publisher) -> None:
    """A dry run says what would be done and leaves server and memory alone."""
    results = publish(small_plan(), dry_run=True)
    assert {one.outcome for one in results.values()} == {"pending"}
    assert publish.proxy.writes == []
    assert own(publish) == {}
    assert not publish.memory.exists()


def test_a_moved_visit_is_the_only_one_written(publish: Publisher) -> None:
    """A visit that the plan moves is written once, under its UID, with a higher SEQUENCE."""
    plan = small_plan()
    publish(plan)
    publish.proxy.seen.clear()
    later = moved(plan, "integration-2", days=1)
    assert actions(publish(later))["integration-2"] == "update"
    assert [path.rpartition("/")[2] for _, path in publish.proxy.writes] == [file_of(plan, "integration-2")]
    start, _, sequence = held(publish.calendar, plan)["integration-2"]
    assert start == later.visit("integration-2").start
    assert sequence == 1


def test_a_cancelled_visit_stays_as_cancelled(publish: Publisher) -> None:
    """A visit that is called off stays on the server, CANCELLED, with a higher SEQUENCE and without alarms."""
    plan = small_plan()
    publish(plan)
    off = changed(plan, "integration-3", status="cancelled")
    assert actions(publish(off))["integration-3"] == "cancel"
    assert held(publish.calendar, plan)["integration-3"][1:] == ("CANCELLED", 1)
    assert not event(publish.calendar, file_of(plan, "integration-3")).subcomponents
    assert not [method for method, _ in publish.proxy.writes if method == "DELETE"]


@on_radicale
def test_a_cancelled_visit_that_was_never_published_is_not(publish: Publisher) -> None:
    """No calendar hears of a visit that was called off before it was published."""
    plan = changed(small_plan(), "integration-3", status="omitted")
    publish(plan)
    assert "integration-3" not in held(publish.calendar, plan)


@on_radicale
def test_a_withdrawn_visit_is_called_off(publish: Publisher) -> None:
    """A visit that an undo took out of the plan is cancelled where it was published."""
    plan = small_plan()
    publish(plan)
    gone = plan.visits[-1]
    after = replace(plan, visits=plan.visits[:-1], withdrawn=(replace(gone, status="cancelled", sequence=1),))
    assert actions(publish(after))[gone.id] == "cancel"
    assert held(publish.calendar, after)[gone.id][1] == "CANCELLED"


@on_radicale
def test_an_entry_the_plan_no_longer_knows_is_called_off(publish: Publisher) -> None:
    """An entry of ours for which the plan has no visit at all is cancelled and not deleted."""
    plan = small_plan()
    publish(plan)
    shorter = replace(plan, visits=plan.visits[:-1])
    publish(shorter)
    assert held(publish.calendar, plan)["integration-5"][1] == "CANCELLED"
    publish.proxy.seen.clear()
    publish(shorter)
    assert publish.proxy.writes == []


# -- what people change ---------------------------------------------------------------------------------------------


def test_a_move_by_a_person_is_never_written_over(publish: Publisher) -> None:
    """A visit that somebody moved is reported with both times and stays as they left it, whatever the plan does."""
    plan = small_plan()
    publish(plan)
    name = file_of(plan, "integration-2")
    publish.calendar.edit(name, lambda text: text.replace(*EARLIER).replace("T10", "T09"))
    theirs = publish.calendar.state()[name]
    for current in (plan, moved(plan, "integration-2", days=2)):
        publish.proxy.seen.clear()
        result = publish(current)["integration-2"]
        assert (result.action, result.outcome) == ("conflict", "stopped")
        told = {one.field: (one.ours, one.theirs) for one in result.differences}
        assert told["start"][1] == "2027-01-15T15:00:00Z"
        assert told["start"][0] == f"{expected(current)['integration-2']:%Y-%m-%dT%H:%M:%SZ}"
        assert publish.calendar.state()[name] == theirs
        assert publish.proxy.writes == []


def test_ours_writes_over_with_a_higher_sequence(publish: Publisher) -> None:
    """Asked to, publishing writes the plan's time over somebody's, with a SEQUENCE above theirs, once."""
    plan = small_plan()
    publish(plan)
    name = file_of(plan, "integration-2")
    publish.calendar.edit(name, lambda text: text.replace(*EARLIER).replace("SEQUENCE:0", "SEQUENCE:7"))
    assert actions(publish(plan, on_conflict="ours"))["integration-2"] == "update"
    assert held(publish.calendar, plan)["integration-2"] == (expected(plan)["integration-2"], "CONFIRMED", 8)
    publish.proxy.seen.clear()
    assert set(actions(publish(plan)).values()) == {"unchanged"}
    assert publish.proxy.writes == []


@on_radicale
def test_theirs_is_remembered_until_the_plan_changes(publish: Publisher) -> None:
    """Left to the calendar, a change is not asked about again, until the plan says something new about that time."""
    plan = small_plan()
    publish(plan)
    name = file_of(plan, "integration-2")
    publish.calendar.edit(name, lambda text: text.replace(*EARLIER))
    theirs = publish.calendar.state()[name]
    assert actions(publish(plan, on_conflict="theirs"))["integration-2"] == "unchanged"
    assert actions(publish(plan))["integration-2"] == "unchanged"
    assert actions(publish(moved(plan, "integration-2", days=3)))["integration-2"] == "conflict"
    assert publish.calendar.state()[name] == theirs


@on_radicale
def test_what_belongs_to_users_is_carried_along(publish: Publisher) -> None:
    """Alarms, colours, categories and X- properties that somebody gave an entry survive every update."""
    plan = small_plan()
    publish(plan)
    name = file_of(plan, "integration-2")
    alarm = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\nTRIGGER:-PT45M\r\nEND:VALARM\r\n"
    publish.calendar.edit(
        name,
        lambda text: text.replace("END:VEVENT", f"COLOR:teal\r\nCATEGORIES:mine\r\nX-THEIRS:1\r\n{alarm}END:VEVENT"),
    )
    assert actions(publish(plan))["integration-2"] == "unchanged"
    assert actions(publish(moved(plan, "integration-2", hours=1)))["integration-2"] == "update"
    found = event(publish.calendar, name)
    assert (str(found["COLOR"]), str(found["X-THEIRS"])) == ("teal", "1")
    assert found["CATEGORIES"].to_ical() == b"mine"
    assert timedelta(minutes=-45) in [part["TRIGGER"].dt for part in found.subcomponents]


@on_radicale
def test_a_text_by_a_person_stays_while_the_plan_moves_the_visit(publish: Publisher) -> None:
    """Words that somebody changed and the plan did not are kept when the plan moves the visit, and ever after."""
    plan = small_plan()
    publish(plan)
    name = file_of(plan, "integration-2")
    publish.calendar.edit(name, lambda text: text.replace("SUMMARY:Appointment", "SUMMARY:See Ann"))
    later = moved(plan, "integration-2", hours=1)
    assert actions(publish(later))["integration-2"] == "update"
    assert actions(publish(moved(later, "integration-2", hours=1)))["integration-2"] == "update"
    assert str(event(publish.calendar, name)["SUMMARY"]) == "See Ann"


@on_radicale
def test_a_text_changed_on_both_sides_is_a_conflict(publish: Publisher) -> None:
    """Words that both changed are asked about, and neither is lost meanwhile."""
    plan = small_plan()
    publish(plan)
    name = file_of(plan, "integration-2")
    publish.calendar.edit(name, lambda text: text.replace("SUMMARY:Appointment", "SUMMARY:See Ann"))
    renamed = replace(plan, clinic=replace(plan.clinic, title="Visit"))
    results = publish(renamed)
    assert actions(results)["integration-2"] == "conflict"
    assert {one.field for one in results["integration-2"].differences} == {"summary"}
    assert str(event(publish.calendar, name)["SUMMARY"]) == "See Ann"


@on_radicale
def test_people_and_plan_agreeing_is_no_conflict(publish: Publisher) -> None:
    """A visit moved to the same time on both sides is in step, and nothing is written."""
    plan = small_plan()
    publish(plan)
    name = file_of(plan, "integration-2")
    publish.calendar.edit(name, lambda text: text.replace("T10", "T11").replace("T09", "T10"))
    publish.proxy.seen.clear()
    assert actions(publish(moved(plan, "integration-2", hours=1)))["integration-2"] == "unchanged"
    assert publish.proxy.writes == []


def test_what_was_removed_is_not_brought_back_unasked(publish: Publisher) -> None:
    """An entry that somebody removed is reported as gone and stays away, also when the plan moves the visit."""
    plan = small_plan()
    publish(plan)
    publish.calendar.remove(file_of(plan, "integration-4"))
    for current in (plan, moved(plan, "integration-4", days=1)):
        assert actions(publish(current))["integration-4"] == "gone"
        assert "integration-4" not in held(publish.calendar, plan)


@on_radicale
def test_ours_puts_a_removed_visit_back(publish: Publisher) -> None:
    """Asked to, publishing puts a removed visit back with a higher SEQUENCE than it had."""
    plan = small_plan()
    publish(plan)
    publish.calendar.remove(file_of(plan, "integration-4"))
    assert actions(publish(plan, on_conflict="ours"))["integration-4"] == "create"
    assert held(publish.calendar, plan)["integration-4"][2] == 1


@on_radicale
def test_theirs_leaves_a_removed_visit_away(publish: Publisher) -> None:
    """Left to the calendar, a removed visit stays away without a word, until the plan moves it."""
    plan = small_plan()
    publish(plan)
    publish.calendar.remove(file_of(plan, "integration-4"))
    publish(plan, on_conflict="theirs")
    assert actions(publish(plan))["integration-4"] == "unchanged"
    assert actions(publish(moved(plan, "integration-4", days=1)))["integration-4"] == "gone"


@on_radicale
def test_a_removed_cancelled_visit_is_forgotten(publish: Publisher) -> None:
    """A cancelled entry that somebody tidied away is nobody's conflict."""
    plan = small_plan()
    publish(plan)
    off = changed(plan, "integration-4", status="cancelled")
    publish(off)
    publish.calendar.remove(file_of(plan, "integration-4"))
    assert actions(publish(off))["integration-4"] == "unchanged"


def test_an_entry_moved_to_another_name_is_found(publish: Publisher) -> None:
    """An entry that a program stored anew under another name is followed by its UID."""
    plan = small_plan()
    publish(plan)
    data = publish.calendar.state()[file_of(plan, "integration-1")]
    publish.calendar.remove(file_of(plan, "integration-1"))
    publish.calendar.put("renamed.ics", data)
    later = moved(plan, "integration-1", hours=2)
    assert actions(publish(later))["integration-1"] == "update"
    assert file_of(plan, "integration-1") not in publish.calendar.state()
    assert event(publish.calendar, "renamed.ics")["DTSTART"].dt == later.visit("integration-1").start


# -- lost memory ----------------------------------------------------------------------------------------------------


def test_without_its_memory_nothing_is_doubled(publish: Publisher) -> None:
    """Where the memory is lost the entries are found by their UIDs, and nothing is written."""
    plan = small_plan()
    publish(plan)
    publish.memory.unlink()
    publish.proxy.seen.clear()
    assert set(actions(publish(plan)).values()) == {"unchanged"}
    assert publish.proxy.writes == []
    assert actions(publish(moved(plan, "integration-1", hours=1)))["integration-1"] == "update"


@on_radicale
def test_without_its_memory_a_change_is_asked_about(publish: Publisher) -> None:
    """Where nobody remembers what was sent, another time on the server may be somebody's: it is not written over."""
    plan = small_plan()
    publish(plan)
    publish.memory.unlink()
    before = publish.calendar.state()
    assert actions(publish(moved(plan, "integration-1", hours=1)))["integration-1"] == "conflict"
    assert publish.calendar.state() == before


@on_radicale
def test_without_its_memory_other_words_stay(publish: Publisher) -> None:
    """Where nobody remembers what was sent, other words on the server stay, now and after later changes."""
    plan = small_plan()
    publish(plan)
    publish.memory.unlink()
    name = file_of(plan, "integration-1")
    publish.calendar.edit(name, lambda text: text.replace("SUMMARY:Appointment", "SUMMARY:See Ann"))
    assert set(actions(publish(plan)).values()) == {"unchanged"}
    publish(moved(plan, "integration-1", hours=1))
    assert str(event(publish.calendar, name)["SUMMARY"]) == "See Ann"


# -- many at once ---------------------------------------------------------------------------------------------------


@on_radicale
def test_most_visits_are_not_called_off_by_mistake(publish: Publisher) -> None:
    """Calling off more than three in ten at once needs to be forced; without it nothing is written at all."""
    plan = small_plan()
    publish(plan)
    off = plan
    for number in (2, 3, 4):
        off = changed(off, f"integration-{number}", status="cancelled")
    before = publish.calendar.state()
    with pytest.raises(UsageError, match="3 appointments would be called off"):
        publish(off)
    assert publish.calendar.state() == before
    assert [*actions(publish(off, force=True)).values()].count("cancel") == 3


def test_pruning_removes_past_cancelled_visits_alone(publish: Publisher) -> None:
    """Asked to, cancelled visits whose time is past are deleted; others, changed ones and foreign ones stay."""
    plan = small_plan()
    publish(plan)
    off = changed(changed(plan, "integration-1", status="cancelled"), "integration-5", status="cancelled")
    publish(off)
    later = NOW + timedelta(days=25)
    assert actions(publish(off, now=later, prune=True)) == {
        "integration-1": "prune",
        **{f"integration-{number}": "unchanged" for number in range(2, 6)},
    }
    assert set(own(publish)) == {file_of(plan, f"integration-{number}") for number in range(2, 6)}
    publish.proxy.seen.clear()
    publish(off, now=later, prune=True)
    assert publish.proxy.writes == []


@on_radicale
def test_two_plans_share_a_calendar(publish: Publisher, tmp_path: Path) -> None:
    """Plans published to one calendar do not touch each other's entries."""
    one, other = small_plan(2), replace(small_plan(2), id="7e57ab1e-0000-4000-8000-000000000002")
    second = replace(publish, folder=tmp_path / "second")
    second.folder.mkdir()
    publish(one)
    mine = publish.calendar.state()
    second(other)
    second(moved(other, "integration-1", days=1))
    assert {name: data for name, data in publish.calendar.state().items() if name in mine} == mine
    assert len(own(publish)) == 4


@on_radicale
def test_a_visit_on_both_sides_of_a_clock_change_keeps_its_instant(publish: Publisher) -> None:
    """The server gives back the instants of the plan, before and after the clocks change."""
    plan = small_plan(2)
    plan = changed(plan, "integration-2", start=local("2027-03-15 09:00"), end=local("2027-03-15 10:00"))
    results = publish(plan)
    assert {one.outcome for one in results.values()} == {"done"}
    assert {name: told[0] for name, told in held(publish.calendar, plan).items()} == expected(plan)
