"""Publishing when things go wrong: connections cut, refusals, crowds, crashes, somebody writing at the same moment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.dav_servers import Calendar, DavServer, Fault, Proxy, proxied
from support.publishing import FOREIGN, Publisher, actions, event, expected, file_of, held, moved, small_plan

from kapplan.errors import UsageError
from kapplan.files.caldav.client import Client
from kapplan.files.caldav.transport import ServerRefusedError, UnreachableError

on_radicale = pytest.mark.parametrize("dav", ["radicale"], indirect=True)
"""For what does not depend on the kind of server."""


@pytest.fixture
def publish(proxy: Proxy, calendar: Calendar, tmp_path: Path) -> Publisher:
    """Return a publisher to a new calendar that holds somebody else's entry."""
    calendar.put("theirs.ics", FOREIGN)
    return Publisher(proxy, calendar, tmp_path, foreign=calendar.state()["theirs.ics"])


def in_step(publish: Publisher, plan: Any) -> None:
    """Assert that the server holds the plan and nothing else of ours, and that one more publish writes nothing."""
    publish.proxy.faults.clear()
    publish.proxy.seen.clear()
    assert set(actions(publish(plan)).values()) == {"unchanged"}
    assert publish.proxy.writes == []
    assert {name: told[0] for name, told in held(publish.calendar, plan).items()} == expected(plan)
    state = publish.calendar.state()
    assert state.pop("theirs.ics") == publish.foreign
    assert len(state) == len(plan.visits)


@pytest.mark.parametrize("drop", ["before", "after"])
def test_a_cut_connection_is_tried_again(publish: Publisher, drop: Any) -> None:
    """Cut before or after the server did its work, every write is done, and each entry is there once."""
    plan = small_plan(3)
    publish.proxy.faults = [Fault("PUT", drop=drop, times=2)]
    assert set(actions(publish(plan)).values()) == {"create"}
    later = moved(plan, "integration-2", days=1)
    publish.proxy.faults = [Fault("PUT", drop=drop)]
    assert actions(publish(later))["integration-2"] == "update"
    assert held(publish.calendar, plan)["integration-2"][2] == 1
    in_step(publish, later)


@on_radicale
@pytest.mark.parametrize("method", ["PROPFIND", "REPORT"])
def test_reading_is_tried_again(publish: Publisher, method: str) -> None:
    """Looking at the calendar and reading back survive cut connections."""
    plan = small_plan(2)
    publish.proxy.faults = [Fault(method, drop="before"), Fault(method, status=502)]
    publish(plan)
    in_step(publish, plan)


@on_radicale
@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_waited_for_as_it_asks(publish: Publisher, status: int) -> None:
    """After 429 and 503 the wait is what Retry-After says, else it doubles."""
    plan = small_plan(2)
    publish.proxy.faults = [Fault("PUT", status=status, headers={"Retry-After": "7"}), Fault("PUT", status=status)]
    assert set(actions(publish(plan)).values()) == {"create"}
    assert publish.waits == [7.0, 1.0]
    in_step(publish, plan)


@on_radicale
def test_a_wait_beyond_the_deadline_is_not_begun(publish: Publisher) -> None:
    """A server that asks to come back after the deadline fails that visit at once; the next run does it."""
    plan = small_plan(2)
    publish.proxy.faults = [Fault("PUT", status=503, headers={"Retry-After": "86400"})]
    results = publish(plan)
    assert sorted(actions(results).values()) == ["create", "failed"]
    assert publish.waits == []
    publish.proxy.faults.clear()
    publish(plan)
    in_step(publish, plan)


@on_radicale
@pytest.mark.parametrize("status", [403, 409, 507])
def test_a_refusal_is_not_tried_again_and_stops_nobody_else(publish: Publisher, status: int) -> None:
    """One visit refused is one request; the others are written, and the next run needs to write only that one."""
    plan = small_plan(3)
    publish.proxy.faults = [Fault("PUT", status=status, skip=1)]
    results = publish(plan)
    assert sorted(actions(results).values()) == ["create", "create", "failed"]
    assert str(status) in next(one.note for one in results.values() if one.outcome == "failed")
    assert len(publish.proxy.writes) == 3
    assert publish.waits == []
    publish.proxy.seen.clear()
    publish(plan)
    assert len(publish.proxy.writes) == 1
    in_step(publish, plan)


