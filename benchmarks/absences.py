"""An absence of a whole clinic: forty plans of which it touches many, as one command."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from support.command_line import EXAMPLES

from benchmarks.measure import Table, run_process

PATIENTS = 40
MOST_MS = 5_000
RUNS = 3
SPANS = (
    ("clinic", "2027-03-15..2027-03-16"),
    ("clinic", "2027-02-22..2027-02-26"),
    ("okafor", "2027-03-15..2027-03-19"),
    ("clinic", "2027-02-22..2027-03-19"),
)
_KAPPLAN = (sys.executable, "-c", "from kapplan.cli import main; main()")
_MORE = """
[[clinic.rooms]]
id = "dune"

[[clinic.rooms]]
id = "elm"

[[clinic.staff]]
id = "mori"
roles = ["therapist"]

[[clinic.staff]]
id = "silva"
roles = ["therapist", "prescriber"]

[[clinic.staff]]
id = "chan"
roles = ["monitor"]
capacity = 2
"""
"""The rooms and people that forty patients need beside those of the example."""


def absences() -> Table:
    """Measure the preview of absences in a clinic of forty patients, of one of the staff and of all."""
    table = Table(
        f"An absence in a clinic of {PATIENTS} patients (at most {MOST_MS / 1000:.0f} s)",
        ("who", "days", "touched", "without dates", "processor ms"),
    )
    with TemporaryDirectory() as name:
        folder, bytecode = Path(name), Path(name) / "bytecode"
        _write(folder)
        plans = str(folder / "plans")
        run_process((*_KAPPLAN, "plan", str(folder / "patients"), "-o", plans, "--one-by-one",
                     "--today", "2026-12-28"), bytecode)  # fmt: skip
        for who, days in SPANS:
            words = ("away", "--who", who, days, "-n", "--book", plans, "--format", "plain", "--today", "2027-01-04")
            ended = [run_process((*_KAPPLAN, *words), bytecode, keep=folder / "told") for _ in range(RUNS)]
            rows = [row.split("\t") for row in (folder / "told").read_text("utf-8").splitlines()]
            ms = min(one.processor_ms or one.ms for one in ended)
            touched, stuck = {row[0] for row in rows}, sum(row[1] == "no dates" for row in rows)
            table.add(who, days, len(touched), stuck, f"{ms:.0f}", met=ms <= MOST_MS)
    return table


def _write(folder: Path) -> None:
    """Write a clinic like that of the examples with more rooms and people, and its patients week after week."""
    example = EXAMPLES / "clinic"
    for file in example.glob("*.ics"):
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "clinic.toml").write_text((example / "clinic.toml").read_text("utf-8") + _MORE, encoding="utf-8")
    (folder / "patients").mkdir()
    for name, text in _profiles(sorted((example / "patients").glob("*.toml"))):
        (folder / "patients" / f"{name}.toml").write_text(text, encoding="utf-8")


def _profiles(examples: list[Path]) -> Iterator[tuple[str, str]]:
    """Yield the names and texts of profiles like those of the example, each round of them a week later."""
    for number in range(PATIENTS):
        later, place = divmod(number, len(examples))
        old = examples[place].stem
        new = f"{old.rpartition('-')[0]}-{number + 1:02}"
        lines = examples[place].read_text("utf-8").replace(f'"{old}"', f'"{new}"').splitlines()
        yield new, "\n".join(_later(line, later) for line in lines) + "\n"


def _later(line: str, weeks: int) -> str:
    key, _, value = line.partition(" = ")
    return f"start = {date.fromisoformat(value) + timedelta(weeks=weeks)}" if key == "start" else line
