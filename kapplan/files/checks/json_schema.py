"""JSON Schemas of the file formats, from the same annotations that the reader follows.

Days and moments are described by patterns rather than by ``format``: TOML editors hand them to their checker as
text, and reject what is valid where a format asks for an offset.
"""

from __future__ import annotations

import dataclasses
from datetime import date, datetime
from typing import Any, Literal, get_args, get_origin

from kapplan.files.documents.kinds import FileKind
from kapplan.files.plans.format import ROWS
from kapplan.files.plans.integrity import KEY as CHECKSUM
from kapplan.files.toml.validator import choices, keys_of, split
from kapplan.model.clinic import Clinic
from kapplan.model.fields import Bounds
from kapplan.model.plan import PLAN_FORMAT, Plan
from kapplan.model.profile import Profile
from kapplan.model.protocol import Protocol

Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

_DAY = r"\d{4}-\d{2}-\d{2}"
_SCALARS: dict[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    date: {"type": "string", "pattern": f"^{_DAY}$"},
    datetime: {"type": "string", "pattern": rf"^{_DAY}[Tt ]\d{{2}}:\d{{2}}"},
}


def schema(name: FileKind) -> Schema:
    """Return the JSON Schema (2020-12) of a file format as plain data; unknown keys are forbidden in it."""
    builder = _Builder()
    records: dict[str, type] = {"profile": Profile, "plan": Plan}
    if name == "clinic":
        top = _table({"clinic": builder.of(Clinic)}, ["clinic"], "A clinic: opening hours, closures, rooms and staff.")
    elif name == "protocol":
        top = _protocol(builder)
    else:
        top = builder.record(records[name])
    if name == "plan":
        top = _with_common(top, builder)
    return {"$schema": _DIALECT, "title": f"kapplan {name}", **top, "$defs": dict(sorted(builder.definitions.items()))}


def _protocol(builder: _Builder) -> Schema:
    """Return the schema of a protocol; one that extends another may leave out of its tables what the other says."""
    whole = builder.record(Protocol)
    builder.partial = True
    part = builder.record(Protocol)
    return {
        **_table({key: {} for key in whole["properties"]}, ["id"], whole["description"]),
        "if": {"not": {"required": ["extends"]}},
        "then": {"properties": whole["properties"], "required": whole["required"]},
        "else": {"properties": part["properties"]},
    }


class _Builder:
    """Collects the definitions of the records that a schema refers to; ``partial`` ones require nothing but ids."""

    def __init__(self) -> None:
        self.definitions: dict[str, Schema] = {}
        self.partial = False

    def of(self, annotation: Any) -> Schema:
        """Return the schema of an annotation."""
        bare, constraints = split(annotation)
        if constraints:
            return self.constrained(bare, constraints[-1])
        members = choices(bare)
        if len(members) > 1:
            return {"anyOf": [self.of(member) for member in members]}
        if members[0] is not bare:
            return self.of(members[0])
        if isinstance(bare, type) and dataclasses.is_dataclass(bare):
            return self.reference(bare)
        return dict(_SCALARS[bare]) if bare in _SCALARS else self.container(bare)

    def constrained(self, bare: Any, constraint: Any) -> Schema:
        """Return the schema of a bounded number or of a text of a certain form."""
        if not isinstance(constraint, Bounds):
            found: Schema = constraint.__get_pydantic_json_schema__(None, None)
            return found
        bounds = {"minimum": constraint.ge, "maximum": constraint.le}
        return {**self.of(bare), **{key: bound for key, bound in bounds.items() if bound is not None}}

    def container(self, bare: Any) -> Schema:
        """Return the schema of a closed vocabulary, a list, or a table with open keys."""
        origin, arguments = get_origin(bare), get_args(bare)
        if origin is Literal:
            return {"enum": list(arguments)}
        if origin is dict:
            return {
                "type": "object",
                "propertyNames": self.of(arguments[0]),
                "additionalProperties": self.of(arguments[1]),
            }
        if arguments[-1] is Ellipsis:
            return {"type": "array", "items": self.of(arguments[0])}
        count = len(arguments)
        return {"type": "array", "items": self.of(arguments[0]), "minItems": count, "maxItems": count}

    def reference(self, record: type) -> Schema:
        """Return a reference to a record's definition."""
        name = f"{record.__name__}Part" if self.partial else record.__name__
        if name not in self.definitions:
            self.definitions[name] = {}
            self.definitions[name] = self.record(record)
        return {"$ref": f"#/$defs/{name}"}

    def record(self, record: type) -> Schema:
        """Return the schema of a record's table."""
        keys = keys_of(record).values()
        properties = {key.name: {**self.of(key.annotation), **_default(key.field)} for key in keys}
        description = " ".join((record.__doc__ or "").split("\n\n")[0].split())
        required = [key.name for key in keys if key.required and (key.name == "id" or not self.partial)]
        return _table(properties, required, description)


def _table(properties: Schema, required: list[str], description: str) -> Schema:
    table: Schema = {"description": description, "type": "object", "properties": properties}
    if required:
        table["required"] = required
    return {**table, "additionalProperties": False}


def _default(field: dataclasses.Field[Any]) -> Schema:
    """Return a key's default value, where it is one that a file could hold."""
    default: object = field.default
    return {"default": default} if isinstance(default, str | int | float) else {}


def _with_common(top: Schema, builder: _Builder) -> Schema:
    """Return the schema of a plan's file, in which rows of one sort leave out what they have in common."""
    rows = {
        "visits": "PlannedVisit",
        "timing": "Timing",
        "because": "Reason",
        "regimen-visits": "RegimenVisit",
        "regimen-timing": "TimingRule",
    }
    common: Schema = {}
    for sort in ROWS:
        definition = builder.definitions[rows[sort.name]]
        definition["required"] = [sort.by]
        properties = {key: value for key, value in definition["properties"].items() if key != sort.by}
        shared = _table(properties, [], f"What rows of the same `{sort.by}` have in common.")
        common[sort.name] = {"type": "object", "additionalProperties": shared}
    table = _table(common, [], "What rows of one sort have in common, so that it stands in the file once.")
    whole = {
        "type": "string",
        "pattern": "^sha256:[0-9a-f]{64}$",
        "description": "Of all that the file says beside it.",
    }
    properties = {**top["properties"], "format": {"const": PLAN_FORMAT}, CHECKSUM: whole, "common": table}
    return {**top, "properties": properties, "required": ["format", *top["required"]]}
