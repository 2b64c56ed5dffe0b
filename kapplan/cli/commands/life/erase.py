"""``kapplan erase``: a plan and all that is kept because of it goes for good."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from kapplan.cli.session.audit import refuse_other_names
from kapplan.cli.session.book import book_at
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.options import command
from kapplan.cli.session.plans import find, in_database, plan_folders
from kapplan.cli.session.server import Access, AuthOption, CaOption, CommandOption, DeadlineOption, UserOption
from kapplan.cli.typed.plans import PlanArgument
from kapplan.dataclass import replace
from kapplan.errors import InvalidFileError, PartlyFailedError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from kapplan.files.plans.store import StoredPlan


@command("erase")
def erase(
    edge: Edge,
    plan: PlanArgument,
    *,
    by: Annotated[str | None, typer.Option(help="Who erases it; needed, and kept in a tombstone.")] = None,
    calendars_done: Annotated[
        bool, typer.Option("--calendars-done", help="All that was given out was called off by hand.")
    ] = False,
    user: UserOption = None,
    auth: AuthOption = None,
    password_command: CommandOption = None,
    ca_file: CaOption = None,
    deadline: DeadlineOption = 300,
    dry_run: Annotated[bool, typer.Option("-n", "--dry-run", help="List what would go and remove nothing.")] = False,
) -> None:
    """Remove a plan with its history, its last good revision, its ledgers, copies and leftovers, and from the book.

    First all that it gave out is called off: entries in live calendars are removed, calendars to subscribe to emptied,
    and mails written that call off what was told by mail. Where one of them cannot be done nothing is erased. What
    stays is a tombstone without a word of the patient. Backups and exports are not touched. It cannot be taken back.

    Example: kapplan erase river --by "N. Okafor"
    """
    from kapplan.cli.casework.calling_off import call_off
    from kapplan.files.plans.erasing import gave_out

    if not by and not dry_run:
        raise UsageError("to erase a plan needs a name", hint="add --by and say who erases it")
    stored, path = _found(edge, plan)
    if stored is None and path is not None and gave_out(path) and not calendars_done and not dry_run:
        raise PartlyFailedError(
            f"{path} cannot be read, so nobody can say what it has given out; nothing was erased",
            hint=f"`kapplan restore {quote(str(path))}` brings it back; or add --calendars-done",
        )
    if stored is not None:
        refuse_other_names(edge, stored.plan, by or edge.login)
        if not calendars_done:
            access = Access("", user, password_command, ca_file, deadline, auth)
            call_off(edge, stored, access, dry_run=dry_run)
    named = by or edge.login
    _erase(edge, stored, path, named if named == edge.login else f"{named} (login {edge.login})", dry_run=dry_run)
    edge.note("Not touched: the profile, exports, mails that were sent, calendars of others, and your backups.")


def _found(edge: Edge, name: str) -> tuple[StoredPlan | None, Path | None]:
    """Return the plan that is meant, and its file where it is one; no plan where the file cannot be read."""
    from kapplan.files.plans.last_good import last_good
    from kapplan.files.plans.store import find_plan

    if in_database(edge, name) is not None:
        return find(edge, name, quiet=True), None
    path = find_plan(name, plan_folders(edge))
    try:
        return find(edge, str(path), quiet=True), path
    except InvalidFileError:
        kept = last_good(path)
        return None if kept is None else replace(kept, path=path), path


def _erase(edge: Edge, stored: StoredPlan | None, path: Path | None, by: str, *, dry_run: bool) -> None:
    from kapplan.files.book.begun import settled
    from kapplan.files.book.copies import copies_of
    from kapplan.files.plans.erasing import belongings, erase_files, outlets_path

    if path is None:
        if stored is not None:
            _from_database(edge, stored, dry_run=dry_run)
            if not dry_run and (memory := outlets_path(stored)) is not None:
                memory.unlink(missing_ok=True)
        return
    copies = () if stored is None else tuple(copy.path for copy in copies_of(stored) if copy.path is not None)
    if dry_run:
        for file in (*copies, *belongings(path)):
            edge.note(f"Would remove {file}")
        return
    with settled(path.parent):
        number = erase_files(path, *copies, on=edge.day().isoformat(), by=by)
    edge.note(f"Erased {path}: {number} file{'' if number == 1 else 's'} removed.")


def _from_database(edge: Edge, stored: StoredPlan, *, dry_run: bool) -> None:
    from kapplan.files.book.database import DatabaseBook

    book = book_at(edge, stored.book or "")
    if isinstance(book, DatabaseBook) and stored.name is not None and not dry_run:
        book.erase(stored.name)
    edge.note(f"{'Would erase' if dry_run else 'Erased'} {stored.name} from {book.address}, with every revision.")
