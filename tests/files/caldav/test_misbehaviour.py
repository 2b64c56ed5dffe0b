"""Servers that misbehave in every way that is known of one: nothing is doubled, lost, or written without need."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from support.dav_servers import Calendar, Fault, Proxy
from support.misbehaviour import ANOTHER_TIME, CUT_SHORT, HARMLESS, NO_REPORT, Misbehaviour, both
from support.publishing import FOREIGN, Publisher, actions, changed, event, expected, file_of, moved, small_plan

from kapplan.errors import MachineError

on_radicale = pytest.mark.parametrize("dav", ["radicale"], indirect=True)
"""The proxy decides, not the kind of server."""

VISITS = 3


@pytest.fixture
def publish(proxy: Proxy, calendar: Calendar, tmp_path: Path) -> Publisher:
    """Return a publisher to a new calendar that holds somebody else's entry."""
    calendar.put("theirs.ics", FOREIGN)
    return Publisher(proxy, calendar, tmp_path, foreign=calendar.state()["theirs.ics"])


def there(publish: Publisher, plan: Any) -> dict[str, Any]:
    """Return when each visit starts on the server, and assert that it holds nothing else but somebody's entry."""
    state = publish.calendar.state()
    assert state.pop("theirs.ics") == publish.foreign
    assert len(state) == len(plan.visits)
    start = {one.id: event(publish.calendar, file_of(plan, one.id))["DTSTART"].dt for one in plan.visits}
    return {name: moment.astimezone(UTC) for name, moment in start.items()}


def test_at_least_thirty_ways_are_known() -> None:
    """The table of misbehaving servers is long enough to mean something."""
    assert len(HARMLESS) + len(CUT_SHORT) + len(ANOTHER_TIME) >= 30


@on_radicale
@pytest.mark.parametrize("way", HARMLESS)
def test_publishing_survives(publish: Publisher, way: str) -> None:
    """All is written once, a second run writes nothing, a move is one write, a cancelled visit one more, then peace."""
    publish.proxy.misbehaviour = HARMLESS[way]
    plan = small_plan(VISITS)
    assert set(actions(publish(plan)).values()) == {"create"}
    assert there(publish, plan) == expected(plan)
    _writes_nothing(publish, plan)
    _doubles_nothing_without_memory(publish, plan)
    later = moved(plan, "integration-2", days=1)
    assert actions(publish(later))["integration-2"] == "update"
    assert _written(publish) == [file_of(plan, "integration-2")]
    assert there(publish, later) == expected(later)
    _writes_nothing(publish, later)
    off = changed(later, "integration-3", status="cancelled")
    assert actions(publish(off))["integration-3"] == "cancel"
    assert _written(publish) == [file_of(plan, "integration-3")]
    _writes_nothing(publish, off)


@on_radicale
@pytest.mark.parametrize("way", ANOTHER_TIME)
def test_another_time_than_was_sent_is_told_every_time(publish: Publisher, way: str) -> None:
    """A server that keeps another time fails the visit at every run, and is written to once more only on demand."""
    publish.proxy.misbehaviour = ANOTHER_TIME[way]
    plan = small_plan(2)
    for _ in range(3):
        assert set(actions(publish(plan)).values()) == {"failed"}
    assert len(publish.proxy.writes) == len(plan.visits)
    publish.proxy.misbehaviour = Misbehaviour()
    assert set(actions(publish(plan, on_conflict="ours")).values()) == {"update"}
    assert there(publish, plan) == expected(plan)


@on_radicale
@pytest.mark.parametrize("way", NO_REPORT)
def test_a_server_that_gives_one_entry_at_a_time_is_asked_few_times(
    proxy: Proxy, calendar: Calendar, tmp_path: Path, way: str
) -> None:
    """Where a server gives no several entries at once, publishing still costs three requests more than visits."""
    many = 12
    publish = Publisher(proxy, calendar, tmp_path)
    proxy.misbehaviour = HARMLESS[way]
    plan = small_plan(many)
    assert set(actions(publish(plan)).values()) == {"create"}
    assert len(proxy.seen) <= many + 3
    _asks(publish, plan, 1)
    later = moved(moved(plan, "integration-2", days=1), "integration-5", days=1)
    publish(later)
    assert len(publish.proxy.writes) == 2
    assert len(proxy.seen) <= many + 3
    _asks(publish, later, 1)


