"""The board tells of every room and person who has it when, what is free, and what does not fit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.books import MONDAY, small_plan
from support.plans import ZONE

from kapplan.model.clinic import Away, Clinic, Closure, Room, Staff
from kapplan.model.fields import Span
from kapplan.model.plan import Plan
from kapplan.planning.availability.timezones import zone
from kapplan.planning.bookings.plan_bookings import booked_plan
from kapplan.planning.clinic.board import Board, BoardRow, board_of

DENVER = zone(ZONE)
DAY = MONDAY.date()
HOUR = timedelta(hours=1)
WEEK = ("mon", "tue", "wed", "thu", "fri")
CLINIC = Clinic(
    name="Aspen House",
    timezone=ZONE,
    hours={day: (Span(9 * 60, 17 * 60),) for day in WEEK},  # type: ignore[misc]
    rooms=(Room(id="blue"), Room(id="red")),
    staff=(Staff(id="okafor", name="Dr. N. Okafor", roles=("therapist",)),),
)


def board(plans: Sequence[Plan], clinic: Clinic = CLINIC, now: datetime = MONDAY - 24 * HOUR) -> Board:
    """Return the board of one Monday."""
    return board_of([booked_plan(plan, plan.patient) for plan in plans], clinic, DENVER, (DAY, DAY), now)


def row(made: Board, resource: str) -> BoardRow:
    """Return the row of a room or a person."""
    [found] = [one for one in made.rows if one.resource == resource]
    return found


def test_everybody_is_on_the_board() -> None:
    """Each room and each person has a row, booked or not, rooms first, by the names that people know."""
    assert [(one.resource, one.name) for one in board([]).rows] == [
        ("room:blue", "blue"),
        ("room:red", "red"),
        ("staff:okafor", "Dr. N. Okafor"),
    ]


def test_a_visit_stands_in_its_room_and_with_its_person() -> None:
    """A visit takes its time from the free spans of its room and its person, and of nobody else."""
    made = board([small_plan("ana", [MONDAY + HOUR])])
    for resource in ("room:blue", "staff:okafor"):
        assert [(one.patient, one.visit) for one in row(made, resource).visits] == [("ana", "integration-1")]
        assert row(made, resource).free == ((540, 600), (660, 1020))
    assert row(made, "room:red").free == row(made, "room:red").there == ((540, 1020),)


@pytest.mark.parametrize(
    ("clinic", "resource", "there"),
    [
        (Clinic(timezone=ZONE, hours=CLINIC.hours, closed=(Closure(on=DAY),), rooms=CLINIC.rooms), "room:blue", ()),
        (
            Clinic(
                timezone=ZONE,
                hours=CLINIC.hours,
                staff=(Staff(id="lee", roles=("therapist",), away=(Away(from_=DAY, until=DAY),)),),
            ),
            "staff:lee",
            (),
        ),
        (Clinic(timezone=ZONE, hours=CLINIC.hours), "room:", ((540, 1020),)),
    ],
)
def test_when_they_are_there(clinic: Clinic, resource: str, there: tuple[tuple[int, int], ...]) -> None:
    """Closures and absences leave nobody there; a clinic that lists no room has one without a name."""
    assert row(board([], clinic), resource).there == there


def test_two_at_once_clash() -> None:
    """Two patients in one room at a time are both marked; after each other, or with two places, they are not."""
    both = [small_plan("ana", [MONDAY]), small_plan("bo", [MONDAY + HOUR / 2], staff=["lee"])]
    assert [one.clash for one in row(board(both), "room:blue").visits] == [True, True]
    assert [one.clash for one in row(board(both), "staff:okafor").visits] == [False]
    after = [small_plan("ana", [MONDAY]), small_plan("bo", [MONDAY + HOUR], staff=["lee"])]
    assert [one.clash for one in row(board(after), "room:blue").visits] == [False, False]
    wide = Clinic(timezone=ZONE, hours=CLINIC.hours, rooms=(Room(id="blue", capacity=2),))
    assert [one.clash for one in row(board(both, wide), "room:blue").visits] == [False, False]
    assert row(board(both, wide), "room:blue").free == ((540, 570), (600, 1020))


def test_what_nobody_recorded() -> None:
    """A visit whose time has passed without a record is unrecorded, and one that was held is not."""
    plans = [small_plan("ana", [MONDAY]), small_plan("bo", [MONDAY], room="red", staff=["lee"], status="completed")]
    made = board(plans, now=MONDAY + HOUR)
    assert [one.unrecorded for one in row(made, "room:blue").visits] == [True]
    assert [one.unrecorded for one in row(made, "room:red").visits] == [False]
    assert not any(one.unrecorded for one in row(board(plans, now=MONDAY), "room:blue").visits)


@pytest.mark.parametrize("status", ["missed", "cancelled", "omitted"])
def test_what_is_called_off_is_not_there(status: str) -> None:
    """A visit that is called off leaves its time free."""
    made = board([small_plan("ana", [MONDAY], status=status)])  # type: ignore[arg-type]
    assert row(made, "room:blue").visits == ()
    assert row(made, "room:blue").free == ((540, 1020),)


def test_only_one_is_asked_for() -> None:
    """With one resource the board has its row alone."""
    made = board_of([], CLINIC, DENVER, (DAY, date(2027, 1, 5)), MONDAY, only="room:red")
    assert [(one.day, one.resource) for one in made.rows] == [(DAY, "room:red"), (date(2027, 1, 5), "room:red")]


@given(st.lists(st.tuples(st.integers(0, 28), st.sampled_from(["blue", "red"])), max_size=6))
def test_free_and_taken_make_the_day(starts: list[tuple[int, str]]) -> None:
    """What is free of a room, and what visits take of it, together are all the time that it is there."""
    plans = [
        small_plan(f"p{number}", [MONDAY + timedelta(minutes=15 * start)], room=room, staff=[])
        for number, (start, room) in enumerate(starts)
    ]
    made = board(plans)
    for resource in ("room:blue", "room:red"):
        one = row(made, resource)
        taken = {minute for visit in one.visits for minute in _minutes(visit.begins, visit.ends)}
        free = {minute for begin, end in one.free for minute in range(begin, end)}
        assert free.isdisjoint(taken)
        assert free | taken == {minute for begin, end in one.there for minute in range(begin, end)}


def _minutes(begins: datetime, ends: datetime) -> range:
    first = begins.hour * 60 + begins.minute
    return range(first, first + int((ends - begins).total_seconds() // 60))
