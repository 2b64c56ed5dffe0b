"""``kapplan schema``: JSON Schema of the file formats."""

from __future__ import annotations

import json
from typing import Annotated, Literal

import typer

from kapplan.cli.session.environment import Edge
from kapplan.cli.session.options import command


@command("schema")
def schema(
    edge: Edge,
    name: Annotated[Literal["profile", "clinic", "protocol", "plan"], typer.Argument(help="Which file format.")],
) -> None:
    """Print the JSON Schema of a file format, for editors and other programs.

    Example: kapplan schema profile
    """
    from kapplan.files.checks.json_schema import schema as schema_of

    edge.write(json.dumps(schema_of(name), indent=2, ensure_ascii=False))
