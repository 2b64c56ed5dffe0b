"""What people did in a calendar as proposals: made once, kept while they mean something, known again when accepted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from support.calendar_files import calendar_bytes
from support.calendar_plans import local
from support.publishing import moved, small_plan

from kapplan.model.decisions import Proposal
from kapplan.model.plan import Plan
from kapplan.output.calendar.ics import calendar_objects
from kapplan.planning.review.calendar_proposals import Seen, accepted_starts, calendar_drafts, wish_of, with_seen

TODAY = date(2027, 1, 1)
MOVED = Seen(what="moved", visit="integration-2", start=datetime(2027, 1, 15, 17, 0, tzinfo=UTC))
REMOVED = Seen(what="removed", visit="integration-3")
CLOSED = Seen(what="closed", first=date(2027, 1, 22), last=date(2027, 1, 23))


def seen(plan: Plan, *what: Seen, today: date = TODAY) -> Plan:
    """Return the plan after a calendar was read back."""
    return with_seen(plan, what, today)


def settled(plan: Plan, state: str) -> Plan:
    """Return the plan with every proposal answered alike."""
    return replace(plan, proposals=tuple(replace(one, state=state) for one in plan.proposals))  # type: ignore[arg-type]


def open_ones(plan: Plan) -> list[Proposal]:
    """Return what waits for an answer."""
    return [one for one in plan.proposals if one.state == "open"]


def test_each_change_is_a_proposal_with_its_effect() -> None:
    """Moved, removed and closed each propose what they say, in the plan's own time zone."""
    plan = seen(small_plan(), MOVED, REMOVED, CLOSED)
    assert [one.effect for one in plan.proposals] == [
        "move:integration-2:2027-01-15T10:00",
        "cancel:integration-3",
        "close:2027-01-22..2027-01-23",
    ]
    assert [one.number for one in plan.proposals] == [1, 2, 3]


def test_effects_are_read_as_they_were_meant() -> None:
    """An effect gives back the time or the days that were seen, and no wish where it is none."""
    plan = seen(small_plan(), MOVED, CLOSED)
    moved_to, closed = (wish_of(plan, one.effect) for one in plan.proposals)
    assert moved_to is not None
    assert closed is not None
    assert (moved_to.visit, moved_to.start) == ("integration-2", MOVED.start)
    assert (closed.first, closed.last) == (CLOSED.first, CLOSED.last)
    assert wish_of(plan, "cancel:integration-3") is None


def test_what_is_seen_again_is_the_same_proposal() -> None:
    """Reading back twice gives the same plan."""
    once = seen(small_plan(), MOVED, REMOVED, CLOSED)
    assert seen(once, MOVED, REMOVED, CLOSED) == once


def test_what_the_calendar_says_no_longer_lapses() -> None:
    """An open proposal lapses once the calendar is as before; others of the plan stay."""
    other = Proposal(number=7, rule="gate", text="x", effect="note")
    plan = replace(small_plan(), proposals=(other,))
    assert [one.state for one in seen(seen(plan, MOVED)).proposals] == ["open", "lapsed"]


@pytest.mark.parametrize("state", ["declined", "accepted"])
def test_what_was_answered_is_not_asked_again(state: str) -> None:
    """A move or a closed day that was answered is not proposed again while the calendar still says so."""
    plan = settled(seen(small_plan(), MOVED, CLOSED), state)
    assert open_ones(seen(plan, MOVED, CLOSED)) == []


def test_a_visit_removed_once_more_is_proposed_once_more() -> None:
    """A removal that was accepted, taken back, and seen again on a later day is a new proposal."""
    plan = settled(seen(small_plan(), REMOVED), "accepted")
    assert len(open_ones(seen(plan, REMOVED, today=TODAY + timedelta(days=3)))) == 1


@pytest.mark.parametrize("what", [
    Seen(what="moved", visit="integration-2", start=local("2027-01-15 09:00")),
    Seen(what="moved", visit="nobody-1", start=MOVED.start),
    Seen(what="closed", first=date(2026, 12, 1), last=date(2026, 12, 2)),
])  # fmt: skip
def test_what_changes_nothing_is_not_proposed(what: Seen) -> None:
    """A visit where it is, a visit nobody knows and a closed day that is past propose nothing."""
    assert seen(small_plan(), what).proposals == ()


def test_a_review_keeps_what_still_means_something() -> None:
    """An open move is kept until the plan agrees with it or the visit is no longer open."""
    plan = seen(small_plan(), MOVED, REMOVED)
    assert len(list(calendar_drafts(plan, TODAY))) == 2
    assert [one.visit for one in calendar_drafts(moved(plan, "integration-2", hours=1), TODAY)] == ["integration-3"]
    off = tuple(replace(one, status="cancelled") for one in plan.visits)
    assert list(calendar_drafts(replace(plan, visits=off), TODAY)) == []


def test_accepted_moves_are_known_to_the_objects() -> None:
    """What the plan took over from a calendar goes with the visit's object, and with no other's."""
    plan = settled(seen(small_plan(), MOVED), "accepted")
    assert accepted_starts(plan, "integration-2") == {MOVED.start}
    assert [len(one.accepted) for one in calendar_objects(plan)[0]] == [0, 1, 0, 0, 0]


def test_withdrawn_visits_are_told_as_cancelled() -> None:
    """Calendars hear of a visit that an undo took away: as cancelled, in a file and as an object."""
    plan = small_plan(2)
    gone = replace(plan.visits[1], status="cancelled", sequence=1)
    after = replace(plan, visits=plan.visits[:1], withdrawn=(gone,))
    assert calendar_bytes([after]).content.count(b"STATUS:CANCELLED") == 1
    assert [one.cancelled for one in calendar_objects(after)[0]] == [False, True]
