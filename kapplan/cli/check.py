"""``kapplan check``: whether files say what they should, without making anything of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from kapplan.cli.commands import command
from kapplan.cli.edge import Edge
from kapplan.errors import InvalidFileError, KapplanError, Problem, UsageError


@command("check")
def check(
    edge: Edge,
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Profiles, protocols, clinics and plans.")],
) -> None:
    """Check profiles, protocols, clinics and plans: every mistake at once, and double bookings between plans.

    A protocol is held to the hours of the clinics checked along with it, else to Monday to Friday.
    Example: kapplan check examples/river.toml
    """
    from kapplan.files.checking import check_file, clinics_among, double_bookings

    clinics = clinics_among(files)
    problems: list[Problem] = []
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


def _report(edge: Edge, files: list[str], problems: tuple[Problem, ...], missing: list[UsageError]) -> None:
    from kapplan.output.diagnostics import render_problems

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
