"""Bytes with a name: what readers read, whether it lay on disk, came through a pipe or stands in the package."""

from __future__ import annotations

import os
import stat
import sys
import time
from contextlib import suppress
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from kapplan.dataclass import dataclass
from kapplan.errors import UsageError

MEBIBYTE = 1024 * 1024
STDIN = "-"
PIPE_SECONDS = 5.0
"""How long a pipe may say nothing: a program that waits longer waits for ever."""
_A_MOMENT = 0.02


@dataclass(frozen=True)
class SourceFile:
    """The bytes of one file; ``name`` is what problems call it, ``path`` where it lies, if it lies anywhere."""

    name: str
    data: bytes
    path: Path | None = None

    @classmethod
    def of_text(cls, text: str, name: str = "<text>") -> SourceFile:
        """Return the source of a text that is already at hand."""
        return cls(name=name, data=text.encode("utf-8", "surrogatepass"))

    @property
    def folder(self) -> Path:
        """The folder from which the file's own relative paths count: the current one for a pipe."""
        return self.path.parent if self.path is not None else Path()

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the bytes as hexadecimal digits."""
        return sha256(self.data).hexdigest()


def open_source(name: str | Path, *, what: str = "file", at_most: int = 2 * MEBIBYTE, pipes: bool = True) -> SourceFile:
    """Read a path, or standard input for ``-``; never more than one byte beyond ``at_most``.

    What nobody named (it lies in a folder, another file names it) is read without ``pipes``: none is waited for.

    Raises ``UsageError`` where the path cannot be read, is a device, or a pipe into which nobody writes; ``what`` names
    the file's part in the message (``profile``).
    """
    if str(name) == STDIN:
        stream = getattr(sys.stdin, "buffer", None)
        data = stream.read(at_most + 1) if stream is not None else sys.stdin.read(at_most + 1).encode()
        return SourceFile(name="<stdin>", data=data)
    path = Path(name)
    try:
        mode = path.stat().st_mode
        if pipes and stat.S_ISFIFO(mode):
            return SourceFile(name=str(name), data=_read_pipe(path, at_most + 1), path=path)
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            sort = "pipe" if stat.S_ISFIFO(mode) else "device"
            raise UsageError(f"{path} is a {sort}, no file; a {what} is wanted")
        with path.open("rb") as file:
            return SourceFile(name=str(name), data=file.read(at_most + 1), path=path)
    except (OSError, ValueError) as error:
        raise UsageError(_unreadable(path, error, what), hint=_near(path, error)) from error


def _read_pipe(path: Path, at_most: int) -> bytes:
    """Return what comes through a named pipe, or the ``/dev/fd/63`` of a shell, without waiting for ever."""
    pipe = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    found = bytearray()
    waited = 0.0
    try:
        while len(found) < at_most and waited < PIPE_SECONDS:
            try:
                piece = os.read(pipe, at_most - len(found))
            except BlockingIOError:
                piece = None
            if piece:
                found += piece
                waited = 0.0
            elif piece is not None and found:
                return bytes(found)
            else:
                time.sleep(_A_MOMENT)
                waited += _A_MOMENT
    finally:
        os.close(pipe)
    if waited >= PIPE_SECONDS:
        raise OSError(f"for {PIPE_SECONDS:.0f} seconds nobody wrote into this pipe")
    return bytes(found)


def _near(path: Path, error: Exception) -> str | None:
    """Return the file beside one that is not there whose name comes nearest, as a question."""
    if not isinstance(error, FileNotFoundError):
        return None
    from difflib import get_close_matches

    with suppress(OSError):
        there = [one.name for one in path.parent.iterdir() if one.suffix == path.suffix and one.is_file()]
        if near := get_close_matches(path.name, there, n=1, cutoff=0.75):
            return f"did you mean {path.with_name(near[0])}?"
    return None


def _unreadable(path: Path, error: Exception, what: str) -> str:
    """Say in words why a path cannot be read."""
    try:
        is_folder = path.is_dir()
    except (OSError, ValueError):
        is_folder = False
    if is_folder:
        return f"{path} is a folder; a {what} is wanted"
    if isinstance(error, FileNotFoundError):
        return f"the {what} {path} is a link that leads nowhere" if path.is_symlink() else f"there is no {what} {path}"
    if isinstance(error, PermissionError):
        return f"the {what} {path} may not be read: permission denied"
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"the {what} {path} cannot be read: {reason}"
