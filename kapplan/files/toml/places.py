"""Where the keys and values of a TOML text stand: line, column, width.

No TOML reader of Python's tells the place of a value. This scanner does, for text that ``tomli`` has accepted: it
knows just enough of TOML to step over what stands there and checks nothing. It runs only to show a mistake.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import tomli

from kapplan.errors import PathKey

Path = tuple[PathKey, ...]

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*+")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+'""")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_SCALAR = re.compile(
    r'''
      """(?:[^"\\]|\\.|"(?!""))*+"{3,5}                         # text over several lines
    | \'\'\'(?:[^']|'(?!''))*+'{3,5}
    | "(?:[^"\\\n]|\\.)*+"
    | '[^'\n]*+'
    | \d{4}-\d\d-\d\d[ ]\d\d:[^\s,\]}\#]*+                       # a moment with a blank between day and time
    | [^\s,\]}\#]++
    ''',
    re.VERBOSE | re.DOTALL,
)


class Place(NamedTuple):
    """A place in a text; lines and columns count from 1, columns and ``width`` in characters."""

    line: int
    column: int
    width: int


@dataclass
class Places:
    """The places of a text's data, as offsets into ``text``: of values, and of keys and table headers."""

    text: str
    values: dict[Path, tuple[int, int]] = field(default_factory=dict)
    keys: dict[Path, tuple[int, int]] = field(default_factory=dict)
    lines: dict[int, str] = field(default_factory=dict)

    def value(self, path: Path) -> Place:
        """Return the place of a value; for a table that has no braces, and where nothing is known, what is nearest."""
        return self._nearest(path, (self.values, self.keys))

    def key(self, path: Path) -> Place:
        """Return the place of a key, or of what is nearest to it."""
        return self._nearest(path, (self.keys, self.values))

    @cached_property
    def starts(self) -> list[int]:
        """The offsets at which the lines begin."""
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    @cached_property
    def values_by_line(self) -> dict[int, list[Path]]:
        """The paths of the values that stand on each line, in whole or in part."""
        found: dict[int, list[Path]] = {}
        for path, (start, end) in self.values.items():
            for number in range(bisect_right(self.starts, start), bisect_right(self.starts, max(start, end - 1)) + 1):
                found.setdefault(number, []).append(path)
        return found

    @cached_property
    def tables(self) -> frozenset[PathKey]:
        """The first keys of all tables and values."""
        return frozenset(path[0] for path in self.keys if path)

    def line(self, number: int) -> str:
        """Return the text of a line."""
        if number not in self.lines:
            ends = [*self.starts[number : number + 1], len(self.text) + 1]
            self.lines[number] = self.text[self.starts[number - 1] : ends[0] - 1]
        return self.lines[number]

    def at(self, start: int, end: int) -> Place:
        """Return the place of a range of offsets, cut at the end of its first line."""
        number = bisect_right(self.starts, start)
        column = start - self.starts[number - 1] + 1
        return Place(number, column, max(1, min(end - start, len(self.line(number)) - column + 1)))

    def _nearest(self, path: Path, tables: tuple[dict[Path, tuple[int, int]], ...]) -> Place:
        for length in range(len(path), 0, -1):
            for table in tables:
                if path[:length] in table:
                    return self.at(*table[path[:length]])
        return Place(1, 1, 1)


def places_of(text: str) -> Places:
    """Return the places of a text that ``tomli`` accepts, whichever its line ends."""
    return _Scanner(text.replace("\r\n", "\n")).scan()


class _Scanner:
    """Steps through a text once, from the first key to the last."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.offset = 0
        self.places = Places(text)
        self.lengths: dict[Path, int] = {}
        """How many tables each array of tables has so far."""

    def scan(self) -> Places:
        table: Path = ()
        self.blank()
        while self.offset < len(self.text):
            if self.text.startswith("[", self.offset):
                table = self.header()
            else:
                self.pair(table)
            self.blank()
        return self.places

    def blank(self) -> None:
        """Step over blanks, line ends and comments."""
        self.offset = _end(_BLANK, self.text, self.offset)

    def header(self) -> Path:
        """Step over ``[table]`` or ``[[table]]`` and return the path of what follows."""
        brackets = 2 if self.text.startswith("[[", self.offset) else 1
        self.offset += brackets
        self.blank()
        table = self.dotted((), self.lengths)
        self.blank()
        if brackets == 2:  # noqa: PLR2004 - two brackets open a further table of an array
            table = self.further(table)
        self.offset += brackets
        return table

    def further(self, array: Path) -> Path:
        """Return the path of the next table of an array whose header has just been read."""
        if array in self.lengths:
            self.lengths[array] += 1
        elif array and isinstance(array[-1], int) and array[:-1] in self.lengths:
            array = array[:-1]
            self.lengths[array] += 1
        else:
            self.lengths[array] = 1
        table = (*array, self.lengths[array] - 1)
        self.places.keys[table] = self.last_key
        return table

    def dotted(self, table: Path, arrays: dict[Path, int]) -> Path:
        """Step over a dotted key below ``table`` and return its path; parts that are arrays stand for their last."""
        path = table
        while True:
            start, self.offset = self.offset, _end(_KEY, self.text, self.offset)
            path = (*path, _plain(self.text[start : self.offset]))
            self.last_key = (start, self.offset)
            self.places.keys.setdefault(path, self.last_key)
            if path in arrays:
                path = (*path, arrays[path] - 1)
            dot = _DOT.match(self.text, self.offset)
            if dot is None:
                return path
            self.offset = dot.end()

    def pair(self, table: Path) -> None:
        """Step over ``key = value``."""
        path = self.dotted(table, {})
        self.blank()
        self.offset += len("=")
        self.blank()
        self.value(path)

    def value(self, path: Path) -> None:
        """Step over a value and note its place."""
        start = self.offset
        opening = self.text[start]
        if opening == "[":
            self.items(path)
        elif opening == "{":
            self.pairs(path)
        else:
            self.offset = _end(_SCALAR, self.text, start)
        self.places.values[path] = (start, self.offset)

    def items(self, path: Path) -> None:
        """Step over ``[…]``."""
        self.offset += 1
        index = 0
        while not self.closed("]"):
            self.value((*path, index))
            index += 1

    def pairs(self, path: Path) -> None:
        """Step over ``{…}``."""
        self.offset += 1
        while not self.closed("}"):
            self.pair(path)

    def closed(self, bracket: str) -> bool:
        """Step over blanks and a comma; tell whether the bracket follows, and over it too."""
        self.blank()
        if self.text.startswith(",", self.offset):
            self.offset += 1
            self.blank()
        closed = self.text.startswith(bracket, self.offset)
        self.offset += closed
        return closed


def _end(pattern: re.Pattern[str], text: str, offset: int) -> int:
    """Return where a match that begins at the offset ends."""
    match = pattern.match(text, offset)
    if match is None:
        raise ValueError(f"not TOML at offset {offset}")
    return match.end()


def _plain(key: str) -> str:
    """Return what a key as written stands for."""
    if key[0] not in "\"'":
        return key
    return next(iter(tomli.loads(f"{key}=0")))
