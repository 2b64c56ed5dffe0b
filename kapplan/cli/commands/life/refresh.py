"""``kapplan refresh``: plans take in what has changed in their profile, their clinic or their protocol."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kapplan.cli.casework.case import Case, read_case
from kapplan.cli.casework.change import Settings, Step, busy_of, change_stored, changing, made_from_of
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.plans import beside, find, for_each_plan, plans_of
from kapplan.cli.typed.plans import complete_plan
from kapplan.dataclass import replace
from kapplan.errors import UsageError
from kapplan.model.terms import DOSES
from kapplan.planning.phrases.words import day_words, doses_words, span_words

if TYPE_CHECKING:
    from kapplan.cli.casework.surroundings import Surroundings
    from kapplan.files.plans.store import StoredPlan
    from kapplan.model.clinic import Clinic
    from kapplan.model.plan import Plan
    from kapplan.planning.availability.free_time import BusyTimes
    from kapplan.planning.replan.request import Sources


@changing("refresh")
def refresh(
    edge: Edge,
    settings: Settings,
    plans: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PLAN...]",
            help="Plans to refresh, or folders of them; all of the book without any.",
            autocompletion=complete_plan,
        ),
    ] = None,
    *,
    profile: Annotated[Path | None, typer.Option(help="Where the profile is now, if it was moved.")] = None,
    clinic: Annotated[Path | None, typer.Option(help="Another clinic file.")] = None,
    protocol: Annotated[str | None, typer.Option(help="Go on with another protocol; doses given count.")] = None,
    count_doses: Annotated[
        bool | None,
        typer.Option(
            "--count-doses/--no-count-doses",
            help="Whether doses of another drug count towards the number of the new protocol; asked on a terminal.",
        ),
    ] = None,
) -> None:
    """Read a plan's profile, clinic and protocol again and move only what must move.

    Without a PLAN, those of all plans of the book, as one change: whoever a changed file touches is dated anew, and
    nobody else moves.

    Example: kapplan refresh river sage
    """
    if not plans:
        if profile is not None or protocol is not None or count_doses is not None:
            raise UsageError("--profile, --protocol and --count-doses are of plans that are named")
        _refresh_book(edge, settings, clinic)
        return
    if profile is not None and len(plans_of(edge, plans)) > 1:
        raise UsageError("--profile is of one patient: refresh that plan alone")

    def anew(name: str) -> None:
        _refresh(edge, settings, name, profile=profile, clinic=clinic, protocol=protocol, count_doses=count_doses)

    for_each_plan(edge, plans, "refreshed", anew)


def _refresh(
    edge: Edge,
    settings: Settings,
    name: str,
    *,
    profile: Path | None,
    clinic: Path | None,
    protocol: str | None,
    count_doses: bool | None,
) -> None:
    stored = find(edge, name)
    case = _case(stored, profile, clinic, protocol)

    def taken_in(current: Plan, now: datetime) -> Step:
        counted = _counted(edge, current, case) if count_doses is None else count_doses
        return _step(stored, case, now, partial(busy_of, edge, stored), count_doses=counted)

    _tell_of_the_library(edge, stored.plan)
    change_stored(edge, settings, stored, "refresh", taken_in)
    for one in stored.plan.absences:
        who = one.who if one.who not in {"patient", "clinic"} else f"the {one.who}"
        edge.note(f"Kept from the plan itself: {who} is away {span_words(one.from_, one.until)}.")


def _step(
    stored: StoredPlan,
    case: Case,
    now: datetime,
    busy: Callable[[Clinic], BusyTimes],
    *,
    count_doses: bool | None = None,
) -> Step:
    """Return what a plan becomes by its files as they are now, before it is dated anew."""
    from kapplan.planning.replan.refresh import refreshed

    changed = _changed(stored, case)
    text = f"refreshed: {', '.join(changed)} changed" if changed else "refreshed: no file changed"
    sources = _sources(stored, case, now, busy)
    plan = refreshed(stored.plan, made_from_of(stored.plan), sources, count_doses=count_doses, now=now)
    return Step(plan, text, sources=sources)


def _changed(stored: StoredPlan, case: Case) -> list[str]:
    """Return which files are not what a plan was made from."""
    known = stored.plan.inputs.digests
    return [what for what, digest in case.inputs.digests.items() if known.get(what) != digest]


def _refresh_book(edge: Edge, settings: Settings, clinic: Path | None) -> None:
    """Take changed files into all plans of the book whose courses are not over."""
    from kapplan.cli.casework.whole_book import change_everywhere
    from kapplan.planning.replan.standing_dates import can_stay

    def step_of(stored: StoredPlan, now: datetime, around: Surroundings) -> Step | None:
        if not any(visit.open for visit in stored.plan.visits):
            return None
        case = _case(stored, None, clinic, None)
        if not _changed(stored, case):
            return None
        step = _step(stored, case, now, partial(around.busy, stored))
        if step.sources is not None and step.plan.regimen == stored.plan.regimen:
            return replace(step, replan=not can_stay(step.plan, step.sources, now))
        return step

    change_everywhere(
        edge, settings, "refresh", "refreshed from changed files", step_of,
        nothing="No file of any plan of the book has changed: nothing to do.",
    )  # fmt: skip


def _tell_of_the_library(edge: Edge, plan: Plan) -> None:
    """Say that the library was reviewed since a plan was made, or last refreshed."""
    from kapplan.files.library.package_data import library_reviewed

    reviewed = library_reviewed()
    read = max([plan.created, *(entry.at for entry in plan.history if entry.command == "refresh")])
    if read.date() < reviewed:
        told = f"The library was reviewed on {day_words(reviewed)}, after this plan last read it"
        edge.note(f"{told} ({day_words(read.date())}). What stands now: kapplan protocols {plan.protocol.id} --sources")


def _counted(edge: Edge, plan: Plan, case: Case) -> bool | None:
    """Ask whether doses of another drug count towards the new protocol's number; ``None`` where there is no question.

    Nobody at hand, or no answer, says that they do not: gaps and caps count every dose all the same.
    """
    given = sum(visit.kind in DOSES and visit.status == "completed" for visit in plan.visits)
    if not given or case.protocol.drug == plan.protocol.drug:
        return None
    if not edge.interactive:
        does = "does" if given == 1 else "do"
        doses = f"{doses_words(given)} of {plan.protocol.drug} {does}"
        edge.note(f"{doses} not count towards the number of doses (--count-doses).")
        return False
    does = "Does the dose" if given == 1 else f"Do the {given} doses"
    edge.note(f"{does} of {plan.protocol.drug} given count towards the number of doses? [y/N]: ", end="")
    return edge.read_line().strip().casefold() in {"y", "yes"}


def _case(stored: StoredPlan, profile: Path | None, clinic: Path | None, protocol: str | None) -> Case:
    inputs = stored.plan.inputs
    folder = stored.folder
    named = profile or (None if inputs.profile is None else folder / inputs.profile)
    if named is None:
        raise UsageError("the plan was made from standard input", hint="say with --profile where its profile is")
    asked = inputs.options
    if clinic is None and "clinic" in asked:
        clinic = folder / asked["clinic"]
    start = date.fromisoformat(asked["start"]) if "start" in asked else None
    return read_case(str(named), protocol=protocol or asked.get("protocol"), clinic=clinic, start=start)


def _sources(stored: StoredPlan, case: Case, now: datetime, busy: Callable[[Clinic], BusyTimes]) -> Sources:
    import kapplan
    from kapplan.files.library.rules import built_in_review
    from kapplan.files.plans.snapshots import CaseInputs, snapshot_of
    from kapplan.planning.amend.absences import profile_with
    from kapplan.planning.availability.closures import clinic_with
    from kapplan.planning.replan.request import Sources

    tailored = kapplan.tailor(case.profile, case.protocol, case.clinic, today=now.date(), rules=case.rules)
    inputs = case.inputs if stored.path is None else beside(case.inputs, stored.path)
    return Sources(
        moving=built_in_review().moving,
        profile=profile_with(case.profile, stored.plan.absences),
        protocol=tailored.protocol,
        clinic=clinic_with(tailored.clinic, stored.plan.absences),
        busy=busy(tailored.clinic),
        tailoring=tailored.rules,
        off_label=tailored.off_label,
        inputs=inputs,
        snapshot=snapshot_of(CaseInputs(profile=case.profile, clinic=tailored.clinic, protocol=tailored.protocol)),
    )
