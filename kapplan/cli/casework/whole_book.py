"""One change of many plans of a book: who is touched is dated anew, nobody else moves; written everywhere or nowhere.

Every plan gets an entry with one id, by which all of it is taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from kapplan.cli.casework.absences import NOTHING, AbsenceOfAll, never_said, taken_in, with_absence, without_absence
from kapplan.cli.casework.change import Settings, Step
from kapplan.cli.casework.redating import BookDating, ChangeOfMany, Redated, Touched
from kapplan.cli.casework.standing import refuse_doubted
from kapplan.cli.casework.surroundings import Surroundings
from kapplan.cli.casework.ways_out import name_of, ways_out
from kapplan.cli.session.audit import log_access, signed
from kapplan.cli.session.book import book_for, book_words, check_words, placed_again, reason_of
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.plans import as_typed
from kapplan.cli.session.views import show_records
from kapplan.dataclass import replace
from kapplan.errors import InvalidFileError, KapplanError, NoScheduleError, PartlyFailedError, UsageError

if TYPE_CHECKING:
    from kapplan.files.book.book import Book
    from kapplan.files.plans.store import StoredPlan
    from kapplan.model.bookings import BookedVisit
    from kapplan.model.plan import Plan, PlannedVisit
    from kapplan.output.views.change import PlanChange
    from kapplan.planning.replan.remedies import Remedy

Days = tuple[date, date]
StepOf = Callable[["StoredPlan", datetime, Surroundings], "Step | None"]
"""What a change makes of one plan before it is dated anew; ``None`` where it has nothing to do with it."""
Candidates = Callable[["Book"], "Iterable[str]"]
"""The names of the plans of a book that a change may have to do with, found without reading them."""

ID = "all-"
"""How the id of a change of many plans begins."""
EXPLAINED = 3
"""Of so many plans without dates it is found out why; of the others it is said how to ask."""
ABSENT = "absences"
"""What stands in the file of every plan that knows of an absence."""


def is_change_id(text: str) -> bool:
    """Return whether a text is the id of a change of many plans."""
    return text.startswith(ID) and len(text) > len(ID)


def away_everywhere(edge: Edge, settings: Settings, who: str, days: Days, text: str, *, back: bool = False) -> None:
    """Take an absence into the book, and into every plan whose visits it touches; show it all, ask, write it as one.

    With ``back`` they are there after all, in the book and in every plan that knows of their absence. Raises
    ``NoScheduleError`` where some plan has no dates left that keep its rules; it is written with the others.
    """

    def candidates(book: Book) -> Iterable[str]:
        return _having(book, ABSENT) if back else _listed_then(book, who, days)

    def step(stored: StoredPlan, _: datetime, __: Surroundings) -> Step | None:
        if back:
            return (
                without_absence(Step(stored.plan, text), who=who, days=days) if _knows(stored.plan, who, days) else None
            )
        if not _is_touched(stored.plan, who, days):
            return None
        return with_absence(Step(stored.plan, text), who=who, days=days)

    nothing = (
        "Neither the book nor a plan of it knows of that absence"
        if back
        else "No plan of the book has a visit then that needs them"
    )
    nothing += ": nothing to change."
    absence = AbsenceOfAll(who, days, back=back)
    change_everywhere(edge, settings, "away", text, step, nothing=nothing, candidates=candidates, absence=absence)


def change_everywhere(
    edge: Edge,
    settings: Settings,
    what: str,
    text: str,
    step_of: StepOf,
    *,
    nothing: str,
    candidates: Candidates | None = None,
    absence: AbsenceOfAll | None = None,
) -> None:
    """Change every plan of the book that a change has to do with: show it all, ask, and write all of it or nothing.

    It is dated again where somebody else saved in that moment what it wants. Plans that cannot be read, or changed,
    are named and left as they are, and ``PartlyFailedError`` is raised at the end. Raises ``NoScheduleError`` where
    some plan has no dates left that keep its rules; it is written with the others. Without ``candidates`` every plan
    is looked at. What is said of an ``absence`` the book knows from then on.
    """
    if settings.keep or settings.override:
        raise UsageError("--keep and --override are of one plan", hint="name the plan")
    left: dict[str, str] = {}

    def attempt() -> Sequence[Redated]:
        left.clear()
        book = book_for(edge, None, Path(), Path())
        there = list(_plans(edge, book, left, None if candidates is None else set(candidates(book))))
        around = Surroundings(edge, there)
        touched = list(_touched(edge, there, step_of, around, left))
        _tell_left(edge, left)
        concerned = [one.stored for one in touched]
        name = _id(edge, concerned, text)
        known = NOTHING if absence is None else taken_in(book, concerned, absence, name)
        change = ChangeOfMany(name, what, text, known)
        if not touched and (left or known == NOTHING):
            if not left:
                edge.note(nothing)
            return ()
        done = BookDating(edge, settings, change, around).best(touched)
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


def undo_everywhere(edge: Edge, settings: Settings, change: str, *, rest: bool = False) -> None:
    """Take back a change of many plans in all of them, or in none where one was changed since.

    With ``rest`` in all but those that were changed since, or in which it was taken back already. Raises ``UsageError``
    where nothing has it, or where it is not the last change of each.
    """
    from kapplan.planning.journal.undo import undo
    from kapplan.planning.replan.request import Revision

    book = book_for(edge, None, Path(), Path())
    unread: dict[str, str] = {}
    named = _plans(edge, book, unread, set(_having(book, change)))
    having = [one for one in named if any(entry.change == change for entry in one.plan.history)]
    _tell_left(edge, unread)
    known = never_said(book.absences(), change, book_words(edge, book))
    if not having and known == NOTHING:
        raise UsageError(f"nothing in the book {book.address} has the change {change}")
    back, since, last = (_of_state(having, change, state) for state in ("back", "since", "last"))
    if not last and known == NOTHING and (rest or not since):
        raise UsageError(f"{change} was taken back already; nothing was written")
    if since and not rest:
        raise _changed_since(change, since, last, book_words(edge, book))
    if back or since:
        edge.note(f"Left as they are: {', '.join(one.plan.patient for one in (*back, *since))}.")
    done = []
    for stored in last:
        now = edge.now_in(stored.plan.timezone)
        after = undo(stored.plan, at=now, by=edge.author(settings.by), why=settings.why)
        done.append(Redated(stored, after, Revision(plan=after)))
    _finish(edge, settings, book, done, ChangeOfMany(change, "undo", f"took back {change}", known))


def _of_state(having: Iterable[StoredPlan], change: str, state: str) -> list[StoredPlan]:
    """Return the plans in which a change was taken back, was followed by another ``since``, or is the last one."""
    from kapplan.planning.journal.undo import stacks

    def state_of(plan: Plan) -> str:
        revision = next(entry.revision for entry in plan.history if entry.change == change)
        done = stacks(plan).done
        return "back" if revision not in done else "last" if done[-1] == revision else "since"

    return [one for one in having if state_of(one.plan) == state]


def _changed_since(change: str, since: Sequence[StoredPlan], last: Sequence[StoredPlan], book: str) -> UsageError:
    """Return what is wrong with taking back a change after which plans were changed, and what can be done.

    ``book`` is the option that the commands need.
    """
    names = ", ".join(one.plan.patient for one in since)
    verb = "was" if len(since) == 1 else "were"
    first = f"take back first what came after: kapplan undo {quote(name_of(since[0]))}"
    others = f"\nin the others: kapplan undo {change} --rest{book}" if last else ""
    return UsageError(f"{names} {verb} changed after {change}; nothing was written", hint=f"{first}{others}")


# -- the parts ------------------------------------------------------------------------------------------------------


def _plans(edge: Edge, book: Book, left: dict[str, str], wanted: Collection[str] | None = None) -> Iterator[StoredPlan]:
    """Yield the plans of a book, the ``wanted`` ones where any are named.

    Those that cannot be read are added to ``left``, each with why, whether or not they are wanted.
    """
    from kapplan.files.book.book import Damaged

    for entry in book.entries():
        damaged = isinstance(entry, Damaged)
        if not damaged and wanted is not None and entry.name not in wanted:
            continue
        try:
            stored = None if damaged else book.load(entry.name)
        except InvalidFileError:
            stored = None
        if stored is None:
            left[entry.name] = f"it cannot be read ({check_words(book)})"
            continue
        log_access(edge, stored.plan.patient)
        yield as_typed(edge, stored)


def _touched(
    edge: Edge, plans: Iterable[StoredPlan], step_of: StepOf, around: Surroundings, left: dict[str, str]
) -> Iterator[Touched]:
    """Yield the plans that a change has to do with; those that cannot be changed are added to ``left``, with why."""
    for stored in plans:
        now = edge.now_in(stored.plan.timezone)
        try:
            step = step_of(stored, now, around)
            if step is None:
                continue
            refuse_doubted(stored)
        except KapplanError as error:
            left[stored.plan.patient] = reason_of(error).rstrip(".")
            continue
        yield Touched(stored, step)


def _tell_left(edge: Edge, left: Mapping[str, str]) -> None:
    """Say which plans are left as they are, those of one reason together."""
    for reason in dict.fromkeys(left.values()):
        names = [name for name, why in left.items() if why == reason]
        edge.note_once(f"Left as {'it is' if len(names) == 1 else 'they are'}: {', '.join(names)}: {reason}.")


def _listed_then(book: Book, who: str, days: Days) -> Iterator[str]:
    """Yield the plans that have an open visit on some days which needs somebody, by what the book lists.

    A plan that is not listed, since it is there as copies, may be one of them.
    """
    from kapplan.planning.availability.timezones import zone

    listed = {plan.name: plan for plan in book.listed()}
    for entry in book.entries():
        plan = listed.get(entry.name)
        if plan is None or any(
            visit.open
            and _needs(visit, who)
            and days[0] <= datetime.fromtimestamp(visit.begins, zone(plan.timezone)).date() <= days[1]
            for visit in plan.visits
        ):
            yield entry.name


def _having(book: Book, text: str) -> Iterator[str]:
    """Yield the plans of a book in whose file a text stands."""
    for entry in book.entries():
        if text.encode() in book.text(entry.name):
            yield entry.name


def _is_touched(plan: Plan, who: str, days: Days) -> bool:
    """Return whether somebody's absence falls on an open visit that needs them."""
    first, last = days
    return not plan.held and any(
        visit.open and first <= visit.day <= last and _needs(visit, who) for visit in plan.visits
    )


