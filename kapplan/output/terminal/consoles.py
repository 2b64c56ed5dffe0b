"""The one module that owns consoles: who gets colours and how wide a line is.

What a stream's encoding can show is the business of ``streams``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Literal, TextIO

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook, RenderResult
from rich.segment import Segment

from kapplan.dataclass import dataclass
from kapplan.output.records.habits import AS_INSIDE, Habits
from kapplan.output.records.visible import visible
from kapplan.output.terminal.commands import as_typed
from kapplan.output.terminal.reader import ReaderConsole
from kapplan.output.terminal.streams import is_terminal, settle_encoding

ColorOption = Literal["auto", "always", "never"]

DEFAULT_WIDTH = 80
_OFF = {"0", "false", "no", "off"}


@dataclass(frozen=True, slots=True)
class Consoles:
    """Both consoles of a run: the answer goes to ``out``, everything else to ``err``."""

    out: Console
    err: Console


def consoles(
    out: TextIO,
    err: TextIO,
    env: Mapping[str, str],
    color: ColorOption = "auto",
    habits: Callable[[TextIO], Habits] = lambda _: AS_INSIDE,
) -> Consoles:
    """Return the consoles of a run; each stream's colours, width and reader's ``habits`` are decided on its own."""
    return Consoles(*(console_for(stream, env, color, habits=habits(stream)) for stream in (out, err)))


def console_for(
    stream: TextIO,
    env: Mapping[str, str],
    color: ColorOption = "auto",
    *,
    width: int | None = None,
    habits: Habits = AS_INSIDE,
) -> Console:
    """Return a console that prints text as it is: no markup, no emoji codes, no highlighting of its own."""
    terminal = is_terminal(stream)
    settle_encoding(stream)
    console = ReaderConsole(
        habits=habits,
        file=stream,
        force_terminal=terminal,
        color_system="standard" if wants_color(stream, env, color) else None,
        no_color=False,
        width=width or line_width(stream, env),
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=None if terminal else False,
        _environ={},
    )
    console.push_render_hook(_Filter())
    return console


class _Filter(RenderHook):
    """Shows what would act on the terminal in everything that is printed; colours are the console's own."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [_Visible(renderable) for renderable in renderables]


@dataclass(frozen=True, slots=True)
class _Visible:
    body: ConsoleRenderable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for segment in console.render(self.body, options):
            text = segment.text if segment.control else as_typed(visible(segment.text))
            yield segment if text == segment.text else Segment(text, segment.style)


def wants_color(stream: TextIO, env: Mapping[str, str], color: ColorOption = "auto") -> bool:
    """Decide about colours: the option first, then ``NO_COLOR``, ``FORCE_COLOR``, ``TERM=dumb``, then the terminal."""
    if color != "auto":
        return color == "always"
    if env.get("NO_COLOR"):
        return False
    if forced := env.get("FORCE_COLOR"):
        return forced.lower() not in _OFF
    return env.get("TERM") != "dumb" and is_terminal(stream)


def line_width(stream: TextIO, env: Mapping[str, str]) -> int:
    """Return the width of a line in characters: ``COLUMNS``, else the terminal's, else 80."""
    columns = env.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return int(columns)
    try:
        return os.get_terminal_size(stream.fileno()).columns or DEFAULT_WIDTH
    except (OSError, ValueError, AttributeError):
        return DEFAULT_WIDTH
