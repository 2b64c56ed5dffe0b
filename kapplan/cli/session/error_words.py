"""Errors in words for people: what is wrong, where, and what would be right."""

from __future__ import annotations

from kapplan import __version__
from kapplan.errors import InvalidFileError, KapplanError, MachineError, NoScheduleError


def reported(error: Exception) -> KapplanError | None:
    """Return an error as one that kapplan reports itself; ``None`` where the program is mistaken."""
    if isinstance(error, KapplanError):
        return error
    if isinstance(error, OSError):
        where = f": {error.filename}" if error.filename else ""
        return MachineError(f"{error.strerror or error}{where}")
    if isinstance(error, MemoryError):
        return MachineError("There is not enough memory for this.")
    return None


def words_of(error: KapplanError, width: int | None = None) -> str:
    """Return an error in words, on one line or several; what it quotes fits a ``width``, if it is for a terminal."""
    if isinstance(error, InvalidFileError):
        from kapplan.output.terminal.diagnostics import render_problems

        return render_problems(error.problems, width)
    if isinstance(error, NoScheduleError):
        from kapplan.planning.schedule.course import Unplaceable

        if isinstance(error, Unplaceable):
            from kapplan.output.views.clash import clash_text
            from kapplan.planning.schedule.written_repairs import written_repairs

            if error.words is not None:
                return error.words
            written = written_repairs(error.setting, error.repairs) if error.setting else ()
            all_tried = error.all_tried and bool(written) == bool(error.repairs)
            return clash_text(error.told, written, all_tried=all_tried)
    return "\n".join([f"kapplan: {error.message}", *([error.hint] if error.hint else [])])


def bug_words(error: Exception) -> str:
    """Say that the program failed, without a traceback: that could show a patient's data."""
    return (
        f"kapplan: this is a mistake in kapplan {__version__} ({type(error).__name__}), not in what you did.\n"
        "Please report it with the command that you typed; KAPPLAN_DEBUG=1 shows where it happened."
    )
