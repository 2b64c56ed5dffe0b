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

_OF_A_MEASURE, _ANOTHER_WAY, _OPENED = "measure-", ".other", "closed"
"""What names told before there were fields for it: how the ids of tasks of a measure began, how the rules of proposals
ended that go another way than their rule, and what reasons were called that say who opened a closed day."""


def _with_new_keys(data: Data) -> Data:
    """Return a plan of format 1 as one of format 2, which knows more keys.

    What names told before is said by fields: in the plan and in what undoes its changes.
    """
    history = data.get("history")
    undone = [_with_fields_undone(entry) for entry in history] if isinstance(history, list) else history
    told = {key: _with_fields(data[key], key) for key in ("tasks", "proposals", "visits", "withdrawn") if key in data}
    return data | told | ({"history": undone} if "history" in data else {})


def _with_fields(value: Any, key: str = "") -> Any:
    """Return plain data under a key in which every task, proposal and reason, however deep, has all its fields."""
    if isinstance(value, list):
        return [_with_fields(item, key) for item in value]
    if not isinstance(value, dict):
        return value
    found = {name: _with_fields(item, name if name in _ROWS else key) for name, item in value.items()}
    name, rule = found.get("id"), found.get("rule")
    if "due" in found and isinstance(name, str) and name.startswith(_OF_A_MEASURE):
        found["measure"] = name.removeprefix(_OF_A_MEASURE).rpartition("-")[0]
    if key == "proposals" and isinstance(rule, str) and rule.endswith(_ANOTHER_WAY):
        found["instead_of"] = rule.removesuffix(_ANOTHER_WAY)
    if key == "because" and rule == _OPENED:
        found["opens"] = True
    if key == "because" and isinstance(rule, dict):  # a patch that makes one reason of another
        found["opens"] = {"=": True} if rule.get("=") == _OPENED else {"-": 0}
    return found


_ROWS = frozenset({"visits", "tasks", "proposals", "because"})


def _with_fields_undone(entry: Any) -> Any:
    """Return an entry of the history whose patch says what it undoes by fields too."""
    undo = entry.get("undo") if isinstance(entry, dict) else None
    if not isinstance(undo, str):
        return entry
    try:
        change = json.loads(undo)
    except ValueError:
        return entry
    return {**entry, "undo": json.dumps(_with_fields(change), ensure_ascii=False, separators=(",", ":"))}


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
