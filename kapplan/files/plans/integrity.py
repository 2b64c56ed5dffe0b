"""The checksum of a plan's file: over what it says, so that a comment or another order of keys is no damage.

A file without one, as 0.1.0 wrote them, is not damaged. One whose content is not what the checksum was made of was
changed by a disk, a sync tool or a hand: it is read, and doubted until somebody accepts it by name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

KEY = "checksum"
_HASH = "sha256:"


def checksum_of(data: Mapping[str, Any]) -> str:
    """Return the checksum of a plan file's data, whatever checksum they have."""
    content = {key: value for key, value in data.items() if key != KEY}
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_moment)
    return _HASH + sha256(text.encode("utf-8", "replace")).hexdigest()


def _moment(value: Any) -> str:
    """Return a day, a time or a moment as a text that is the same before it is written and after it is read."""
    return str(value.isoformat())


def agrees(data: Mapping[str, Any]) -> bool:
    """Return whether a file's data are those that its checksum was made of; true where it has none."""
    return KEY not in data or data[KEY] == checksum_of(data)
