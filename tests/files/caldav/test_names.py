"""Entries under other names: renewed plans, and two audiences in one calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from support.dav_servers import Calendar, DavServer, Proxy
from support.publishing import FOREIGN, NOW, Publisher, actions, expected, file_of, held, moved, small_plan

from kapplan.model.plan import CalendarIdentity, Plan
from kapplan.planning.journal.calendar_identity import renewed
from kapplan.planning.journal.undo import undo, with_entry

SECRET = "s"  # noqa: S105


@pytest.fixture(scope="session")
def dav(radicale: DavServer) -> DavServer:
    """Return one kind of server: names do not depend on it."""
    return radicale


@pytest.fixture
def publish(proxy: Proxy, calendar: Calendar, tmp_path: Path) -> Publisher:
    """Return a publisher to a new calendar that holds somebody else's entry."""
    calendar.put("theirs.ics", FOREIGN)
    return Publisher(proxy, calendar, tmp_path, foreign=calendar.state()["theirs.ics"])


def renew(plan: Plan) -> Plan:
    """Return a plan saved with new names."""
    at = plan.revised + timedelta(hours=1)
    return with_entry(plan, renewed(plan, "seed"), at=max(at, NOW), by="t", command="renew", text="new names")


def only(publish: Publisher, plan: Plan) -> None:
    """Assert that the calendar holds the plan under its present names and nothing else, and that all is at peace."""
    assert {name: told[0] for name, told in held(publish.calendar, plan).items()} == expected(plan)
    assert len(publish.calendar.state()) == len(plan.visits) + 1
    publish.proxy.seen.clear()
    assert set(actions(publish(plan)).values()) == {"unchanged"}
    assert publish.proxy.writes == []


@pytest.mark.parametrize("remembered", [True, False])
def test_renewed_entries_take_the_place_of_the_old_ones(publish: Publisher, remembered: bool) -> None:
    """Published under its old names and renewed, a plan's entries are there once, under the new names."""
    plan = small_plan(4)
    publish(plan)
    if not remembered:
        publish.memory.unlink()
    new = renew(plan)
    assert file_of(new, "integration-1") != file_of(plan, "integration-1")
    publish(new)
    only(publish, new)


def test_renewing_is_undone_in_the_calendar_too(publish: Publisher) -> None:
    """An undo of the renewal gives the entries their names of before, once each."""
    plan = renew(small_plan(3))
    publish(plan)
    again = renew(plan)
    publish(again)
    back = undo(again, at=again.revised + timedelta(hours=1), by="t")
    publish(back)
    only(publish, back)


def test_what_somebody_moved_under_its_old_name_stays_and_is_told(publish: Publisher) -> None:
    """An entry that somebody changed is not taken away with its old name: it is a conflict until it is settled."""
    plan = small_plan(3)
    publish(plan)
    old = file_of(plan, "integration-2")
    publish.calendar.edit(old, lambda text: text.replace("T09", "T08"))
    new = renew(plan)
    results = publish(new)
    assert [one.action for one in results.values() if one.outcome == "stopped"] == ["conflict"]
    assert old in publish.calendar.state()
    publish(new, on_conflict="ours")
    only(publish, new)


def test_two_audiences_share_a_calendar(publish: Publisher) -> None:
    """The patient's and the clinic's entries of one plan lie side by side, and neither run touches the other's."""
    plan = replace(small_plan(3), identity=CalendarIdentity(secret=SECRET))
    publish(plan)
    publish(plan, audience="clinic")
    assert len(publish.calendar.state()) == 2 * 3 + 1
    later = moved(plan, "integration-1", hours=1)
    for audience in ("patient", "clinic"):
        publish.proxy.seen.clear()
        assert actions(publish(later, audience=audience))["integration-1"] == "update"
        assert len(publish.proxy.writes) == 1
    assert len(publish.calendar.state()) == 2 * 3 + 1
