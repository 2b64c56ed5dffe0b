"""One question after another, each asked until the file with its answer has no mistake."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import Literal

from kapplan.cli.session.environment import Edge
from kapplan.cli.wizard.commented import Values, filled
from kapplan.dataclass import dataclass
from kapplan.errors import FileProblem, InvalidFileError, UsageError

What = Literal["profile", "clinic"]
Read = Callable[[str], Mapping[tuple[str, str], str]]
"""What an answer says, as the TOML values of keys; raises ``UsageError`` where it cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One question; Enter alone takes the ``usual`` answer, and skips it where there is none.

    What is ``needed`` cannot be skipped: that is then said, and it is asked again.
    """

    text: str
    read: Read
    usual: str = ""
    needed: str = ""
    keys: tuple[tuple[str, str], ...] = field(default=())


def asked_all(edge: Edge, what: What, questions: Iterable[Prompt], given: Values) -> Values:
    """Ask every question whose keys nothing says yet, and return the values of all answers with those given."""
    values = dict(given)
    for question in questions:
        if not any(key in values for key in question.keys):
            values = _answered(edge, what, question, values)
    return values


def _answered(edge: Edge, what: What, question: Prompt, values: Values) -> Values:
    from kapplan.files.checks.file_checks import check_text

    shown = f" [{question.usual}]" if question.usual else "" if question.needed else " [skip]"
    while True:
        edge.note(f"{question.text}{shown}: ", end="")
        answer = edge.read_line().strip() or question.usual
        if not answer and question.needed:
            edge.note(question.needed)
            continue
        if not answer:
            return values
        try:
            with_it = values | dict(question.read(answer))
            check_text(filled(what, with_it), what)
        except UsageError as error:
            edge.note("\n".join(line for line in (error.message, error.hint) if line))
        except InvalidFileError as error:
            edge.note("\n".join(map(_told, error.problems)))
        else:
            return with_it


def _told(problem: FileProblem) -> str:
    """Return what is wrong with an answer, and what would be right."""
    if problem.nearest:
        return f"{problem.message}; did you mean {problem.nearest}?"
    return f"{problem.message}; expected: {problem.expected}" if problem.expected else problem.message
