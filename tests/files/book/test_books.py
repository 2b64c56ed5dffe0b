"""A book keeps plans, and nothing is booked twice: the same promises of folders, SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from support.books import MONDAY, double_bookings, moved, small_plan

from kapplan.errors import ChangedMeanwhileError, UsageError
from kapplan.files.book.book import BookEntry, PlanToReplace, TakenError
from kapplan.files.book.opening import make_book, open_book
from kapplan.model.plan import ClinicCard

HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)
NONE: dict[str, int] = {}


def test_what_is_added_is_there(where: str) -> None:
    """A plan comes back as it was saved, by its name and by its patient."""
    book = make_book(where)
    plan = small_plan("ana", [MONDAY])
    book.add("ana", plan, NONE)
    again = open_book(where)
    assert again.load("ana").plan == plan
    assert again.find("an").plan == plan
    assert again.entries() == (BookEntry(name="ana", patient="ana", plan=plan.id, revision=1),)


def test_no_plan_is_overwritten(where: str) -> None:
    """A name that is taken is refused, and what was there stays."""
    book = make_book(where)
    book.add("ana", small_plan("ana", [MONDAY]), NONE)
    with pytest.raises(UsageError, match="never overwritten"):
        book.add("ana", small_plan("bo", [MONDAY + HOUR]), NONE)
    assert book.load("ana").plan.patient == "ana"


def test_plans_that_change_together_may_swap(where: str) -> None:
    """Written together two plans take each other's times, and three in a circle; two that want one time are refused."""
    book = make_book(where)
    hours = [MONDAY + number * HOUR for number in range(3)]
    stored = [
        book.add(name, small_plan(name, [hour]), NONE) for name, hour in zip(("ana", "bo", "cy"), hours, strict=True)
    ]
    around = [moved(one.plan, [hours[(number + 1) % 3]]) for number, one in enumerate(stored)]
    written = book.replace_all([PlanToReplace(one, plan, NONE) for one, plan in zip(stored, around, strict=True)])
    assert [one.plan.visits[0].start for one in written] == [hours[1], hours[2], hours[0]]
    assert double_bookings(where) == []
    meeting = [moved(one.plan, [MONDAY + 5 * HOUR]) for one in written[:2]]
    before = [book.text(one.plan.patient) for one in written]
    with pytest.raises(TakenError, match=r"ana|bo"):
        book.replace_all([PlanToReplace(one, plan, NONE) for one, plan in zip(written, meeting, strict=False)])
    assert [book.text(one.plan.patient) for one in written] == before


def test_what_somebody_changed_is_left_alone(where: str) -> None:
    """Who read a plan before another wrote it cannot write it."""
    book = make_book(where)
    read = book.add("ana", small_plan("ana", [MONDAY]), NONE)
    book.replace(read, moved(read.plan, [MONDAY + HOUR]), NONE)
    with pytest.raises(ChangedMeanwhileError):
        book.replace(read, moved(read.plan, [MONDAY + 2 * HOUR]), NONE)
    assert book.load("ana").plan.visits[0].start == MONDAY + HOUR


@pytest.mark.parametrize(
    ("room", "staff", "shift", "taken"),
    [
        ("blue", "lee", 0, True),
        ("red", "okafor", 0, True),
        ("red", "lee", 0, False),
        ("blue", "okafor", 45, True),
        ("blue", "okafor", -45, True),
        ("blue", "okafor", 60, False),
        ("blue", "okafor", -60, False),
    ],
)
def test_a_room_or_a_person_is_booked_once(where: str, room: str, staff: str, shift: int, taken: bool) -> None:
    """A plan that would take what another has is refused, with the name of who has it; what only touches is not."""
    book = make_book(where)
    book.add("ana", small_plan("ana", [MONDAY]), NONE)
    other = small_plan("bo", [MONDAY + timedelta(minutes=shift)], room=room, staff=[staff])
    if not taken:
        book.add("bo", other, NONE)
    else:
        with pytest.raises(TakenError, match="booked for ana"):
            book.add("bo", other, NONE)
        assert [entry.name for entry in book.entries()] == ["ana"]
    assert double_bookings(where) == []


def test_a_move_onto_another_is_refused(where: str) -> None:
    """A saved plan cannot be moved to where another is, and stays as it was."""
    book = make_book(where)
    book.add("ana", small_plan("ana", [MONDAY]), NONE)
    read = book.add("bo", small_plan("bo", [MONDAY + HOUR]), NONE)
    with pytest.raises(TakenError):
        book.replace(read, moved(read.plan, [MONDAY]), NONE)
    assert book.load("bo").plan == read.plan


