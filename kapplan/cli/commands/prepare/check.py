"""``kapplan check``: whether files say what they should, without making anything of them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kapplan.cli.session.audit import log_access
from kapplan.cli.session.book import save_changed
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.options import command
from kapplan.cli.session.plans import find, is_folder
from kapplan.cli.session.views import note_safety
from kapplan.errors import FileProblem, InvalidFileError, KapplanError, UsageError

if TYPE_CHECKING:
    from kapplan.files.busy.calendar_counts import CalendarCount
    from kapplan.model.plan import Finding


@command("check")
def check(
    edge: Edge,
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Profiles, protocols, clinics and plans, or folders of them.")
    ],
    *,
    accept: Annotated[
        bool, typer.Option("--accept", help="Take plans as they are that something else has changed; needs --by.")
    ] = False,
    by: Annotated[str | None, typer.Option(help="Who accepts them.")] = None,
    why: Annotated[str | None, typer.Option(help="Why, for the plan's history.")] = None,
) -> None:
    """Check profiles, protocols, clinics and plans: every mistake at once, and double bookings between plans.

    Scores that ask for somebody to act today are told first, though they are no mistakes.

    A protocol is held to the hours of the clinics checked along with it, else to Monday to Friday. Of a clinic's
    calendar files it says how many busy times each gives, and what in them cannot be read.

    Example: kapplan check examples/river.toml
    """
    files = [one for name in files for one in _meant(name)]
    if accept:
        for name in files:
            _accept(edge, name, by, why)
        return
    from kapplan.files.checks.double_bookings import double_bookings
    from kapplan.files.checks.file_checks import check_file, clinics_among
    from kapplan.files.plans.store import ENDING

    for name in files:
        note_safety(edge, _findings(edge, name))
    clinics = clinics_among(files)
    problems: list[FileProblem] = []
    missing: list[UsageError] = []
    told: dict[str, list[str]] = {}
    for name in files:
        try:
            problems += check_file(name, clinics)
            counts = _calendars(edge, name)
        except InvalidFileError as error:
            problems += error.problems
        except UsageError as error:
            missing.append(error)
        else:
            told[name] = [f"{name}: no mistakes found", *map(_count_words, counts)]
            problems += (problem for count in counts for problem in count.problems)
    problems += double_bookings(tuple(Path(name) for name in files if name.endswith(ENDING)))
    _report(edge, told, tuple(dict.fromkeys(problems)), missing)


def _meant(name: str) -> list[str]:
    """Return a file, or the files of a folder: all that kapplan writes and reads ends in ``.toml``."""
    if not is_folder(name):
        return [name]
    inside = sorted(str(path) for path in Path(name).glob("*.toml") if not path.name.startswith("."))
    if not inside:
        raise UsageError(f"there is no *.toml in the folder {name}")
    return inside


def _accept(edge: Edge, name: str, by: str | None, why: str | None) -> None:
    """Take a doubted plan as it is, by somebody's name; ``UsageError`` where there is nothing to accept."""
    from kapplan.planning.journal.undo import accepted

    if not by:
        raise UsageError("to accept a plan as it is needs a name", hint="add --by and say who has looked at it")
    stored = find(edge, name, quiet=True)
    if stored.plan.doubted is None:
        raise UsageError(f"{name} is as it was written: there is nothing to accept")
    after = accepted(stored.plan, at=edge.now_in(stored.plan.timezone), by=by, why=why)
    save_changed(edge, stored, after, records=True)
    edge.note(f"{name} is accepted as it is, by {by}.")


def _findings(edge: Edge, name: str) -> tuple[Finding, ...]:
    """Return what screening says of a profile or said of a plan; nothing of other files, and of those with mistakes."""
    import kapplan
    from kapplan.cli.casework.case import read_case
    from kapplan.files.plans.store import ENDING, load_plan

    with suppress(KapplanError):
        if name.endswith(ENDING):
            plan = load_plan(name).plan
            log_access(edge, plan.patient)
            return plan.findings
        if name != "-":
            case = read_case(name)
            log_access(edge, case.profile.patient.id)
            today = edge.now(case.zone).date()
            return kapplan.screen(case.profile, case.protocol, today, clinic=case.clinic, rules=case.rules)
    return ()


def _report(
    edge: Edge, told: dict[str, list[str]], problems: tuple[FileProblem, ...], missing: list[UsageError]
) -> None:
    """Tell what is odd, which files have no mistakes, and raise what is wrong with the others."""
    errors = tuple(problem for problem in problems if not problem.warning)
    warnings = tuple(problem for problem in problems if problem.warning)
    edge.note_problems(warnings)
    for error in missing:
        edge.note(f"kapplan: {error.message}")
    broken = {problem.file for problem in errors}
    for name, lines in told.items():
        if name not in broken:
            edge.write("\n".join(lines))
    if errors:
        raise InvalidFileError(errors)
    if missing:
        raise UsageError(f"{len(missing)} of the files could not be read")


def _calendars(edge: Edge, name: str) -> tuple[CalendarCount, ...]:
    """Return what the calendar files of a profile's clinic, or of a clinic, give; nothing where no zone is named."""
    from kapplan.files.busy.calendar_counts import count_calendars
    from kapplan.files.documents.kinds import kind_of_data
    from kapplan.files.documents.readers import clinic_of_file
    from kapplan.files.plans.store import ENDING
    from kapplan.files.toml.parse import parse
    from kapplan.files.toml.sources import open_source
    from kapplan.planning.availability.timezones import zone

    if name == "-" or name.endswith(ENDING):
        return ()
    source = open_source(name)
    kind = kind_of_data(parse(source))
    if kind == "profile":
        from kapplan.cli.casework.case import read_case

        case = read_case(name)
        clinic, base, here = case.clinic, case.base, case.zone
    elif kind == "clinic":
        clinic, base = clinic_of_file(source), source.folder
        if clinic.timezone is None:
            return ()
        here = zone(clinic.timezone)
    else:
        return ()
    return tuple(count_calendars(clinic, base, here, edge.now(here).date()))


def _count_words(count: CalendarCount) -> str:
    """Return a calendar's line: whom it keeps busy, how often, and what takes no time or was passed over."""
    passed = len(count.problems)
    parts = [
        f"{count.busy} busy time{'' if count.busy == 1 else 's'} through {count.last}",
        f"of {count.events} event{'' if count.events == 1 else 's'}",
        *([f"{count.free} left free (free, cancelled or declined)"] if count.free else []),
        *([f"{passed} place{'' if passed == 1 else 's'} that cannot be read"] if passed else []),
    ]
    return f"  {count.file} ({count.owner}): {', '.join(parts)}"
