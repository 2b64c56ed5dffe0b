"""Files that were changed in any way end in a result or in words, with a documented exit code: never in a traceback."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support.command_line import CommandLine, with_examples

from kapplan.errors import InvalidFileError
from kapplan.files.calendars.calendar_reader import calendar_times
from kapplan.files.documents.readers import read_clinic, read_profile, read_protocol
from kapplan.files.library.package_data import LIBRARY
from kapplan.files.plans.format import plan_of
from kapplan.files.toml.sources import SourceFile
from kapplan.output.terminal.diagnostics import render_problems
from kapplan.planning.availability.timezones import zone

TODAY = ("--today", "2026-12-29")
CODES = {0, 2, 3, 4, 5}
"""What a command may end with on a file that somebody spoilt: 1 would be a mistake of the program's."""
VALUES = (
    "0", "-1", "1e400", "nan", "true", '""', '"x"', "[]", "{}", "[[]]", "0001-01-01", "9999-12-31", "25:00:00",
    '"\\u202e\\u0000"', "99999999999999999999", "2027-02-30", '["a", 1]', "{ from = 2027-01-01 }", "'''\n'''", "",
)  # fmt: skip
CALENDAR = "".join(
    f"{line}\r\n"
    for line in (
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x",
        "BEGIN:VEVENT", "UID:1", "DTSTART;TZID=America/Denver:20270104T090000", "DURATION:PT1H",
        "RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=9", "EXDATE:20270111T160000Z", "END:VEVENT",
        "BEGIN:VEVENT", "UID:2", "DTSTART;VALUE=DATE:20270108", "STATUS:CANCELLED", "END:VEVENT",
        "END:VCALENDAR",
    )
)  # fmt: skip


def mutated(text: str, rng: random.Random) -> str:
    """Return a text with one to three of its lines changed as hands, tools and disks change them."""
    lines = text.split("\n")
    for _ in range(rng.randint(1, 3)):
        row, other = rng.randrange(len(lines)), rng.randrange(len(lines))
        line, kind = lines[row], rng.randrange(8)
        key, equals, value = line.partition(" = ")
        if kind == 0 and equals:
            lines[row] = f"{key} = {rng.choice(VALUES)}"
        elif kind == 1 and equals:
            lines[row] = f"{key[:-1]}x = {value}"
        elif kind == 2:
            lines.insert(row, lines[other])
        elif kind == 3 and len(lines) > 1:
            del lines[row]
        elif kind == 4:
            lines[row], lines[other] = lines[other], line
        elif kind == 5:
            lines[row] = re.sub(r"\d+", lambda _: str(rng.choice((0, 7, 31, 99, 10**9, 10**30))), line, count=1)
        elif kind == 6:
            lines[row] = line[: rng.randrange(len(line) + 1)]
        else:
            at = rng.randrange(len(line) + 1)
            lines[row] = line[:at] + rng.choice("\x1b\u202e\"'[]{}=;:,\\\x7fé") + line[at + 1 :]
    return "\n".join(lines)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with one sound file of every format."""
    folder = with_examples(tmp_path_factory.mktemp("house"))
    (folder / "x.ics").write_text(CALENDAR, encoding="utf-8")
    clinic = (folder / "clinic.toml").read_text(encoding="utf-8")
    (folder / "clinic.toml").write_text(
        clinic.replace('holidays = "US-CO"', 'holidays = "US-CO"\nbusy = ["x.ics"]'), encoding="utf-8"
    )
    shutil.copy(LIBRARY / "protocols" / "esketamine-trd.toml", folder / "protocol.toml")
    (folder / "visits.csv").write_text("visit,day\nScreening,-14\nDosing 1,0\nDosing 2,7\nFollow-up,30\n", "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        line = CommandLine(folder, patch)
        assert line("plan", "river.toml", "-o", "river.plan.toml", "--today", "2026-12-28").code == 0
        assert line("score", "river.plan.toml", "phq9=7", "--today", "2026-12-28").code == 0
    return folder


def _calendar(source: SourceFile) -> object:
    from datetime import date

    return calendar_times(source, zone("America/Denver"), date(2027, 1, 1), date(2028, 1, 1))


READERS: dict[str, Callable[[SourceFile], object]] = {
    "river.toml": read_profile,
    "clinic.toml": read_clinic,
    "protocol.toml": read_protocol,
    "river.plan.toml": plan_of,
    "x.ics": _calendar,
}
SEEDS = [0, pytest.param(range(1, 20), marks=pytest.mark.thorough)]


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("seed", SEEDS)
def test_readers_return_or_tell(house: Path, name: str, seed: int | range) -> None:
    """Two hundred changes of each format: a record, or problems that can be shown."""
    text = (house / name).read_text(encoding="utf-8")
    for one in [seed] if isinstance(seed, int) else seed:
        rng = random.Random(f"{name} {one}")
        for _ in range(200):
            source = SourceFile(name=name, data=mutated(text, rng).encode("utf-8", "surrogatepass"))
            try:
                READERS[name](source)
            except InvalidFileError as error:
                told = render_problems(error.problems)
                if not told:
                    pytest.fail("refused without a word")


COMMANDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("river.toml", ("check", "river.toml")),
    ("river.toml", ("plan", "river.toml")),
    ("clinic.toml", ("plan", "river.toml")),
    ("clinic.toml", ("check", "clinic.toml")),
    ("x.ics", ("plan", "river.toml")),
    ("protocol.toml", ("check", "protocol.toml")),
    ("river.plan.toml", ("show", "river.plan.toml")),
    ("river.plan.toml", ("score", "river.plan.toml", "phq9=3")),
    ("river.plan.toml", ("undo", "river.plan.toml")),
    ("river.plan.toml", ("today", "river.plan.toml")),
    ("river.plan.toml", ("export", "river.plan.toml")),
    ("visits.csv", ("import", "visits.csv")),
)


@pytest.mark.parametrize(("name", "words"), COMMANDS, ids=lambda value: value if isinstance(value, str) else value[0])
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.thorough)])
def test_commands_end_as_documented(  # noqa: PLR0917  # two of them are fixtures
    house: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, words: tuple[str, ...], seed: int
) -> None:
    """Whatever stands in a file, the command ends with a documented code and says something where it fails."""
    text = (house / name).read_text(encoding="utf-8")
    rng = random.Random(f"{name} {words} {seed}")
    shutil.copytree(house, tmp_path, dirs_exist_ok=True)
    line = CommandLine(tmp_path, monkeypatch)
    for _ in range(500 if seed else 4):
        broken = mutated(text, rng)
        (tmp_path / name).write_bytes(broken.encode("utf-8", "surrogatepass"))
        ran = line(*words, *TODAY)
        assert ran.code in CODES, (ran.code, ran.err, broken[:500])
        assert ran.code == 0 or ran.err
