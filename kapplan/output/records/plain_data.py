"""What documents say of a record: plain data, key by key, each from the field of its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, TypeVar, cast

Shape = TypeVar("Shape")


def shaped(shape: type[Shape], record: object, **own: Any) -> Shape:
    """Return a typed dictionary of a record: each key from the field of its name, unless it is given."""
    return cast("Shape", told(record, shape.__annotations__, **own))


def told(record: object, keys: Iterable[str], **own: Any) -> dict[str, Any]:
    """Return what a record says under some keys, as plain data: each from the field of its name, unless it is given."""
    return {key: own[key] if key in own else plain(getattr(record, key)) for key in keys}


def plain(value: Any) -> Any:
    """Return a value as JSON knows it: days and moments as text, rows as lists."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    return {key: plain(item) for key, item in value.items()} if isinstance(value, Mapping) else value
