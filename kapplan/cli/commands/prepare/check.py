"""``kapplan check``: whether files say what they should, without making anything of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kapplan.cli.session.environment import Edge
from kapplan.cli.session.options import command
from kapplan.cli.session.views import note_safety
from kapplan.errors import FileProblem, InvalidFileError, KapplanError, UsageError

if TYPE_CHECKING:
    from kapplan.model.plan import Finding


@command("check")
def check(
    edge: Edge,
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Profiles, protocols, clinics and plans.")],
) -> None:
    """Check profiles, protocols, clinics and plans: every mistake at once, and double bookings between plans.

    Scores that ask for somebody to act today are told first, though they are no mistakes.

    A protocol is held to the hours of the clinics checked along with it, else to Monday to Friday.
    Example: kapplan check examples/river.toml
    """
    from kapplan.files.checks.file_checks import check_file, clinics_among, double_bookings

    for name in files:
        note_safety(edge, _findings(edge, name))
    clinics = clinics_among(files)
    problems: list[FileProblem] = []
    missing: list[UsageError] = []
    for name in files:
        try:
            problems += check_file(name, clinics)
        except InvalidFileError as error:
            problems += error.problems
        except UsageError as error:
            missing.append(error)
    problems += double_bookings(tuple(Path(name) for name in files if name.endswith(".plan.toml")))
    _report(edge, files, tuple(problems), missing)


def _findings(edge: Edge, name: str) -> tuple[Finding, ...]:
    """Return what screening says of a profile or said of a plan; nothing of other files, and of those with mistakes."""
    import kapplan
    from kapplan.cli.session.case import read_case
    from kapplan.files.plans.store import ENDING, load_plan

    with suppress(KapplanError):
        if name.endswith(ENDING):
            return load_plan(name).plan.findings
        if name != "-":
            case = read_case(name)
            today = edge.now(case.zone).date()
            return kapplan.screen(case.profile, case.protocol, today, clinic=case.clinic, rules=case.rules)
    return ()


def _report(edge: Edge, files: list[str], problems: tuple[FileProblem, ...], missing: list[UsageError]) -> None:
    from kapplan.output.terminal.diagnostics import render_problems

    errors = tuple(problem for problem in problems if not problem.warning)
    warnings = tuple(problem for problem in problems if problem.warning)
    if warnings:
        edge.note(render_problems(warnings))
    for error in missing:
        edge.note(f"kapplan: {error.message}")
    if errors:
        raise InvalidFileError(errors)
    if missing:
        raise _summary(missing)
    for line in _kept(files):
        edge.write(line)


def _summary(missing: list[UsageError]) -> KapplanError:
    return UsageError(f"{len(missing)} of the files could not be read")


def _kept(files: list[str]) -> Iterator[str]:
    for name in files:
        yield f"{name}: no mistakes found"
