"""Terminals of a size on which somebody types: what they see, without colours, and how the command ends."""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from support.command_line import SECRET

PAGER = r"\r\x1b\[K:|\n:\x1b|\n:$|\(END\)"
"""What ``less`` shows in its last line."""
QUESTION = r"\]: $"
"""How a question ends that is answered by a line."""

RUN = "import sys; from kapplan.cli.boundary import run; sys.exit(run())"
_WITHOUT = "import sys; sys.modules[{!r}] = None; "
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]")
_SETTINGS = ("KAPPLAN_BOOK", "KAPPLAN_PLANS", "KAPPLAN_FORMAT", "KAPPLAN_LOCALE", "KAPPLAN_PAGER", "PAGER", "LESS",
             "COLUMNS", "LINES")  # fmt: skip


@contextmanager
def pseudo_terminal() -> Iterator[tuple[TextIO, bytearray]]:
    """Open a terminal for this process: a stream to write to, and the raw bytes that arrive at its other end.

    They are all there when it is closed.
    """
    import pty
    import tty

    ours, theirs = pty.openpty()
    tty.setraw(theirs)  # it changes no line ends
    arrived = bytearray()

    def read() -> None:
        with suppress(OSError):  # Linux says so where the other end is closed
            while piece := os.read(ours, 65536):
                arrived.extend(piece)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        with open(theirs, "w", encoding="utf-8") as stream:  # noqa: PTH123  # a descriptor has no path
            yield stream, arrived
    finally:
        reader.join()
        os.close(ours)


def typed_on(
    folder: Path,
    words: Sequence[str],
    keys: Sequence[tuple[str, str]] = (),
    *,
    size: tuple[int, int] = (24, 80),
    env: Mapping[str, str] | None = None,
    without: str | None = None,
) -> tuple[str, int, int]:
    """Run a command on a terminal of so many lines and columns.

    ``keys`` are what is typed when what stands before it appears; a pager is left with ``q``. ``without`` is a package
    that is not there. Returns what stood on the terminal, the exit code, and how often ``q`` was typed.
    """
    import pexpect

    settings = {**os.environ, "KAPPLAN_BY": "tester", "KAPPLAN_SECRET": SECRET, "TERM": "xterm", "LC_ALL": "C.UTF-8"}
    for name in _SETTINGS:
        settings.pop(name, None)
    code = (_WITHOUT.format(without) if without else "") + RUN
    child = pexpect.spawn(
        sys.executable, ["-c", code, *words], cwd=str(folder), env={**settings, **(env or {})}, dimensions=size,
        encoding="utf-8", timeout=120,
    )  # fmt: skip
    seen, left = "", 0
    for awaited, sent in keys:
        child.expect(awaited)
        seen += child.before + child.after
        child.send(sent)
    while child.expect([pexpect.EOF, PAGER]):
        seen += child.before + "\n"
        left += 1
        child.send("q")
    seen += child.before or ""
    child.close()
    return _ESCAPE.sub("", seen).replace("\r", ""), int(child.exitstatus or 0), left
