"""TOML as kapplan writes it, read a line at a time: a plan takes a quarter of the time that ``tomllib`` needs.

Regular lines are empty ones, headers, and a bare key with its value; a list may have its items on lines of their own.
Whatever else a text holds, and whatever is wrong with it, ``tomllib`` reads: where one line or one list is its matter,
that alone, and the whole text where lines could mean something together.
"""

from __future__ import annotations

import json
import re
import string
import tomllib
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from typing import Any

Data = dict[str, Any]

_BARE = frozenset(f"{string.ascii_letters}{string.digits}-_")
_TOGETHER = ('"""', "'''", "\r")
"""What lets lines belong together in a way that a single one does not show."""
_APART = ("\\/", "\\u", "\\U", "\x7f")
"""What JSON and TOML mean differently inside quotes."""
_DIGITS = 15
"""A whole number of more digits is not read here: there is a limit to them."""
_DOTS = 100
"""What has so many is not read alone: ``tomllib`` needs time in the square of a key's parts."""
_ALONE = 256
"""So many lines and lists of a text are read alone: one after the other they take longer than as a whole."""
_WORDS = {"true": True, "false": False}


class _Irregular(Exception):  # noqa: N818  # no error: another reader's matter
    """Lines that mean something together, or nothing: ``tomllib`` reads or refuses the whole text."""


def read(text: str) -> Data | None:
    """Return a TOML text's data as ``tomllib`` does; ``None`` for a text that it has to read, or to refuse, itself."""
    if any(sign in text for sign in _TOGETHER):
        return None
    try:
        return _Reading().data_of(iter(text.split("\n")))
    except (_Irregular, ValueError):
        return None


class _Reading:
    """The data of a text so far."""

    def __init__(self) -> None:
        self.data: Data = {}
        self.pairs: dict[str, tuple[str, Any]] = {}
        """The keys and values of lines that were read: many a line of a plan stands in it often."""
        self.headers: dict[str, tuple[tuple[str, ...], bool]] = {}
        """The names in headers that were read, and whether each begins another table of a list."""
        self.declared: dict[int, bool] = {}
        """By their identities the tables and lists that headers made, and whether one names them itself."""
        self.left = _ALONE

    def data_of(self, lines: Iterator[str]) -> Data:
        """Return the data of lines."""
        pairs, table = self.pairs, self.data
        for line in lines:
            if not line:
                continue
            pair = pairs.get(line)
            if pair is None:
                if line[0] == "[":
                    table = self._table(line)
                    continue
                pair = self._pair(line, lines)
            key, value = pair
            if key in table:
                raise _Irregular
            table[key] = value
        return self.data

    def _pair(self, line: str, lines: Iterator[str]) -> tuple[str, Any]:
        """Return the key and the value that begin on a line."""
        key, is_there, told = line.partition(" = ")
        if not is_there or not _is_bare(key):
            raise _Irregular
        if told == "[":
            return key, self._list(line, key, lines)
        value = _plain(told)
        pair = key, self._alone(line, key) if value is None else value
        if not isinstance(pair[1], list | dict):  # each table has its own
            self.pairs[line] = pair
        return pair

    def _table(self, line: str) -> Data:
        """Return the table that a header begins."""
        if line not in self.headers:
            self.headers[line] = self._header(line)
        (*outer, last), many = self.headers[line]
        table = self.data
        for name in outer:
            table = self._inside(table, name)
        return self._another(table, last) if many else self._named(table, last)

    def _inside(self, table: Data, name: str) -> Data:
        """Return the table of a name in another, of a list of tables the last; it is made where there is none."""
        if name not in table:
            return self._made(table, name, declared=False)
        found = table[name]
        if id(found) not in self.declared:
            raise _Irregular
        inside: Data = found[-1] if isinstance(found, list) else found
        return inside

    def _named(self, table: Data, name: str) -> Data:
        """Return the table that a header names, as only one header may."""
        if name not in table:
            return self._made(table, name, declared=True)
        found: Data = table[name]
        if self.declared.get(id(found), True):
            raise _Irregular
        self.declared[id(found)] = True
        return found

    def _another(self, table: Data, name: str) -> Data:
        """Return a new table at the end of a list of tables."""
        if name not in table:
            table[name] = []
            self.declared[id(table[name])] = True
        found = table[name]
        if not isinstance(found, list) or id(found) not in self.declared:
            raise _Irregular
        another: Data = {}
        found.append(another)
        return another

    def _made(self, table: Data, name: str, *, declared: bool) -> Data:
        made: Data = {}
        table[name] = made
        self.declared[id(made)] = declared
        return made

    def _header(self, line: str) -> tuple[tuple[str, ...], bool]:
        """Return the names in a header, and whether it begins another table of a list."""
        many = line.startswith("[[")
        names = (line[2:-2] if many else line[1:-1]).split(".")
        if line.endswith("]]" if many else "]") and all(map(_is_bare, names)):
            return tuple(names), many
        inside: Any = self._parsed(line)
        found: list[str] = []
        while isinstance(inside, dict) and inside:
            [(name, inside)] = inside.items()
            found.append(name)
        return tuple(found), many

    def _list(self, begun: str, key: str, lines: Iterator[str]) -> Any:
        """Return a list that begins on a line, up to the bracket that stands on one alone."""
        items: list[Any] = []
        whole = [begun]
        for line in lines:
            whole.append(line)
            if line == "]":
                return items if len(items) == len(whole) - 2 else self._alone("\n".join(whole), key)
            item = line.strip(" ")
            if item.endswith(",") and (value := _plain(item[:-1])) is not None:
                items.append(value)
        raise _Irregular

    def _alone(self, text: str, key: str) -> Any:
        """Return the value of the one key of some lines."""
        data = self._parsed(text)
        if data.keys() != {key}:
            raise _Irregular
        return data[key]

    def _parsed(self, text: str) -> Data:
        """Return the data of some lines as ``tomllib`` reads them."""
        self.left -= 1
        if not self.left or text.count(".") >= _DOTS:
            raise _Irregular
        return tomllib.loads(text)


def _is_bare(key: str) -> bool:
    return key != "" and _BARE.issuperset(key)


def _plain(told: str) -> Any:
    """Return a text, a whole number, a word or a moment; ``None`` for what is none of them, or not simply."""
    begins = told[:1]
    if begins == '"':
        return _quoted(told)
    if told.isascii() and told.removeprefix("-").isdigit():
        number = told.removeprefix("-")
        return int(told) if len(number) <= _DIGITS and (number[0] != "0" or number == "0") else None
    if told in _WORDS:
        return _WORDS[told]
    if _moments().fullmatch(told):
        return date.fromisoformat(told) if len(told) == len("2027-01-04") else datetime.fromisoformat(told)
    return None


def _quoted(told: str) -> str | None:
    """Return a text in quotes; ``None`` for what is more than one, or means something else to JSON."""
    text = told[1:-1]
    if '"' not in text and "\\" not in text and text.isprintable() and told[-1] == '"' and len(told) > 1:
        return text
    if any(sign in told for sign in _APART):
        return None
    try:
        read = json.loads(told)
    except ValueError:
        return None
    return read if isinstance(read, str) else None


@cache
def _moments() -> re.Pattern[str]:
    day = r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    time = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
    return re.compile(rf"{day}(?: {time}:[0-5][0-9][+-]{time})?")
