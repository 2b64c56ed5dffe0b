"""The command line as a person uses it: run in a folder, with what it prints on both streams and its exit code."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import pytest

from kapplan.cli.boundary import run

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


SECRET = "the same for every test"  # noqa: S105
"""What plans made by tests are named with in calendars, so that the same input gives the same bytes."""
LOGIN = "tester"
"""Whose login the commands of tests are, whoever runs them."""


@dataclass(frozen=True)
class Ran:
    """What a command printed and how it ended."""

    out: bytes
    err: str
    code: int

    @property
    def text(self) -> str:
        """Standard output as text."""
        return self.out.decode("utf-8")


class Terminal(io.TextIOWrapper):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@dataclass
class CommandLine:
    """A folder to run commands in, without a terminal unless one is asked for."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch

    def __call__(
        self,
        *arguments: str,
        terminal: bool | TextIO = False,
        stdin: str = "",
        env: Mapping[str, str] | None = None,
    ) -> Ran:
        """Run one command in this process; what is no mere ``terminal`` but a stream gets all that it prints."""
        stream = Terminal if terminal is True else io.TextIOWrapper
        out, err = io.BytesIO(), io.BytesIO()
        with self.monkeypatch.context() as patch:
            patch.chdir(self.folder)
            for name in (
                "NO_COLOR",
                "FORCE_COLOR",
                "KAPPLAN_BY",
                "KAPPLAN_TODAY",
                "KAPPLAN_PLANS",
                "KAPPLAN_BOOK",
                "KAPPLAN_FORMAT",
                "KAPPLAN_LOCALE",
                "KAPPLAN_PAGER",
                "PAGER",
                "LC_ALL",
                "LC_TIME",
                "LANG",
                "COLUMNS",
            ):
                patch.delenv(name, raising=False)
            for name, value in {"KAPPLAN_BY": "tester", "KAPPLAN_SECRET": SECRET, **(env or {})}.items():
                patch.setenv(name, value)
            patch.setattr("kapplan.cli.session.environment.login_name", lambda: LOGIN)
            patch.setattr(sys, "stdout", stream(out, encoding="utf-8", write_through=True))
            patch.setattr(sys, "stderr", stream(err, encoding="utf-8", write_through=True))
            if isinstance(terminal, io.TextIOBase):
                patch.setattr(sys, "stdout", terminal)
                patch.setattr(sys, "stderr", terminal)
            patch.setattr(sys, "stdin", stream(io.BytesIO(stdin.encode()), encoding="utf-8"))
            code = run(list(arguments))
            sys.stdout.flush()
            sys.stderr.flush()
            shown, said = out.getvalue(), err.getvalue().decode("utf-8")
        return Ran(shown, said, code)

    def write(self, name: str, text: str) -> Path:
        """Write a file into the folder."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path


def with_examples(folder: Path) -> Path:
    """Copy the examples into a folder."""
    for example in sorted(EXAMPLES.glob("*.toml")):
        (folder / example.name).write_bytes(example.read_bytes())
    return folder


def environment(**values: str) -> dict[str, str]:
    """Return the environment of a process of its own, with no setting of the machine's that matters."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KAPPLAN", "NO_COLOR", "FORCE"))}
    return {**kept, "KAPPLAN_BY": "tester", "KAPPLAN_SECRET": SECRET, **values}
