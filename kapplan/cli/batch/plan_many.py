"""``kapplan plan`` with several profiles: each makes the journey of ``plan.py``, side by side with the others."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from functools import partial
from io import StringIO
from pathlib import Path
from shlex import join, quote
from typing import TYPE_CHECKING, NamedTuple

import kapplan
from kapplan.cli.batch.many import Named, Outcome, failure, hands_for, made_folder, named_files, outcomes, sum_up
from kapplan.cli.casework.case import Case, read_case, warn
from kapplan.cli.casework.course import make_plan
from kapplan.cli.session.book import book_for, home_of, named_book, placed_again, save_new
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.plans import beside
from kapplan.cli.session.views import show_records
from kapplan.dataclass import dataclass, replace
from kapplan.errors import KapplanError, NoScheduleError, RefusedError, UsageError
from kapplan.files.documents.kinds import kind_of_data
from kapplan.files.documents.readers import clinic_folder, read_profile, resolve_clinic
from kapplan.files.plans.store import ENDING
from kapplan.files.toml.parse import parse
from kapplan.files.toml.sources import SourceFile, open_source
from kapplan.output.records.records import Column, Records, cells
from kapplan.output.records.words import clean, count

if TYPE_CHECKING:
    from kapplan.files.book.book import Book
    from kapplan.model.bookings import PlanBookings
    from kapplan.model.plan import Finding, Plan
    from kapplan.model.profile import Profile
    from kapplan.planning.schedule.course import Answer


PASSED = "passed over"
_ALREADY = "planned already"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanningRun:
    """What is asked of every plan of a run; ``clock`` is when all of them are made.

    They are saved in the ``folder``, or under their patients' names where the book, a database, ``keeps`` them.
    """

    by: str
    clock: datetime
    today: str | None = None
    why: str | None = None
    protocol: str | None = None
    clinic: Path | None = None
    start: date | None = None
    folder: Path | None = None
    book: str | None = None
    keeps: bool = False
    effort: int = 1
    within: float | None = None

    @property
    def saves(self) -> bool:
        """Whether the plans are saved anywhere."""
        return self.keeps or self.folder is not None


class ProfileToPlan(NamedTuple):
    """A profile of a run; ``twin`` is an earlier one of the same patient, whose plan would have the same name.

    What is ``passed`` over was found in a folder, and could be anything but a profile.
    One that must be planned ``alone`` has a clinic that the plans of the folder in which they are saved keep busy.
    """

    file: str
    twin: str | None = None
    alone: bool = False
    passed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What the record of a profile says, as far as it came."""

    patient: str | None = None
    first_dose: date | None = None
    last_dose: date | None = None
    visits: int | None = None
    deviation: int | None = None
    findings: int | None = None
    safety: tuple[str, ...] = ()
    plan: str | None = None


class Planned(NamedTuple):
    """What became of a profile, with its plan and the answer that this was made of, where there is one."""

    outcome: Outcome
    plan: Plan | None = None
    answer: Answer | None = None


def plan_many(
    edge: Edge,
    names: Sequence[str],
    wish: PlanningRun,
    *,
    jobs: int | None,
    form: str | None,
    cluster: str | None = None,
) -> None:
    """Plan all profiles that are named, or found in folders; print a record of each, and save the plans if asked to.

    Raises ``PartlyFailedError`` where some could not be planned.
    """
    files = named_files(names, ".toml", but=ENDING)
    if wish.folder is not None:
        made_folder(wish.folder, "the plans of several profiles")
    entries = entries_of(files, wish)
    running = outcomes(
        edge,
        partial(plan_one, wish),
        entries,
        file_of=lambda entry: entry.file,
        count=len(files),
        hands=hands_for(jobs, len(files), cluster),
        alone=lambda entry: entry.alone,
    )
    done = [one for one in running if one.status != PASSED]
    if not done:
        raise UsageError(f"there are no profiles in {', '.join(names)}")
    show_records(edge, records_of(done, saved=wish.saves), form)
    tell_how_it_went(edge, done, wish, names)


