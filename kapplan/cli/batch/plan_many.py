"""``kapplan plan`` with several profiles: each makes the journey of ``plan.py``, side by side with the others."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import kapplan
from kapplan.cli.batch.many import Named, Outcome, failure, jobs_for, made_folder, named_files, outcomes, sum_up
from kapplan.cli.casework.case import Case, clinic_folder, read_case, warn
from kapplan.cli.casework.course import make_plan
from kapplan.cli.session.book import book_for, home_of, placed_again, save_new
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.plans import beside
from kapplan.cli.session.views import show_records
from kapplan.dataclass import dataclass
from kapplan.errors import KapplanError, NoScheduleError, RefusedError, UsageError
from kapplan.files.documents.kinds import kind_of_data
from kapplan.files.documents.readers import read_profile, resolve_clinic
from kapplan.files.plans.store import ENDING
from kapplan.files.toml.parse import parse
from kapplan.files.toml.sources import SourceFile, open_source
from kapplan.output.records.records import Cell, Column, Records
from kapplan.output.records.words import clean

if TYPE_CHECKING:
    from kapplan.model.plan import Finding, Plan
    from kapplan.model.profile import Profile


_PASSED = "passed over"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanningRun:
    """What is asked of every plan of a run; ``folder`` is where they are saved, ``clock`` when all of them are made."""

    by: str
    clock: datetime
    today: str | None = None
    why: str | None = None
    protocol: str | None = None
    clinic: Path | None = None
    start: date | None = None
    folder: Path | None = None
    book: str | None = None
    effort: int = 1
    within: float | None = None


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


def plan_many(edge: Edge, names: Sequence[str], wish: PlanningRun, *, jobs: int | None, form: str | None) -> None:
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
        jobs=jobs_for(jobs, len(files)),
        alone=lambda entry: entry.alone,
    )
    done = [one for one in running if one.status != _PASSED]
    if not done:
        raise UsageError(f"there are no profiles in {', '.join(names)}")
    show_records(edge, records_of(done, saved=wish.folder is not None), form)
    sum_up(edge, done, "profile", "planned")


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
            if wish.folder is not None:
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


def plan_one(wish: PlanningRun, entry: ProfileToPlan) -> Outcome:
    """Plan one profile of a run, and save the plan if asked to; whatever happens, an outcome is returned."""
    if entry.passed:
        return Outcome(file=entry.file, status=_PASSED, said=(f"{clean(entry.file)}: passed over, it is no profile",))
    said: tuple[str, ...] = ()
    case: Case | None = None
    beside_it = StringIO()
    edge = Edge(today=wish.today, book=wish.book, clock=wish.clock, err=beside_it)
    try:
        case = read_case(entry.file, protocol=wish.protocol, clinic=wish.clinic, start=wish.start)
        said = tuple(warn(case.warnings))
        target = _target(case, entry, wish)
        book = book_for(edge, case.clinic, case.base, wish.folder or Path())

        def attempt() -> Plan:
            plan, _ = make_plan(edge, case, book=book, by=wish.by, why=wish.why, effort=wish.effort, within=wish.within)
            if target is not None:
                save_new(book, target, replace(plan, inputs=beside(plan.inputs, home_of(book, target))))
            return plan

        plan = placed_again(edge, attempt)
        made = _made(plan, target)
    except Exception as error:  # noqa: BLE001  # what fails here must not keep the others from being planned
        return failure(entry.file, error, _made_until(edge, case, error), (*said, *_noted(beside_it)))
    said = (*said, *_noted(beside_it))
    return Outcome(file=entry.file, status="planned", value=made, said=said, notices=plan.notices)


def _noted(beside_it: StringIO) -> tuple[str, ...]:
    """Return what was noted while a profile was planned, to be said with its outcome."""
    text = beside_it.getvalue().rstrip()
    return (text,) if text else ()


def _target(case: Case, entry: ProfileToPlan, wish: PlanningRun) -> Path | None:
    """Return where a plan is saved; raises ``UsageError`` where it would take the place of another."""
    if wish.folder is None:
        return None
    target = wish.folder / f"{case.profile.patient.id}{ENDING}"
    if entry.twin is not None:
        raise UsageError(
            f"{entry.twin} is of the same patient, {case.profile.patient.id}: one plan would hide the other"
        )
    if os.path.lexists(target):
        raise UsageError(f"{target} is there already; a plan is never overwritten")
    return target


def _made(plan: Plan, target: Path | None) -> Made:
    from kapplan.output.records.numbers import days_off

    doses = [visit.day for visit in plan.visits if visit.kind == "dosing" and not visit.is_lost]
    return Made(
        patient=plan.patient,
        first_dose=min(doses, default=None),
        last_dose=max(doses, default=None),
        visits=sum(not visit.is_lost for visit in plan.visits),
        deviation=days_off(plan),
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
    return Records(
        columns=(*_COLUMNS, _SAVED) if saved else _COLUMNS,
        rows=tuple(_row(one, saved=saved) for one in done),
        schema="kapplan.planned/1",
        name="profiles",
        safety=tuple(notice for one in done for notice in _value(one).safety),
    )


def _row(one: Outcome, *, saved: bool) -> tuple[Cell, ...]:
    made = _value(one)
    cells = (
        made.patient,
        one.file,
        one.status,
        made.first_dose,
        made.last_dose,
        made.visits,
        made.deviation,
        made.findings,
        one.code,
    )
    return (*cells, made.plan) if saved else cells


def _value(one: Outcome) -> Made:
    return one.value if isinstance(one.value, Made) else Made()
