"""Sessions at the command line: what is typed, what both streams show, and how it ends.

A session file holds commands after ``$``, lines of standard output as they are, lines of standard error after ``!``,
and an exit code other than 0 after ``?``. ``# NAME=VALUE`` sets the environment of what follows. ``pytest --update``
writes what the commands print now, for review in the difference.
"""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from support.command_line import CommandLine, Ran, with_examples

SESSIONS = sorted((Path(__file__).parent / "sessions").glob("*.txt"))


@pytest.mark.parametrize("session", SESSIONS, ids=lambda path: path.stem)
def test_session(
    session: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Every command of the session prints exactly what the file shows."""
    line = CommandLine(with_examples(tmp_path), monkeypatch)
    expected = session.read_text(encoding="utf-8")
    shown = "".join(_played(expected, line))
    if request.config.getoption("--update"):
        session.write_text(shown, encoding="utf-8")
    assert shown == session.read_text(encoding="utf-8")


def _played(text: str, line: CommandLine) -> list[str]:
    played: list[str] = []
    env: dict[str, str] = {}
    for written in text.splitlines():
        if written.startswith("# "):
            played.append(f"{written}\n")
            if "=" in written:
                name, _, value = written[2:].partition("=")
                env[name] = value
        elif written.startswith("$ "):
            played += [f"{written}\n", _shown(line(*shlex.split(written[2:])[1:], env=env))]
    return played


def _shown(ran: Ran) -> str:
    out = ran.text.replace("\r\n", "\n")
    err = "".join(f"! {said}\n".replace("!  \n", "!\n") for said in ran.err.splitlines())
    return out + err + (f"? {ran.code}\n" if ran.code else "") + "\n"
