"""``kapplan protocols``: the library, or one protocol with its phases, rules and sources."""

from __future__ import annotations

from typing import Annotated

import typer

from kapplan.cli.casework.case import complete_protocol
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.options import command
from kapplan.cli.session.views import ShowFormat, show_listed, show_records


@command("protocols")
def protocols(
    edge: Edge,
    name: Annotated[
        str | None,
        typer.Argument(metavar="[ID]", help="A built-in id, or a protocol's file.", autocompletion=complete_protocol),
    ] = None,
    form: Annotated[ShowFormat | None, typer.Option("--format", help="How to print it.")] = None,
    sources: Annotated[
        bool, typer.Option("--sources", help="Every statement with its source, the least known first.")
    ] = False,
) -> None:
    """List the protocols, or show one with its phases, rules and sources.

    With --sources every number of the library, or of one protocol, stands with its source, mark and strength.

    Example: kapplan protocols kap-standard
    """
    import kapplan
    from kapplan.output.library.protocol import library_records, protocol_records, protocol_view

    if sources:
        _show_sources(edge, name, form)
        return
    if name is None:
        from kapplan.files.library import package_data

        library = [kapplan.read_protocol(protocol_id) for protocol_id in kapplan.protocol_ids()]
        reviewed = package_data.library_reviewed()
        show_records(edge, library_records(library, reviewed), form)
        return
    protocol, measures = kapplan.read_protocol(name), kapplan.read_measures().titles
    show_listed(
        edge,
        form,
        lambda: protocol_view(protocol, measures),
        lambda: protocol_records(protocol, measures),
    )


def _show_sources(edge: Edge, name: str | None, form: ShowFormat | None) -> None:
    """Show what the library, or one protocol, rests on."""
    import kapplan
    from kapplan.files.library.package_data import library_reviewed
    from kapplan.files.library.rules import built_in_measures, built_in_review, load_instructions
    from kapplan.output.library import evidence

    names = built_in_measures().titles
    if name is not None:
        statements = list(evidence.of_protocol(kapplan.read_protocol(name), names))
    else:
        statements = [one for protocol in kapplan.read_library() for one in evidence.of_protocol(protocol, names)]
        statements += evidence.of_rules(load_instructions())
        statements += evidence.of_measures(built_in_measures())
        statements += evidence.of_reviews(built_in_review())
    show_records(edge, evidence.evidence_records(statements, library_reviewed()), form)
