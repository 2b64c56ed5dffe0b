"""The small part of JSON Schema that kapplan's schemas use, checked by a reading of the standard of our own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from typing import Any

Schema = Mapping[str, Any]

_TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
}
KEYWORDS = {
    "type", "properties", "required", "additionalProperties", "propertyNames", "items", "minItems", "maxItems", "enum",
    "const", "anyOf", "minimum", "maximum", "pattern", "$ref", "if", "then", "else", "not",
    "$schema", "$defs", "title", "description", "default", "examples",
}  # fmt: skip
"""Every keyword that is understood; the second half says nothing of a value."""


def as_editor_sees(value: Any) -> Any:
    """Return TOML data as a TOML editor hands them to its schema checker: days and moments as text."""
    if isinstance(value, dict):
        return {key: as_editor_sees(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_editor_sees(item) for item in value]
    return value.isoformat() if isinstance(value, date | datetime | time) else value


def faults(schema: Schema, value: Any, root: Schema, path: str = "$") -> Iterator[str]:
    """Yield what a schema forbids in a value."""
    assert schema.keys() <= KEYWORDS, schema.keys() - KEYWORDS
    if "$ref" in schema:
        yield from faults(root["$defs"][schema["$ref"].rpartition("/")[2]], value, root, path)
    if "anyOf" in schema and all(any(faults(one, value, root)) for one in schema["anyOf"]):
        yield f"{path}: none of the choices"
    if "type" in schema and not _TYPES[schema["type"]](value):
        yield f"{path}: no {schema['type']}"
        return
    if ("enum" in schema and value not in schema["enum"]) or ("const" in schema and value != schema["const"]):
        yield f"{path}: {value!r} is not allowed"
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield f"{path}: {value!r} has another form"
    if isinstance(value, int | float) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{path}: {value} is out of bounds"
    if isinstance(value, list):
        yield from _list_faults(schema, value, root, path)
    if isinstance(value, dict):
        yield from _table_faults(schema, value, root, path)


def _list_faults(schema: Schema, value: list[Any], root: Schema, path: str) -> Iterator[str]:
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        yield f"{path}: {len(value)} items"
    for index, item in enumerate(value):
        yield from faults(schema.get("items", {}), item, root, f"{path}[{index}]")


def _table_faults(schema: Schema, value: dict[str, Any], root: Schema, path: str) -> Iterator[str]:
    if "if" in schema:
        extends = set(schema["if"]["not"]["required"]) <= value.keys()
        yield from faults(schema["else" if extends else "then"], value, root, path)
    for key in schema.get("required", []):
        if key not in value:
            yield f"{path}.{key}: missing"
    for key, item in value.items():
        yield from faults(schema.get("propertyNames", {}), key, root, f"{path}.{key}")
        inner = schema.get("properties", {}).get(key, schema.get("additionalProperties", {}))
        if inner is False:
            yield f"{path}.{key}: unknown"
        else:
            yield from faults(inner, item, root, f"{path}.{key}")
