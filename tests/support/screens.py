"""Terminals without a terminal: what a renderable looks like at a width, with and without colours."""

from __future__ import annotations

import io
import re

from rich.cells import cell_len
from rich.console import RenderableType

from kapplan.output.records.habits import AS_INSIDE, Habits
from kapplan.output.terminal.consoles import ColorOption, console_for

WIDTHS = (40, 60, 80, 99, 100, 120, 200)
_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def screen(
    renderable: RenderableType, width: int = 80, color: ColorOption = "never", habits: Habits = AS_INSIDE
) -> str:
    """Return what a console of a width prints."""
    out = io.StringIO()
    console_for(out, {}, color, width=width, habits=habits).print(renderable)
    return out.getvalue()


def words_of(text: str) -> str:
    """Return a text with every stretch of blanks and line ends as one blank."""
    return " ".join(text.split())


def without_colors(text: str) -> str:
    """Return a text without the codes that colour it."""
    return _ESCAPE.sub("", text)


def widest(text: str) -> int:
    """Return how many columns of a terminal the widest line takes."""
    return max((cell_len(line) for line in text.splitlines()), default=0)