@on_radicale
@pytest.mark.parametrize("kept", ["titles are rewritten", "half of the properties are not kept", "alarms are not kept"])
def test_one_entry_at_a_time_and_kept_otherwise(publish: Publisher, kept: str) -> None:
    """A server that gives one entry at a time and keeps the first otherwise than it was sent is asked for all."""
    refusal, keeping = HARMLESS["multiget unknown"].request, HARMLESS[kept].request
    assert refusal is not None
    assert keeping is not None
    publish.proxy.misbehaviour = Misbehaviour(request=both(refusal, keeping))
    plan = small_plan(VISITS)
    publish(plan)
    read = {path for method, path in publish.proxy.seen if method == "GET"}
    assert {file_of(plan, one.id) for one in plan.visits} <= {path.rpartition("/")[2] for path in read}
    _writes_nothing(publish, plan)
    later = moved(plan, "integration-2", days=1)
    publish(later)
    assert _written(publish) == [file_of(plan, "integration-2")]
    _writes_nothing(publish, later)


@on_radicale
@pytest.mark.parametrize("way", ANOTHER_TIME)
def test_another_time_is_told_where_one_entry_is_given_at_a_time(publish: Publisher, way: str) -> None:
    """No ETag hides that a server keeps another time than it was sent."""
    refusal, keeping = HARMLESS["multiget unknown"].request, ANOTHER_TIME[way].request
    assert refusal is not None
    assert keeping is not None
    publish.proxy.misbehaviour = Misbehaviour(request=both(refusal, keeping))
    plan = small_plan(2)
    for _ in range(2):
        assert set(actions(publish(plan)).values()) == {"failed"}
    assert len(publish.proxy.writes) == len(plan.visits)


@on_radicale
def test_what_nobody_changed_is_not_read_again(publish: Publisher) -> None:
    """A run that finds everything as it was left looks at the list and reads no entry; one that was changed is read."""
    plan = small_plan(VISITS)
    publish(plan)
    _asks(publish, plan, 1)
    publish.calendar.edit(
        file_of(plan, "integration-2"), lambda text: text.replace("END:VEVENT", "COLOR:red\r\nEND:VEVENT")
    )
    publish.proxy.seen.clear()
    assert set(actions(publish(plan)).values()) == {"unchanged"}
    assert [method for method, _ in publish.proxy.seen] == ["PROPFIND", "REPORT"]


@on_radicale
def test_a_run_killed_before_its_write_arrived_writes_it_again(publish: Publisher) -> None:
    """A field that was empty before is still to be written where the run that would have done so was killed."""
    plan = small_plan(2)
    bare = replace(plan, clinic=replace(plan.clinic, address=None))
    publish(bare)

    publish.proxy.faults = [Fault("PUT", drop="before", times=99)]
    assert "failed" in actions(publish(plan)).values()
    publish.proxy.faults.clear()
    assert set(actions(publish(plan)).values()) == {"update"}
    assert str(event(publish.calendar, file_of(plan, "integration-1"))["LOCATION"]) == plan.clinic.address


@on_radicale
@pytest.mark.parametrize("way", CUT_SHORT)
def test_an_incomplete_list_decides_nothing(publish: Publisher, way: str) -> None:
    """A list that is cut short ends the run: no entry counts as gone, and none is written."""
    plan = small_plan(VISITS)
    publish(plan)
    publish.proxy.seen.clear()
    publish.proxy.misbehaviour = CUT_SHORT[way]
    with pytest.raises(MachineError):
        publish(moved(plan, "integration-2", days=1), on_conflict="ours")
    assert publish.proxy.writes == []


def _writes_nothing(publish: Publisher, plan: Any) -> None:
    publish.proxy.seen.clear()
    assert set(actions(publish(plan)).values()) == {"unchanged"}
    assert publish.proxy.writes == []


def _asks(publish: Publisher, plan: Any, requests: int) -> None:
    """Publish what is there already, with so many requests."""
    publish.proxy.seen.clear()
    assert set(actions(publish(plan)).values()) == {"unchanged"}
    assert len(publish.proxy.seen) == requests
    publish.proxy.seen.clear()


def _written(publish: Publisher) -> list[str]:
    return [path.rpartition("/")[2] for _, path in publish.proxy.writes]


def _doubles_nothing_without_memory(publish: Publisher, plan: Any) -> None:
    """Publish without the memory: the entries are found, or the server's refusal tells that they are there."""
    kept = publish.memory.read_bytes()
    publish.memory.unlink()
    publish(plan)
    assert there(publish, plan) == expected(plan)
    publish.memory.write_bytes(kept)
    _writes_nothing(publish, plan)
