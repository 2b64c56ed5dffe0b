"""Bytes with a name: what readers read, whether it lay on disk, came through a pipe or stands in the package."""

from __future__ import annotations

import sys
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from kapplan.dataclass import dataclass
from kapplan.errors import UsageError

MEBIBYTE = 1024 * 1024
STDIN = "-"


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


def open_source(name: str | Path, *, what: str = "file", at_most: int = 2 * MEBIBYTE) -> SourceFile:
    """Read a path, or standard input for ``-``; never more than one byte beyond ``at_most``.

    Raises ``UsageError`` where the path cannot be read; ``what`` names the file's part in the message (``profile``).
    """
    if str(name) == STDIN:
        stream = getattr(sys.stdin, "buffer", None)
        data = stream.read(at_most + 1) if stream is not None else sys.stdin.read(at_most + 1).encode()
        return SourceFile(name="<stdin>", data=data)
    path = Path(name)
    try:
        with path.open("rb") as file:
            return SourceFile(name=str(name), data=file.read(at_most + 1), path=path)
    except (OSError, ValueError) as error:
        raise UsageError(_unreadable(path, error, what)) from error


def _unreadable(path: Path, error: Exception, what: str) -> str:
    """Say in words why a path cannot be read."""
    try:
        is_folder = path.is_dir()
    except (OSError, ValueError):
        is_folder = False
    if is_folder:
        return f"{path} is a folder; a {what} is wanted"
    if isinstance(error, FileNotFoundError):
        return f"there is no {what} {path}"
    if isinstance(error, PermissionError):
        return f"the {what} {path} may not be read: permission denied"
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"the {what} {path} cannot be read: {reason}"
