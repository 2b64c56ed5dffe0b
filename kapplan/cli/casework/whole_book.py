"""One change of many plans of a book: who is touched is dated anew, nobody else moves; written everywhere or nowhere.

Plans are dated one after the other, each around all the others as they stand by then; of a few orders the one that
disturbs least in all is taken. Every plan gets an entry with one id, by which all of it is taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from kapplan.cli.casework.absences import check_who, with_absence, without_absence
from kapplan.cli.casework.change import Settings, Step, busy_of, options_of, sources_of
from kapplan.cli.casework.standing import basis_of, refuse_doubted, screened_afresh
from kapplan.cli.casework.ways_out import name_of, ways_out
from kapplan.cli.session.audit import log_access, signed
from kapplan.cli.session.book import book_at, named_book, placed_again, reason_of
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.views import show_records
from kapplan.errors import KapplanError, NoScheduleError, PartlyFailedError, UsageError

if TYPE_CHECKING:
    from kapplan.files.book.book import Book
    from kapplan.files.plans.store import StoredPlan
    from kapplan.model.plan import Plan, PlannedVisit
    from kapplan.output.views.change import PlanChange
    from kapplan.planning.replan.remedies import Remedy
    from kapplan.planning.replan.request import Revision, Sources

Days = tuple[date, date]
StepOf = Callable[["StoredPlan", datetime], "Step | None"]
"""What a change makes of one plan before it is dated anew; ``None`` where it has nothing to do with it."""

FEW = 8
"""Of so many plans at most two orders are tried."""
AGAIN = 2
"""So many times those without dates are dated before the others."""
ID = "all-"
"""How the id of a change of many plans begins."""


class Redated(NamedTuple):
    """A plan before and after, how it was dated anew, and from what; neither where it was taken back."""

    stored: StoredPlan
    after: Plan
    revision: Revision
    sources: Sources | None = None


class _Change(NamedTuple):
    """A change of many plans: its id, the command, and what it is in words."""

    id: str
    what: str
    text: str


class _Touched(NamedTuple):
    """A plan that a change has to do with, and what the change makes of it."""

    stored: StoredPlan
    step: Step


def is_change_id(text: str) -> bool:
    """Return whether a text is the id of a change of many plans."""
    return text.startswith(ID) and len(text) > len(ID)


def away_everywhere(edge: Edge, settings: Settings, who: str, days: Days, text: str, *, back: bool = False) -> None:
    """Take an absence into every plan of the book whose visits it touches; show it all, ask, and write it as one.

    With ``back`` they are there after all in every plan that knows of their absence. Raises ``NoScheduleError`` where
    some plan has no dates left that keep its rules; it is written with the others.
    """

    def step(stored: StoredPlan, _: datetime) -> Step | None:
        if back:
            return (
                without_absence(Step(stored.plan, text), who=who, days=days) if _knows(stored.plan, who, days) else None
            )
        if not _is_touched(stored.plan, who, days):
            return None
        return with_absence(Step(stored.plan, text), who=who, days=days)

    nothing = (
        "No plan of the book knows of that absence" if back else "No plan of the book has a visit then that needs them"
    )
    change_everywhere(edge, settings, "away", text, step, nothing=f"{nothing}: nothing to change.", who=who)


def change_everywhere(
    edge: Edge, settings: Settings, what: str, text: str, step_of: StepOf, *, nothing: str, who: str | None = None
) -> None:
    """Change every plan of the book that a change has to do with: show it all, ask, and write all of it or nothing.

    It is dated again where somebody else saved in that moment what it wants. Plans that cannot be read, or changed,
    are named and left as they are, and ``PartlyFailedError`` is raised at the end. Raises ``NoScheduleError`` where
    some plan has no dates left that keep its rules; it is written with the others. ``who`` must be known to the clinic.
    """
    if settings.keep or settings.override:
        raise UsageError("--keep and --override are of one plan", hint="name the plan")
    left: dict[str, str] = {}

    def attempt() -> Sequence[Redated]:
        left.clear()
        book = _book(edge)
        touched = list(_touched(edge, book, step_of, left))
        _tell_left(edge, left)
        if who is not None:
            _check_known(book, [one.stored for one in touched], who)
        if not touched:
            if not left:
                edge.note(nothing)
            return ()
        change = _Change(_id(edge, [one.stored for one in touched], text), what, text)
        done = _best(edge, settings, change, touched)
        _finish(edge, settings, book, done, change)
        return done

    done = placed_again(edge, attempt)
    if any(not one.revision.placed for one in done):
        state = "would be" if settings.dry_run else "are"
        raise NoScheduleError(
            f"Some plans have no dates left that keep their rules; their open visits {state} unresolved."
        )
    if left:
        raise PartlyFailedError(f"{len(left)} of the book's plans were left as they are: {', '.join(left)}.")


def undo_everywhere(edge: Edge, settings: Settings, change: str) -> None:
    """Take back a change of many plans in all of them, or in none where one was changed since.

    Raises ``UsageError`` where no plan has it, or where it is not the last change of each.
    """
    from kapplan.planning.availability.timezones import zone
    from kapplan.planning.journal.undo import stacks, undo
    from kapplan.planning.replan.request import Revision

    book = _book(edge)
    having = [one for one in _readable(edge, book) if any(entry.change == change for entry in one.plan.history)]
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
        done.append(Redated(stored, after, Revision(plan=after)))
    _finish(edge, settings, book, done, _Change(change, "undo", f"took back {change}"))


# -- the parts ------------------------------------------------------------------------------------------------------


def _book(edge: Edge) -> Book:
    from pathlib import Path

    from kapplan.files.book.folder import FolderBook

    address = named_book(edge)
    return FolderBook(Path()) if address is None else book_at(edge, address)


def _readable(edge: Edge, book: Book) -> Iterator[StoredPlan]:
    """Yield the plans of a book; those that cannot be read are said."""
    left: dict[str, str] = {}
    yield from _plans(edge, book, left)
    _tell_left(edge, left)


def _plans(edge: Edge, book: Book, left: dict[str, str]) -> Iterator[StoredPlan]:
    """Yield the plans of a book; those that cannot be read are added to ``left``, each with why."""
    from kapplan.files.book.book import Damaged

    for one in book.plans():
        if isinstance(one, Damaged):
            left[one.name] = "it cannot be read (kapplan check tells why)"
        else:
            log_access(edge, one.plan.patient)
            yield one


def _touched(edge: Edge, book: Book, step_of: StepOf, left: dict[str, str]) -> Iterator[_Touched]:
    """Yield the plans that a change has to do with; those that cannot be changed are added to ``left``, with why."""
    from kapplan.planning.availability.timezones import zone

    for stored in _plans(edge, book, left):
        now = edge.now(zone(stored.plan.timezone))
        try:
            step = step_of(stored, now)
            if step is None:
                continue
            refuse_doubted(stored)
        except KapplanError as error:
            left[stored.plan.patient] = reason_of(error).rstrip(".")
            continue
        yield _Touched(stored, step)


def _tell_left(edge: Edge, left: Mapping[str, str]) -> None:
    """Say which plans are left as they are, those of one reason together."""
    for reason in dict.fromkeys(left.values()):
        names = [name for name, why in left.items() if why == reason]
        edge.note_once(f"Left as {'it is' if len(names) == 1 else 'they are'}: {', '.join(names)}: {reason}.")


def _is_touched(plan: Plan, who: str, days: Days) -> bool:
    """Return whether somebody's absence falls on an open visit that needs them."""

    def needs(visit: PlannedVisit) -> bool:
        return who in visit.staff or (who == "clinic" and visit.place == "clinic")

    first, last = days
    return not plan.held and any(visit.open and first <= visit.day <= last and needs(visit) for visit in plan.visits)


