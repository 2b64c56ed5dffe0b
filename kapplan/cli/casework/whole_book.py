"""One change of many plans of a book: who is touched is dated anew, nobody else moves; written everywhere or nowhere.

Plans are dated one after the other, each around all the others as they stand by then; of a few orders the one that
disturbs least in all is taken. Every plan gets an entry with one id, by which all of it is taken back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from kapplan.cli.casework.absences import with_absence
from kapplan.cli.casework.change import Settings, Step, busy_of, options_of, sources_of
from kapplan.cli.casework.standing import basis_of, screened_afresh
from kapplan.cli.session.audit import log_access
from kapplan.cli.session.book import book_at, named_book
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.views import show_records
from kapplan.errors import NoScheduleError, UsageError

if TYPE_CHECKING:
    from kapplan.files.book.book import Book
    from kapplan.files.plans.store import StoredPlan
    from kapplan.model.plan import Plan, PlannedVisit
    from kapplan.output.records.records import Records
    from kapplan.planning.replan.request import Revision

Days = tuple[date, date]
FEW = 8
"""Of so many plans at most several orders are tried."""
ID = "all-"
"""How the id of a change of many plans begins."""


class Redated(NamedTuple):
    """A plan before and after, and how it was dated anew; ``None`` where it was taken back."""

    stored: StoredPlan
    after: Plan
    revision: Revision | None


class _Absence(NamedTuple):
    """Who is away on which days, in words, and the id of the change."""

    who: str
    days: Days
    text: str
    change: str


def is_change_id(text: str) -> bool:
    """Return whether a text is the id of a change of many plans."""
    return text.startswith(ID) and len(text) > len(ID)


def away_everywhere(edge: Edge, settings: Settings, who: str, days: Days, text: str) -> None:
    """Take an absence into every plan of the book whose visits it touches; show it all, ask, and write it as one.

    Raises ``NoScheduleError`` where some plan has no dates left that keep its rules; it is written with the others.
    """
    book = _book(edge)
    touched = [stored for stored in _plans(edge, book) if _is_touched(stored.plan, who, days)]
    if not touched:
        edge.note("No plan of the book has a visit then that needs them: nothing to change.")
        return
    _check_known(touched, who)
    change = _id(edge, touched, text)
    absence = _Absence(who, days, text, change)
    done = min((_redated(edge, settings, order, absence) for order in _orders(touched)), key=_disturbance)
    _finish(edge, settings, book, done, change)
    if any(one.revision is not None and not one.revision.placed for one in done):
        raise NoScheduleError("Some plans have no dates left that keep their rules; their open visits are unresolved.")


def undo_everywhere(edge: Edge, settings: Settings, change: str) -> None:
    """Take back a change of many plans in all of them, or in none where one was changed since.

    Raises ``UsageError`` where no plan has it, or where it is not the last change of each.
    """
    from kapplan.planning.availability.timezones import zone
    from kapplan.planning.journal.undo import stacks, undo

    book = _book(edge)
    having = [one for one in _plans(edge, book) if any(entry.change == change for entry in one.plan.history)]
    if not having:
        raise UsageError(f"no plan of the book {book.address} has the change {change}")
    done = []
    for stored in having:
        revision = next(entry.revision for entry in stored.plan.history if entry.change == change)
        left = stacks(stored.plan).done
        if revision not in left:
            raise UsageError(f"{stored.plan.patient}: {change} was taken back already; nothing was written")
        if left[-1] != revision:
            raise UsageError(f"{stored.plan.patient} was changed after {change}; nothing was written")
        now = edge.now(zone(stored.plan.timezone))
        after = undo(stored.plan, at=now, by=edge.author(settings.by), why=settings.why)
        done.append(Redated(stored, after, None))
    _finish(edge, settings, book, done, change)


# -- the parts ------------------------------------------------------------------------------------------------------


def _book(edge: Edge) -> Book:
    from pathlib import Path

    from kapplan.files.book.folder import FolderBook

    address = named_book(edge)
    return FolderBook(Path()) if address is None else book_at(edge, address)


def _plans(edge: Edge, book: Book) -> Iterator[StoredPlan]:
    from kapplan.files.book.book import Damaged

    for one in book.plans():
        if isinstance(one, Damaged):
            edge.note(f"{one.name} cannot be read and is left as it is.")
        else:
            log_access(edge, one.plan.patient)
            yield one


def _is_touched(plan: Plan, who: str, days: Days) -> bool:
    """Return whether somebody's absence falls on an open visit that needs them."""

    def needs(visit: PlannedVisit) -> bool:
        return who in visit.staff or (who == "clinic" and visit.place == "clinic")

    first, last = days
    return not plan.held and any(visit.open and first <= visit.day <= last and needs(visit) for visit in plan.visits)


