"""How a command is made: common options on every one, and its edge in place of them; and spans of days as options."""

from __future__ import annotations

import functools
import inspect
import os
import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typer
from typer.core import TyperCommand, TyperGroup

from kapplan.cli.session.environment import Edge
from kapplan.dataclass import dataclass
from kapplan.dates import DAYS_IN_WEEK
from kapplan.errors import UsageError

Command = Callable[..., None]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Beside an argument's annotation: how it is asked for on a terminal where it is left out.

    ``ask`` is given the edge and what else was typed; elsewhere the argument is missing.
    """

    ask: Callable[[Edge, Mapping[str, Any]], Any]


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
    "quiet": Annotated[
        bool, typer.Option("--quiet", "-q", help="No hints; findings and errors are told all the same.")
    ],
}
_DEFAULTS = {"today": None, "book": None, "color": "auto", "quiet": False}

WITHIN = Annotated[
    float | None,
    typer.Option(
        "--deadline",
        "--within",
        min=0,
        metavar="SECONDS",
        help="End the search by the clock, with the best dates found until then; without it, work ends it.",
    ),
]
"""After how many seconds a search ends; the answer says so."""

CLUSTER = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Of several: work on this Dask cluster (tcp://host:8786)."),
]
"""The cluster that works on many files; its machines share the folder."""

_SPAN = re.compile(r"(\d{1,3})\s*(?:d(?:ays?)?|(w)(?:eeks?)?)?")
_LONGEST = 366
_MAY_BE_BLANK = frozenset({"why", "by"})
"""What a script hands on where somebody has given it: without it a record is saved all the same."""


class _Readable:
    """A command whose help shows what can be typed for a parameter, and which reads plain words by itself.

    Typer reads every value by a reader that pydantic makes for it, and to load that takes longer than most commands
    work. What was left out, defaults, and words where words or a path are asked for need none; all else is Typer's.
    """

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, of which help shows their own words or their choices."""
        parameters: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        annotations = getattr(getattr(self, "callback", None), "__annotations__", {})
        for parameter in parameters:
            parameter.display_type_rich = functools.partial(_shown_for, parameter)
            if parameter.param_type_name == "argument":
                parameter.get_usage_pieces = functools.partial(_usage_of, parameter)
            if "process_value" not in vars(parameter):
                read = functools.partial(_read, parameter, annotations.get(parameter.name), parameter.process_value)
                parameter.process_value = read
        return parameters


