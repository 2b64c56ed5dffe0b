"""Which book is meant: a folder, or the address of a database."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from kapplan.errors import UsageError

if TYPE_CHECKING:
    from kapplan.files.book.book import Book
    from kapplan.files.book.database import DatabaseBook

_ADDRESS = re.compile(r"[A-Za-z][\w+.-]+://")


def is_database(address: str) -> bool:
    """Return whether the address of a book is that of a database."""
    return _ADDRESS.match(address) is not None


def open_book(address: str, password: str | None = None) -> Book:
    """Return the book at an address; ``UsageError`` where there is none.

    Of a database the tables are brought up to date.
    """
    if not is_database(address):
        from kapplan.files.book.folder import FolderBook

        folder = Path(address)
        if not folder.is_dir():
            raise UsageError(f"there is no folder {folder}", hint=f"make the book: kapplan book init {folder}")
        return FolderBook(folder)
    book = database_at(address, password)
    book.settle()
    return book


def make_book(address: str, password: str | None = None) -> Book:
    """Make a new book; ``UsageError`` where there is one already."""
    if not is_database(address):
        from kapplan.files.book.folder import FolderBook

        Path(address).mkdir(parents=True, exist_ok=True)
        return FolderBook(Path(address))
    book = database_at(address, password)
    book.make()
    return book


def database_at(address: str, password: str | None = None) -> DatabaseBook:
    """Return the book of a database as it is."""
    from kapplan.files.book.database import DatabaseBook

    return DatabaseBook(address, password)
