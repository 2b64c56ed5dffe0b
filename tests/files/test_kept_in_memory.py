"""What was read lately is kept in memory: never longer than its files stay as they are, never without bound."""

from __future__ import annotations

from pathlib import Path

import pytest

from kapplan.errors import InvalidFileError
from kapplan.files.documents import protocols as library
from kapplan.files.documents import readers as reading
from kapplan.files.documents.protocols import load_protocol
from kapplan.files.documents.readers import read_clinic
from kapplan.files.toml.sources import SourceFile, open_source

LOWER = 'extends = "kap-standard"\nid = "lower"\ntitle = "{title}"\n'


def test_a_protocol_below_changes(tmp_path: Path) -> None:
    """A protocol is read again when one that it extends has changed, or is gone, though its own file is the same."""
    lower = tmp_path / "lower.toml"
    (tmp_path / "upper.toml").write_text('extends = "lower.toml"\nid = "upper"\n', encoding="utf-8")
    for title in ("One", "Two", "One"):
        lower.write_text(LOWER.format(title=title), encoding="utf-8")
        assert load_protocol("upper.toml", tmp_path).title == title
    lower.unlink()
    with pytest.raises(InvalidFileError):
        load_protocol("upper.toml", tmp_path)


def test_a_clinic_changes(tmp_path: Path) -> None:
    """A clinic is read again when its file has changed, and the same record serves while it has not."""
    path = tmp_path / "clinic.toml"
    names = []
    for name in ("One", "Two"):
        path.write_text(f'[clinic]\nname = "{name}"\n', encoding="utf-8")
        names.append(read_clinic(open_source(path)).name)
        assert read_clinic(open_source(path)) is read_clinic(open_source(path))
    assert names == ["One", "Two"]


def test_no_more_than_a_few(tmp_path: Path) -> None:
    """However many clinics there are, only a few are kept."""
    for number in range(3 * reading.KEPT):
        read_clinic(SourceFile.of_text(f'[clinic]\nname = "{number}"\n', str(tmp_path / str(number))))
    assert read_clinic.cache_info().currsize <= reading.KEPT
    assert library._kept.cache_info().maxsize == reading.KEPT
