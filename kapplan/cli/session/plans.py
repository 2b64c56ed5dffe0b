"""How commands find and read plans."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kapplan.cli.session.audit import log_access
from kapplan.cli.session.book import book_at, named_book, named_database
from kapplan.cli.session.environment import Edge
from kapplan.errors import UsageError

if TYPE_CHECKING:
    from kapplan.files.plans.store import StoredPlan
    from kapplan.model.plan import Inputs, Plan


def plan_folders(edge: Edge) -> tuple[Path, ...]:
    """Return where plans are looked for by the start of their names: here, and in the book where it is a folder."""
    named = named_book(edge)
    return (Path(), Path(named)) if named and named_database(edge) is None else (Path(),)


def find(edge: Edge, name: str, *, quiet: bool = False) -> StoredPlan:
    """Read the plan of a path, of ``-``, or of the start of its name in the book or the current folder.

    That it is not as it was written is said, unless whoever asks says so later.
    """
    stored = _found(edge, name)
    log_access(edge, stored.plan.patient)
    if not quiet:
        warn_of_doubt(edge, stored)
    return stored


def warn_of_doubt(edge: Edge, stored: StoredPlan) -> None:
    """Say on standard error where a plan is not as it was written, or has copies, and what can be done."""
    from kapplan.files.book.copies import copies_of, copy_words

    for copy in copies_of(stored):
        edge.note_once(copy_words(stored, copy))
    if stored.plan.doubted is not None:
        from kapplan.files.plans.last_good import doubt_words

        edge.note_once(doubt_words(stored))


def _found(edge: Edge, name: str) -> StoredPlan:
    from kapplan.files.plans.store import find_plan, is_there, load_plan

    address = named_database(edge)
    if address is not None and not is_there(name):
        return book_at(edge, address).find(name)
    return load_plan(find_plan(name, plan_folders(edge)))


def read_plan(edge: Edge, name: str) -> Plan:
    """Read the plan of a path, of ``-``, or of the start of a plan's file name."""
    return find(edge, name).plan


def is_folder(name: str) -> bool:
    """Return whether a name on the command line is that of a folder."""
    try:
        return Path(name).is_dir()
    except (OSError, ValueError):
        return False


def plan_or_folder(edge: Edge, name: str) -> str:
    """Return a name; that of a folder with which a plan's name begins too means the plan, as it would without it."""
    from kapplan.files.plans.store import find_plan

    if is_folder(name):
        with suppress(UsageError):
            return str(find_plan(name, plan_folders(edge)))
    return name


def base_of(stored: StoredPlan) -> Path:
    """Return the folder from which the busy calendars of a plan's clinic count: that of the clinic's file."""
    inputs, folder = stored.plan.inputs, stored.folder
    named = inputs.clinic or inputs.profile
    return folder if named is None else (folder / named).parent


def beside(inputs: Inputs, output: Path) -> Inputs:
    """Return a plan's inputs with paths that count from the folder in which the plan is kept."""

    def counted(name: str | None) -> str | None:
        if name is None:
            return None
        try:
            return Path(os.path.relpath(name, output.parent)).as_posix()
        except ValueError:  # another drive, on Windows
            return str(Path(name).absolute())

    options = dict(inputs.options)
    if "clinic" in options:
        options["clinic"] = counted(options["clinic"]) or ""
    return replace(inputs, profile=counted(inputs.profile), clinic=counted(inputs.clinic), options=options)
