"""The library as JSON: the same data as its TOML, read only while that TOML is what it was made of."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from kapplan.files.library.compiled import compile_library, read
from kapplan.files.library.package_data import LIBRARY, library_data

NAMES = tuple(
    file.relative_to(LIBRARY).with_suffix("").as_posix()
    for file in (*sorted(LIBRARY.glob("*.toml")), *sorted(LIBRARY.glob("protocols/*.toml")))
)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the library that was compiled anew."""
    folder = tmp_path_factory.mktemp("copy") / "library"
    shutil.copytree(LIBRARY, folder, ignore=shutil.ignore_patterns("compiled"))
    compile_library(folder)
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_what_was_compiled_is_what_the_toml_says(compiled: Path, name: str) -> None:
    """Every file gives the same data and the same types, in the package as it is and compiled anew."""
    written = repr(tomllib.loads((LIBRARY / f"{name}.toml").read_text(encoding="utf-8")))
    assert repr(library_data(name)) == written
    assert repr(read(compiled, name)) == written


def test_what_a_plan_reads_is_compiled(compiled: Path) -> None:
    """Of the rules and protocols none is left to be parsed but what holds days."""
    there = {file.relative_to(compiled / "compiled").with_suffix("").as_posix() for file in compiled.rglob("*.json")}
    assert there == set(NAMES) - {"library"}


def test_a_file_that_was_changed_is_read_as_it_is(compiled: Path) -> None:
    """What was made of another text counts no more, and neither does what is damaged."""
    text = (compiled / "review.toml").read_text(encoding="utf-8")
    (compiled / "review.toml").write_text(f"{text}\n[added]\nby = 'hand'\n", encoding="utf-8")
    assert read(compiled, "review")["added"] == {"by": "hand"}
    (compiled / "compiled" / "measures.json").write_text('["', encoding="utf-8")
    assert read(compiled, "measures") == read(LIBRARY, "measures")
