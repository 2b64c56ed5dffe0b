"""``kapplan protocols``: the library, or one protocol with its phases, rules and sources."""

from __future__ import annotations

from typing import Annotated

import typer

from kapplan.cli.session.case import complete_protocol
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.options import command
from kapplan.cli.session.views import ShowFormat, show_records


@command("protocols")
def protocols(
    edge: Edge,
    name: Annotated[
        str | None,
        typer.Argument(metavar="[ID]", help="A built-in id, or a protocol's file.", autocompletion=complete_protocol),
    ] = None,
    form: Annotated[ShowFormat | None, typer.Option("--format", help="How to print it.")] = None,
) -> None:
    """List the protocols, or show one with its phases, rules and sources.

    Example: kapplan protocols kap-standard
    """
    import kapplan
    from kapplan.output.views import protocol as protocol_view

    if name is None:
        library = [kapplan.read_protocol(protocol_id) for protocol_id in kapplan.protocol_ids()]
        show_records(edge, protocol_view.library_records(library), form)
        return
    protocol = kapplan.read_protocol(name)
    if edge.format(form) == "table":
        edge.show(protocol_view.protocol_view(protocol))
    else:
        show_records(edge, protocol_view.protocol_records(protocol), form)
