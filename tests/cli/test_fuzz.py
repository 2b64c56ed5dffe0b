"""Files that were changed in any way end in a result or in words, with a documented exit code: never in a traceback."""

from __future__ import annotations

import random
import re
import resource
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from support.command_line import CommandLine, Ran
from support.disk import Disk, Files
from support.every_command import PLAN, TODAY, Typed, all_typed, furnished, id_of, prepared
from support.mutations import mutated

from kapplan.errors import InvalidFileError
from kapplan.files.calendars.calendar_reader import calendar_times
from kapplan.files.documents.readers import read_clinic, read_profile, read_protocol
from kapplan.files.importing.protocol_import import import_protocol
from kapplan.files.importing.protocol_text import About, ReadAs
from kapplan.files.library.package_data import LIBRARY
from kapplan.files.plans.format import plan_of
from kapplan.files.toml.sources import SourceFile
from kapplan.output.terminal.diagnostics import render_problems
from kapplan.planning.availability.timezones import zone

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
[sources.us]
cite = "We"
mark = "D"

[[screening]]
id = "house-nausea"
when = { key = "history.conditions", any = ["migraine"] }
level = "warn"
text = "ask for nausea"
source = "us"
"""


def into(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Furnish a folder with a sound file of every format, so that what is typed reads them."""
    line = furnished(folder, patch)
    (folder / "x.ics").write_text(CALENDAR, encoding="utf-8", newline="")
    shutil.copy(LIBRARY / "protocols" / "esketamine-trd.toml", folder / "protocol.toml")
    shutil.copy(USDM, folder / "study.json")
    clinic = (folder / "clinic.toml").read_text(encoding="utf-8")
    line.write("clinic.toml", clinic.replace("holidays =", 'busy = ["x.ics"]\nholidays =', 1))
    for words in (("done", PLAN, "screening-1", "2026-12-31"), ("score", PLAN, "phq9=7")):
        ran = line(*words, *TODAY)
        assert ran.code in {0, 5}, ran.err


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with one sound file of every format."""
    folder = tmp_path_factory.mktemp("house")
    with pytest.MonkeyPatch.context() as patch:
        into(folder, patch)
    return folder


def _calendar(source: SourceFile) -> object:
    return calendar_times(source, zone("America/Denver"), date(2027, 1, 1), date(2028, 1, 1))


def _imported(source: SourceFile) -> object:
    about = About(file="x.toml", id=None, title=None, drug="ketamine")
    return import_protocol(source, about, ReadAs(arm=None, windows=None))


READERS: dict[str, Callable[[SourceFile], object]] = {
    "river.toml": read_profile,
    "clinic.toml": read_clinic,
    "protocol.toml": read_protocol,
    PLAN: plan_of,
    "x.ics": _calendar,
    "visits.csv": _imported,
    "study.json": _imported,
}
SEEDS = [0, pytest.param(range(1, 18), marks=pytest.mark.thorough)]


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("seed", SEEDS)
def test_readers_return_or_tell(house: Path, name: str, seed: int | range) -> None:
    """More than a hundred changes of each format: a record, or problems that can be shown, each at its file."""
    text = (house / name).read_text(encoding="utf-8")
    for one in [seed] if isinstance(seed, int) else seed:
        dice = random.Random(f"{name} {one}")
        for _ in range(120):
            source = SourceFile(name=name, data=mutated(name, text, dice))
            try:
                READERS[name](source)
            except InvalidFileError as error:
                told = [render_problems((problem,)) for problem in error.problems]
                if not told or not all(name in one for one in told):
                    pytest.fail(f"refused without its file: {told}")


MORE = (
    Typed(("import", "study.json", "-o", "imported.toml")),
    Typed(("plan", "sage.toml", "--protocol", "protocol.toml")),
    Typed(("check", "protocol.toml")),
    Typed(("check", ".")),
    Typed(("protocols", "protocol.toml")),
)
"""Command lines that read what the others leave out."""
SERVERS = frozenset({"publish", "sync"})
"""Commands that ask a server, which is not there: these may end with 1."""
CODES = {0, 2, 3, 4, 5, 6, 7}
"""What a command may end with on a file that somebody spoilt: 1 would be a mistake of the program's."""
SECONDS = 15
"""Processor time that no command may need, far from what any does: the strict bounds are measured by a benchmark."""
MEMORY = 1_500_000_000


