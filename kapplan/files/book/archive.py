"""Backups of a book: one archive with the file of every plan, and of every revision that the book keeps.

It is a ``tar.gz`` that any program opens: ``plans/NAME.plan.toml``, and ``revisions/NAME/0001.plan.toml`` and so on.
The same book gives the same bytes. With a recipient the archive is encrypted by ``age`` or ``gpg`` before it reaches
the disk.
"""

from __future__ import annotations

import gzip
import io
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

from kapplan.errors import MachineError, UsageError
from kapplan.files.book.book import Book, BookEntry
from kapplan.files.book.folder_absences import NAME as ABSENCES
from kapplan.files.book.folder_absences import absences_text
from kapplan.files.plans.atomic import write_new
from kapplan.files.plans.store import ENDING

ENCRYPTERS = {"age": ("age", "-r"), "gpg": ("gpg", "--batch", "--trust-model", "always", "--encrypt", "-r")}
"""The programs that encrypt a backup, and how each is told for whom."""

_SECONDS = 600


def backup(book: Book, target: Path, *, encrypt_with: str | None = None, recipient: str | None = None) -> int:
    """Write a backup of a book to a new file and return how many plans it holds.

    Damaged plans are in it too, as they are. Raises ``UsageError`` where the file is there already or the program that
    is to encrypt is not installed, ``MachineError`` where that fails.
    """
    data, plans = _archive(book)
    if encrypt_with is not None:
        data = _encrypted(data, encrypt_with, recipient or "")
    write_new(target, data)
    return plans


def _archive(book: Book) -> tuple[bytes, int]:
    packed = io.BytesIO()
    plans = 0
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, text in _files(book):
            plans += path.startswith("plans/") and path.endswith(ENDING)
            about = tarfile.TarInfo(path)
            about.size, about.mode = len(text), 0o600
            archive.addfile(about, io.BytesIO(text))
    return gzip.compress(packed.getvalue(), mtime=0), plans


def _files(book: Book) -> Iterator[tuple[str, bytes]]:
    for entry in book.entries():
        name = entry.name
        yield f"plans/{name}{ENDING}", book.text(name)
        if isinstance(entry, BookEntry):
            for number, text in enumerate(book.revisions(name), 1):
                yield f"revisions/{name}/{number:04}{ENDING}", text
    if known := book.absences():
        yield f"plans/{ABSENCES}", absences_text(known)


def _encrypted(data: bytes, program: str, recipient: str) -> bytes:
    command = ENCRYPTERS[program]
    if shutil.which(command[0]) is None:
        raise UsageError(f"{program} is not installed", hint="install it, or leave the encryption to where backups lie")
    try:
        ran = subprocess.run([*command, recipient], input=data, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MachineError(f"{program} did not encrypt the backup: {error}") from error
    if ran.returncode != 0:
        why = ran.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise MachineError(f"{program} did not encrypt the backup: {why}")
    return ran.stdout