def _needs(visit: PlannedVisit | BookedVisit, who: str) -> bool:
    return who in visit.staff or (who == "clinic" and visit.place == "clinic")


def _knows(plan: Plan, who: str, days: Days) -> bool:
    """Return whether a plan knows of an absence of somebody that falls on some days."""
    first, last = days
    return any(one.who == who and one.from_ <= last and one.until >= first for one in plan.absences)


def _id(edge: Edge, touched: Sequence[StoredPlan], text: str) -> str:
    content = "\n".join([edge.instant().isoformat(), text, *(one.digest for one in touched)])
    return f"{ID}{sha256(content.encode()).hexdigest()[:8]}"


def _finish(edge: Edge, settings: Settings, book: Book, done: Sequence[Redated], change: ChangeOfMany) -> None:
    """Show what is different, ask on a terminal, and write all of it as one, with what the book comes to know."""
    from kapplan.files.book.book import PlanToReplace
    from kapplan.files.plans.snapshots import capacities_of
    from kapplan.output.records.words import count

    _show(edge, settings, done, change)
    if settings.dry_run:
        edge.note("Nothing is written.")
        return
    plans = count(len(done), "plan") if done else "the book"
    if edge.interactive:
        edge.note(f"Write this to {plans}? [y/N]: ", end="")
        if edge.read_line().strip().casefold() not in {"y", "yes"}:
            edge.note("Nothing is written.")
            return
    written = [(one.stored, signed(edge, one.after, one.stored.plan)) for one in done]
    changes = [PlanToReplace(stored, after, capacities_of(after)) for stored, after in written]
    book.replace_all(changes, learned=change.known.learned, forgotten=change.known.forgotten)
    edge.note(f"{plans[:1].upper()}{plans[1:]} changed as {change.id}.{_how_back(edge, book, change)}")
    if change.known.learned and not change.known.forgotten:
        edge.note("The book knows of it: plans that are made or changed later keep off these days.")


