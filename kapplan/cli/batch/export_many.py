"""``kapplan export`` of several plans into a folder: a file for each, made side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from kapplan.cli.batch.many import Named, Outcome, failure, hands_for, made_folder, named_files, outcomes, sum_up
from kapplan.cli.casework.standing import seen
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.exports import Choices, exported
from kapplan.cli.session.plans import find, is_folder, plan_folders
from kapplan.cli.session.views import note_safety
from kapplan.dataclass import dataclass, replace
from kapplan.errors import KapplanError, UsageError
from kapplan.files.plans.atomic import write_whole
from kapplan.files.plans.store import ENDING, find_plan
from kapplan.output.formats import FORMATS


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRun:
    """What is asked of every file of a run."""

    form: str
    folder: Path
    choices: Choices
    today: str | None = None


class PlanToExport(NamedTuple):
    """A plan of a run and the file it goes into; ``twin`` is an earlier plan whose file has that name."""

    plan: str
    target: Path | None = None
    twin: str | None = None


def export_many(
    edge: Edge, names: Sequence[str], wish: ExportRun, *, jobs: int | None, cluster: str | None = None
) -> None:
    """Write a file for each plan that is named, or found in folders, in place of one that is there already.

    Raises ``PartlyFailedError`` where some could not be written.
    """
    files = named_files(names, ENDING)
    made_folder(wish.folder, "the exports of several plans")
    done = list(
        outcomes(
            edge,
            partial(export_one, wish),
            entries_of(edge, files, wish),
            file_of=lambda entry: entry.plan,
            count=len(files),
            hands=hands_for(jobs, len(files), cluster),
        )
    )
    if FORMATS[wish.form].advice and not all(one.code for one in done):
        edge.hint(FORMATS[wish.form].advice)
    sum_up(edge, done, "plan", f"exported into {wish.folder}")


def files_of(names: Sequence[str]) -> list[str]:
    """Return names of plans with folders as the plans in them."""
    return [one for name in names for one in (_in_folder(name) if is_folder(name) else (name,))]


def _in_folder(name: str) -> list[str]:
    return [file for file, _ in named_files([name], ENDING)]


def entries_of(edge: Edge, files: Sequence[Named], wish: ExportRun) -> Iterator[PlanToExport]:
    """Yield the plans with the files that they go into, named as the plans are; no two have one name."""
    first_of: dict[str, str] = {}
    for name, _ in files:
        entry = PlanToExport(name)
        with suppress(KapplanError):
            stem = find_plan(name, plan_folders(edge)).name.removesuffix(".toml").removesuffix(".plan")
            first = first_of.setdefault(stem.casefold(), name)
            target = wish.folder / f"{stem}.{FORMATS[wish.form].ending}"
            entry = PlanToExport(name, target, first if first != name else None)
        yield entry


def export_one(wish: ExportRun, entry: PlanToExport) -> Outcome:
    """Write the file of one plan; whatever happens, an outcome is returned."""
    notes = StringIO()
    edge = Edge(today=wish.today, err=notes, command="export")
    try:
        stored = find(edge, entry.plan)
        target = _target(entry)
        plan = seen(edge, stored)
        note_safety(edge, plan.findings)
        choices = replace(wish.choices, base=stored.base)
        write_whole(target, exported(edge, [plan], wish.form, choices))
    except Exception as error:  # noqa: BLE001  # what fails here must not keep the others from being exported
        return failure(entry.plan, error, said=_said(entry, notes))
    return Outcome(file=entry.plan, status="exported", said=_said(entry, notes))


def _target(entry: PlanToExport) -> Path:
    """Return the file that a plan goes into; raises ``UsageError`` where it is that of another."""
    if entry.target is None or entry.twin is not None:
        raise UsageError(f"{entry.twin} has the same name: the file of one would take the place of the other's")
    return entry.target


def _said(entry: PlanToExport, notes: StringIO) -> tuple[str, ...]:
    return tuple(f"{entry.plan}: {line}" for line in notes.getvalue().splitlines() if line)