def _knows(plan: Plan, who: str, days: Days) -> bool:
    """Return whether a plan knows of an absence of somebody that falls on some days."""
    first, last = days
    return any(one.who == who and one.from_ <= last and one.until >= first for one in plan.absences)


def _check_known(book: Book, touched: Sequence[StoredPlan], who: str) -> None:
    """Raise ``UsageError`` where the clinic of the plans has nobody of a name."""
    from kapplan.files.plans.store import StoredPlan

    known = touched or [one for one in book.plans() if isinstance(one, StoredPlan)][:1]
    for stored in known[:1]:
        check_who(stored.plan, who)


def _id(edge: Edge, touched: Sequence[StoredPlan], text: str) -> str:
    content = "\n".join([edge.instant().isoformat(), text, *(one.digest for one in touched)])
    return f"{ID}{sha256(content.encode()).hexdigest()[:8]}"


def _best(edge: Edge, settings: Settings, change: _Change, touched: Sequence[_Touched]) -> list[Redated]:
    """Return plans dated anew in the order, of a few, that disturbs least in all.

    Those with the most still to come are dated first, for a few the other way round, too. Whoever has no dates that way
    is dated before the others, wherever these still stand, since they are dated anew in any case.
    """
    ahead = sorted(
        touched, key=lambda one: (-sum(visit.open for visit in one.stored.plan.visits), one.stored.plan.patient)
    )
    best = _redated(edge, settings, change, ahead)
    if 1 < len(touched) <= FEW:
        best = min(best, _redated(edge, settings, change, ahead[::-1]), key=_disturbance)
    first: set[str] = set()
    for _ in range(AGAIN):
        stuck = {one.stored.plan.id for one in best if not one.revision.placed} - first
        if not stuck or len(touched) == 1:
            break
        first |= stuck
        order = sorted(ahead, key=lambda one: one.stored.plan.id not in first)
        best = min(best, _redated(edge, settings, change, order, first), key=_disturbance)
    return best