NAMED = re.compile(r"\.(toml|ics|csv|json|prev)\b|the plan's (history|profile|protocol|clinic)\b")
"""How a file is named in a message, or the part of the plan that was named on the command line."""


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
        named = [word for word in typed.words if word in files and word.endswith((".toml", ".csv", ".json"))]
        name = dice.choice(named if named and dice.random() < 0.7 else ["clinic.toml", "x.ics", PLAN, "oak.plan.toml"])
        return Spoilt(typed, name, mutated(name, files[name].decode("utf-8", "replace"), dice))

    def typed(self, spoilt: Spoilt) -> tuple[Ran, float]:
        """Type a command beside a spoilt file; return what it did, and the processor time that it took."""
        self.disk.put({**self.before(spoilt.typed.before), spoilt.name: spoilt.data})
        began = time.process_time()
        ran = self.line(*spoilt.typed.words, *TODAY)
        return ran, time.process_time() - began


@pytest.fixture
def rooms(house: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rooms]:
    """Return the house, with less memory than the machine has."""
    limits = resource.getrlimit(resource.RLIMIT_AS)
    now = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY, limits[1]))
    yield Rooms(house, tmp_path, monkeypatch)
    resource.setrlimit(resource.RLIMIT_AS, limits)


def _doubted(data: bytes) -> bool:
    """Return whether a plan's file is in doubt, or cannot be read at all."""
    try:
        return plan_of(SourceFile(name="x", data=data)).doubted is not None
    except InvalidFileError:
        return True


def check(rooms: Rooms, spoilt: Spoilt) -> None:
    """Check how a command ends beside a spoilt file, and what lies there afterwards."""
    ran, seconds = rooms.typed(spoilt)
    assert ran.code in CODES | ({1} if spoilt.typed.words[0] in SERVERS else set()), ran.err
    assert "mistake in kapplan" not in ran.err
    assert ran.code == 0 or ran.err
    assert ran.code != 3 or NAMED.search(ran.err), ran.err
    assert seconds < SECONDS
    after = rooms.disk.files()
    before = {**rooms.before(spoilt.typed.before), spoilt.name: spoilt.data}
    changed = [name for name in before.keys() | after.keys() if after.get(name) != before.get(name)]
    for name in [name for name in changed if name.endswith(".plan.toml")]:
        assert ran.code in {0, 5, 7}, f"{name} was changed: {ran.err}"
        if name in after:
            written = plan_of(SourceFile(name=name, data=after[name]))
            assert written.doubted is None or _doubted(before.get(name, b""))


@pytest.mark.parametrize("seed", range(8))
def test_commands_end_as_documented(rooms: Rooms, seed: int) -> None:
    """Whatever stands in a file, any command ends with a documented code and says something where it fails."""
    dice = random.Random(seed)
    for _ in range(20):
        spoilt = rooms.drawn(dice)
        check(rooms, spoilt)


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(100, 150))
def test_commands_end_as_documented_often(rooms: Rooms, seed: int) -> None:
    """The same, five thousand times; every fault of a seed is told, not the first alone."""
    dice, found = random.Random(seed), []
    for _ in range(100):
        spoilt = rooms.drawn(dice)
        try:
            check(rooms, spoilt)
        except (AssertionError, InvalidFileError) as fault:
            found.append((id_of(spoilt.typed), spoilt.name, str(fault)))
    assert found == []


MENDED = {
    "an open visit that its course does not have": (
        ("move", PLAN, "dosing-1", "1", "feb"), r'(\[\[regimen\.visits\]\]\nid = ")preparation-1', r"\1preparation-x",
    ),
    "a course without one of its open visits": (
        ("away", PLAN, "2027-02-08..2027-02-10"), r'\[\[regimen\.visits\]\]\nid = "check-in-4"\n([^\[]*\n)*', "",
    ),
}  # fmt: skip
"""What such changes have found once: what was typed, what was changed in the plan's file, and into what."""


@pytest.mark.parametrize("name", MENDED)
def test_what_was_found_once_is_told(rooms: Rooms, name: str) -> None:
    """Each change that a command once failed on is refused where it stands in the file."""
    words, old, new = MENDED[name]
    text = re.sub(r"^checksum = .*\n", "", rooms.sound[PLAN].decode(), flags=re.MULTILINE)
    broken, found = re.subn(old, new, text)
    assert found == 1
    rooms.disk.put({**rooms.sound, PLAN: broken.encode()})
    ran = rooms.line(*words, *TODAY)
    assert ran.code == 3, ran.err
    assert re.match(rf"{PLAN}:\d+:\d+: ", ran.err), ran.err
