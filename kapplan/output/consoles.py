"""The one module that owns consoles: who gets colours, how wide a line is, and what the encoding can show.

A stream that is no terminal gets UTF-8 and bare line feeds, whatever the system. A terminal whose encoding lacks a
character shows its nearest ASCII relative, one for one, so that columns keep their place.
"""

from __future__ import annotations

import codecs
import os
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TextIO

from rich.console import Console

ColorOption = Literal["auto", "always", "never"]

DEFAULT_WIDTH = 80
_ASCII_ERRORS = "kapplan-ascii"
_OFF = {"0", "false", "no", "off"}
_STANDINS = {
    "\N{EN DASH}": "-", "\N{EM DASH}": "-", "\N{MINUS SIGN}": "-", "\N{NO-BREAK SPACE}": " ", "…": ".",
    "\N{LEFT SINGLE QUOTATION MARK}": "'", "\N{RIGHT SINGLE QUOTATION MARK}": "'", "“": '"', "”": '"',
    "─": "-", "━": "=", "│": "|", "┃": "|", "·": "-", "•": "*", "●": "*", "○": "o", "✓": "v", "✗": "x",
    "\N{MULTIPLICATION SIGN}": "x", "◆": "#", "▲": "^", "→": ">", "←": "<", "≥": ">", "≤": "<",
    "┌": "+", "┐": "+", "└": "+", "┘": "+", "├": "+", "┤": "+", "┬": "+", "┴": "+", "┼": "+",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Consoles:
    """Both consoles of a run: the answer goes to ``out``, everything else to ``err``."""

    out: Console
    err: Console


def consoles(out: TextIO, err: TextIO, env: Mapping[str, str], color: ColorOption = "auto") -> Consoles:
    """Return the consoles of a run; each stream's colours and width are decided on its own."""
    return Consoles(console_for(out, env, color), console_for(err, env, color))


def console_for(
    stream: TextIO, env: Mapping[str, str], color: ColorOption = "auto", *, width: int | None = None
) -> Console:
    """Return a console that prints text as it is: no markup, no emoji codes, no highlighting of its own."""
    terminal = _is_terminal(stream)
    _settle_encoding(stream, terminal=terminal)
    return Console(
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


def wants_color(stream: TextIO, env: Mapping[str, str], color: ColorOption = "auto") -> bool:
    """Decide about colours: the option first, then ``NO_COLOR``, ``FORCE_COLOR``, ``TERM=dumb``, then the terminal."""
    if color != "auto":
        return color == "always"
    if env.get("NO_COLOR"):
        return False
    if forced := env.get("FORCE_COLOR"):
        return forced.lower() not in _OFF
    return env.get("TERM") != "dumb" and _is_terminal(stream)


def line_width(stream: TextIO, env: Mapping[str, str]) -> int:
    """Return the width of a line in characters: ``COLUMNS``, else the terminal's, else 80."""
    columns = env.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return int(columns)
    try:
        return os.get_terminal_size(stream.fileno()).columns or DEFAULT_WIDTH
    except (OSError, ValueError, AttributeError):
        return DEFAULT_WIDTH


def nearest_ascii(text: str) -> str:
    """Return a text in ASCII, each character for one: stand-ins for signs, letters without accents, else ``?``."""
    return "".join(_standin(character) for character in text)


def _standin(character: str) -> str:
    if character.isascii():
        return character
    bare = unicodedata.normalize("NFKD", character)[:1]
    return _STANDINS.get(character) or (bare if bare.isascii() else "?")


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return nearest_ascii(error.object[error.start : error.end]), error.end


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # a closed stream
        return False


def _settle_encoding(stream: TextIO, *, terminal: bool) -> None:
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is None:
        return
    if terminal:
        codecs.register_error(_ASCII_ERRORS, _replace)
        reconfigure(errors=_ASCII_ERRORS)
    else:
        reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
