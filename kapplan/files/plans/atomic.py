"""Files written whole: a reader finds what was there before or all that is new, whatever fails in between.

And files of kapplan's own read back, which may not be there, or be what nobody here wrote.
"""

from __future__ import annotations

import os
import stat
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path

from kapplan.errors import FileProblem, InvalidFileError, MachineError, UsageError


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
        move_into_place(prepared, path, durable=durable)


@contextmanager
def reading_own(path: Path, message: str, expected: str) -> Iterator[None]:
    """Read a file that kapplan wrote; ``FileNotFoundError`` where it is not there.

    Raises ``MachineError`` where it cannot be read, and ``InvalidFileError`` with ``message`` and what is ``expected``
    where what it holds has not the keys and types that it should.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise MachineError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidFileError((FileProblem(message=message, file=str(path), expected=expected),)) from error


def write_new(path: Path, data: bytes) -> None:
    """Write a file that is not there yet; raises ``UsageError`` where one is."""
    with prepared_beside(path, data) as prepared:
        if os.path.lexists(path):
            raise UsageError(f"{path} is there already and is not overwritten", hint="choose another name")
        move_into_place(prepared, path)


@contextmanager
def prepared_beside(path: Path, data: bytes, *, durable: bool = True, prepared: Path | None = None) -> Iterator[Path]:
    """Write the bytes to a temporary file beside the path, on the disk for good; remove it if it is not used.

    It is the path ``prepared`` where one is given. What earlier writers left behind who died is swept.

    Raises ``UsageError`` for a path in no folder, without a name or with one that Windows takes for a device (folders
    are shared between systems), and ``MachineError`` where the system refuses.
    """
    if not path.name:
        raise UsageError(f"{path} is a folder; name a file in it")
    if path.name.partition(".")[0].rstrip().casefold() in _DEVICES:
        raise UsageError(f"{path}: Windows keeps that name for a device", hint="choose another name")
    prepared = prepared or path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}.tmp")
    try:
        _write(prepared, data, durable=durable)
        if durable:
            _sweep(path, prepared)
        yield prepared
    except OSError as error:
        if not path.parent.is_dir():
            raise UsageError(f"there is no folder {path.parent}") from error
        raise MachineError(f"{path} could not be written: {error.strerror or error}; nothing was changed") from error
    finally:
        with suppress(OSError):
            prepared.unlink(missing_ok=True)


_PORTS = (f"{port}{number}" for port in ("com", "lpt") for number in "123456789\xb9\xb2\xb3")
_DEVICES = frozenset({"con", "conin$", "conout$", "prn", "aux", "nul", *_PORTS})

_LEFT_BEHIND = 3600.0
"""Seconds after which nobody goes on with a temporary file: writing takes milliseconds."""


def _sweep(path: Path, own: Path) -> None:
    """Remove temporary files of a path that their writers left behind; by the folder's clock, not ours."""
    with suppress(OSError):
        now = own.stat().st_mtime
        for left in path.parent.glob(f".{escape(path.name)}.*.tmp"):
            if now - left.stat().st_mtime > _LEFT_BEHIND:
                left.unlink(missing_ok=True)


_GROUPS = 0o660


def _as_before(prepared: Path, path: Path) -> None:
    """Give a temporary file the owner, the group and the mode of the file whose place it takes.

    A new file in a folder that is a group's (its set-group-id bit says so) is the group's too.
    """
    with suppress(OSError):
        try:
            before = path.stat()
        except FileNotFoundError:
            if path.parent.stat().st_mode & stat.S_ISGID:
                prepared.chmod(_GROUPS)
            return
        own = prepared.stat()
        if hasattr(os, "chown") and (own.st_uid, own.st_gid) != (before.st_uid, before.st_gid):
            with suppress(PermissionError):
                os.chown(prepared, -1, before.st_gid)
            with suppress(PermissionError):
                os.chown(prepared, before.st_uid, -1)
        prepared.chmod(stat.S_IMODE(before.st_mode))


def _write(path: Path, data: bytes, *, durable: bool) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        if durable:
            file.flush()
            _to_disk(file.fileno())


def _to_disk(descriptor: int) -> None:
    """Wait until a file is on the disk: on macOS ``fsync`` leaves it in the disk's own memory."""
    if sys.platform == "darwin":
        import fcntl

        with suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
    os.fsync(descriptor)


_TRIES = 10


def move_into_place(prepared: Path, path: Path, *, durable: bool = True, like: Path | None = None) -> None:
    """Put the temporary file in the place of the other, and the change of the folder on the disk where that is known.

    Its mode, owner and group are those of the other, or of the file that it is to be ``like``.
    Windows refuses while another program reads the file, which a virus scanner may do for a moment.
    """
    _as_before(prepared, like or path)
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


PREVIOUS = ".prev"
"""What the name of a plan's last good revision adds."""
DAMAGED = ".damaged"
"""What the name of a plan's file adds that another revision took the place of."""


def previous_of(path: Path) -> Path:
    """Return where the last good revision before the one in a plan's file is kept."""
    return path.with_name(path.name + PREVIOUS)


@contextmanager
def keeping(path: Path, beside: Path, ending: str | None = PREVIOUS) -> Iterator[None]:
    """Keep what a file holds under its name with another ending, once the work has put something else in its place.

    Until then it lies ``beside``, from where it can be had back; where the work fails, or there is no ``ending``, that
    goes. So two names never lead to one file, of which both would be spoilt at once. Where the disk lets nothing be
    kept, it is done without.
    """
    kept = _have_beside(path, beside)
    try:
        yield
        if kept and ending is not None:
            with suppress(OSError):
                beside.replace(path.with_name(path.name + ending))
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def _have_beside(path: Path, beside: Path) -> bool:
    """Let what a file holds lie beside it, whole; tell whether the disk let that be done."""
    with suppress(OSError):
        os.link(path, beside)
        return True
    try:  # a file system without links
        _write(beside, path.read_bytes(), durable=True)
        _as_before(beside, path)
    except OSError:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        return False
    return True