def _how_back(edge: Edge, book: Book, change: ChangeOfMany) -> str:
    """Return how a change of many plans is taken back; of one that was taken back, nothing."""
    if change.what == "undo":
        return ""
    return f" To take it back everywhere: kapplan undo {change.id}{book_words(edge, book)}"


def _show(edge: Edge, settings: Settings, done: Sequence[Redated], change: ChangeOfMany) -> None:
    """Print what a change of many plans does to each, in the order of the patients."""
    from kapplan.output.records.json_records import json_text
    from kapplan.output.views.book_change import (
        BookChange,
        book_change_document,
        book_change_records,
        book_change_view,
    )

    ordered = sorted(done, key=lambda one: one.after.patient)
    stuck = [one.after.patient for one in ordered if not one.revision.placed]
    unexplained = () if settings.every_clash else stuck[EXPLAINED:]
    shown = BookChange(
        id=change.id,
        text=change.text,
        plans=tuple(_told(edge, settings, one, explained=one.after.patient not in unexplained) for one in ordered),
        dry_run=settings.dry_run,
        unexplained=frozenset(unexplained),
    )
    chosen = edge.format(settings.form)
    if chosen == "json":
        edge.write(json_text(book_change_document(shown)))
    elif chosen == "table":
        from kapplan.files.library.package_data import measure_names

        edge.show(book_change_view(shown, measures=measure_names(), one_by_one=settings.one_by_one))
    else:
        show_records(edge, book_change_records(shown), chosen)


def _told(edge: Edge, settings: Settings, one: Redated, *, explained: bool) -> PlanChange:
    """Return what is told of one plan: where it has no dates, why, and the commands that help once it is saved.

    Neither where it is not to be ``explained``.
    """
    from kapplan.output.views.change import PlanChange
    from kapplan.planning.replan.request import WhyNot

    revision = one.revision if explained else replace(one.revision, why_not=WhyNot)
    ways: tuple[Remedy, ...] = ()
    if explained and not revision.placed and one.sources is not None:
        now = edge.now_in(one.stored.plan.timezone)
        ways = ways_out(one.stored, one.after, one.sources, revision, now)
    return PlanChange(
        before=one.stored.plan, after=one.after, revision=revision, remedies=ways,
        clashes=revision.clashes(every=settings.every_clash), name=name_of(one.stored), dry_run=settings.dry_run,
    )  # fmt: skip