@pytest.mark.parametrize("capacity", [1, 2, 3])
def test_as_many_as_there_are_places(where: str, capacity: int) -> None:
    """A room of so many places takes so many at a time and no more."""
    book = make_book(where)
    places = {"room:blue": capacity}
    for number in range(capacity):
        book.add(f"p{number}", small_plan(f"p{number}", [MONDAY], staff=[f"s{number}"]), places)
    with pytest.raises(TakenError):
        book.add("more", small_plan("more", [MONDAY], staff=["other"]), places)


def test_what_was_held_is_kept_where_it_overlaps(where: str) -> None:
    """A record never fails for another's sake: what was held is saved beside who had the time, and that is told."""
    book = make_book(where)
    book.add("ana", small_plan("ana", [MONDAY]), NONE)
    held = small_plan("bo", [MONDAY], status="completed")
    book.add("bo", held, NONE)
    [overlap] = [found for found in book.kept_overlaps(held, NONE) if found.booking.resource == "room:blue"]
    assert [holder.patient for holder in overlap.holders] == ["ana"]


def test_an_overlap_that_stood_before_is_no_refusal(where: str) -> None:
    """A plan that overlaps already can be saved with other changes, but not with a new overlap."""
    book = make_book(where)
    book.add("ana", small_plan("ana", [MONDAY, MONDAY + 5 * HOUR]), NONE)
    read = book.add("bo", small_plan("bo", [MONDAY, MONDAY + 3 * HOUR], status="completed"), NONE)
    reopened = replace(read.plan, visits=tuple(replace(v, status="planned", actual=None) for v in read.plan.visits))
    stands = book.replace(read, reopened, NONE)
    assert book.kept_overlaps(stands.plan, NONE)
    with pytest.raises(TakenError):
        book.replace(stands, moved(stands.plan, [MONDAY, MONDAY + 5 * HOUR]), NONE)


def test_plans_of_one_patient_do_not_block_each_other(where: str) -> None:
    """A second plan of one patient is saved where the first one is, and blocks nobody twice."""
    book = make_book(where)
    first = small_plan("ana", [MONDAY])
    book.add("ana", first, NONE)
    book.add("ana-2", replace(first, id="0b9e1f1c-6a53-5d3c-9f0e-3c1f6a2b7d12"), NONE)
    with pytest.raises(TakenError):
        book.add("bo", small_plan("bo", [MONDAY]), NONE)


def test_a_clinic_without_a_name_shares_nothing(where: str) -> None:
    """Plans of the embedded clinic lie beside each other at one time; so do those of two clinics."""
    book = make_book(where)
    nobody = ClinicCard()
    book.add("a", small_plan("a", [MONDAY], clinic=nobody), NONE)
    book.add("b", small_plan("b", [MONDAY], clinic=nobody), NONE)
    book.add("c", small_plan("c", [MONDAY]), NONE)
    book.add("d", small_plan("d", [MONDAY], clinic=ClinicCard(name="Birch")), NONE)
    assert len(book.entries()) == 4


def test_the_id_of_a_clinic_counts_before_its_name(where: str) -> None:
    """Two spellings of one clinic's name share its rooms where the id is the same."""
    book = make_book(where)
    book.add("a", small_plan("a", [MONDAY], clinic=ClinicCard(id="aspen", name="Aspen House")), NONE)
    with pytest.raises(TakenError):
        book.add("b", small_plan("b", [MONDAY], clinic=ClinicCard(id="aspen", name="Aspen")), NONE)


@pytest.mark.parametrize("status", ["missed", "cancelled", "omitted"])
def test_what_is_called_off_is_free_again(where: str, status: str) -> None:
    """The time of a visit that is called off can be booked by others."""
    book = make_book(where)
    book.add("ana", small_plan("ana", [MONDAY], status=status), NONE)  # type: ignore[arg-type]
    book.add("bo", small_plan("bo", [MONDAY]), NONE)
    assert double_bookings(where) == []


def test_a_time_within_a_quarter_takes_all_of_it(where: str) -> None:
    """A visit off the grid blocks each quarter of an hour that it touches, in a folder as in a database."""
    book = make_book(where)
    book.add("ana", small_plan("ana", [MONDAY + timedelta(minutes=5)], minutes=50), NONE)
    with pytest.raises(TakenError):
        book.add("bo", small_plan("bo", [MONDAY + timedelta(minutes=55)], minutes=50), NONE)


def test_bookings_tell_what_is_taken(where: str) -> None:
    """A book tells what the plans of a clinic take, and of no other clinic."""
    book = make_book(where)
    book.add("ana", small_plan("ana", [MONDAY]), NONE)
    book.add("bo", small_plan("bo", [MONDAY], clinic=ClinicCard(name="Birch")), NONE)
    [plan] = book.bookings("Aspen House")
    first = int(MONDAY.timestamp()) // 900
    assert plan.patient == "ana"
    assert [(one.resource, one.first, one.until, one.visit) for one in plan.bookings] == [
        ("room:blue", first, first + 4, "integration-1"),
        ("staff:okafor", first, first + 4, "integration-1"),
    ]
