"""Files that were changed in any way end in a result or in words, with a documented exit code: never in a traceback."""

from __future__ import annotations

import random
import re
import resource
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from support.every_command import PLAN, TODAY, id_of
from support.mutations import mutated
from support.spoilt_house import Rooms, Spoilt, into

from kapplan.errors import InvalidFileError
from kapplan.files.calendars.calendar_reader import calendar_times
from kapplan.files.documents.readers import read_clinic, read_profile, read_protocol
from kapplan.files.importing.protocol_import import import_protocol
from kapplan.files.importing.protocol_text import About, ReadAs
from kapplan.files.plans.format import plan_of
from kapplan.files.toml.sources import SourceFile
from kapplan.output.terminal.diagnostics import render_problems
from kapplan.planning.availability.timezones import zone


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


SERVERS = frozenset({"publish", "sync"})
"""Commands that ask a server, which is not there: these may end with 1."""
CODES = {0, 2, 3, 4, 5, 6, 7}
"""What a command may end with on a file that somebody spoilt: 1 would be a mistake of the program's."""
SECONDS = 15
"""Processor time that no command may need, far from what any does: the strict bounds are measured by a benchmark."""
MEMORY = 1_500_000_000


NAMED = re.compile(r"\.(toml|ics|csv|json|prev)\b|the plan's (history|profile|protocol|clinic)\b")
"""How a file is named in a message, or the part of the plan that was named on the command line."""


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
    "a course that has a visit twice, which is called off": (
        ("missed", PLAN, "screening-1"),
        r'(\[\[regimen\.visits\]\]\nid = "preparation-2"\n(?:[^\[]*\n)*)', r"\1\1",
    ),
    "a course that has a visit twice, which is open": (
        ("cancel", PLAN, "dosing-1", "--party", "patient"),
        r'(\[\[regimen\.visits\]\]\nid = "check-in-1"\n(?:[^\[]*\n)*)', r"\1\1",
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
