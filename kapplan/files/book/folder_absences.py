"""Who is away, as the book of a folder knows it: a file beside the plans, written whole under the book's lock."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from kapplan.errors import FileProblem, InvalidFileError, MachineError
from kapplan.model.bookings import ClinicAbsence

NAME = ".kapplan-absences.json"
SCHEMA = "kapplan.absences/1"


def read_absences(folder: Path) -> tuple[ClinicAbsence, ...]:
    """Return the absences that a folder's book knows; ``InvalidFileError`` where their file is damaged."""
    path = folder / NAME
    try:
        text = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except OSError as error:
        raise MachineError(f"{path} cannot be read: {error.strerror}") from error
    return absences_of(text, str(path))


def absences_of(text: bytes, file: str) -> tuple[ClinicAbsence, ...]:
    """Return the absences that a file's text says; ``InvalidFileError`` where it is none that was written here."""
    try:
        data = json.loads(text)
        if data["schema"] == SCHEMA:
            return tuple(
                ClinicAbsence(
                    clinic=str(one["clinic"]), who=str(one["who"]), from_=date.fromisoformat(one["from"]),
                    until=date.fromisoformat(one["until"]), change=str(one["change"]), ended=str(one["ended"]),
                )
                for one in data["absences"]
            )  # fmt: skip
    except (ValueError, KeyError, TypeError):
        pass
    expected = "what kapplan wrote; delete it, and take in again who is away"
    raise InvalidFileError((FileProblem(message="the absences of the book are damaged", file=file, expected=expected),))


def absences_text(absences: Iterable[ClinicAbsence]) -> bytes:
    """Return the text of the file of absences."""
    rows = [
        {"clinic": one.clinic, "who": one.who, "from": one.from_.isoformat(), "until": one.until.isoformat(),
         "change": one.change, "ended": one.ended}
        for one in absences
    ]  # fmt: skip
    return (json.dumps({"schema": SCHEMA, "absences": rows}, indent=1, ensure_ascii=False) + "\n").encode()
