"""Taking into a plan what it was not made from: an absence, or what somebody did in a live calendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

from kapplan.cli.casework.change import Step
from kapplan.cli.session.book import absences_from, book_of, book_words
from kapplan.dataclass import replace
from kapplan.errors import UsageError
from kapplan.planning.phrases.words import listed, span_words

if TYPE_CHECKING:
    from kapplan.cli.session.environment import Edge
    from kapplan.files.book.book import Book
    from kapplan.files.plans.store import StoredPlan
    from kapplan.model.bookings import ClinicAbsence
    from kapplan.model.clinic import Clinic
    from kapplan.model.plan import Plan


def as_wished(step: Step, effect: str) -> Step:
    """Return a step that also does what an accepted change of a live calendar asks for; others as they are."""
    from kapplan.planning.replan.request import Asked
    from kapplan.planning.review.calendar_proposals import wish_of

    wish = wish_of(step.plan, effect)
    if wish is None:
        return step
    if wish.visit is not None and wish.start is not None:
        return replace(step, asked=Asked(visit=wish.visit, day=wish.start.date(), time=wish.start.time()))
    if wish.first is not None and wish.last is not None:
        return with_absence(step, who="clinic", days=(wish.first, wish.last))
    return step


def with_absence(step: Step, *, who: str, days: tuple[date, date]) -> Step:
    """Return a step that also takes an absence into the plan, ``days`` are its first and last.

    Raises ``UsageError`` where nobody of the staff has the name.
    """
    from kapplan.planning.amend.absences import away

    check_who(step.plan, who)
    return replace(step, plan=away(step.plan, who, *days))


def without_absence(step: Step, *, who: str, days: tuple[date, date]) -> Step:
    """Return a step that also says that somebody is there after all; raises ``UsageError`` where they were not away."""
    from kapplan.planning.amend.absences import back

    try:
        plan = back(step.plan, who, *days)
    except KeyError:
        known = [f"{one.who} {one.from_.isoformat()}..{one.until.isoformat()}" for one in step.plan.absences]
        hint = f"it knows of {', '.join(known)}" if known else "what a profile or a clinic's file says is changed there"
        raise UsageError("the plan knows of no absence on these days", hint=hint) from None
    return replace(step, plan=plan)


def refuse_where_the_book_knows(edge: Edge, stored: StoredPlan, who: str, days: tuple[date, date]) -> None:
    """Raise ``UsageError`` where the book has somebody away for every plan: for one alone they cannot be there."""
    from kapplan.files.plans.snapshots import clinic_of

    first, last = days
    clinic = clinic_of(stored.plan)
    book = book_of(edge, stored, clinic)
    away = [one for one in absences_from(book, clinic, first) if one.who == who and one.from_ <= last]
    there = sorted((max(first, one.from_), min(last, one.until)) for one in away)
    if there:
        span = f"{there[0][0].isoformat()}..{max(until for _, until in there).isoformat()}"
        raise UsageError(
            f"the book has {who} away {listed(tuple(span_words(*one) for one in there))}, for every plan",
            hint=f"kapplan away --who {quote(who)} {span} --back{book_words(edge, book)}",
        )


def check_who(plan: Plan, who: str) -> None:
    """Raise ``UsageError`` where a name is neither the patient, nor the clinic, nor one of its staff."""
    from kapplan.files.plans.snapshots import clinic_of

    refuse_unknown(clinic_of(plan), who)


def refuse_unknown(clinic: Clinic, who: str) -> None:
    """Raise ``UsageError`` where a name is neither the patient, nor the clinic, nor one of its staff."""
    from kapplan.planning.amend.absences import PATIENT
    from kapplan.planning.availability.closures import CLINIC

    ids = [person.id for person in clinic.staff]
    if who not in {PATIENT, CLINIC, *ids}:
        raise UsageError(f"nobody of the staff is called {who}", hint=f"patient, clinic, {', '.join(ids)}")


class AbsenceOfAll(NamedTuple):
    """Somebody of the staff, or the clinic, is away for every plan of a book on some days, or is ``back`` after all."""

    who: str
    days: tuple[date, date]
    back: bool


class BookKnows(NamedTuple):
    """What a book comes to know of absences with a change, and what it forgets."""

    learned: tuple[ClinicAbsence, ...] = ()
    forgotten: tuple[ClinicAbsence, ...] = ()


NOTHING = BookKnows()


def taken_in(book: Book, touched: Sequence[StoredPlan], absence: AbsenceOfAll, change: str) -> BookKnows:
    """Return what a book learns and forgets by an absence: of the clinics of the plans touched, else of its own.

    Raises ``UsageError`` where the clinic has nobody of the name. A clinic without id or name shares nothing.
    """
    from kapplan.model.bookings import ClinicAbsence, outside

    first, last = absence.days
    clinics = {key for clinic in _clinics(book, touched, absence.who) if (key := clinic.id or clinic.name)}
    there = [one for one in book.absences() if one.clinic in clinics and one.who == absence.who and not one.ended]
    if absence.back:
        meant = tuple(one for one in there if one.from_ <= last and one.until >= first)
        ended = (replace(one, ended=change) for one in meant)
        left = (replace(one, change=change) for one in outside(meant, first, last))
        return BookKnows(learned=(*ended, *left), forgotten=meant)
    known = {one.clinic for one in there if one.from_ <= first and one.until >= last}
    new = (
        ClinicAbsence(clinic=clinic, who=absence.who, from_=first, until=last, change=change)
        for clinic in sorted(clinics - known)
    )
    return BookKnows(learned=tuple(new))


def never_said(absences: Sequence[ClinicAbsence], change: str, book: str) -> BookKnows:
    """Return what a book learns and forgets where a change is taken back; ``book`` is the option that names it.

    Raises ``UsageError`` where what it said of an absence was changed since.
    """
    mine = tuple(one for one in absences if one.change == change)
    later = next((one.ended for one in mine if one.ended), None)
    if later is not None:
        hint = f"take back first what came after: kapplan undo {later}{book}"
        raise UsageError(f"they are there after all since {change}; nothing was written", hint=hint)
    ended = tuple(one for one in absences if one.ended == change)
    return BookKnows(learned=tuple(replace(one, ended="") for one in ended), forgotten=(*mine, *ended))


def _clinics(book: Book, touched: Sequence[StoredPlan], who: str) -> list[Clinic]:
    """Return the clinics of plans; where there are none, that of ``clinic.toml`` here or of the book's plans."""
    from kapplan.cli.session.clinic import clinic_here
    from kapplan.files.plans.snapshots import clinic_of

    clinics = [clinic_of(one.plan) for one in touched]
    if not clinics and (own := clinic_here(book)) is not None:
        clinics = [own]
    for clinic in clinics[:1]:
        refuse_unknown(clinic, who)
    return clinics
