"""How a command is made: common options on every one, and its edge in place of them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any, Literal

import typer

from kapplan.cli.session.environment import Edge

Command = Callable[..., None]

_COMMON = {
    "today": Annotated[
        str | None,
        typer.Option(metavar="DATE[TIME]", help="Take this as now (else $KAPPLAN_TODAY, else the clock)."),
    ],
    "color": Annotated[
        Literal["auto", "always", "never"], typer.Option(help="When to use colours.", show_default=True)
    ],
}
_DEFAULTS = {"today": None, "color": "auto"}

app = typer.Typer(
    name="kapplan",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Treatment courses of ketamine-assisted psychotherapy, as dates: "
    "the closest to the protocol that the calendars allow, each one explained.",
)


def command(name: str, **settings: Any) -> Callable[[Command], Command]:
    """Register a function as a command; its first parameter, ``edge``, is made from the options that all share."""

    def register(function: Command) -> Command:
        signature = inspect.signature(function, eval_str=True)
        own = [parameter for key, parameter in signature.parameters.items() if key != "edge"]
        shared = [
            inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=_DEFAULTS[key], annotation=annotation)
            for key, annotation in _COMMON.items()
        ]

        @functools.wraps(function)
        def run(**values: Any) -> None:
            edge = Edge(today=values.pop("today"), color=values.pop("color"))
            function(edge, **values)

        run.__signature__ = signature.replace(parameters=[*own, *shared])  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in [*own, *shared]}
        app.command(name, **settings)(run)
        return function

    return register
