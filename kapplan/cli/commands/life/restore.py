"""``kapplan restore``: an earlier state of a plan, above all of one that was damaged."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from kapplan.cli.session.audit import log_access, refuse_other_names, signed
from kapplan.cli.session.book import book_at, save_changed
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.options import command
from kapplan.cli.session.plans import in_database, plan_folders
from kapplan.cli.typed.plans import PlanArgument
from kapplan.dataclass import replace
from kapplan.errors import InvalidFileError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from kapplan.files.book.book import Book
    from kapplan.files.plans.store import StoredPlan
    from kapplan.model.plan import Plan


@command("restore")
def restore(
    edge: Edge,
    plan: PlanArgument,
    *,
    revision: Annotated[
        int | None, typer.Option("--revision", metavar="N", min=1, help="As it stood at this revision.")
    ] = None,
    why: Annotated[str | None, typer.Option(help="Why, for the plan's history.")] = None,
    by: Annotated[str | None, typer.Option(help="Who does it (else $KAPPLAN_BY, else the login).")] = None,
) -> None:
    """Bring back the last good revision of a damaged plan, or an earlier revision of any.

    What lay there is kept beside it, under the same name with .damaged.

    Example: kapplan restore river
    """
    from kapplan.files.plans.store import find_plan

    if (there := in_database(edge, plan)) is not None:
        address, name = there
        _in_database(edge, book_at(edge, address), name, revision, edge.author(by), why)
    else:
        _in_folder(edge, find_plan(plan, plan_folders(edge)), revision, edge.author(by), why)


def _in_folder(edge: Edge, path: Path, revision: int | None, by: str, why: str | None) -> None:
    from kapplan.files.plans.format import bytes_of
    from kapplan.files.plans.last_good import bring_back, last_good, readable

    current, kept = readable(path), last_good(path)
    whole = current is not None and current.plan.doubted is None
    if current is not None and whole:
        log_access(edge, current.plan.patient)
        if revision is None:
            raise UsageError(f"{path} is whole", hint=f"to take back its last change: kapplan undo {quote(str(path))}")
        save_changed(edge, current, _as_it_was(edge, current.plan, revision, by, why))
        edge.note(f"Restored revision {revision} of {path}.")
        return
    if kept is None:
        raise UsageError(f"no good revision of {path} is kept beside it", hint="look in your backups")
    log_access(edge, kept.plan.patient)
    refuse_other_names(edge, kept.plan, by)
    good = kept.plan if revision is None else signed(edge, _as_it_was(edge, kept.plan, revision, by, why))
    bring_back(path, kept.source.data if revision is None else bytes_of(good))
    edge.note(f"Restored revision {revision or good.revision} of {path}; what lay there is kept as {path}.damaged.")
    _tell_lost(edge, current, kept.plan)


def _as_it_was(edge: Edge, plan: Plan, revision: int, by: str, why: str | None) -> Plan:
    from kapplan.files.plans.format import sound
    from kapplan.planning.journal.undo import restored

    return sound(restored(plan, revision, at=edge.now_in(plan.timezone), by=by, why=why))


def _tell_lost(edge: Edge, damaged: StoredPlan | None, good: Plan) -> None:
    """Say what was recorded after the revision that came back, so that it is recorded again."""
    if damaged is None:
        edge.note("If anything was recorded after it, record it again: `kapplan log` tells what there is.")
        return
    known = {(entry.at, entry.command, entry.text) for entry in good.history}
    for entry in damaged.plan.history:
        if (entry.at, entry.command, entry.text) not in known:
            edge.note(f"Not in it: {entry.at:%Y-%m-%d %H:%M} UTC, {entry.by}: {entry.text}")


def _in_database(  # noqa: PLR0917  # the command's own words
    edge: Edge, book: Book, text: str, revision: int | None, by: str, why: str | None
) -> None:
    """Restore from the revisions that a database keeps of every plan."""
    from kapplan.files.book.book import BookEntry
    from kapplan.files.plans.format import plan_of
    from kapplan.files.plans.snapshots import capacities_of
    from kapplan.files.plans.store import StoredPlan
    from kapplan.files.toml.sources import SourceFile

    entries = [
        entry for entry in book.entries() if isinstance(entry, BookEntry) and text in {entry.name, entry.patient}
    ]
    if len(entries) != 1:
        raise UsageError(f"there is no plan {text} in the book", hint="`kapplan board` lists whose plans there are")
    name, source = entries[0].name, SourceFile(name=text, data=book.text(entries[0].name))
    for data in reversed(book.revisions(name)):
        try:
            good = plan_of(SourceFile(name=name, data=data))
        except InvalidFileError:
            continue
        if good.doubted is None and (revision is None or good.revision >= revision) and data != source.data:
            target = good.revision if revision is None else revision
            after = replace(
                _as_it_was(edge, good, target, by, why), revision=max(good.revision, entries[0].revision) + 1
            )
            stored = StoredPlan(plan=good, digest=source.digest, path=None, source=source, name=name, book=edge.book)
            log_access(edge, after.patient)
            book.replace(stored, signed(edge, after, good), capacities_of(after))
            edge.note(f"Restored revision {target} of {name}.")
            return
    raise UsageError(f"the book keeps no such good revision of {name}", hint="look in your backups")
