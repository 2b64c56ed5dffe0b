"""Who is away, as the book of a folder knows it: a file beside the plans, written whole under the book's lock."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from pathlib import Path

from kapplan.files.plans.atomic import reading_own
from kapplan.model.bookings import ClinicAbsence

NAME = ".kapplan-absences.json"
SCHEMA = "kapplan.absences/1"


def read_absences(folder: Path) -> tuple[ClinicAbsence, ...]:
    """Return the absences that a folder's book knows; ``InvalidFileError`` where their file is damaged."""
    path, expected = folder / NAME, "what kapplan wrote; delete it, and take in again who is away"
    with suppress(FileNotFoundError), reading_own(path, "the absences of the book are damaged", expected):
        try:
            data = json.loads(path.read_bytes())
        except NotADirectoryError:
            return ()
        return tuple(
            ClinicAbsence(
                clinic=str(one["clinic"]), who=str(one["who"]), from_=date.fromisoformat(one["from"]),
                until=date.fromisoformat(one["until"]), change=str(one["change"]), ended=str(one["ended"]),
            )
            for one in {SCHEMA: data}[data["schema"]]["absences"]
        )  # fmt: skip
    return ()


def absences_text(absences: Iterable[ClinicAbsence]) -> bytes:
    """Return the text of the file of absences."""
    rows = [
        {"clinic": one.clinic, "who": one.who, "from": one.from_.isoformat(), "until": one.until.isoformat(),
         "change": one.change, "ended": one.ended}
        for one in absences
    ]  # fmt: skip
    return (json.dumps({"schema": SCHEMA, "absences": rows}, indent=1, ensure_ascii=False) + "\n").encode()
