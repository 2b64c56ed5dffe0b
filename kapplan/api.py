"""The life of a plan for programs, on the nouns alone: made from a profile, changed, exported, read and saved.

Each function is a few calls of the floors below; ``docs/api.md`` shows them at work. A moment has a time zone, and no
clock is read: whoever calls says what time it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kapplan.dataclass import replace
from kapplan.errors import ChangedMeanwhileError, FileProblem, InvalidFileError
from kapplan.files.documents import readers
from kapplan.files.library import rules as library
from kapplan.files.library.rules import built_in_review
from kapplan.files.plans import store
from kapplan.files.plans.review_basis import basis_of
from kapplan.files.plans.screening_digest import stamped
from kapplan.files.plans.snapshots import CaseInputs, snapshot_of
from kapplan.files.toml.sources import open_source
from kapplan.model.clinic import Clinic
from kapplan.model.decisions import Override
from kapplan.model.exports import Export, ExportRequest
from kapplan.model.plan import Finding, Inputs, Plan
from kapplan.model.profile import Profile
from kapplan.model.protocol import Protocol
from kapplan.model.review import Basis
from kapplan.model.rules import Rulebook
from kapplan.planning.availability.free_time import BusyTimes
from kapplan.planning.availability.timezones import zone
from kapplan.planning.problem.deadline import Deadline
from kapplan.planning.regimen.widen import refusals
from kapplan.planning.review.standing import screened
from kapplan.planning.rules.screening import refuse, unspoken
from kapplan.planning.schedule.course import Answer, Demand, demand_of, freed, solve
from kapplan.planning.schedule.draft import Header, draft

if TYPE_CHECKING:
    from kapplan.planning.replan.request import Asked, Options, Revision


def read_profile(file: str | Path) -> Profile:
    """Return the profile of a file; raises ``InvalidFileError`` with all its problems, ``UsageError`` for no file."""
    return readers.read_profile(open_source(file, what="profile"))


def make_plan(
    profile: Profile,
    protocol: Protocol,
    clinic: Clinic,
    *,
    now: datetime,
    by: str,
    busy: BusyTimes | None = None,
    rules: Rulebook | None = None,
) -> Plan:
    """Return the plan of a patient's course: screened, tailored, and placed on the closest dates to the protocol.

    ``busy`` is what is booked, ``rules`` those in place of the package's, ``by`` who makes the plan. Raises
    ``RefusedError`` where screening refuses, and ``Unplaceable`` with the clash and what would help where no dates
    keep every rule.
    """
    findings = library.screen(profile, protocol, now.date(), clinic=clinic, rules=rules)
    refuse(findings)
    local = now.astimezone(zone(clinic.timezone or profile.patient.timezone or ""))
    return course_of(profile, protocol, clinic, now=local, by=by, findings=findings, busy=busy, rules=rules)[0]


def course_of(
    profile: Profile,
    protocol: Protocol,
    clinic: Clinic,
    *,
    now: datetime,
    by: str,
    findings: tuple[Finding, ...],
    busy: BusyTimes | None = None,
    rules: Rulebook | None = None,
    inputs: Inputs | None = None,
    base: Path = Path(),
    why: str | None = None,
    secret: str = "",
    effort: int = 1,
    deadline: Deadline | None = None,
    overrides: tuple[Override, ...] = (),
) -> tuple[Plan, Answer]:
    """Return the plan of a case that screening lets pass, and the answer that it was made of.

    ``now`` is on the clinic's clock; ``inputs`` are what the plan remembers of its files, ``base`` the folder from
    which the clinic's files of rules count. The search may take ``effort`` times its usual work, until the ``deadline``
    if there is one. ``overrides`` are rules of screening or of the course that somebody overrides beside the profile.
    Raises ``Unplaceable`` where no dates keep every rule, ``UsageError`` where an override names none.
    """
    book = rules or library.built_in()
    _refuse_widenings(profile, protocol, clinic, now, book)
    tailored = library.tailor(profile, protocol, clinic, today=now.date(), rules=book)
    regimen = tailored.regimen
    if overrides:
        from kapplan.planning.amend.overrides import check_names, eased

        check_names(regimen, overrides, [rule.id for rule in book.screening])
        regimen = eased(regimen, overrides)
    demand = demand_of(profile, tailored.clinic, regimen, busy or BusyTimes(), now)
    answer = solve(replace(freed(demand, {one.rule for one in overrides}), effort=effort, deadline=deadline))
    case = CaseInputs(profile=profile, clinic=tailored.clinic, protocol=tailored.protocol)
    header = Header(
        profile=profile,
        protocol=tailored.protocol,
        clinic=tailored.clinic,
        timezone=clinic.timezone or profile.patient.timezone or "",
        now=now,
        by=by,
        inputs=inputs or Inputs(),
        findings=findings,
        overrides=overrides,
        tailoring=tailored.rules,
        off_label=tailored.off_label,
        notices=unspoken(profile, protocol, book),
        snapshot=snapshot_of(case),
        measures=library.built_in_measures(),
        why=why,
        secret=secret,
    )
    basis = Basis(
        profile=profile, protocol=tailored.protocol, clinic=tailored.clinic, measures=library.built_in_measures(),
        rules=book, book=built_in_review(),
    )  # fmt: skip
    return stamped(screened(draft(answer, header), basis, now.date()), clinic.rules, base), answer


def _refuse_widenings(profile: Profile, protocol: Protocol, clinic: Clinic, now: datetime, rules: Rulebook) -> None:
    """Raise ``InvalidFileError`` where a profile widens a rule that is never widened, or that its course lacks."""
    if profile.widen:
        bare = library.tailor(replace(profile, widen=()), protocol, clinic, today=now.date(), rules=rules).regimen
        found = refusals(bare, profile.widen)
        if problems := tuple(
            FileProblem(message=one.message, file="profile", path=("widen", index, *one.key), expected=one.expected)
            for index, one in found
        ):
            raise InvalidFileError(problems)


def demand_for(
    profile: Profile,
    protocol: Protocol,
    clinic: Clinic,
    *,
    now: datetime,
    busy: BusyTimes | None = None,
    rules: Rulebook | None = None,
) -> Demand:
    """Return what the course of a case is placed from; ``now`` is on the clinic's clock."""
    book = rules or library.built_in()
    _refuse_widenings(profile, protocol, clinic, now, book)
    tailored = library.tailor(profile, protocol, clinic, today=now.date(), rules=book)
    return demand_of(profile, tailored.clinic, tailored.regimen, busy or BusyTimes(), now)


