"""A lock that works on every system: a file that only one can create.

The lock of ``x.plan.toml`` is the file ``.x.plan.toml.lock`` beside it. ``O_CREAT | O_EXCL`` is atomic on local disks,
on SMB and on NFS, needs no module that only some systems have, and holds between machines that share a folder.

A program that dies leaves its lock behind. Whether a lock is left behind is told without clocks that could disagree
and without process numbers, which mean nothing on another machine: a lock is a lease. Its holder may write only within
``LEASE`` seconds of taking it; who has watched the same lock for longer than that may break it. Breakers take turns by
a second lock file, so that nobody breaks a lock that another breaker has just replaced. With the lock goes what its
holder had prepared: if that one was only slow, it finds nothing to put in place and says that nothing was written.
Who does work of many steps may take the lease anew between them: a mark more in the lock tells those who watch it.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from kapplan.errors import ChangedMeanwhileError, MachineError

LEASE = 5.0
"""For how many seconds a lock protects its holder; what is done under it takes milliseconds."""

_GRACE = 1.0
"""How many seconds beyond the lease a lock is watched before it is broken."""

_PAUSE = 0.02
"""Seconds between two looks at a lock that somebody else holds."""

_MARK = "+"
"""What is added to a lock's content each time that its holder takes it, or its lease, anew."""


class FileLock:
    """The lock of one file, held inside a ``with`` block."""

    def __init__(self, path: Path, *, lease: float = LEASE) -> None:
        self.path = path.with_name(f".{path.name}.lock")
        self.lease = lease
        self.token = uuid.uuid4().hex
        self.taken = 0.0
        self._marks = 0
        self._seen: tuple[str | None, float] | None = None

    def watch(self) -> None:
        """See who holds the lock already now: how long they have it counts from here, not from when it is asked for."""
        self._seen = _read(self.path) or None, time.monotonic()

    def __enter__(self) -> Self:
        now = time.monotonic()
        watched, since = self._seen or (None, now)
        give_up = now + 3 * (self.lease + _GRACE)
        self._seen, self.taken = None, now
        while not self._create(self.path):
            holder = _read(self.path)
            now = time.monotonic()
            if holder != watched:
                watched, since = holder, now
            if now > give_up:
                raise ChangedMeanwhileError(
                    f"somebody else is writing {self.path.name.removesuffix('.lock').removeprefix('.')}",
                    hint=f"if nobody is, remove {self.path} and {self.path}.break and try again",
                )
            if holder is not None and now - since > self.lease + _GRACE:
                self._break(holder)
            time.sleep(_PAUSE)
            self.taken = time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if _holder(_read(self.path)) == self.token:
            with suppress(OSError):
                self.path.unlink()
        self._marks += 1

    def check(self) -> None:
        """Raise ``ChangedMeanwhileError`` where the lease has run out, so that another may hold the lock by now."""
        if not self.holds:
            raise ChangedMeanwhileError("writing took too long; nothing was written", hint="try again")

    def keep(self) -> None:
        """Take the lease anew where that can be done, as ``kept`` does; raise as ``check`` does where it cannot."""
        self.kept()
        self.check()

    def kept(self) -> bool:
        """Take the lease anew, where half of it is over and nobody has broken the lock; return whether it is held.

        Breakers and who does this take turns, so that nobody breaks a lock that has just been kept.
        """
        if time.monotonic() - self.taken > self.lease / 2:
            with suppress(MachineError, OSError):
                self._keep()
        return self.holds

    def _keep(self) -> None:
        now = time.monotonic()
        if not self._create(self._turn):
            return
        try:
            if _holder(_read(self.path)) == self.token:
                with self.path.open("a", encoding="ascii") as file:
                    file.write(_MARK)
                self.taken, self._marks = now, self._marks + 1
        finally:
            self._turn.unlink(missing_ok=True)

    @property
    def holds(self) -> bool:
        """Whether the lock is still the holder's, and its lease runs."""
        return time.monotonic() - self.taken <= self.lease and _holder(_read(self.path)) == self.token

    def free_of(self, holder: str) -> None:
        """Break the lock at once where it is that of a holder, by their token, who writes no more."""
        content = _read(self.path)
        if content and _holder(content) == holder:
            self._break(content)

    def _create(self, path: Path) -> bool:
        """Create a lock file; tell whether it was not there."""
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        except FileExistsError:
            return False
        except PermissionError as error:
            if path.exists():  # Windows says so of a file that another program is just removing.
                return False
            raise MachineError(f"no file may be written to {path.parent}: {error.strerror}") from error
        except OSError as error:
            raise MachineError(f"no file can be written to {path.parent}: {error.strerror}") from error
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(self.token + _MARK * self._marks)
        except OSError as error:  # a full disk makes files and takes no bytes
            with suppress(OSError):
                path.unlink()
            raise MachineError(f"no file can be written to {path.parent}: {error.strerror}") from error
        return True

    @property
    def prepared(self) -> Path:
        """Where the holder prepares what it is going to put in the file's place.

        Who breaks the lock removes it first: a holder that comes back after its lease has nothing left to put there.
        """
        return self._prepared_by(self.token)

    @property
    def before(self) -> Path:
        """Where the holder keeps what the file held, until something else has taken its place; it goes as well."""
        return _before(self.prepared)

    def _prepared_by(self, holder: str) -> Path:
        return self.path.with_name(f"{self.path.name.removesuffix('.lock')}.{holder or 'nobody'}.tmp")

    @property
    def _turn(self) -> Path:
        return self.path.with_name(self.path.name + ".break")

    def _break(self, content: str) -> None:
        """Remove a lock left behind, if it still says the same."""
        if self._create(self._turn):
            try:
                if _read(self.path) == content:
                    prepared = self._prepared_by(_holder(content) or "")
                    prepared.unlink(missing_ok=True)
                    _before(prepared).unlink(missing_ok=True)
                    self.path.unlink(missing_ok=True)
            finally:
                self._turn.unlink(missing_ok=True)


@contextmanager
def all_held(locks: Sequence[FileLock]) -> Iterator[None]:
    """Hold several locks at once.

    The first ones run out while another is waited for that a dead program left behind: then they are taken once more.
    Those of a dead program are watched all at once, and so waited for no longer than one of them.
    """
    for lock in locks:
        lock.watch()
    for last in (False, True):
        with ExitStack() as held:
            for lock in locks:
                held.enter_context(lock)
            if last or all(lock.holds for lock in locks):
                yield
                return


def _before(prepared: Path) -> Path:
    return prepared.with_suffix(".before.tmp")


def _holder(content: str | None) -> str | None:
    """Return the token of who holds a lock with such a content."""
    return None if content is None else content.rstrip(_MARK)


def _read(path: Path) -> str | None:
    """Return what a lock says of who holds it: empty where it was just created, ``None`` where nobody does."""
    try:
        return path.read_text(encoding="ascii")
    except (OSError, ValueError):
        return None