class _Command(_Readable, TyperCommand):
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read a command line; a day may be several words behind an option as it may be behind an argument.

        A file whose name begins as options do is that file, so that every name can be typed as it is printed.
        """
        parameters = self.get_params(ctx)
        if any(word.startswith("-") for word in args):
            known = {name for one in parameters for name in (*one.opts, *one.secondary_opts)} | {"--", "-"}
            args = [f"./{word}" if _is_dashed_file(word, known) else word for word in args]
        days = {name for one in parameters if "DATE" in (one.metavar or "") for name in one.opts}
        if any(word in days for word in args):
            from kapplan.planning.phrases.parted_words import with_days_whole

            args = with_days_whole(args, days)
        return list(super().parse_args(ctx, args))


def _is_dashed_file(word: str, known: Collection[str]) -> bool:
    """Return whether a word that is none of the ``known`` options names a file that is there."""
    return word.startswith("-") and word.partition("=")[0] not in known and os.path.isfile(word)  # noqa: PTH113  # no name is an error


class _Group(_Readable, TyperGroup):
    pass


def _shown_for(parameter: Any, ctx: Any) -> str | None:
    choices = parameter.display_type(ctx) or ""
    if "|" in choices:
        return str(choices)
    return parameter.metavar if parameter.param_type_name == "option" else None


def _usage_of(argument: Any, _: Any) -> list[str]:
    """Return an argument as the line of usage has it: its own word, in brackets once where it may be left out."""
    word = argument.metavar or str(argument.name).upper()
    return [word if argument.required or word.startswith("[") else f"[{word}]"]


def _read(parameter: Any, annotation: Any, by_typer: Callable[[Any, Any], Any], ctx: Any, value: Any) -> Any:
    """Return what a parameter's value means: the value itself where it is right as it is, else what Typer makes of it.

    ``annotation`` is what the parameter is declared to be, where that is known.
    """
    declared, *beside = get_args(annotation) if get_origin(annotation) is Annotated else (annotation,)
    kinds = get_args(declared) if get_origin(declared) in {Union, UnionType} else (declared,)
    parsers = [one.parser for one in beside if getattr(one, "parser", None) is not None]
    parser = next(iter(parsers), Path if Path in kinds else None)
    _refuse_blank(parameter, value)
    if parameter.required and not value:
        return by_typer(ctx, value)
    read: Any
    if value is None:
        read = () if parameter.multiple or parameter.nargs != 1 else None
    elif parser is not None and isinstance(value, str):
        try:
            read = parser(value)
        except ValueError:
            return by_typer(ctx, value)
    elif any(_is(kind, value) for kind in kinds) and (value is parameter.default or _is_words(value)):
        read = list(value) if isinstance(value, tuple) else value
    else:
        return by_typer(ctx, value)
    return read if parameter.callback is None else parameter.callback(ctx, parameter, read)


def _refuse_blank(parameter: Any, value: Any) -> None:
    """Raise ``UsageError`` where a word is there and holds nothing: a path that is empty would mean this folder."""
    words = value if isinstance(value, (list, tuple)) else (value,)
    if parameter.name in _MAY_BE_BLANK or value == parameter.default:
        return
    if any(isinstance(word, str) and not word.strip() for word in words):
        named = parameter.opts[0] if parameter.param_type_name == "option" else parameter.metavar or parameter.name
        name = named.split()[0].strip("[].")
        raise UsageError(f"{name} is empty", hint="is a variable of the shell not set?")


def _is(kind: Any, value: Any) -> bool:
    """Tell whether a value is of a kind that a parameter may be."""
    if get_origin(kind) is list:
        return isinstance(value, (list, tuple)) and all(type(one) in get_args(kind) for one in value)
    return value in get_args(kind) if get_origin(kind) is Literal else type(value) is kind


def _is_words(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value))


app = typer.Typer(
    name="kapplan",
    cls=_Group,
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
        own = [
            _may_be_left_out(parameter).replace(kind=inspect.Parameter.KEYWORD_ONLY)
            for key, parameter in signature.parameters.items()
            if key != "edge"
        ]
        shared = [
            shared_option(key, _DEFAULTS[key], annotation, "Options of every command")
            for key, annotation in _COMMON.items()
        ]

        @functools.wraps(function)
        def run(**values: Any) -> None:
            edge = Edge(command=name, **{key: values.pop(key) for key in _COMMON})
            if values.get("form", "") is None:
                edge.format(None)  # what nobody can read is told before anything is done, not after it is saved
            for parameter in signature.parameters.values():
                if not values.get(parameter.name, True) and parameter.default is parameter.empty:
                    values[parameter.name] = _asked_for(edge, name, parameter, values)
            function(edge, **values)

        run.__signature__ = signature.replace(parameters=[*own, *shared])  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in [*own, *shared]}
        app.command(name, cls=_Command, help=_paragraphs(function.__doc__ or ""), **settings)(run)
        return function

    return register


def _paragraphs(text: str) -> str:
    """Return a docstring with each paragraph on one line: help breaks lines by the width of its terminal."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in inspect.cleandoc(text).split("\n\n"))


def shared_option(name: str, default: Any, annotation: Any, panel: str) -> inspect.Parameter:
    """Return an option that several commands have, which help shows under the heading ``panel``."""
    for beside in annotation.__metadata__:
        beside.rich_help_panel = panel
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _left_out(parameter: inspect.Parameter) -> LeftOut | None:
    beside = getattr(parameter.annotation, "__metadata__", ())
    return next((one for one in beside if isinstance(one, LeftOut)), None)


def _may_be_left_out(parameter: inspect.Parameter) -> inspect.Parameter:
    """Return a parameter without which the command runs, where it can be asked for; any other as it is."""
    if parameter.default is not parameter.empty or _left_out(parameter) is None:
        return parameter
    declared, *beside = get_args(parameter.annotation)
    return parameter.replace(default=None, annotation=Annotated[declared | None, *beside])


def _asked_for(edge: Edge, name: str, parameter: inspect.Parameter, values: Mapping[str, Any]) -> Any:
    """Ask for an argument that was left out; raise ``UsageError`` where nobody can be asked."""
    found = _left_out(parameter)
    if found is None or not edge.interactive:
        [argument] = [one for one in parameter.annotation.__metadata__ if not isinstance(one, LeftOut)]
        raise UsageError(f"Missing argument '{argument.metavar}'.", hint=f"See `kapplan {name} --help`.")
    return found.ask(edge, values)


def days_of(text: str, option: str) -> int:
    """Return the days of a span; ``UsageError`` names the option that it was given with."""
    found = _SPAN.fullmatch(text.strip())
    days = _LONGEST + 1 if found is None else int(found[1]) * (DAYS_IN_WEEK if found[2] else 1)
    if days > _LONGEST:
        raise UsageError(f'{option} takes a span such as 3d or 8w, a year at most, not "{text}"')
    return days
