"""Every broken file of the gallery is refused with a message at the right place, and never with a traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support.broken_files import CLINIC, GALLERY, PROFILE, PROTOCOL, Broken

from kapplan.cli.boundary import run
from kapplan.errors import InvalidFileError
from kapplan.files.documents.kinds import FileKind
from kapplan.files.documents.readers import read_clinic, read_profile, read_protocol
from kapplan.files.plans.format import plan_of
from kapplan.files.toml.sources import SourceFile
from kapplan.output.terminal.diagnostics import render_problems

READERS: dict[FileKind, Callable[[SourceFile], object]] = {
    "profile": read_profile,
    "clinic": read_clinic,
    "protocol": read_protocol,
    "plan": plan_of,
}


def _problems_of(broken: Broken) -> InvalidFileError:
    with pytest.raises(InvalidFileError) as caught:
        READERS[broken.kind](SourceFile(name=f"{broken.name}.toml", data=broken.data))
    return caught.value


@pytest.mark.parametrize("broken", GALLERY, ids=lambda broken: broken.name)
def test_a_broken_file_is_refused_at_the_place_of_each_mistake(broken: Broken) -> None:
    """Each mistake is told once, at its line and column, with the words that help to mend it."""
    error = _problems_of(broken)
    assert error.exit_code == 3
    shown = render_problems(error.problems)
    assert len(error.problems) == len(broken.mistakes), shown
    for mistake, problem in zip(broken.mistakes, error.problems, strict=True):
        place = (mistake.line, mistake.column or problem.column)
        assert (problem.line, problem.column) == place, shown
        text = " ".join(filter(None, (problem.message, problem.expected, problem.nearest)))
        assert [word for word in mistake.words if word not in text] == [], text


@pytest.mark.parametrize(
    "broken", [broken for broken in GALLERY if not broken.name.startswith("not-a-")], ids=lambda broken: broken.name
)
def test_checking_a_broken_file_ends_with_3_and_says_where(
    broken: Broken, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the command line a broken file ends with exit code 3, its name and line on stderr and nothing on stdout."""
    monkeypatch.chdir(tmp_path)
    name = f"{broken.name}.toml"
    Path(name).write_bytes(broken.data)
    command = "plan" if broken.kind == "profile" else "check"
    assert run([command, name]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert f"{name}:" in err
    assert "Traceback" not in err


def test_the_gallery_is_large_and_its_names_are_unique() -> None:
    """The gallery holds at least sixty files, none twice."""
    assert len({broken.name for broken in GALLERY}) == len(GALLERY) >= 60


@pytest.mark.parametrize(("kind", "text"), [("profile", PROFILE), ("clinic", CLINIC), ("protocol", PROTOCOL)])
def test_the_files_that_the_gallery_breaks_are_sound(kind: FileKind, text: str) -> None:
    """The texts to which mistakes are added have none of their own."""
    READERS[kind](SourceFile.of_text(text))
