"""What a file keeps when it is written anew."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

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
