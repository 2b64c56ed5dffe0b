"""Questions on a terminal: one of several, by arrow keys where questionary is there, else by number or own words."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from kapplan.cli.session.environment import Edge

_NONE = "none of these"


def chosen(edge: Edge, question: str, answers: Sequence[str], *, likeliest: int | None = 0) -> int | None:
    """Ask which of several is meant and return its place; the end of input ends the command as Ctrl-C does.

    Enter alone takes the ``likeliest``, or nothing where none is: then the answer is ``None``.
    """
    picker = _picker(edge)
    if picker is not None:
        return _picked(edge, picker, question, answers, likeliest)
    for number, answer in enumerate(answers, 1):
        edge.note(f"{number:>3}  {answer}")
    standing = "Enter for none" if likeliest is None else f"{likeliest + 1}"
    while True:
        edge.note(f"{question} [{standing}]: ", end="")
        typed = edge.read_line().strip().casefold()
        if not typed:
            return likeliest
        if typed.isdecimal() and 1 <= int(typed) <= len(answers):
            return int(typed) - 1
        fitting = [place for place, answer in enumerate(answers) if answer.casefold().startswith(typed)]
        if len(fitting) == 1:
            return fitting[0]
        edge.note(f"A number from 1 to {len(answers)}, please.")


def _picker(edge: Edge) -> Any:
    """Return questionary where it is installed and the terminal can move its cursor; else ``None``."""
    if edge.env.get("TERM") == "dumb":
        return None
    with suppress(OSError, ValueError, ImportError):  # streams that are no files have no keys
        sys.stdin.fileno()
        edge.err.fileno()
        import questionary

        return questionary
    return None


def _picked(edge: Edge, picker: Any, question: str, answers: Sequence[str], likeliest: int | None) -> int | None:
    """Return the answer that arrow keys reach, or that is left over by what is typed of it."""
    from prompt_toolkit.output import create_output

    from kapplan.cli.session.habits import habits_for
    from kapplan.output.records.visible import visible

    habits = habits_for(edge.err, edge.env)
    choices = [picker.Choice(visible(habits.said(answer)), value=place) for place, answer in enumerate(answers)]
    if likeliest is None:
        choices.insert(0, picker.Choice(_NONE, value=-1))
    asked = picker.select(
        question,
        choices=choices,
        default=likeliest if likeliest is not None else -1,
        instruction="(arrow keys, or type some of it)",
        use_search_filter=True,
        use_jk_keys=False,
        output=create_output(stdout=edge.err),
    )
    _refuse_what_fits_nothing(asked.application)
    try:
        place = int(asked.unsafe_ask())
    except EOFError:
        raise KeyboardInterrupt from None
    return None if place < 0 else place


def _refuse_what_fits_nothing(application: Any) -> None:
    """Let Enter take no answer while what is typed fits none.

    The picker shows all answers then and would take the first of them, which may be another patient.
    """
    from prompt_toolkit.filters import Condition
    from prompt_toolkit.keys import Keys

    [listed] = [one for one in application.layout.find_all_controls() if hasattr(one, "search_filter")]

    @Condition
    def fits_nothing() -> bool:
        typed = (listed.search_filter or "").lower()
        return not any(typed in choice.title.lower() for choice in listed.choices)

    def ring(event: Any) -> None:
        event.app.output.bell()

    application.key_bindings.add(Keys.ControlM, eager=True, filter=fits_nothing)(ring)
