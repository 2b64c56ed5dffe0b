"""From a file's bytes to data, and from data to records of the model, with every mistake at its place.

What only mistakes need is imported when there is one: most files that a command reads have none.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, TypeVar, cast

import tomli

from kapplan.errors import FileProblem, InvalidFileError, PathKey
from kapplan.files.toml.faults import MOST_TOLD, Fault, refuse
from kapplan.files.toml.sensitive import quoted_unparsed
from kapplan.files.toml.sources import MEBIBYTE, SourceFile
from kapplan.files.toml.validator import validator

Record = TypeVar("Record")
Data = dict[str, Any]
Origin = Callable[[tuple[PathKey, ...]], tuple[PathKey, ...]]

LARGEST = 2 * MEBIBYTE
"""The most bytes a file written by a person may have."""

MOST_ENTRIES = 1000
"""The most entries of a list in such a file, of absences, say: what compares them may compare each with each."""

_DEEPEST = 100
"""The most parts a dotted key may have; ``tomli`` needs time in the square of them."""

_SYNTAX_HINTS = {
    "Expected '=' after a key": "`key = value`",
    "Invalid value": "text in quotes, a number, a day such as 2027-01-21, true, false, a list or a table",
    "Illegal character '\\n'": "closing quotes on the line on which the text begins",
    "Unterminated string": "closing quotes",
    "Unclosed array": "a closing ]",
    "Cannot overwrite": "each key once",
    "Cannot declare": "each table once; [[name]] for each table of a list",
    "Unescaped '\\' in a string": "\\\\ for a backslash, or the text in 'single quotes'",
    "Invalid date": "a day that the calendar has",
    "after a statement": "one `key = value` a line, text in quotes",
}
"""What helps with what ``tomli`` says, by words of its messages."""


def same_path(path: tuple[PathKey, ...]) -> tuple[PathKey, ...]:
    """Say that a value stands in its file where it stands in the data."""
    return path


def no_faults(_: object) -> tuple[Fault, ...]:
    """Find nothing wrong with a record."""
    return ()


def validated(
    record: type[Record],
    data: Any,
    source: SourceFile,
    *,
    prefix: tuple[str, ...] = (),
    faults: list[Fault] | None = None,
    origin: Origin = same_path,
    checks: Callable[[Record], Iterable[Fault]] = no_faults,
) -> Record:
    """Return plain data as a record.

    ``prefix`` is where the data stand in the file, ``faults`` what is already known to be wrong with it, ``checks``
    yield what is wrong with the record as a whole. Raises ``InvalidFileError`` with all problems.
    """
    from pydantic_core import ValidationError

    found = list(faults or ())
    untold = 0
    value: Record | None = None
    try:
        value = cast("Record", validator(cast("type", record)).validate_python(data))
        found += checks(value)
    except ValidationError as error:
        from kapplan.files.toml.messages import faults_of
        from kapplan.files.toml.stand_ins import mended, untouched

        errors = error.errors(include_url=False)
        wrong = faults_of(record, errors[:MOST_TOLD], prefix)
        found += wrong
        untold = len(errors[MOST_TOLD:])
        if not untold and (rest := mended(record, data, errors)) is not None:
            found += untouched(checks(rest), [fault.path for fault in wrong])
    refuse(source, [fault._replace(path=origin(fault.path)) for fault in found], untold)
    return cast("Record", value)


def parse(source: SourceFile, *, largest: int = LARGEST, entries: int | None = MOST_ENTRIES) -> Data:
    """Return a TOML file's data; raises ``InvalidFileError`` where the bytes are no TOML, or more than a person writes.

    It has ``largest`` bytes at most, and no list of more than so many ``entries`` (``None``: of any number).
    """
    text = _text(source, largest)
    for number, line in enumerate(text.split("\n"), start=1):
        if line.count(".") >= _DEEPEST and _long_key().search(line):
            shown = quoted_unparsed(text, line)
            raise _unreadable(source, f"a key of more than {_DEEPEST} parts", line=number, excerpt=shown)
    try:
        data = tomli.loads(text)
    except RecursionError:
        raise _unreadable(source, "lists or tables stand in one another too deeply") from None
    except ValueError as error:
        raise InvalidFileError((_syntax_problem(source.name, text, str(error)),)) from None
    if entries is not None:
        refuse(source, _long_lists(data, entries))
    return data


def _long_lists(data: Data, most: int) -> Iterator[Fault]:
    """Yield the lists of more entries than any file has that a person writes."""
    waiting: list[tuple[tuple[PathKey, ...], Any]] = [((), data)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [((*path, key), one) for key, one in value.items() if isinstance(one, (dict, list))]
        elif len(value) > most:
            yield Fault(path, f"a list of {len(value)} entries", f"at most {most}", key=True)
        else:
            waiting += [((*path, place), one) for place, one in enumerate(value) if isinstance(one, (dict, list))]


@cache
def _long_key() -> re.Pattern[str]:
    part = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*"""
    return re.compile(f"(?:{part}){{{_DEEPEST}}}")


def _text(source: SourceFile, largest: int) -> str:
    """Return the text of a file; raises ``InvalidFileError`` where it is none."""
    data = source.data
    if len(data) > largest:
        raise _unreadable(source, f"the file is larger than {largest // MEBIBYTE} MiB")
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise _unreadable(source, "the file is written in UTF-16", expected="UTF-8: save it in that encoding")
    if b"\0" in data:
        raise _unreadable(source, "the file is no text: it holds NUL bytes", expected="TOML text in UTF-8")
    data = data.removeprefix(BOM_UTF8)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        whole = data.decode(errors="replace")
        excerpt = quoted_unparsed(whole, whole.split("\n")[line - 1].rstrip("\r"))
        message = f"the byte 0x{data[error.start]:02X} is not UTF-8"
        raise _unreadable(
            source, message, line=line, column=column, excerpt=excerpt, expected="UTF-8: save it in that encoding"
        ) from None
    if not text.strip():
        raise _unreadable(source, "the file is empty")
    return text


def _unreadable(
    source: SourceFile,
    message: str,
    *,
    line: int = 1,
    column: int = 1,
    excerpt: str | None = None,
    expected: str | None = None,
) -> InvalidFileError:
    """Return the error of a file that cannot be read at all."""
    problem = FileProblem(
        message=message, file=source.name, line=line, column=column, excerpt=excerpt, expected=expected
    )
    return InvalidFileError((problem,))


def _syntax_problem(name: str, text: str, message: str) -> FileProblem:
    """Return the problem of what ``tomli`` says."""
    lines = text.replace("\r\n", "\n").split("\n")
    match = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    reason = message[: match.start()] if match else message
    if match and match[1]:
        line, column = int(match[1]), int(match[2])
    else:
        line = len(lines) - (len(lines) > 1 and not lines[-1])
        column = len(lines[line - 1]) + 1
    return FileProblem(
        message="a number has too many digits"
        if match is None
        else f"not valid TOML: {reason[:1].lower()}{reason[1:]}",
        file=name,
        line=line,
        column=column,
        excerpt=quoted_unparsed(text, lines[line - 1]),
        expected=next((hint for words, hint in _SYNTAX_HINTS.items() if words in reason), None),
    )
