"""``kapplan book``: make a book, carry plans from one to another, look whether all agrees, back it up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kapplan.cli.session.audit import log_access
from kapplan.cli.session.book import book_at, named_book, password_of
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.options import command
from kapplan.cli.session.views import ShowFormat, show_records
from kapplan.errors import InvalidFileError, PartlyFailedError, UsageError

if TYPE_CHECKING:
    from kapplan.files.book.book import Book

Action = Literal["init", "copy", "check", "backup"]


@command("book")
def book(
    edge: Edge,
    action: Annotated[Action, typer.Argument(metavar="init|copy|check|backup", help="What is done.")],
    books: Annotated[
        list[str] | None,
        typer.Argument(metavar="[BOOK...]", help="The book; of copy first the one that is copied, then the other."),
    ] = None,
    *,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The file of a backup.")] = None,
    encrypt_with: Annotated[Literal["age", "gpg"] | None, typer.Option(help="What encrypts a backup.")] = None,
    recipient: Annotated[str | None, typer.Option(help="For whom a backup is encrypted.")] = None,
    form: Annotated[ShowFormat | None, typer.Option("--format", help="How to print what does not agree.")] = None,
) -> None:
    """Make a clinic's book, copy it, check it or back it up.

    A book is a folder, or a database: sqlite:///clinic.db, postgresql://host/name.

    Example: kapplan book check plans
    """
    addresses = tuple(books or ())
    if action == "init":
        _init(edge, _one(edge, addresses))
    elif action == "copy":
        _copy(edge, addresses)
    elif action == "check":
        _check(edge, book_at(edge, _one(edge, addresses)), form)
    else:
        _backup(edge, book_at(edge, _one(edge, addresses)), output, encrypt_with, recipient)


def _one(edge: Edge, addresses: tuple[str, ...]) -> str:
    """Return the one book that is meant: the one named, else the one that every command would take."""
    if len(addresses) > 1:
        from kapplan.files.book.book import without_password

        raise UsageError(
            "one book at a time", hint=f"this names {len(addresses)}: {', '.join(map(without_password, addresses))}"
        )
    return addresses[0] if addresses else named_book(edge) or "."


def _init(edge: Edge, address: str) -> None:
    from kapplan.files.book.opening import make_book

    made = make_book(address, password_of(edge, address))
    edge.note(f'The book is {made.address}. In the clinic\'s file: book = "{made.address}"')


def _copy(edge: Edge, addresses: tuple[str, ...]) -> None:
    from kapplan.files.book.agreement import overlap_words
    from kapplan.files.book.transfer import carry
    from kapplan.output.records.words import count

    if len(addresses) != 2:  # noqa: PLR2004  # from where, and to where
        raise UsageError("copy takes two books", hint="kapplan book copy FROM TO")
    source, target = (book_at(edge, address) for address in addresses)
    _log(edge, source)
    carried = carry(source, target)
    edge.note(f"{count(len(carried.names), 'plan')} copied to {target.address}.")
    for overlap in carried.overlaps:
        edge.note(f"Booked twice: {overlap_words(overlap)}")
    if carried.astray:
        edge.note(
            f"The profiles or clinic's files of {', '.join(carried.astray)} are not found from {target.folder}: make "
            "the book beside the first one, or say once where they are: kapplan refresh PLAN --profile FILE"
        )
    for plan in carried.damaged:
        edge.note(f"Left where it is, since it cannot be read: {plan.name}")
    if carried.damaged:
        raise PartlyFailedError(f"{count(len(carried.damaged), 'plan')} could not be copied.")


def _check(edge: Edge, checked: Book, form: ShowFormat | None) -> None:
    from kapplan.files.book.agreement import disagreements
    from kapplan.output.records.records import Column, Records
    from kapplan.output.records.words import count

    _log(edge, checked)
    found = disagreements(checked)
    if not found:
        edge.note(f"{checked.address}: {count(len(checked.entries()), 'plan')}, and all agrees.")
        return
    records = Records(
        columns=(Column(key="plan", style="bold"), Column(key="kind"), Column(key="text", title="What does not agree")),
        rows=tuple((one.name, one.kind, one.text) for one in found),
        schema="kapplan.book-check/1",
        name="disagreements",
    )
    show_records(edge, records, form)
    if any(one.kind == "damaged" for one in found):
        raise InvalidFileError(tuple(problem for plan in checked.damaged() for problem in plan.problems))
    things = "1 thing does" if len(found) == 1 else f"{len(found)} things do"
    raise PartlyFailedError(f"{things} not agree in the book {checked.address}.")


def _log(edge: Edge, read: Book) -> None:
    """Note in the access log whose plans are read."""
    from kapplan.files.book.book import BookEntry

    log_access(edge, *(entry.patient for entry in read.entries() if isinstance(entry, BookEntry)))


def _backup(edge: Edge, source: Book, output: Path | None, encrypt_with: str | None, recipient: str | None) -> None:
    from kapplan.files.book.transfer import backup
    from kapplan.output.records.words import count

    if output is None:
        raise UsageError("a backup needs a file", hint="-o FILE.tar.gz")
    if (encrypt_with is None) != (recipient is None):
        raise UsageError("--encrypt-with and --recipient go together")
    _log(edge, source)
    plans = backup(source, output, encrypt_with=encrypt_with, recipient=recipient)
    edge.note(f"{output} holds {count(plans, 'plan')} of {source.address}.")
    edge.note("To bring them back: unpack it, and copy its plans.")
