"""TOML as text, as ``tomli_w.dumps`` writes it to the byte, in half the time: a batch writes many plans.

Tables and arrays of tables stand under their headers; an array of tables that fit on a line each stands inline.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

Data = Mapping[str, Any]

LONGEST = 100
"""How many characters a table written on one line may have, its indent and comma included."""
_INDENT = "    "
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ILLEGAL = re.compile(r'[\x00-\x08\x0a-\x1f"\\\x7f]')
_SHORT = {"\b": "\\b", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
_AS_PYTHON = (int, float, date, datetime)


def toml_text(data: Data) -> str:
    """Return data as TOML; raises ``TypeError`` for what TOML does not know, ``ValueError`` for times with a zone."""
    lines: list[str] = []
    _table(lines, data, "", in_array=False)
    return "".join(lines)


def _table(lines: list[str], table: Data, name: str, *, in_array: bool) -> None:
    """Add the lines of a table: its header, its own values, then the tables below it."""
    values: list[str] = []
    below: list[tuple[str, Data, bool]] = []
    for key, value in table.items():
        if isinstance(value, Mapping):
            below.append((_key(key), value, False))
        elif (text := _beside_key(value)) is not None:
            values.append(f"{_key(key)} = {text}\n")
        else:
            below.extend((_key(key), row, True) for row in value)
    begun = in_array or bool(name and (values or not below))
    if begun:
        lines.append(f"[[{name}]]\n" if in_array else f"[{name}]\n")
    lines += values
    begun = begun or bool(values)
    for key, inner, is_row in below:
        if begun:
            lines.append("\n")
        begun = True
        _table(lines, inner, f"{name}.{key}" if name else key, in_array=is_row)


def _beside_key(value: Any) -> str | None:
    """Return a value as it stands behind its key; ``None`` for an array of tables of which one is too long for that."""
    if not (isinstance(value, (list, tuple)) and value and all(isinstance(row, Mapping) for row in value)):
        return _value(value)
    rows = [_inline(row) for row in value]
    fits = all(len(row) + len(_INDENT) < LONGEST and "\n" not in row for row in rows)
    return _array(rows, 0) if fits else None


def _value(value: Any, depth: int = 0) -> str:
    """Return a value as text; ``depth`` is in how many arrays it lies."""
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, _AS_PYTHON):
        return str(value)
    if isinstance(value, (list, tuple)):
        return _array([_value(item, depth + 1) for item in value], depth)
    if isinstance(value, Mapping):
        return _inline(value)
    if isinstance(value, time):
        if value.tzinfo is not None:
            raise ValueError("TOML knows no times of day with a zone")
        return str(value)
    raise TypeError(f"TOML knows no {type(value).__qualname__}")


def _array(items: list[str], depth: int) -> str:
    if not items:
        return "[]"
    between = f",\n{_INDENT * (depth + 1)}"
    return f"[{between[1:]}{between.join(items)},\n{_INDENT * depth}]"


def _inline(table: Data) -> str:
    if not table:
        return "{}"
    return f"{{ {', '.join(f'{_key(key)} = {_value(value)}' for key, value in table.items())} }}"


def _key(part: str) -> str:
    return part if _BARE.fullmatch(part) else _string(part)


def _string(text: str) -> str:
    return f'"{_ILLEGAL.sub(_escaped, text)}"'


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    return _SHORT.get(character) or f"\\u{ord(character):04x}"
