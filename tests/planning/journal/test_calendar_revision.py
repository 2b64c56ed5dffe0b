"""When a change is a new revision for calendars, and what of it they are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.calendar_plans import CARD, local, plan, visit

from kapplan.model.plan import Entry, Plan, PlannedVisit, Reason
from kapplan.planning.journal.calendar_identity import (
    CardChange,
    bump,
    calendar_status,
    calendar_uid,
    told_revision,
)

START = local("2027-01-21 09:00")
FIRST = datetime(2026, 12, 22, 8, tzinfo=UTC)
LATER = FIRST + timedelta(days=30)
BEFORE = visit(START, revised=FIRST, sequence=2)
WHY = Reason(rule="gap", text="7 days after dose 1")

states = st.builds(
    lambda day, status, provisional, place, staff: replace(
        visit(START + timedelta(days=day)), status=status, provisional=provisional, place=place, staff=staff
    ),
    st.integers(0, 2),
    st.sampled_from(["planned", "confirmed", "completed", "missed", "cancelled", "omitted", "unresolved"]),
    st.booleans(),
    st.sampled_from(["clinic", "remote"]),
    st.sampled_from([(), ("okafor",)]),
)


def test_a_new_visit_is_revised_now() -> None:
    """A visit that no calendar knows begins with the sequence it has, none, and the time of the change."""
    assert bump(None, visit(START), LATER) == visit(START, revised=LATER, sequence=0)


@pytest.mark.parametrize(
    "change",
    [
        {"start": START + timedelta(days=1), "end": BEFORE.end + timedelta(days=1)},
        {"start": START + timedelta(minutes=15)},
        {"end": BEFORE.end + timedelta(minutes=15)},
        {"provisional": True},
        {"status": "unresolved"},
        {"status": "cancelled"},
        {"status": "missed"},
        {"status": "omitted"},
        {"place": "remote"},
    ],
)
def test_what_the_standard_asks_raises_the_sequence(change: dict[str, Any]) -> None:
    """Start, end, calendar status or a distant location: the sequence rises by one, and the revision is now."""
    after = bump(BEFORE, replace(BEFORE, **change), LATER)
    assert after == replace(BEFORE, **change, sequence=3, revised=LATER)


@pytest.mark.parametrize(
    "change",
    [
        {"status": "confirmed"},
        {"status": "completed"},
        {"title": "Integration session"},
        {"staff": ("okafor",)},
        {"room": "blue"},
        {"escort": True},
        {"measures": ("phq9",)},
    ],
)
def test_what_is_merely_shown_is_revised_without_a_sequence(change: dict[str, Any]) -> None:
    """A change that an entry may show but nobody needs to act on keeps the sequence and dates the revision."""
    assert bump(BEFORE, replace(BEFORE, **change), LATER) == replace(BEFORE, **change, sequence=2, revised=LATER)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"because": (WHY,), "slack_earlier": 3, "slack_later": 1, "deviation_days": 2},
        {"earliest": START.date(), "note": "came early", "actual": START},
        {"start": START.astimezone(UTC)},
    ],
)
def test_what_is_not_shown_leaves_the_entry_alone(change: dict[str, Any]) -> None:
    """Reasons, slack, notes, or the same instant in other words: sequence and revision stay."""
    assert bump(BEFORE, replace(BEFORE, **change, sequence=0), LATER) == replace(BEFORE, **change)


def test_an_undo_is_a_new_revision() -> None:
    """A visit moved back has its old time and a higher sequence than ever."""
    moved = bump(BEFORE, replace(BEFORE, start=START + timedelta(minutes=30)), LATER)
    back = bump(moved, BEFORE, LATER + timedelta(hours=1))
    assert (back.start, back.sequence, back.revised) == (START, 4, LATER + timedelta(hours=1))


def test_a_clock_set_back_lowers_nothing() -> None:
    """A change dated before the last revision keeps the later of the two times."""
    after = bump(BEFORE, replace(BEFORE, status="cancelled"), FIRST - timedelta(days=1))
    assert (after.sequence, after.revised) == (3, FIRST)


def test_a_clinic_that_moves_raises_the_sequence_of_its_visits() -> None:
    """A new address is a distant location for visits there; a new phone number is merely shown; remote visits stay."""
    moved = CardChange(CARD, replace(CARD, address="9 Elm St"))
    phone = CardChange(CARD, replace(CARD, phone="+1 303 555 0118"))
    remote = replace(BEFORE, place="remote")
    assert bump(BEFORE, BEFORE, LATER, card=moved) == replace(BEFORE, sequence=3, revised=LATER)
    assert bump(BEFORE, BEFORE, LATER, card=phone) == replace(BEFORE, revised=LATER)
    assert bump(remote, remote, LATER, card=moved) == replace(remote, revised=LATER)


@given(st.lists(st.tuples(states, st.integers(-5, 5)), min_size=1, max_size=12))
def test_sequence_and_revision_never_fall(chain: list[tuple[PlannedVisit, int]]) -> None:
    """Through any changes the pair never falls, and the sequence rises exactly when calendars must notice."""
    known: PlannedVisit | None = None
    for state, minutes in chain:
        after = bump(known, state, LATER + timedelta(minutes=minutes))
        if known is not None:
            same = (known.start, known.end, calendar_status(known), known.place) == (
                after.start, after.end, calendar_status(after), after.place,
            )  # fmt: skip
            assert after.sequence == known.sequence + (0 if same else 1)
            assert after.revised >= known.revised
        known = after


MOMENTS = st.lists(st.integers(0, 3 * 24 * 60), min_size=1, max_size=30, unique=True)


@given(MOMENTS, st.randoms())
def test_what_calendars_are_told_rises_with_each_change_and_tells_the_day_alone(
    minutes: list[int], dice: Random
) -> None:
    """Each change is told as later than the one before, and moved within its day it is told as the same."""
    days = [FIRST.replace(hour=0) + timedelta(minutes=one) for one in sorted(minutes)]
    told = [told_revision(_changed_at(days), at) for at in days]
    assert all(earlier < later for earlier, later in pairwise(told))
    assert [one.date() for one in told] == [one.date() for one in days]
    others = sorted(day.replace(hour=0, minute=0) + timedelta(seconds=dice.randrange(86_400)) for day in days)
    if len(set(others)) == len(others):
        assert [told_revision(_changed_at(others), at) for at in others] == told


@given(MOMENTS, st.integers(0, 29))
def test_what_calendars_were_told_stays_whatever_comes_later(minutes: list[int], first: int) -> None:
    """Also where the clock is set back, an entry that did not change is told as before."""
    at = [FIRST + timedelta(minutes=one) for one in minutes]
    asked = at[first % len(at)]
    then = _changed_at(at[: first % len(at) + 1])
    assert told_revision(_changed_at(at), asked) == told_revision(then, asked)


def _changed_at(moments: list[datetime]) -> Plan:
    entries = [Entry(revision=number + 1, at=at, by="a", command="move", text="") for number, at in enumerate(moments)]
    return plan(history=tuple(entries))


def test_a_uid_depends_on_the_ids_alone() -> None:
    """The UID is a UUID fixed for ever; another plan, visit or sort of thing has another."""
    uid = calendar_uid("plan", "visit", "dosing-3")
    assert uid == "27e25c37-0506-51f2-9321-e00a6a2c12cd"
    assert UUID(uid).version == 5
    others = [("plan", "visit", "dosing-4"), ("plan2", "visit", "dosing-3"), ("plan", "task", "dosing-3")]
    assert len({uid, *(calendar_uid(*other) for other in others)}) == 4
