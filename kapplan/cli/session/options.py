"""How a command is made: common options on every one, and its edge in place of them; and spans of days as options."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

import typer

from kapplan.cli.session.environment import Edge
from kapplan.dates import DAYS_IN_WEEK
from kapplan.errors import UsageError

Command = Callable[..., None]

_COMMON = {
    "today": Annotated[
        str | None,
        typer.Option(metavar="DATE[TIME]", help="Take this as now (else $KAPPLAN_TODAY, else the clock)."),
    ],
    "book": Annotated[
        str | None,
        typer.Option(
            metavar="BOOK", help="Where the clinic's plans lie: a folder or a database's address (else $KAPPLAN_BOOK)."
        ),
    ],
    "color": Annotated[
        Literal["auto", "always", "never"], typer.Option(help="When to use colours.", show_default=True)
    ],
}
_DEFAULTS = {"today": None, "book": None, "color": "auto"}

_SPAN = re.compile(r"(\d{1,3})\s*([dw]?)")
_DAYS = {"": 1, "d": 1, "w": DAYS_IN_WEEK}
_LONGEST = 366

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
            edge = Edge(**{key: values.pop(key) for key in _COMMON})
            function(edge, **values)

        run.__signature__ = signature.replace(parameters=[*own, *shared])  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in [*own, *shared]}
        app.command(name, **settings)(run)
        return function

    return register


def days_of(text: str, option: str) -> int:
    """Return the days of a span; ``UsageError`` names the option that it was given with."""
    found = _SPAN.fullmatch(text.strip())
    if found is None or int(found[1]) * _DAYS[found[2]] > _LONGEST:
        raise UsageError(f'{option} takes a span such as 3d or 8w, a year at most, not "{text}"')
    return int(found[1]) * _DAYS[found[2]]
