"""How commands find and read plans."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from kapplan.cli.session.audit import log_access
from kapplan.cli.session.book import book_at, go_on_in, named_book, named_database, with_book
from kapplan.cli.session.environment import Edge
from kapplan.dataclass import replace
from kapplan.errors import KapplanError, PartlyFailedError, UsageError

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
    from kapplan.files.plans.store import find_plan, load_plan

    if (there := in_database(edge, name)) is not None:
        address, plan = there
        return as_typed(edge, book_at(edge, address).find(plan))
    path = find_plan(name, plan_folders(edge))
    go_on_in(edge, path.parent)
    return load_plan(path)


def in_database(edge: Edge, name: str) -> tuple[str, str] | None:
    """Return in which database a plan is looked for, and its name there; ``None`` where it is a file.

    It is the one whose address stands before the name (``sqlite:///clinic.db#river``), else the one that is meant here.
    """
    from kapplan.files.book.opening import is_database
    from kapplan.files.plans.store import is_there

    address, mark, plan = name.rpartition("#")
    if mark and is_database(address):
        return address, plan
    meant = named_database(edge)
    return None if meant is None or is_there(name) else (meant, name)


def as_typed(edge: Edge, stored: StoredPlan) -> StoredPlan:
    """Return a plan of a book as commands that are printed name it."""
    if stored.book is None or stored.name is None:
        return stored
    return replace(stored, known_as=with_book(edge, stored.book, stored.name))


def typed_again(edge: Edge, name: str) -> str:
    """Return by what a plan that somebody named is found again, whatever book the command line names."""
    there = in_database(edge, name)
    return name if there is None else with_book(edge, *there)


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


def plans_of(edge: Edge, names: Sequence[str]) -> list[str]:
    """Return names of plans, with folders as the plans in them in the order of their files' names.

    Raises ``UsageError`` where a folder has none.
    """
    from kapplan.files.plans.store import ENDING

    found: list[str] = []
    for name in names:
        meant = plan_or_folder(edge, name)
        if is_folder(meant):
            inside = sorted(str(path) for path in Path(meant).glob(f"*{ENDING}") if not path.name.startswith("."))
            if not inside:
                raise UsageError(f"there is no *{ENDING} in the folder {name}")
            found += inside
        else:
            found.append(meant)
    return list(dict.fromkeys(found))


def for_each_plan(edge: Edge, names: Sequence[str], verb: str, work: Callable[[str], None]) -> None:
    """Do something with each of some plans, folders meaning the plans in them; one that fails is named, the rest go on.

    What fails of a single plan is raised as it is, of several ``PartlyFailedError``.
    """
    plans, failed = plans_of(edge, names), []
    for name in plans:
        try:
            if len(plans) > 1:
                edge.note(f"{name}:")
            work(name)
        except KapplanError as error:
            if len(plans) == 1:
                raise
            edge.note(error.message)
            failed.append(name)
    if failed:
        raise PartlyFailedError(f"{len(failed)} of {len(plans)} plans could not be {verb}: {', '.join(failed)}.")


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