def replan(
    before: Plan,
    after: Plan,
    *,
    now: datetime,
    by: str,
    text: str,
    why: str | None = None,
    busy: BusyTimes | None = None,
    asked: Asked | None = None,
    options: Options | None = None,
) -> Revision:
    """Return a changed plan with its open visits dated anew, as the next revision of ``before``.

    ``after`` is the plan with what happened (``complete``, ``miss``, ``cancel`` and their like make it), ``text`` says
    it in words for the history, ``asked`` is a visit wanted on a day. Where no dates keep every rule the record stands
    all the same: ``placed`` is false, and the open visits are unresolved.
    """
    from kapplan.planning.journal.undo import with_entry
    from kapplan.planning.replan.replan import revise
    from kapplan.planning.replan.request import Sources
    from kapplan.planning.review.review import reviewed

    basis, today = basis_of(after), now.astimezone(zone(before.timezone)).date()
    sources = Sources(
        profile=basis.profile,
        protocol=basis.protocol,
        clinic=basis.clinic,
        moving=basis.book.moving,
        busy=busy or BusyTimes(),
    )
    revision = revise(screened(after, basis, today), sources, now, options, asked=asked)
    plan = reviewed(revision.plan, basis, today)
    command = "replan" if asked is None else "move"
    return replace(revision, plan=with_entry(before, plan, at=now, by=by, command=command, text=text, why=why))


def export(plans: Sequence[Plan], form: str, request: ExportRequest | None = None, base: Path = Path()) -> Export:
    """Return plans as a file in a format of ``kapplan export``, all of them where it holds several.

    What the format is made of beside the plan (instructions, measures by their names) is read where the request does
    not bring it; the files of a clinic's rules count from the folder ``base``. Raises ``ValueError`` for several plans
    in a format that holds one, ``InvalidFileError`` where a plan's snapshot or a file of rules is damaged.
    """
    from kapplan.files.plans.handout_material import material_for
    from kapplan.output.formats import FORMATS
    from kapplan.output.formats import export as made_of

    asked = request or ExportRequest()
    if asked.material is None:
        asked = replace(asked, material=material_for(FORMATS[form].needs, plans, base))
    return made_of(plans, form, asked)


def read_plan(file: str | Path) -> Plan:
    """Return the plan of a file of any format; raises ``InvalidFileError`` with all its problems."""
    return store.load_plan(file).plan


def save_plan(file: str | Path, plan: Plan) -> None:
    """Write a plan to a file, whole or not at all: a new one, or over an earlier revision of the same plan.

    Raises ``ChangedMeanwhileError`` where the file holds anything that the plan does not follow from.
    """
    if not Path(file).exists():
        store.new_plan_file(file, plan)
        return
    there = store.load_plan(file)
    entries = there.plan.history
    if there.plan.id != plan.id or plan.history[: len(entries)] != entries:
        raise ChangedMeanwhileError(f"{file} holds another plan, or changes that this one does not have")
    store.replace_plan(there, plan)
