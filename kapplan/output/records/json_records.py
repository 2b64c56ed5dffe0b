"""Records as JSON: rows as objects under their name, after the schema and the safety notices."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kapplan.output.records.plain_data import plain
from kapplan.output.records.records import Records
from kapplan.output.records.visible import visible_json


def json_text(data: Mapping[str, Any]) -> str:
    """Return data as JSON, two blanks a level, letters of every language as they are, what acts escaped."""
    return visible_json(json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False)) + "\n"


def json_line(data: Mapping[str, Any]) -> str:
    """Return data as JSON on a line of its own."""
    return visible_json(json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)) + "\n"


def records_json(records: Records) -> str:
    """Return records as a JSON document."""
    return json_text(records_data(records))


def records_data(records: Records) -> dict[str, Any]:
    """Return records as plain data: ``schema``, ``safety``, whose, the rows under ``name``, ``extra``."""
    keys = [column.key for column in records.columns]
    rows = [dict(zip(keys, map(plain, row), strict=True)) for row in records.rows]
    whose = {} if records.patient is None else {"patient": records.patient}
    return {"schema": records.schema, "safety": list(records.safety), **whose, records.name: rows, **records.extra}
