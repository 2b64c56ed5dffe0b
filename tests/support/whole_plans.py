"""Whether a plan's file is whole, told by nothing that kapplan reads or writes with: TOML, SHA-256 and counting."""

from __future__ import annotations

import json
import tomllib
from datetime import date, datetime, time
from hashlib import sha256
from typing import Any


def contents(data: bytes) -> dict[str, Any]:
    """Return what a plan's file says; raises ``AssertionError`` where it is not whole.

    It is TOML, its checksum is that of the rest, and its history counts up to its revision, each change linked.
    """
    found = tomllib.loads(data.decode("utf-8"))
    rest = {key: value for key, value in found.items() if key != "checksum"}
    plain = json.dumps(_plain(rest), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert found["checksum"] == f"sha256:{sha256(plain.encode()).hexdigest()}"
    revisions = [entry["revision"] for entry in found["history"]]
    assert revisions == sorted(set(revisions))
    assert revisions[-1] == found.get("revision", 1)
    assert all("chain" in entry for entry in found["history"][1:])
    return found


def _plain(value: Any) -> Any:
    """Return data with days and times as ISO 8601 writes them."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, datetime | date | time) else value


def links(data: bytes) -> list[tuple[int, str | None]]:
    """Return the links of a plan's history, whole or not."""
    history = tomllib.loads(data.decode("utf-8"))["history"]
    return [(entry["revision"], entry.get("chain")) for entry in history]
