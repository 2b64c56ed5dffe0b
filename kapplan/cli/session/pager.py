"""A pager where an answer has more lines than the terminal: ``KAPPLAN_PAGER``, else ``PAGER``, else ``less``."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from typing import TextIO

_USUAL = "less"
_LESS = {"LESS": "-FRX", "LESSCHARSET": "utf-8", "LESSHISTFILE": "-", "LESSSECURE": "1"}
"""How ``less`` is started where nobody says how: with colours, without a trace of what was looked for in a plan."""
_NO_PAGER = frozenset({"", "cat"})


def paged(text: str, out: TextIO, env: Mapping[str, str]) -> bool:
    """Show a text in a pager where it is longer than the terminal ``out``; return whether it was shown.

    An empty ``KAPPLAN_PAGER`` or ``PAGER``, or ``cat``, turns paging off.
    """
    if not _is_longer(text, out) or env.get("TERM") == "dumb":
        return False
    words = shlex.split(env.get("KAPPLAN_PAGER", env.get("PAGER", _USUAL)))
    if not words or words[0] in _NO_PAGER or shutil.which(words[0]) is None:
        return False
    out.flush()
    with subprocess.Popen(words, stdin=subprocess.PIPE, env={**_LESS, **env}) as process:  # noqa: S603  # theirs
        with suppress(BrokenPipeError):
            _hand_over(process, text.encode(out.encoding or "utf-8", out.errors or "strict"))
        _wait_for(process)
    return True


def _is_longer(text: str, out: TextIO) -> bool:
    """Return whether a text and the line for the next command have more lines than a terminal has."""
    try:
        return text.count("\n") >= os.get_terminal_size(out.fileno()).lines > 0
    except (OSError, ValueError):
        return False


def _hand_over(process: subprocess.Popen[bytes], data: bytes) -> None:
    if process.stdin is not None:
        with process.stdin as pipe:
            pipe.write(data)


def _wait_for(process: subprocess.Popen[bytes]) -> None:
    """Wait until the reader has left the pager; Ctrl-C belongs to the pager until then."""
    while process.poll() is None:
        with suppress(KeyboardInterrupt):
            process.wait()