@on_radicale
def test_a_password_refused_half_way_stops_all(publish: Publisher) -> None:
    """Once a password is refused it is not sent again; what was done is kept, the rest is done by the next run."""
    plan = small_plan(4)
    publish.proxy.faults = [Fault("PUT", status=401, skip=1, times=99)]
    results = publish(plan)
    assert sorted(actions(results).values()) == ["create", "failed", "failed", "failed"]
    assert len(publish.proxy.writes) == 2
    publish.proxy.faults.clear()
    publish(plan)
    in_step(publish, plan)


@on_radicale
def test_a_wrong_password_tells_no_secret(publish: Publisher) -> None:
    """A refused password raises words that hold neither it nor the address, and writes nothing."""
    publish.password = publish.password[::-1]
    with pytest.raises(ServerRefusedError) as raised:
        publish(small_plan(2))
    told = f"{raised.value.message} {raised.value.hint} {raised.value!r}"
    assert "401" in told
    assert publish.password not in told
    assert publish.proxy.writes == []
    assert not [path for path in publish.folder.rglob("*") if publish.password.encode() in path.read_bytes()]


def test_an_edit_between_look_and_write_is_a_conflict(publish: Publisher) -> None:
    """Somebody who changes the entry while we decide keeps their change: the server refuses ours by its ETag."""
    plan = small_plan(3)
    publish(plan)
    name = file_of(plan, "integration-2")

    def by_somebody() -> None:
        publish.calendar.edit(name, lambda text: text.replace("SUMMARY:Appointment", "SUMMARY:See Ann"))

    publish.proxy.faults = [Fault("PUT", before=by_somebody)]
    result = publish(moved(plan, "integration-2", days=1))["integration-2"]
    assert (result.action, result.outcome) == ("conflict", "stopped")
    assert str(event(publish.calendar, name)["SUMMARY"]) == "See Ann"
    assert held(publish.calendar, plan)["integration-2"][0] == expected(plan)["integration-2"]


@on_radicale
def test_an_edit_before_reading_back_is_not_taken_for_ours(publish: Publisher) -> None:
    """Somebody who changes the entry before it is read back is noticed then and asked about by the next run."""
    plan = small_plan(2)
    publish(plan)
    name = file_of(plan, "integration-2")
    later = moved(plan, "integration-2", days=1)

    def by_somebody() -> None:
        publish.calendar.edit(name, lambda text: text.replace("T09", "T07"))

    publish.proxy.faults = [Fault("REPORT", before=by_somebody, skip=1)]
    assert actions(publish(later))["integration-2"] == "conflict"
    theirs = publish.calendar.state()[name]
    assert actions(publish(later))["integration-2"] == "conflict"
    assert publish.calendar.state()[name] == theirs


def test_another_run_creating_at_the_same_moment_is_no_conflict(publish: Publisher) -> None:
    """Two runs that create the same entry at once agree on it: 412 with our own bytes means that it is there."""
    plan = small_plan(2)
    publish(plan)
    name = file_of(plan, "integration-2")
    data = publish.calendar.state()[name]
    publish.calendar.remove(name)
    publish.memory.unlink()
    publish.proxy.faults = [Fault("PUT", before=lambda: publish.calendar.put(name, data))]
    assert actions(publish(plan))["integration-2"] == "create"
    in_step(publish, plan)


@on_radicale
def test_somebody_elses_entry_under_our_name_is_left(publish: Publisher) -> None:
    """An entry of somebody else's that lies where ours would go is not written over."""
    plan = small_plan(1)
    name = file_of(plan, "integration-1")
    publish.calendar.put(name, FOREIGN.replace(b"their-own", b"their-other"))
    before = publish.calendar.state()
    result = publish(plan)["integration-1"]
    assert result.outcome == "stopped"
    assert publish.calendar.state() == before


@on_radicale
@pytest.mark.parametrize("strip", [("ETag",), ("ETag", "Last-Modified")])
def test_a_server_that_gives_no_etag_after_writing(publish: Publisher, strip: tuple[str, ...]) -> None:
    """Where a write is answered without an ETag it is learned by reading back."""
    plan = small_plan(2)
    publish.proxy.faults = [Fault("PUT", strip=strip, times=99)]
    assert set(actions(publish(plan)).values()) == {"create"}
    later = moved(plan, "integration-1", hours=1)
    assert actions(publish(later))["integration-1"] == "update"
    in_step(publish, later)