def tell_how_it_went(edge: Edge, done: Sequence[Outcome], wish: PlanningRun, names: Sequence[str]) -> None:
    """Say how many profiles were planned, and what to type to keep the plans where they are not saved.

    Raises ``PartlyFailedError`` where some could not be planned.
    """
    if not wish.saves and any(one.status == "planned" for one in done):
        where = quote(named_book(edge) or "plans")
        edge.hint(f"Nothing is saved yet. To keep the plans: kapplan plan {join(names)} -o {where}")
    already = sum(one.status == _ALREADY for one in done)
    if already:
        edge.note(f"{count(already, 'profile')} planned already.")
    sum_up(edge, [one for one in done if one.status != _ALREADY], "profile", "planned")


def entries_of(files: Sequence[Named], wish: PlanningRun) -> Iterator[ProfileToPlan]:
    """Yield what is to be planned, in order; clinics, protocols and plans in a folder are left out.

    A profile that cannot be read is yielded too: planning it tells why. Files are read one by one, when they are due.
    """
    first_of: dict[str, str] = {}
    for file, found in files:
        entry = ProfileToPlan(file)
        with suppress(KapplanError):
            source = open_source(file, what="profile")
            kind = kind_of_data(parse(source))
            if found and kind != "profile":
                if kind is None:
                    yield ProfileToPlan(file, passed=True)
                continue
            if wish.saves:
                profile = read_profile(source)
                first = first_of.setdefault(profile.patient.id.casefold(), file)
                entry = ProfileToPlan(file, first if first != file else None, _is_kept_busy(profile, source, wish))
        yield entry


def _is_kept_busy(profile: Profile, source: SourceFile, wish: PlanningRun) -> bool:
    """Return whether the plans of this run keep a patient's clinic busy: one that shares its rooms and people."""
    from kapplan.files.busy.booked_times import busy_paths

    clinic = resolve_clinic(profile, source.folder, wish.clinic)
    if clinic.id or clinic.name:
        return True
    base, folder = clinic_folder(profile, source.folder, wish.clinic), (wish.folder or Path()).resolve()
    paths = [path.resolve() for path in busy_paths(clinic, base)]
    return any(folder in {path, *path.parents} for path in paths)


def planned_already(book: Book, case: Case) -> str | None:
    """Return under which name a book has a plan of a patient at the clinic; ``None`` where it has none."""
    key = case.clinic.id or case.clinic.name
    own = case.profile.patient.id
    return next((one.name for one in book.listed() if one.patient == own and key and one.clinic == key), None)


def plan_one(wish: PlanningRun, entry: ProfileToPlan) -> Outcome:
    """Plan one profile of a run, and save the plan if asked to; whatever happens, an outcome is returned."""
    return planned(wish, entry).outcome


def planned(wish: PlanningRun, entry: ProfileToPlan, others: Sequence[PlanBookings] = ()) -> Planned:
    """Plan one profile of a run as ``plan_one`` does.

    ``others`` is what those take who are planned with it and are not saved yet.
    """
    if entry.passed:
        words = f"{clean(entry.file)}: passed over, it is no profile"
        return Planned(Outcome(file=entry.file, status=PASSED, said=(words,)))
    said: tuple[str, ...] = ()
    case: Case | None = None
    beside_it = StringIO()
    edge = Edge(today=wish.today, book=wish.book, clock=wish.clock, err=beside_it, command="plan")
    try:
        case = read_case(entry.file, protocol=wish.protocol, clinic=wish.clinic, start=wish.start)
        said = tuple(warn(case.warnings))
        book = book_for(edge, case.clinic, case.base, wish.folder or Path())
        in_a_book = wish.saves or named_book(edge, case.clinic, case.base) is not None
        if in_a_book and entry.twin is None and (name := planned_already(book, case)) is not None:
            return Planned(_told_already(case, entry, name))
        target = _target(case, entry, wish)

        def attempt() -> tuple[Plan, Answer]:
            plan, answer = make_plan(
                edge, case, book=book, by=wish.by, why=wish.why, effort=wish.effort, within=wish.within, beside=others
            )
            if target is not None:
                save_new(edge, book, target, replace(plan, inputs=beside(plan.inputs, home_of(book, target))))
            return plan, answer

        plan, answer = placed_again(edge, attempt)
        made = _made(plan, target)
    except Exception as error:  # noqa: BLE001  # what fails here must not keep the others from being planned
        return Planned(failure(entry.file, error, _made_until(edge, case, error), (*said, *_noted(beside_it))))
    said = (*said, *_noted(beside_it))
    outcome = Outcome(file=entry.file, status="planned", value=made, said=said, notices=plan.notices)
    return Planned(outcome, plan, answer)


