"""``kapplan plan`` of several profiles of one clinic: placed together first, then each planned as it is alone.

What the joint courses book is kept free for each other while they are planned one after the other; so no plan comes
out worse than the joint course, and none takes what another has.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from kapplan.cli.batch.engine import at_hand
from kapplan.cli.batch.many import Outcome, failure, hands_for, made_folder, named_files
from kapplan.cli.batch.plan_many import (
    PASSED,
    Planned,
    PlanningRun,
    ProfileToPlan,
    entries_of,
    plan_many,
    planned,
    planned_already,
    records_of,
    tell_how_it_went,
)
from kapplan.cli.casework.case import Case, read_case
from kapplan.cli.casework.course import asked_of
from kapplan.cli.session.book import book_for
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.views import show_records
from kapplan.dataclass import dataclass, replace
from kapplan.errors import KapplanError, PartlyFailedError, UsageError
from kapplan.files.plans.store import ENDING

if TYPE_CHECKING:
    from kapplan.files.book.book import Book
    from kapplan.model.bookings import PlanBookings
    from kapplan.planning.joint.candidates import Candidate, JointCourse
    from kapplan.planning.joint.together import Ended, JointAnswer, Progress

PERCENT = 100
WITHIN = 60.0
"""For how many seconds patients are planned together where nothing else is asked."""
WAVE = 400
"""So many profiles are planned together at most, which bounds the memory; then those after them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JointWish:
    """When planning together may end: at a gap in per cent, or after so many rounds (then no seconds count).

    Patients are priced in so many ``jobs``, or on a ``cluster``.
    """

    gap: float = 1.0
    iterations: int | None = None
    jobs: int | None = None
    cluster: str | None = None


class Prospect(NamedTuple):
    """A profile that can be planned together with others of its clinic."""

    file: str
    case: Case
    book: Book
    candidate: Candidate


class Joined(NamedTuple):
    """What came of the profiles of one clinic, and who they are."""

    answer: JointAnswer
    prospects: Sequence[Prospect]


def plan_together(edge: Edge, names: Sequence[str], wish: PlanningRun, ends: JointWish, form: str | None) -> None:
    """Plan profiles together; print a record of each, and save the plans if asked to.

    Where no two share a clinic they are planned side by side; very many are planned wave by wave, each around what is
    saved of those before. Raises ``PartlyFailedError`` where some could not be planned.
    """
    files = named_files(names, ".toml", but=ENDING)
    if wish.folder is not None:
        made_folder(wish.folder, "the plans of several profiles")
    entries = list(entries_of(files, wish))
    waves = [entries]
    if sum(entry.alone for entry in entries) > WAVE:
        waves = [entries[begin : begin + WAVE] for begin in range(0, len(entries), WAVE)]
    outcomes: list[Outcome] = []
    reports: list[tuple[dict[str, Any], list[str]]] = []
    for wave in waves:
        if reports and reports[-1][0]["ended"] == "interrupted":
            outcomes += [_not_reached(entry).outcome for entry in wave if not entry.passed]
            continue
        groups = _groups(wave, wish)
        if not groups and len(waves) == 1:
            plan_many(edge, names, wish, jobs=ends.jobs, form=form, cluster=ends.cluster)
            return
        wave_outcomes, wave_reports = _wave_planned(edge, wave, groups, wish, ends)
        outcomes += wave_outcomes
        reports += wave_reports
    done = [one for one in outcomes if one.status != PASSED]
    if not done:
        raise UsageError(f"there are no profiles in {', '.join(names)}")
    records = records_of(done, saved=wish.saves)
    extra = {"together": [data for data, _ in reports]} if reports else {}
    show_records(edge, replace(records, extra={**records.extra, **extra}), form)
    for _, lines in reports:
        for line in lines:
            edge.note(line)
    if len(waves) > 1:
        edge.note(
            f"Planned in {len(waves)} waves of {WAVE} profiles at most, each around those before; each bound holds for "
            "its own wave."
        )
    tell_how_it_went(edge, done, wish, names)


def _wave_planned(
    edge: Edge,
    entries: Sequence[ProfileToPlan],
    groups: Sequence[Sequence[Prospect]],
    wish: PlanningRun,
    ends: JointWish,
) -> tuple[list[Outcome], list[tuple[dict[str, Any], list[str]]]]:
    """Plan the profiles of a wave; return what became of each, and what is told of those planned together."""
    joined = [_joined(edge, group, ends, WITHIN if wish.within is None else wish.within) for group in groups]
    each = replace(wish, within=None)
    plans = {entry.file: one for entry, one in _planned(edge, entries, each, joined)}
    return [one.outcome for one in plans.values()], [_report(one, plans) for one in joined]


# -- who is planned with whom ---------------------------------------------------------------------------------------


def _groups(entries: Sequence[ProfileToPlan], wish: PlanningRun) -> list[list[Prospect]]:
    """Return the profiles that share a clinic and a book; whatever is wrong with one is told when it is planned."""
    groups: dict[tuple[str, str], dict[str, Prospect]] = {}
    for entry in entries:
        if entry.passed or entry.twin is not None:
            continue
        with suppress(KapplanError):
            prospect = _prospect(entry, wish)
            if prospect is not None:
                key = prospect.book.address, prospect.case.clinic.id or prospect.case.clinic.name or ""
                groups.setdefault(key, {}).setdefault(prospect.candidate.patient, prospect)
        if sum(map(len, groups.values())) > WAVE:
            raise UsageError(
                f"more than {WAVE} profiles are too many to be planned together without being saved",
                hint="save them (-o plans): then they are planned wave by wave; or plan them --one-by-one",
            )
    return [list(group.values()) for group in groups.values() if len(group) > 1]


