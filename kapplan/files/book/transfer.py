"""Carrying all plans of a book elsewhere, without loss: into another book, or into a backup.

A backup is one archive with the file of every plan, and of every revision that the book keeps, a ``tar.gz`` that any
program opens: ``plans/NAME.plan.toml``, and ``revisions/NAME/0001.plan.toml`` and so on. The same book gives the same
bytes. With a recipient the archive is encrypted by ``age`` or ``gpg`` before it reaches the disk.
"""

from __future__ import annotations

import gzip
import io
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

from kapplan.dataclass import dataclass
from kapplan.errors import MachineError, UsageError
from kapplan.files.book.book import Book, BookEntry, Damaged
from kapplan.files.book.folder_absences import NAME as ABSENCES
from kapplan.files.book.folder_absences import absences_text
from kapplan.files.plans.atomic import write_new
from kapplan.files.plans.store import ENDING
from kapplan.model.bookings import Overlap
from kapplan.model.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What was carried: the names of plans, the overlaps that came along, and the plans that cannot be read.

    The files from which ``astray`` plans were made are found from the one book, but not from the other.
    """

    names: tuple[str, ...]
    overlaps: tuple[Overlap, ...] = ()
    damaged: tuple[Damaged, ...] = ()
    astray: tuple[str, ...] = ()


def carry(source: Book, target: Book) -> Carried:
    """Carry every plan of a book into another as it is, byte for byte, with the revisions that both keep.

    What overlapped before does so afterwards, and the absences that the one knows the other knows. Raises
    ``UsageError`` where the other has a plan of a name already; plans that cannot be read stay where they are.
    """
    names: list[str] = []
    overlaps: list[Overlap] = []
    damaged: list[Damaged] = []
    for entry in source.entries():
        if isinstance(entry, Damaged):
            damaged.append(entry)
            continue
        overlaps += target.take_over(entry.name, source.text(entry.name), source.revisions(entry.name))
        names.append(entry.name)
    if known := source.absences():
        target.replace_all((), learned=known)
    astray = tuple(name for name in names if _is_astray(target.load(name).plan, source.folder, target.folder))
    return Carried(names=tuple(names), overlaps=tuple(overlaps), damaged=tuple(damaged), astray=astray)


def _is_astray(plan: Plan, before: Path, now: Path) -> bool:
    """Return whether a file that a plan was made from is found from a folder, but not from another."""
    named = [one for one in (plan.inputs.profile, plan.inputs.clinic) if one is not None]
    return any((before / one).is_file() and not (now / one).is_file() for one in named)


# -- backups --------------------------------------------------------------------------------------------------------

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
