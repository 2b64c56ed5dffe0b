"""A house of which one file is spoilt before something is typed: sound files of every format, and who reads them."""

from __future__ import annotations

import random
import shutil
import time
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from support.command_line import CommandLine, Ran
from support.disk import Disk, Files
from support.every_command import PLAN, TODAY, Typed, all_typed, furnished, prepared
from support.mutations import mutated

from kapplan.files.library.package_data import LIBRARY

USDM = Path(__file__).parents[1] / "data" / "usdm" / "simple.json"
CALENDAR = "".join(
    f"{line}\r\n"
    for line in (
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x",
        "BEGIN:VEVENT", "UID:1", "DTSTART;TZID=America/Denver:20270104T090000", "DURATION:PT1H",
        "RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=9", "EXDATE:20270111T160000Z", "END:VEVENT",
        "BEGIN:VEVENT", "UID:2", "DTSTART;VALUE=DATE:20270108", "STATUS:CANCELLED", "END:VEVENT",
        "BEGIN:VEVENT", "UID:1", "RECURRENCE-ID:20270118T160000Z", "DTSTART:20270118T170000Z", "DTEND:20270118T180000Z",
        "END:VEVENT", "BEGIN:VFREEBUSY", "UID:3", "FREEBUSY;FBTYPE=BUSY:20270105T160000Z/PT2H", "END:VFREEBUSY",
        "END:VCALENDAR",
    )
)  # fmt: skip

RULES = """\
[sources]
house = { cite = "Aspen House, policy of 2026", mark = "C", strength = "D" }

[medications]
antidepressant = ["ademetionine"]

[[screening]]
id = "house-hearing"
level = "clinic"
outcome = "warn"
applies = { routes = ["im"] }
when = { field = "medications.classes", has_any = ["stimulant"] }
text = "A stimulant: {medications.names}. Our nurse calls the day before."
source = "house"
task = { text = "Call the patient", due_days = -1 }

[[tailoring]]
id = "house-preparation"
level = "clinic"
when.all = [
  { field = "goals.primary", in = ["insight", "trauma"] },
  { any = [{ field = "symptoms.phq9", at_least = 15 }, { field = "symptoms.madrs", at_least = 20 }] },
]
effects = [{ visits = { visit = "preparation", more = 1, at_most = 3 } }]
text = "A third preparation where the depression is moderate or worse."
source = "house"
"""


def into(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Furnish a folder with a sound file of every format, so that what is typed reads them."""
    line = furnished(folder, patch)
    (folder / "x.ics").write_text(CALENDAR, encoding="utf-8", newline="")
    shutil.copy(LIBRARY / "protocols" / "esketamine-trd.toml", folder / "protocol.toml")
    shutil.copy(USDM, folder / "study.json")
    clinic = (folder / "clinic.toml").read_text(encoding="utf-8")
    read = 'busy = ["x.ics"]\nrules = ["rules.toml"]\nholidays ='
    line.write("clinic.toml", clinic.replace("holidays =", read, 1))
    line.write("rules.toml", RULES)
    (folder / "words").mkdir()
    shutil.copy(LIBRARY / "languages" / "es.po", folder / "words" / "es.po")
    spanish = (folder / "oak.toml").read_text(encoding="utf-8").replace("oak-1", "maple-1")
    line.write("maple.toml", spanish.replace("timezone =", 'language = "es"\ntimezone =', 1))
    made = line("plan", "maple.toml", "-o", "words/maple.plan.toml", "--today", "2026-12-28")
    assert made.code == 0, made.err
    for words in (("done", PLAN, "screening-1", "2026-12-31"), ("score", PLAN, "phq9=7")):
        ran = line(*words, *TODAY)
        assert ran.code in {0, 5}, ran.err


MORE = (
    Typed(("import", "study.json", "-o", "imported.toml")),
    Typed(("plan", "sage.toml", "--protocol", "protocol.toml")),
    Typed(("check", "protocol.toml")),
    Typed(("check", ".")),
    Typed(("protocols", "protocol.toml")),
    Typed(("check", "rules.toml", "clinic.toml")),
    Typed(("export", "words/maple.plan.toml", "--format", "html", "--templates", "words")),
)
"""Command lines that read what the others leave out."""


BESIDE = ("clinic.toml", "x.ics", "rules.toml", PLAN, "oak.plan.toml")
"""Files that many commands read without being told to."""


class Spoilt(NamedTuple):
    """A command and what one of the files says that it may read, or anything beside them."""

    typed: Typed
    name: str
    data: bytes


class Rooms:
    """The house as it is when a command is typed, with one of its files spoilt."""

    def __init__(self, house: Path, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.line, self.disk = CommandLine(folder, patch), Disk(folder)
        shutil.copytree(house, folder, dirs_exist_ok=True)
        self.sound = self.disk.files()
        self.before = cache(self._before)

    def _before(self, before: tuple[tuple[str, ...], ...]) -> Files:
        self.disk.put(self.sound)
        prepared(self.line, Typed((), before))
        return self.disk.files()

    def drawn(self, dice: random.Random) -> Spoilt:
        """Return any command and a file that it reads, mostly, after a change."""
        typed = dice.choice([*all_typed(), *MORE])
        files = self.before(typed.before)
        named = [name for name in files if {name, Path(name).parent.name} & {*typed.words}]
        name = dice.choice(named if named and dice.random() < 0.7 else BESIDE)
        return Spoilt(typed, name, mutated(name, files[name].decode("utf-8", "replace"), dice))

    def typed(self, spoilt: Spoilt) -> tuple[Ran, float]:
        """Type a command beside a spoilt file; return what it did, and the processor time that it took."""
        self.disk.put({**self.before(spoilt.typed.before), spoilt.name: spoilt.data})
        began = time.process_time()
        ran = self.line(*spoilt.typed.words, *TODAY)
        return ran, time.process_time() - began
