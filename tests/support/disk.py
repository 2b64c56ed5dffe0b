"""A disk that can be watched: what a command asks of it, call by call, and what happens if one of the calls fails.

Every call that changes a folder is a *point*. At each point a test can look at what lies there, which is what a process
that is killed at that moment leaves; let the call fail, as a full or broken disk does; or let somebody else in.
"""

from __future__ import annotations

import builtins
import io
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

Files = dict[str, bytes]
"""What lies in a folder: the bytes of each file by its path below it."""


class Point(NamedTuple):
    """One call: the number of those before it, what is asked and the name of the file."""

    number: int
    call: str
    name: str


Reached = Callable[[Point], None]

_BY_PATH = ("open", "replace", "rename", "link", "unlink", "remove", "mkdir", "rmdir", "chmod", "chown", "utime")
_READS = ("stat", "scandir", "listdir")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class _Watched(io.FileIO):
    """A file that is written in two halves, so that there is a moment between them."""

    def __init__(self, file: Any, mode: str, reach: Callable[[str, Any], None], closefd: bool) -> None:
        super().__init__(file, mode, closefd=closefd)
        self._reach, self._of, self._torn = reach, file, False

    def write(self, data: Any, /) -> int:
        """Write a half the first time, as a system may; who writes goes on with the rest."""
        self._reach("write", self._of)
        view = memoryview(data).cast("B")
        half = len(view) if self._torn or len(view) < 2 else len(view) // 2
        self._torn = True
        return super().write(view[:half])


class Disk:
    """The calls of this process that change a folder, from ``watching`` on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.points: list[Point] = []
        self._reached: Reached | None = None
        self._reads = False
        self._open_files: dict[int, str] = {}
        self._io_open = io.open

    @contextmanager
    def watching(self, reached: Reached | None = None, *, reads: bool = False) -> Iterator[None]:
        """Count the points, and call ``reached`` before each is passed; what it raises is what the call ends with.

        With ``reads`` a file that is opened to be read, or looked at, is a point too.
        """
        self.points, self._reached, self._reads = [], reached or (lambda _: None), reads
        with pytest.MonkeyPatch.context() as patch:
            for call in _BY_PATH:
                patch.setattr(os, call, self._by_path(call, getattr(os, call)))
            for call in _READS if reads else ():
                patch.setattr(os, call, self._by_path(call, getattr(os, call)))
            patch.setattr(os, "fsync", self._fsync(os.fsync))
            patch.setattr(io, "open", self._opened)
            patch.setattr(builtins, "open", self._opened)
            try:
                yield
            finally:
                self._reached = None

    def files(self) -> Files:
        """Return what lies in the folder now."""
        reached, self._reached = self._reached, None
        try:
            found = (path for path in sorted(self.folder.rglob("*")) if path.is_file() and not path.is_symlink())
            return {str(path.relative_to(self.folder)): path.read_bytes() for path in found}
        finally:
            self._reached = reached

    def by_two_names(self) -> set[str]:
        """Return the names that people see of files that have another such name, too: one fault would spoil both."""
        reached, self._reached = self._reached, None
        try:
            seen = [path for path in self.folder.rglob("*") if path.is_file() and not path.name.startswith(".")]
            found = Counter(path.stat().st_ino for path in seen)
            return {path.name for path in seen if found[path.stat().st_ino] > 1}
        finally:
            self._reached = reached

    def put(self, files: Files) -> None:
        """Let these files lie in the folder and no others, none of them by two names."""
        for name in self.files():
            (self.folder / name).unlink()
        for name, data in files.items():
            path = self.folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)

    def _reach(self, call: str, file: Any) -> None:
        name = self._name(file)
        if self._reached is None or name is None:
            return
        point = Point(len(self.points), call, name)
        self.points.append(point)
        reached, self._reached = self._reached, None
        try:
            reached(point)
        finally:
            self._reached = reached

    def _name(self, file: Any) -> str | None:
        """Return the path below the folder of a file, a descriptor too; ``None`` where it lies elsewhere."""
        if isinstance(file, int):
            return self._open_files.get(file)
        path = Path(os.path.abspath(os.fsdecode(file)))  # noqa: PTH100  # links count by their own names
        return str(path.relative_to(self.folder)) if path.is_relative_to(self.folder) else None

    def _by_path(self, call: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def watched(path: Any = ".", *arguments: Any, **named: Any) -> Any:
            if call == "open" and not arguments[0] & _WRITES:
                done = real(path, *arguments, **named)
            else:
                target = arguments[0] if call in {"replace", "rename", "link"} else path
                self._reach(call, target)
                done = real(path, *arguments, **named)
            if call == "open":
                name = self._name(path)
                self._open_files.pop(done, None)
                if name is not None:
                    self._open_files[done] = name
            return done

        return watched

    def _fsync(self, real: Callable[[int], None]) -> Callable[[int], None]:
        def watched(descriptor: int) -> None:
            self._reach("fsync", descriptor)
            real(descriptor)

        return watched

    def _opened(self, file: Any, mode: str = "r", *arguments: Any, **named: Any) -> Any:
        if self._reached is None or self._name(file) is None or not set(mode) & set("wax+"):
            if self._reads and not isinstance(file, int):
                self._reach("read", file)
            return self._io_open(file, mode, *arguments, **named)
        if not isinstance(file, int):
            self._reach("open", file)
        if "+" in mode:
            return self._io_open(file, mode, *arguments, **named)
        raw = _Watched(file, mode.replace("b", "").replace("t", ""), self._reach, bool(named.get("closefd", True)))
        buffered = io.BufferedWriter(raw)
        if "b" in mode:
            return buffered
        encoding, newline = named.get("encoding") or "utf-8", named.get("newline")
        return io.TextIOWrapper(buffered, encoding=encoding, newline=newline)