def _told_already(case: Case, entry: ProfileToPlan, name: str) -> Outcome:
    patient = case.profile.patient.id
    said = f"{clean(entry.file)}: {patient} has a plan already, {name}"
    return Outcome(file=entry.file, status=_ALREADY, value=Made(patient=patient, plan=name), said=(said,))


def _noted(beside_it: StringIO) -> tuple[str, ...]:
    """Return what was noted while a profile was planned, to be said with its outcome."""
    text = beside_it.getvalue().rstrip()
    return (text,) if text else ()


def _target(case: Case, entry: ProfileToPlan, wish: PlanningRun) -> Path | None:
    """Return where a plan is saved; raises ``UsageError`` where it would take the place of another."""
    if not wish.saves:
        return None
    if entry.twin is not None:
        raise UsageError(
            f"{entry.twin} is of the same patient, {case.profile.patient.id}: one plan would hide the other"
        )
    if wish.folder is None:
        return Path(case.profile.patient.id)
    target = wish.folder / f"{case.profile.patient.id}{ENDING}"
    if os.path.lexists(target):
        raise UsageError(f"{target} is there already; a plan is never overwritten")
    return target


def _made(plan: Plan, target: Path | None) -> Made:
    doses = [visit.day for visit in plan.visits if visit.kind == "dosing" and not visit.is_lost]
    return Made(
        patient=plan.patient,
        first_dose=min(doses, default=None),
        last_dose=max(doses, default=None),
        visits=sum(not visit.is_lost for visit in plan.visits),
        deviation=plan.days_off,
        findings=len(plan.findings),
        safety=_safety(plan.patient, plan.findings),
        plan=None if target is None else str(target),
    )


def _made_until(edge: Edge, case: Case | None, error: Exception) -> Made:
    """Return what can be said of a patient for whom there is no plan; safety notices above all."""
    if case is None:
        return Made()
    patient = case.profile.patient.id
    findings: tuple[Finding, ...] = ()
    if isinstance(error, (RefusedError, NoScheduleError)):
        today = edge.now(case.zone).date()
        findings = kapplan.screen(case.profile, case.protocol, today, clinic=case.clinic, rules=case.rules)
    return Made(patient=patient, findings=len(findings) or None, safety=_safety(patient, findings))


def _safety(patient: str, findings: Sequence[Finding]) -> tuple[str, ...]:
    return tuple(f"{patient}: {finding.text}" for finding in findings if finding.safety)


_COLUMNS = (
    Column(key="patient", style="bold"),
    Column(key="file"),
    Column(key="status"),
    Column(key="first_dose"),
    Column(key="last_dose", brief=False),
    Column(key="visits", right=True),
    Column(key="deviation", title="Days off", right=True),
    Column(key="findings", brief=False),
    Column(key="exit_code", brief=False),
)
_SAVED = Column(key="plan", brief=False)


def records_of(done: Sequence[Outcome], *, saved: bool) -> Records:
    """Return one record a profile, and first of all every safety notice."""
    columns = (*_COLUMNS, _SAVED) if saved else _COLUMNS
    return Records(
        columns=columns,
        rows=tuple(cells(columns, _value(one), file=one.file, status=one.status, exit_code=one.code) for one in done),
        schema="kapplan.planned/1",
        name="profiles",
        safety=tuple(notice for one in done for notice in _value(one).safety),
    )


def _value(one: Outcome) -> Made:
    return one.value if isinstance(one.value, Made) else Made()