@on_radicale
def test_a_slow_answer_is_asked_for_again(publish: Publisher) -> None:
    """A write whose answer takes too long is looked for before it is sent again, and is there once."""
    import threading

    plan = small_plan(2)
    publish(plan)
    later = moved(plan, "integration-1", hours=1)
    publish.read_seconds = 1.0
    waiting = threading.Event()
    publish.proxy.faults = [Fault("PUT", before=lambda: waiting.wait(3))]
    assert actions(publish(later))["integration-1"] == "update"
    waiting.set()
    publish.read_seconds = 20.0
    in_step(publish, later)


@on_radicale
def test_a_server_that_vanishes_is_not_asked_for_every_visit(publish: Publisher) -> None:
    """After two visits without any answer the others are left for the next run, which does them."""
    plan = small_plan(5)
    publish.proxy.faults = [Fault("*", drop="before", skip=4, times=999)]
    results = publish(plan)
    assert "failed" in actions(results).values()
    assert len(publish.proxy.seen) < 30
    publish.proxy.faults.clear()
    publish(plan)
    in_step(publish, plan)


@on_radicale
def test_a_server_that_gives_no_answer_at_all(publish: Publisher) -> None:
    """Where the calendar cannot be looked at nothing is decided and nothing is written."""
    publish.proxy.faults = [Fault("*", drop="before", times=999)]
    with pytest.raises(UnreachableError):
        publish(small_plan(2))
    assert publish.waits == [0.5, 1.0, 2.0, 4.0]
    assert not publish.memory.exists()


@on_radicale
def test_no_password_goes_to_another_address(publish: Publisher, dav: DavServer) -> None:
    """A redirect is not followed: the server that it names hears nothing."""
    with proxied(dav) as other:
        publish.proxy.faults = [
            Fault("*", status=302, headers={"Location": other.url(publish.calendar)}, times=99),
        ]
        with pytest.raises(UsageError, match="another address"):
            publish(small_plan(2))
        assert other.seen == []


@on_radicale
@pytest.mark.parametrize(
    "body", [b"", b"<html>hello", b"<a/>", b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>']
)
def test_a_broken_answer_is_not_taken_for_an_empty_calendar(publish: Publisher, body: bytes) -> None:
    """An answer that is no multistatus decides nothing: it counts as none, and nothing is written."""
    plan = small_plan(1)
    publish(plan)
    before = publish.calendar.state()
    publish.proxy.faults = [Fault("PROPFIND", status=207, headers={"Content-Type": "text/xml"}, body=body, times=99)]
    with pytest.raises(UnreachableError) as raised:
        publish(plan, on_conflict="ours")
    assert "hello" not in raised.value.message
    assert publish.calendar.state() == before


@on_radicale
@pytest.mark.parametrize("sent", [False, True], ids=["before", "after"])
def test_a_run_killed_anywhere_is_finished_by_the_next(
    dav: DavServer, proxy: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: bool
) -> None:
    """Killed before or after any of its requests, a run that is followed by another ends in the same calendar."""
    plan = small_plan(2)
    later = moved(moved(plan, "integration-1", hours=1), "integration-2", days=2)
    ask, killed, number = Client._ask, True, 0
    while killed:
        folder = tmp_path / f"{sent}-{number}"
        folder.mkdir()
        calendar = dav.calendar()
        calendar.put("theirs.ics", FOREIGN)
        publish = Publisher(proxy, calendar, folder, foreign=calendar.state()["theirs.ics"])
        if number % 2:
            publish(plan)
        asked: list[str] = []

        def counted(self: Client, method: str, *rest: Any, asked: list[str] = asked, number: int = number) -> Any:
            asked.append(method)
            dies = len(asked) == number // 2 + 1
            if dies and not sent:
                raise KeyboardInterrupt
            answer = ask(self, method, *rest)
            if dies:
                raise KeyboardInterrupt
            return answer

        with monkeypatch.context() as patch:
            patch.setattr(Client, "_ask", counted)
            try:
                publish(later)
                killed = len(asked) > number // 2
            except KeyboardInterrupt:
                killed = True
        last = moved(later, "integration-2", hours=1)
        assert not {"conflict", "gone", "failed"} & set(actions(publish(last)).values()), (number, sent)
        in_step(publish, last)
        number += 1
    assert number > 6
