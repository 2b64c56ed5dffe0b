"""Older formats of the plan file, brought up to the one that this version writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from kapplan.errors import InvalidFileError
from kapplan.files.documents.kinds import expect
from kapplan.files.toml.faults import Fault, locate
from kapplan.files.toml.sources import SourceFile
from kapplan.model.plan import PLAN_FORMAT

Data = dict[str, Any]

_OF_A_MEASURE = "measure-"
"""How the ids of tasks began that were of a measure, before they said so."""


def _with_new_keys(data: Data) -> Data:
    """Return a plan of format 1 as one of format 2, which knows more keys.

    Of all of them only a task's measure was told before, by its name: in the plan and in what undoes its changes.
    """
    history = data.get("history")
    undone = [_with_measures_undone(entry) for entry in history] if isinstance(history, list) else history
    told = {"tasks": _with_measures(data.get("tasks")), "history": undone}
    return data | {key: value for key, value in told.items() if key in data}


def _with_measures(value: Any) -> Any:
    """Return plain data in which every task of a measure, however deep, says which one."""
    if isinstance(value, list):
        return [_with_measures(item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {key: _with_measures(item) for key, item in value.items()}
    name = found.get("id")
    if "due" in found and isinstance(name, str) and name.startswith(_OF_A_MEASURE):
        found["measure"] = name.removeprefix(_OF_A_MEASURE).rpartition("-")[0]
    return found


def _with_measures_undone(entry: Any) -> Any:
    """Return an entry of the history whose patch gives tasks their measures too."""
    undo = entry.get("undo") if isinstance(entry, dict) else None
    if not isinstance(undo, str) or _OF_A_MEASURE not in undo:
        return entry
    try:
        change = json.loads(undo)
    except ValueError:
        return entry
    return {**entry, "undo": json.dumps(_with_measures(change), ensure_ascii=False, separators=(",", ":"))}


MIGRATIONS: dict[int, Callable[[Data], Data]] = {1: _with_new_keys}
"""For each older format the function that brings a file's data to the next one."""


def migrated(data: Data, source: SourceFile) -> Data:
    """Return a plan file's data in today's format; raises ``InvalidFileError`` where the format is none of ours."""
    version = data.get("format")
    if version is None:
        expect("plan", data, source)
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
