"""Text and bytes of calendar files: what a value may hold, and how long lines are folded."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from urllib.parse import quote

_LINE_OCTETS = 75
_UNIT_OCTETS = 60
_JOINER = "\u200d"
_LINE_BREAKS = re.compile("\r\n|[\r\x85\u2028\u2029]")
_OPENED = ("https://", "http://", "mailto:", "tel:")
"""Schemes of what a calendar program may open at a touch: others could run something."""

_URI_CHARACTERS = "%/:=&?~#+!$,;'@()*[]"


def clean(text: str) -> str:
    """Return a text that every reader can hold: one kind of line break, tabs as spaces, no other control characters.

    Byte order marks and lone surrogates go too; blanks at both ends are cut.
    """
    text = _LINE_BREAKS.sub("\n", text).replace("\t", " ")
    return "".join(letter for letter in text if letter == "\n" or not _unwanted(letter)).strip()


def one_line(text: str) -> str:
    """Return a clean text with each run of blanks and line breaks as one space."""
    return " ".join(clean(text).split())


def parameter(text: str) -> str:
    """Return a text that may stand in a property's parameter, where quotes cannot be written."""
    return re.sub(r"\s+", " ", one_line(text).replace('"', " ").replace("^", " ")).strip()


def uri(text: str) -> str:
    """Return an address as a URI: no blanks or control characters, what is not ASCII in percents."""
    return quote("".join(clean(text).split()), safe=_URI_CHARACTERS)


def link_of(text: str) -> str:
    """Return an address as a URI if a calendar may open it (a page, a mail, a call); nothing for any other scheme."""
    found = uri(text)
    return found if found.lower().startswith(_OPENED) else ""


def physical_lines(lines: Iterable[str]) -> bytes:
    """Return content lines as the bytes of a file: UTF-8, folded at 75 octets, every line ended by CRLF."""
    return b"".join(part + b"\r\n" for line in lines for part in _folded(line))


def _unwanted(letter: str) -> bool:
    return letter == "\ufeff" or unicodedata.category(letter) in {"Cc", "Cs"}


def _folded(line: str) -> Iterator[bytes]:
    whole = line.encode()
    if len(whole) <= _LINE_OCTETS:
        yield whole
        return
    part = b""
    for unit in _units(line):
        if len(part) + len(unit) > _LINE_OCTETS:
            yield part
            part = b" "
        part += unit
    yield part


def _units(line: str) -> Iterator[bytes]:
    """Split a line into what a fold should not part: escapes, and letters with their marks, up to 60 octets."""
    unit = ""
    for letter in line:
        if unit and (len((unit + letter).encode()) > _UNIT_OCTETS or not _belongs(unit, letter)):
            yield unit.encode()
            unit = ""
        unit += letter
    yield unit.encode()


def _belongs(unit: str, letter: str) -> bool:
    return unit in {"\\", _JOINER} or unit[-1] == _JOINER or letter == _JOINER or unicodedata.category(letter)[0] == "M"
