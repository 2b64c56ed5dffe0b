"""Questions on a terminal: one of several, by its number or its own words."""

from __future__ import annotations

from collections.abc import Sequence

from kapplan.cli.session.environment import Edge


def chosen(edge: Edge, question: str, answers: Sequence[str], *, likeliest: int | None = 0) -> int | None:
    """Ask which of several is meant and return its place; the end of input ends the command as Ctrl-C does.

    Enter alone takes the ``likeliest``, or nothing where none is: then the answer is ``None``.
    """
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
