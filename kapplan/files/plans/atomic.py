"""Files written whole: a reader finds what was there before or all that is new, whatever fails in between."""

from __future__ import annotations

import os
import stat
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kapplan.errors import MachineError, UsageError


def write_whole(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write a file, in place of what it held before; a device or a pipe is written to as it is.

    A file that was there keeps its mode: who opened it to a web server or to a group has said so. A new one is its
    owner's alone.

    What can be made anew need not be ``durable``: it is not waited for until it is on the disk.

    Raises ``UsageError`` where its folder is not there and ``MachineError`` where the disk or the system refuses.
    """
    if path.exists() and not path.is_file():
        if path.is_dir():
            raise UsageError(f"{path} is a folder; name a file in it")
        path.write_bytes(data)
        return
    with prepared_beside(path, data, durable=durable) as prepared:
        with suppress(FileNotFoundError):
            prepared.chmod(stat.S_IMODE(path.stat().st_mode))
        move_into_place(prepared, path, durable=durable)


def write_new(path: Path, data: bytes) -> None:
    """Write a file that is not there yet; raises ``UsageError`` where one is."""
    with prepared_beside(path, data) as prepared:
        if os.path.lexists(path):
            raise UsageError(f"{path} is there already and is not overwritten", hint="choose another name")
        move_into_place(prepared, path)


@contextmanager
def prepared_beside(path: Path, data: bytes, *, durable: bool = True) -> Iterator[Path]:
    """Write the bytes to a temporary file beside the path, on the disk for good; remove it if it is not used.

    Raises ``UsageError`` for a path without a name or in no folder, and ``MachineError`` where the system refuses.
    """
    if not path.name:
        raise UsageError(f"{path} is a folder; name a file in it")
    prepared = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}.tmp")
    try:
        _write(prepared, data, durable=durable)
        yield prepared
    except OSError as error:
        if not path.parent.is_dir():
            raise UsageError(f"there is no folder {path.parent}") from error
        raise MachineError(f"{path} could not be written: {error.strerror or error}; nothing was changed") from error
    finally:
        with suppress(OSError):
            prepared.unlink(missing_ok=True)


def _write(path: Path, data: bytes, *, durable: bool) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        if durable:
            file.flush()
            os.fsync(file.fileno())


_TRIES = 10


def move_into_place(prepared: Path, path: Path, *, durable: bool = True) -> None:
    """Put the temporary file in the place of the other, and the change of the folder on the disk where that is known.

    Windows refuses while another program reads the file, which a virus scanner may do for a moment.
    """
    for left in reversed(range(_TRIES)):
        try:
            prepared.replace(path)
            break
        except PermissionError:
            if not left or sys.platform != "win32":
                raise
            time.sleep(0.05)
    if not durable:
        return
    with suppress(OSError):
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
