"""The README shows what the program prints: its tour is played from top to bottom, in one folder, as it stands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from support.command_line import CommandLine, with_examples

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
BLOCK = re.compile(r"(?<=```console\n).*?(?=```)", re.DOTALL)
ELIDED = "…"


def test_the_tour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Every command of the README's tour prints what the README shows, on a terminal of 80 columns."""
    (tmp_path / "examples").mkdir()
    with_examples(tmp_path / "examples")
    line = CommandLine(tmp_path, monkeypatch)
    text = README.read_text(encoding="utf-8")
    played = BLOCK.sub(lambda block: _played(block[0], line), text)
    if request.config.getoption("--update"):
        README.write_text(played, encoding="utf-8")
    assert played == README.read_text(encoding="utf-8")


def _played(block: str, line: CommandLine) -> str:
    """Return a block with what its commands print now; a block that ends with ``…`` shows only the beginning."""
    sessions = re.split(r"(?m)^\$ ", block)[1:]
    shown: list[str] = []
    for session in sessions:
        command, _, before = session.partition("\n")
        name, *arguments = shlex.split(command)
        if name != "kapplan":
            shown.append(f"$ {session}")
            continue
        ran = line(*arguments, terminal=True, env={"NO_COLOR": "1", "COLUMNS": "80", "TERM": "xterm"})
        lines = [written.rstrip() for written in (ran.text + ran.err).splitlines()]
        kept = before.rstrip().splitlines()
        if kept and kept[-1].strip() == ELIDED:
            lines = [*lines[: len(kept) - 1], ELIDED]
        shown.append("\n".join([f"$ {command}", *lines]) + "\n")
    return "\n".join(each.rstrip("\n") + "\n" for each in shown)


def test_the_two_commands_open_the_readme() -> None:
    """The README opens with a virtual environment, the main job and the tests, each as one line."""
    text = README.read_text(encoding="utf-8")
    first_job = text.index("pip install . && kapplan plan examples/river.toml")
    assert text.index("python3 -m venv") < first_job < text.index('pip install ".[test]" && pytest')
    assert "Scripts\\activate" in text


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README.read_text(encoding="utf-8")))))
def test_links_lead_somewhere(target: str) -> None:
    """Every file that the README links to is there."""
    assert (ROOT / target).exists()
