"""Streams: what their encoding can show, whether or not anything for terminals is at hand.

A stream that is no terminal gets UTF-8 and bare line feeds, whatever the system. A terminal whose encoding lacks a
character shows its nearest ASCII relative, one for one, so that columns keep their place.
"""

from __future__ import annotations

import codecs
import unicodedata
from typing import TextIO

_ASCII_ERRORS = "kapplan-ascii"
_STANDINS = {
    "\N{EN DASH}": "-", "\N{EM DASH}": "-", "\N{MINUS SIGN}": "-", "\N{NO-BREAK SPACE}": " ", "…": ".",
    "\N{LEFT SINGLE QUOTATION MARK}": "'", "\N{RIGHT SINGLE QUOTATION MARK}": "'", "“": '"', "”": '"',
    "─": "-", "━": "=", "│": "|", "┃": "|", "·": "-", "•": "*", "●": "*", "○": "o", "✓": "v", "✗": "x",
    "\N{MULTIPLICATION SIGN}": "x", "◆": "#", "▲": "^", "→": ">", "←": "<", "≥": ">", "≤": "<",
    "┌": "+", "┐": "+", "└": "+", "┘": "+", "├": "+", "┤": "+", "┬": "+", "┴": "+", "┼": "+",
}  # fmt: skip


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


def is_terminal(stream: TextIO) -> bool:
    """Return whether a stream is a terminal."""
    try:
        return stream.isatty()
    except ValueError:  # a closed stream
        return False


def settle_encoding(stream: TextIO) -> None:
    """Make a pipe UTF-8 with bare line feeds, and a terminal show the nearest it can of what its encoding lacks."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is None:
        return
    if is_terminal(stream):
        codecs.register_error(_ASCII_ERRORS, _replace)
        reconfigure(errors=_ASCII_ERRORS)
    else:
        reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
