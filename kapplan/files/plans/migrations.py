"""Older formats of the plan file, brought up to the one that this version writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kapplan.errors import InvalidFileError
from kapplan.files.toml.faults import Fault, locate
from kapplan.files.toml.sources import SourceFile
from kapplan.model.plan import PLAN_FORMAT

Data = dict[str, Any]


def _with_new_keys(data: Data) -> Data:
    """Return a plan of format 1 as one of format 2, which only knows more keys."""
    return data


MIGRATIONS: dict[int, Callable[[Data], Data]] = {1: _with_new_keys}
"""For each older format the function that brings a file's data to the next one."""


def migrated(data: Data, source: SourceFile) -> Data:
    """Return a plan file's data in today's format; raises ``InvalidFileError`` where the format is none of ours."""
    version = data.get("format")
    if version is None:
        raise _refused(source, "`format` is missing: this is no plan file", "a file that kapplan wrote")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise _refused(source, "`format` must be a whole number, 1 or more", str(PLAN_FORMAT))
    if version > PLAN_FORMAT:
        message = f"the plan has format {version}; this version of kapplan reads formats up to {PLAN_FORMAT}"
        raise _refused(source, message, "a newer kapplan")
    for older in range(version, PLAN_FORMAT):
        data = MIGRATIONS[older](data)
    return {**data, "format": PLAN_FORMAT}


def _refused(source: SourceFile, message: str, expected: str) -> InvalidFileError:
    return InvalidFileError(locate(source, [Fault(("format",), message, expected)]))