def _check_known(touched: Sequence[StoredPlan], who: str) -> None:
    from kapplan.cli.casework.absences import check_who

    check_who(touched[0].plan, who)


def _id(edge: Edge, touched: Sequence[StoredPlan], text: str) -> str:
    content = "\n".join([edge.instant().isoformat(), text, *(one.digest for one in touched)])
    return f"{ID}{sha256(content.encode()).hexdigest()[:8]}"


def _orders(touched: Sequence[StoredPlan]) -> Iterator[Sequence[StoredPlan]]:
    """Yield the orders to try: those with the most still to come first, and for a few the other way round."""
    ahead = sorted(touched, key=lambda one: (-sum(visit.open for visit in one.plan.visits), one.plan.patient))
    yield ahead
    if 1 < len(touched) <= FEW:
        yield ahead[::-1]


def _redated(edge: Edge, settings: Settings, order: Sequence[StoredPlan], absence: _Absence) -> list[Redated]:
    """Date plans anew one after the other, each around the others as they stand by then."""
    from kapplan.planning.availability.timezones import zone
    from kapplan.planning.bookings.plan_bookings import plan_bookings
    from kapplan.planning.journal.undo import with_entry
    from kapplan.planning.replan.replan import revise
    from kapplan.planning.review.review import reviewed

    done: list[Redated] = []
    for stored in order:
        now, by = edge.now(zone(stored.plan.timezone)), edge.author(settings.by)
        step = with_absence(Step(stored.plan, absence.text), who=absence.who, days=absence.days)
        basis = basis_of(stored, step.plan)
        plan = screened_afresh(stored, step.plan, basis, now.date())
        sources = sources_of(edge, stored, plan)
        busy = busy_of(
            edge, stored, sources.clinic,
            without=[one.stored.plan.id for one in done], beside=[plan_bookings(one.after) for one in done],
        )  # fmt: skip
        revision = revise(plan, replace(sources, busy=busy), now, options_of(settings, now, by))
        after = with_entry(
            stored.plan, reviewed(revision.plan, basis, now.date()), at=now, by=by, command="away", text=absence.text,
            why=settings.why, change=absence.change,
        )  # fmt: skip
        done.append(Redated(stored, after, revision))
    return done


def _disturbance(done: Sequence[Redated]) -> tuple[int, ...]:
    """Return what plans cost in all: those without dates, then the terms of a re-plan summed."""
    objectives = [one.after.objective for one in done]
    return (
        sum(one.revision is not None and not one.revision.placed for one in done),
        sum(one.confirmed_moves for one in objectives),
        sum(one.disturbance for one in objectives),
        sum(one.follow_up_disturbance for one in objectives),
        sum(one.days_moved for one in objectives),
        sum(one.preference for one in objectives),
        sum(one.sooner for one in objectives),
    )


def _finish(edge: Edge, settings: Settings, book: Book, done: Sequence[Redated], change: str) -> None:
    """Show what is different, ask on a terminal, and write all of it as one."""
    from kapplan.cli.session.audit import signed
    from kapplan.files.book.book import PlanToReplace
    from kapplan.files.plans.snapshots import capacities_of

    show_records(edge, _records(done, change), settings.form)
    if settings.dry_run:
        edge.note("Nothing is written.")
        return
    if edge.interactive:
        edge.note(f"Write this to {len(done)} plans? [y/N]: ", end="")
        if edge.read_line().strip().casefold() not in {"y", "yes"}:
            edge.note("Nothing is written.")
            return
    written = [(one.stored, signed(edge, one.after, one.stored.plan)) for one in done]
    book.replace_all([PlanToReplace(stored, after, capacities_of(after)) for stored, after in written])
    edge.note(f"{len(done)} plans changed as {change}. To take it back everywhere: kapplan undo {change}")


def _records(done: Sequence[Redated], change: str) -> Records:
    from kapplan.output.records.records import Column, Records

    columns = (Column(key="patient"), Column(key="visit"), Column(key="before"), Column(key="after"))
    return Records(
        columns=columns,
        rows=tuple(row for one in done for row in _rows(one)),
        schema="kapplan.book-change/1",
        name="moves",
        extra={"change": change, "plans": [one.after.patient for one in done]},
    )


def _rows(one: Redated) -> Iterator[tuple[str, str, datetime | None, datetime | None]]:
    before = {visit.id: visit for visit in one.stored.plan.visits}
    for visit in one.after.visits:
        old = before.get(visit.id)
        if old is None or (old.start, old.status) != (visit.start, visit.status):
            yield one.after.patient, visit.id, None if old is None else old.start, visit.start
