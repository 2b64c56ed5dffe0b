"""Which of the four kinds of files a file is."""

from __future__ import annotations

from shlex import quote
from typing import Any, Literal

from kapplan.errors import InvalidFileError
from kapplan.files.toml.faults import Fault, locate
from kapplan.files.toml.sources import SourceFile

FileKind = Literal["profile", "clinic", "protocol", "plan"]

_SIGNS: tuple[tuple[FileKind, frozenset[str]], ...] = (
    ("plan", frozenset({"regimen", "format"})),
    ("protocol", frozenset({"phases", "drug", "extends"})),
    ("profile", frozenset({"patient", "treatment"})),
    ("clinic", frozenset({"clinic"})),
)
"""Keys of the top level that only files of a kind have; a profile too has a table ``[clinic]``."""


_TO_TYPE: dict[FileKind, str] = {
    "plan": "kapplan show {}",
    "protocol": "`kapplan protocols {}`, or `--protocol {}` beside a profile",
    "profile": "kapplan plan {}",
    "clinic": "`kapplan check {}`, or `--clinic {}` beside a profile",
}
"""What can be done with a file of each kind."""


def kind_of_data(data: dict[str, Any]) -> FileKind | None:
    """Return what a file's data are, by their keys; ``None`` where they could be anything."""
    return next((kind for kind, keys in _SIGNS if keys & data.keys()), None)


def expect(kind: FileKind, data: dict[str, Any], source: SourceFile) -> None:
    """Raise ``InvalidFileError`` where a file is plainly of another kind, rather than list all its keys as unknown."""
    found = kind_of_data(data)
    if found is not None and found != kind:
        sign = next(key for key in data if key in dict(_SIGNS)[found])
        asked = "no plan file" if kind == "plan" else f"not a {kind}"
        message = f"this is a {found}, {asked}: it has the key `{sign}`"
        words = _TO_TYPE[found].replace("{}", quote(source.name))
        raise InvalidFileError(locate(source, [Fault((sign,), message, words, key=True)]))
