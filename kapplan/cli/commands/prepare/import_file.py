"""``kapplan import``: other people's protocols become protocol files."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Annotated, Literal

import typer

from kapplan.cli.session.environment import Edge
from kapplan.cli.session.options import command
from kapplan.errors import UsageError
from kapplan.output.records.visible import visible_json


@command("import")
def import_(
    edge: Edge,
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="A visit table (CSV, XLSX), or a study in USDM v4 JSON; - for standard input."
        ),
    ],
    *,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="PROTOCOL", help="The protocol file to write.")],
    name: Annotated[str | None, typer.Option("--id", help="The protocol's id (else the file's name).")] = None,
    title: Annotated[str | None, typer.Option(help="The protocol's title.")] = None,
    drug: Annotated[Literal["ketamine", "esketamine"], typer.Option(help="The drug, which tables do not name.")] = (
        "ketamine"
    ),
    arm: Annotated[
        str | None, typer.Option(help="The arm, design or pathway to carry over, where there are several.")
    ] = None,
    windows: Annotated[
        Literal["around", "study-days"] | None,
        typer.Option(help="What windows are, where both can be meant: days around the target, or study days."),
    ] = None,
) -> None:
    """Make a protocol file of somebody else's visit table or study; says what it could not carry over.

    Example: kapplan import visits.csv -o house.toml
    """
    from kapplan.files.importing.protocol_import import import_protocol
    from kapplan.files.importing.protocol_text import About, ReadAs
    from kapplan.files.plans.atomic import write_new
    from kapplan.files.toml.sources import STDIN, open_source

    source = open_source(file, what="file to import", at_most=_LARGEST)
    if len(source.data) > _LARGEST:
        raise UsageError(f"{file} is larger than {_LARGEST // 2**20} MiB")
    about = About(file=str(output), id=name, title=title, drug=drug)
    made = import_protocol(source, about, ReadAs(arm=arm, windows=windows))
    if str(output) == STDIN:
        edge.write(visible_json(made.text))
    else:
        write_new(output, made.text.encode())
        edge.hint(f"Wrote {output}.")
    edge.note(
        f"The drug, {drug}, and that it is off-label are taken, not read. Look it through, and check it: "
        f"kapplan check {quote(str(output))}"
    )
    for remark in made.remarks[:_TOLD]:
        edge.note(f"- {remark}")
    if len(made.remarks) > _TOLD:
        edge.note(f"- and {len(made.remarks) - _TOLD} more: all are notes of the protocol.")
    edge.note_problems(made.odd)


_TOLD = 40
"""How many remarks are said one by one."""

_LARGEST = 32 * 2**20
"""The most bytes that are read; study definitions run to megabytes."""