def _redated(
    edge: Edge, settings: Settings, change: _Change, order: Sequence[_Touched], first: Collection[str] = ()
) -> list[Redated]:
    """Date plans anew one after the other, each around the others as they stand by then.

    What is not dated yet blocks none of the ``first``.
    """
    from kapplan.planning.availability.timezones import zone
    from kapplan.planning.bookings.plan_bookings import plan_bookings
    from kapplan.planning.journal.undo import with_entry
    from kapplan.planning.replan.replan import revise
    from kapplan.planning.replan.request import Revision
    from kapplan.planning.review.review import reviewed

    done: list[Redated] = []
    moving = [stored.plan.id for stored, step in order if step.replan]
    for stored, step in order:
        now, by = edge.now(zone(stored.plan.timezone)), edge.author(settings.by)
        basis = basis_of(stored, step.plan)
        plan = screened_afresh(stored, step.plan, basis, now.date())
        sources = step.sources or sources_of(edge, stored, plan)
        revision = Revision(plan=plan)
        if step.replan and not plan.held:
            free = moving if stored.plan.id in first else ()
            busy = busy_of(
                edge, stored, sources.clinic,
                without=[*free, *(one.stored.plan.id for one in done)],
                beside=[plan_bookings(one.after) for one in done],
            )  # fmt: skip
            sources = replace(sources, busy=busy)
            options = replace(options_of(settings, now, by), deadline=edge.deadline(settings.within))
            revision = revise(plan, sources, now, options)
        after = with_entry(
            stored.plan, reviewed(revision.plan, basis, now.date()), at=now, by=by, command=change.what, text=step.text,
            why=settings.why, change=change.id,
        )  # fmt: skip
        done.append(Redated(stored, after, revision, sources))
    return done


def _disturbance(done: Sequence[Redated]) -> tuple[int, ...]:
    """Return what plans cost in all: those without dates, then the terms of a re-plan summed."""
    objectives = [one.after.objective for one in done]
    return (
        sum(not one.revision.placed for one in done),
        sum(one.confirmed_moves for one in objectives),
        sum(one.disturbance for one in objectives),
        sum(one.follow_up_disturbance for one in objectives),
        sum(one.days_moved for one in objectives),
        sum(one.preference for one in objectives),
        sum(one.sooner for one in objectives),
    )


def _finish(edge: Edge, settings: Settings, book: Book, done: Sequence[Redated], change: _Change) -> None:
    """Show what is different, ask on a terminal, and write all of it as one."""
    from kapplan.files.book.book import PlanToReplace
    from kapplan.files.plans.snapshots import capacities_of
    from kapplan.output.records.words import count

    _show(edge, settings, done, change)
    if settings.dry_run:
        edge.note("Nothing is written.")
        return
    plans = count(len(done), "plan")
    if edge.interactive:
        edge.note(f"Write this to {plans}? [y/N]: ", end="")
        if edge.read_line().strip().casefold() not in {"y", "yes"}:
            edge.note("Nothing is written.")
            return
    written = [(one.stored, signed(edge, one.after, one.stored.plan)) for one in done]
    book.replace_all([PlanToReplace(stored, after, capacities_of(after)) for stored, after in written])
    edge.note(f"{plans} changed as {change.id}. To take it back everywhere: kapplan undo {change.id}")


def _show(edge: Edge, settings: Settings, done: Sequence[Redated], change: _Change) -> None:
    """Print what a change of many plans does to each, in the order of the patients."""
    from kapplan.output.records.json_records import json_text
    from kapplan.output.views.book_change import (
        BookChange,
        book_change_document,
        book_change_records,
        book_change_view,
    )

    ordered = sorted(done, key=lambda one: one.after.patient)
    shown = BookChange(
        id=change.id,
        text=change.text,
        plans=tuple(_told(edge, settings, one) for one in ordered),
        dry_run=settings.dry_run,
    )
    chosen = edge.format(settings.form)
    if chosen == "json":
        edge.write(json_text(book_change_document(shown)))
    elif chosen == "table":
        from kapplan.files.library.package_data import measure_names

        edge.show(book_change_view(shown, measures=measure_names(), one_by_one=settings.one_by_one))
    else:
        show_records(edge, book_change_records(shown), chosen)


def _told(edge: Edge, settings: Settings, one: Redated) -> PlanChange:
    """Return what is told of one plan: where it has no dates, why, and the commands that help once it is saved."""
    from kapplan.output.views.change import PlanChange
    from kapplan.planning.availability.timezones import zone

    ways: tuple[Remedy, ...] = ()
    if not one.revision.placed and one.sources is not None:
        now = edge.now(zone(one.stored.plan.timezone))
        ways = ways_out(one.stored, one.after, one.sources, one.revision, now)
    return PlanChange(
        before=one.stored.plan, after=one.after, revision=one.revision, remedies=ways,
        clashes=one.revision.clashes(every=settings.every_clash), name=name_of(one.stored), dry_run=settings.dry_run,
    )  # fmt: skip
