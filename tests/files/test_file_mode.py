"""What a file keeps when it is written anew, and what it is written with on systems that ours may not be."""

from __future__ import annotations

import os
import stat
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import pytest

from kapplan.files.checks import file_checks
from kapplan.files.plans.atomic import write_whole


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no such modes")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o664])
def test_a_file_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    """A new file is its owner's alone; one that was opened to others stays so however often it is written."""
    file = tmp_path / "x.ics"
    write_whole(file, b"1")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(mode)
    write_whole(file, b"2")
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (b"2", mode)


@pytest.mark.parametrize("refused", [False, True], ids=["it does", "a disk that knows no such call"])
def test_on_macos_the_disk_itself_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, refused: bool
) -> None:
    """There ``fsync`` leaves bytes in the disk's own memory: the call that empties it is made, else ``fsync``."""
    asked: list[str] = []

    def full_sync(descriptor: int, call: int) -> None:
        assert (os.fstat(descriptor).st_size, call) == (5, 51)
        asked.append("full")
        if refused:
            raise OSError(45, "Operation not supported")

    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setitem(sys.modules, "fcntl", SimpleNamespace(fcntl=full_sync, F_FULLFSYNC=51))
    monkeypatch.setattr(os, "fsync", lambda _: asked.append("fsync"))
    write_whole(tmp_path / "x", b"whole")
    of_the_folder = "fsync"
    assert asked == ["full", *(["fsync"] if refused else []), of_the_folder]
    assert (tmp_path / "x").read_bytes() == b"whole"


def test_on_windows_a_file_that_is_read_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another program reads it a file cannot be replaced there; elsewhere the same refusal is final."""
    file, refusals = tmp_path / "x", 3
    waited: list[float] = []
    file.write_bytes(b"old")
    replace = os.replace

    def busy(source: Path, target: Path) -> None:
        nonlocal refusals
        refusals -= 1
        if refusals >= 0:
            raise PermissionError(13, "being used by another process")
        replace(source, target)

    monkeypatch.setattr(os, "replace", busy)
    monkeypatch.setattr(time, "sleep", waited.append)
    monkeypatch.setattr(sys, "platform", "win32")
    write_whole(file, b"new")
    assert (file.read_bytes(), len(waited)) == (b"new", 3)


@pytest.mark.parametrize("system", ["posix", "nt"])
def test_on_windows_nothing_is_said_of_modes(monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    """A mode says nothing there about who can read a profile: no check tells to change what would change nothing."""
    with TemporaryDirectory() as folder:
        profile = Path(folder) / "a.toml"
        profile.write_text('[patient]\nid = "a"\ntimezone = "America/Denver"\n[treatment]\n', encoding="utf-8")
        Path(folder).chmod(0o755)
        profile.chmod(0o644)
        monkeypatch.setattr(file_checks, "os", SimpleNamespace(name=system))
        told = [problem.expected or "" for problem in file_checks.check_file(profile)]
    assert any("chmod" in one for one in told) == (system == "posix" == os.name)
