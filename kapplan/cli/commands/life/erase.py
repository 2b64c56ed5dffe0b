"""``kapplan erase``: a plan and all that is kept because of it goes for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kapplan.cli.session.environment import Edge
from kapplan.cli.session.options import command
from kapplan.cli.session.plans import plan_folders
from kapplan.cli.typed.plans import PlanArgument
from kapplan.errors import PartlyFailedError, UsageError

if TYPE_CHECKING:
    from pathlib import Path


@command("erase")
def erase(
    edge: Edge,
    plan: PlanArgument,
    *,
    by: Annotated[str | None, typer.Option(help="Who erases it; needed, and kept in a tombstone.")] = None,
    calendars_done: Annotated[
        bool, typer.Option("--calendars-done", help="Its entries in live calendars were removed by hand.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("-n", "--dry-run", help="List what would go and remove nothing.")] = False,
) -> None:
    """Remove a plan with its history, its last good revision, its ledgers and leftovers, and from the book.

    What stays is a tombstone without a word of the patient. Backups, exports and mails are named and not touched. It
    cannot be taken back.
    Example: kapplan erase river --by "N. Okafor"
    """
    from kapplan.cli.session.book import book_at, named_database
    from kapplan.files.plans.store import find_plan, is_there

    if not by and not dry_run:
        raise UsageError("to erase a plan needs a name", hint="add --by and say who erases it")
    address = named_database(edge)
    if address is not None and not is_there(plan):
        from kapplan.files.book.database import DatabaseBook

        book = book_at(edge, address)
        name = book.find(plan).name
        if isinstance(book, DatabaseBook) and name is not None and not dry_run:
            book.erase(name)
        edge.note(f"{'Would erase' if dry_run else 'Erased'} {plan} from {book.address}, with every revision.")
    else:
        _files(edge, find_plan(plan, plan_folders(edge)), by or "", calendars_done=calendars_done, dry_run=dry_run)
    edge.note("Not touched: the profile, exports, mails that were written, calendars of others, and your backups.")


def _files(edge: Edge, path: Path, by: str, *, calendars_done: bool, dry_run: bool) -> None:
    from kapplan.files.plans.erasing import belongings, entries_in_calendars, erase_files

    standing = entries_in_calendars(path)
    if standing and not calendars_done and not dry_run:
        number = sum(standing.values())
        raise PartlyFailedError(
            f"{number} entries of {path} stand in live calendars; nothing was erased",
            hint=f"first: kapplan cease {path}, then kapplan publish {path} --to URL --prune; "
            "or remove them by hand and add --calendars-done",
        )
    if dry_run:
        for file in belongings(path):
            edge.note(f"Would remove {file}")
        return
    number = erase_files(path, on=edge.day().isoformat(), by=by)
    edge.note(f"Erased {path}: {number} file{'' if number == 1 else 's'} removed.")