def _prospect(entry: ProfileToPlan, wish: PlanningRun) -> Prospect | None:
    """Return a profile with what it asks for; ``None`` where its clinic shares nothing, or it has a plan."""
    from kapplan.files.library.rules import built_in_review
    from kapplan.planning.joint.candidates import candidate_of

    edge = Edge(today=wish.today, book=wish.book, clock=wish.clock, err=StringIO())
    case = read_case(entry.file, protocol=wish.protocol, clinic=wish.clinic, start=wish.start)
    if not (case.clinic.id or case.clinic.name):
        return None
    book = book_for(edge, case.clinic, case.base, wish.folder or Path())
    patient = case.profile.patient.id
    if planned_already(book, case) is not None:
        return None
    demand = asked_of(edge, case, book)
    weight = getattr(built_in_review().priority, case.profile.treatment.priority)
    return Prospect(entry.file, case, book, candidate_of(patient, demand, weight))


# -- together -------------------------------------------------------------------------------------------------------


def _joined(edge: Edge, group: Sequence[Prospect], wish: JointWish, seconds: float) -> Joined:
    from kapplan.planning.joint.settling import shared_clinic
    from kapplan.planning.joint.together import Ends, place_together

    first = group[0].case
    stands = group[0].book.bookings(first.clinic.id or first.clinic.name or "")
    clinic = shared_clinic(first.clinic, stands, first.timezone)
    begun = time.monotonic()
    hands = hands_for(wish.jobs, len(group), wish.cluster)
    with _interruptible() as interrupted, _progress(edge) as tell, at_hand(hands) as each:

        def stop() -> Ended | None:
            if interrupted:
                return "interrupted"
            late = wish.iterations is None and time.monotonic() - begun > seconds
            return "time" if late else None

        ends = Ends(gap=wish.gap / PERCENT, iterations=wish.iterations, stop=stop)
        return Joined(place_together([one.candidate for one in group], clinic, ends=ends, each=each, tell=tell), group)


@contextmanager
def _interruptible() -> Iterator[list[int]]:
    """Have the first Ctrl-C be noted in the list instead of ending the program; the second one ends it."""
    noted: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield noted
        return

    def note(number: int, _: object) -> None:
        if noted:
            raise KeyboardInterrupt
        noted.append(number)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _progress(edge: Edge) -> Iterator[Any]:
    """Have a line on a terminal say how far it has come."""
    if not edge.notes.is_terminal or edge.env.get("TERM") == "dumb":
        yield lambda _: None
        return
    with edge.notes.status("Planning together…") as line:

        def tell(so_far: Progress) -> None:
            placed = f"{so_far.placed} of {so_far.patients} placed"
            line.update(f"{placed}, deviation {so_far.value}, bound {so_far.bound}, gap {so_far.gap:.1%}")

        yield tell


# -- each ------------------------------------------------------------------------------------------------------------


def _planned(
    edge: Edge, entries: Sequence[ProfileToPlan], wish: PlanningRun, joined: Sequence[Joined]
) -> Iterator[tuple[ProfileToPlan, Planned]]:
    """Plan every profile, each beside what the joint courses of the others take that are not saved yet."""
    from kapplan.planning.bookings.plan_bookings import plan_bookings
    from kapplan.planning.joint.settling import joint_bookings

    waiting: dict[str, tuple[str, dict[str, PlanBookings]]] = {}
    unreached: set[str] = set()
    for one in joined:
        left_out = set(one.answer.unreached)
        unreached |= {prospect.file for prospect in one.prospects if prospect.candidate.patient in left_out}
        bookings = joint_bookings(one.answer)
        waiting |= {prospect.file: (prospect.candidate.patient, bookings) for prospect in one.prospects}
    for entry in entries:
        own, others = waiting.get(entry.file, ("", {}))
        if entry.file in unreached:
            done = _not_reached(entry)
        else:
            done = planned(wish, entry, [taken for patient, taken in others.items() if patient != own])
        for words in done.outcome.said:
            edge.note(words)
        others.pop(own, None)
        if done.plan is not None and not wish.saves:
            others[own] = plan_bookings(done.plan)
        yield entry, done


def _not_reached(entry: ProfileToPlan) -> Planned:
    """Return the outcome of a profile that planning together did not come to before it ended."""
    words = "Planning together ended before this patient was looked at; those who were have their plans."
    return Planned(failure(entry.file, PartlyFailedError(words, hint="type the same again, or with a longer --within")))


def _report(joined: Joined, plans: Mapping[str, Planned]) -> tuple[dict[str, Any], list[str]]:
    """Return what is told of profiles that were planned together: for programs, and for people."""
    from kapplan.output.clinic.together import together_data, together_lines
    from kapplan.planning.joint.candidates import course_of_answer, total

    courses: dict[str, JointCourse] = {}
    for prospect in joined.prospects:
        answer, one = plans[prospect.file].answer, prospect.candidate
        if answer is not None:
            courses[one.patient] = course_of_answer(one.patient, answer, one.weight)
    candidates = [one.candidate for one in joined.prospects]
    value = total(courses.get(one.patient) for one in candidates)
    lines = together_lines(joined.answer, candidates, value, courses)
    return together_data(joined.answer, candidates, value, courses), list(lines)
