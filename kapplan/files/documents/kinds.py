"""Which of the four kinds of files a file is."""

from __future__ import annotations

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


def kind_of_data(data: dict[str, Any]) -> FileKind | None:
    """Return what a file's data are, by their keys; ``None`` where they could be anything."""
    return next((kind for kind, keys in _SIGNS if keys & data.keys()), None)


def expect(kind: FileKind, data: dict[str, Any], source: SourceFile) -> None:
    """Raise ``InvalidFileError`` where a file is plainly of another kind, rather than list all its keys as unknown."""
    found = kind_of_data(data)
    if found is not None and found != kind:
        sign = next(key for key in data if key in dict(_SIGNS)[found])
        message = f"this is a {found}, not a {kind}: it has the key `{sign}`"
        raise InvalidFileError(locate(source, [Fault((sign,), message, key=True)]))
