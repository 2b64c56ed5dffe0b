"""What can go wrong, as values and as errors that know their exit code."""

from __future__ import annotations

from typing import ClassVar

from kapplan.dataclass import dataclass

PathKey = str | int
"""One step into a file's data: a table's key or a list's index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileProblem:
    """One mistake in a file, for a person to mend.

    ``line`` and ``column`` count from 1, columns in characters; ``width`` is how many characters the mark spans.
    """

    message: str
    file: str
    path: tuple[PathKey, ...] = ()
    line: int | None = None
    column: int | None = None
    width: int = 1
    excerpt: str | None = None
    expected: str | None = None
    nearest: str | None = None
    warning: bool = False


class KapplanError(Exception):
    """Anything that kapplan itself reports; ``exit_code`` is what the command line ends with."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class MachineError(KapplanError):
    """The disk, the network or the program itself failed."""


class UsageError(KapplanError):
    """The command was called wrongly, or names a file that is not there."""

    exit_code = 2


class InvalidFileError(KapplanError):
    """One or more files do not say what they should; carries every problem found."""

    exit_code = 3

    def __init__(self, problems: tuple[FileProblem, ...]) -> None:
        super().__init__("\n".join(problem.message for problem in problems))
        self.problems = problems


class RefusedError(KapplanError):
    """Screening refuses this profile."""

    exit_code = 4


class NoScheduleError(KapplanError):
    """No dates keep every rule."""

    exit_code = 5


class UndecidedError(NoScheduleError):
    """The work allowed, or the time, did not tell whether any dates keep every rule."""

    def __init__(self, *, out_of_time: bool = False) -> None:
        longer = "a later --deadline" if out_of_time else "--effort 5"
        super().__init__(
            "No dates were found that keep every rule of this course, and not that there are none.",
            hint=f"A longer search may tell: {longer}.",
        )
        self.out_of_time = out_of_time


class ChangedMeanwhileError(KapplanError):
    """Somebody else changed the file since it was read, or holds its lock."""

    exit_code = 6


class PartlyFailedError(KapplanError):
    """A calendar conflict, or some of several items failed."""

    exit_code = 7
