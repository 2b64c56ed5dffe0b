"""A lock keeps others out for as long as it is held, and no dead program keeps them out for ever."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from support.clocks import Clock

from kapplan.errors import ChangedMeanwhileError, MachineError
from kapplan.files.plans import locks
from kapplan.files.plans.locks import FileLock, all_held


@pytest.fixture(autouse=True)
def _short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the tests quick."""
    monkeypatch.setattr(locks, "_GRACE", 0.05)


def _lock_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_lock_is_a_file_beside_and_goes_with_its_holder(tmp_path: Path) -> None:
    """The lock is visible while it is held and leaves nothing behind, even where the work fails."""

    def work() -> None:
        with FileLock(tmp_path / "x"):
            assert _lock_files(tmp_path) == [".x.lock"]
            raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        work()
    assert _lock_files(tmp_path) == []


def test_two_never_hold_a_lock_at_once(tmp_path: Path) -> None:
    """Twenty threads that each add to a number in a file lose none."""
    number = tmp_path / "n"
    number.write_text("0", encoding="ascii")

    def add() -> None:
        with FileLock(number) as lock:
            seen = int(number.read_text(encoding="ascii"))
            time.sleep(0.002)
            lock.check()
            number.write_text(str(seen + 1), encoding="ascii")

    threads = [threading.Thread(target=add) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert number.read_text(encoding="ascii") == "20"


def test_a_lock_left_behind_is_broken_after_its_lease(tmp_path: Path) -> None:
    """A program that was killed while it held a lock keeps others out for the lease and no longer."""
    code = "import os, sys; from pathlib import Path; from kapplan.files.plans.locks import FileLock\n"
    code += "FileLock(Path(sys.argv[1])).__enter__(); os._exit(9)"
    path = tmp_path / "x"
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == 9
    assert _lock_files(tmp_path) == [".x.lock"]
    start = time.monotonic()
    with FileLock(path, lease=0.2):
        assert time.monotonic() - start >= 0.2
    assert _lock_files(tmp_path) == []


def test_several_that_wait_for_a_dead_holder_take_turns(tmp_path: Path) -> None:
    """Breaking a lock left behind never breaks the lock of who came first after it."""
    path = tmp_path / "x"
    (tmp_path / ".x.lock").write_text("dead", encoding="ascii")
    inside, most = 0, 0
    guard = threading.Lock()

    def work() -> None:
        nonlocal inside, most
        with FileLock(path, lease=0.2):
            with guard:
                inside += 1
                most = max(most, inside)
            time.sleep(0.02)
            with guard:
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    assert _lock_files(tmp_path) == []


def test_who_lost_a_lock_leaves_that_of_its_successor(tmp_path: Path) -> None:
    """On leaving, only one's own lock is removed."""
    with FileLock(tmp_path / "x") as lock:
        lock.path.write_text("another", encoding="ascii")
    assert _lock_files(tmp_path) == [".x.lock"]


def test_a_lock_that_cannot_be_broken_is_named(tmp_path: Path) -> None:
    """Where even the breaker of a lock died, the message names the file to remove, with exit code 6."""
    for name in (".x.lock", ".x.lock.break"):
        (tmp_path / name).write_text("dead", encoding="ascii")
    with pytest.raises(ChangedMeanwhileError, match="writing x") as caught, FileLock(tmp_path / "x", lease=0.05):
        pass
    assert caught.value.exit_code == 6
    assert str(tmp_path / ".x.lock") in str(caught.value.hint)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_the_right_to_write_is_named(tmp_path: Path) -> None:
    """Where no lock can be made nothing can be written either."""
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(MachineError, match="no file may be written"), FileLock(tmp_path / "x"):
            pass
    finally:
        tmp_path.chmod(0o700)


def test_a_folder_that_is_not_there_is_the_machines_error(tmp_path: Path) -> None:
    """A lock in a folder that vanished ends in words."""
    with pytest.raises(MachineError, match="no file can be written"), FileLock(tmp_path / "a" / "x"):
        pass


def test_the_lease_is_five_seconds_to_write_and_one_more_to_be_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A holder may write through its fifth second and not after; who waits breaks the lock a second after that.

    So nobody writes under a lock that another has just broken, as long as clocks run alike, whatever they show.
    """
    clock = Clock()
    monkeypatch.setattr(locks, "time", clock)
    monkeypatch.setattr(locks, "_GRACE", 1.0)
    holder = FileLock(tmp_path / "x")
    holder.__enter__()
    clock.now += 5.0
    holder.check()
    clock.now += 0.01
    with pytest.raises(ChangedMeanwhileError, match="too long"):
        holder.check()
    began = clock.now
    with FileLock(tmp_path / "x") as second:
        assert 6.0 < clock.now - began < 6.1
        second.check()


def test_a_lock_that_changes_hands_is_watched_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting counts from when the holder was first seen: others' short turns never add up to a lease."""
    clock, path = Clock(), tmp_path / ".x.lock"
    monkeypatch.setattr(locks, "time", clock)
    path.write_text("first", encoding="ascii")

    def passing(seconds: float) -> None:
        before = clock.now
        clock.now += seconds
        if before < 1_004 <= clock.now:
            path.write_text("second", encoding="ascii")

    monkeypatch.setattr(clock, "sleep", passing)
    with FileLock(tmp_path / "x"):
        assert clock.now >= 1_004 + locks.LEASE


def test_long_work_keeps_its_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who takes the lease anew between steps holds a lock for as long as the steps come, and who waits lets them."""
    clock = Clock()
    monkeypatch.setattr(locks, "time", clock)
    monkeypatch.setattr(locks, "_GRACE", 1.0)
    first, second = FileLock(tmp_path / "x"), FileLock(tmp_path / "x")
    released: list[float] = []
    first.__enter__()

    def pausing(seconds: float) -> None:
        clock.now += seconds
        if clock.now < 1_012:
            first.keep()
        elif not released:
            released.append(clock.now)
            first.__exit__(None, None, None)

    monkeypatch.setattr(clock, "sleep", pausing)
    with second:
        assert released
        assert clock.now < released[0] + 0.1
    assert _lock_files(tmp_path) == []


def test_a_lock_is_kept_after_its_lease_where_nobody_broke_it_and_not_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who was away for longer than the lease has the lock again if nobody else wanted it, and never another's."""
    clock = Clock()
    monkeypatch.setattr(locks, "time", clock)
    with FileLock(tmp_path / "x") as lock:
        clock.now += 60
        lock.keep()
        lock.check()
        clock.now += 60
        with FileLock(tmp_path / "x") as another:
            with pytest.raises(ChangedMeanwhileError):
                lock.keep()
            assert not lock.kept()
            another.check()


def test_many_locks_of_a_dead_program_are_waited_for_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty locks that one program left behind cost whoever needs all of them the wait for a single one."""
    clock = Clock()
    monkeypatch.setattr(locks, "time", clock)
    monkeypatch.setattr(locks, "_GRACE", 1.0)
    for number in range(40):
        (tmp_path / f".{number}.lock").write_text("dead", encoding="ascii")
    began, mine = clock.now, [FileLock(tmp_path / str(number)) for number in range(40)]
    with all_held(mine):
        assert all(lock.holds for lock in mine)
        assert clock.now - began < 8


def test_a_lock_goes_at_once_that_is_known_to_be_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock of a holder who is known to write no more goes with what it prepared; that of anybody else stays."""
    monkeypatch.setattr(locks, "time", Clock())
    gone = FileLock(tmp_path / "x")
    gone.__enter__()
    gone.prepared.touch()
    FileLock(tmp_path / "x").free_of("another")
    assert _lock_files(tmp_path) == sorted([".x.lock", gone.prepared.name])
    FileLock(tmp_path / "x").free_of(gone.token)
    assert _lock_files(tmp_path) == []
