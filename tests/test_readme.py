"""The README and the tour show what the program prints: each command is played from top to bottom, as it stands."""

from __future__ import annotations

import re
import shlex
import tomllib
from datetime import UTC, date, datetime, time
from pathlib import Path
from shutil import copytree

import pytest
import recurring_ical_events
from icalendar import Calendar
from support.books import double_bookings
from support.command_line import EXAMPLES, CommandLine, with_examples
from support.terminal_picture import PICTURE, course_picture

from kapplan.files.book.folder_absences import NAME as ABSENCES

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
TOUR = ROOT / "docs" / "tour.md"
CHANGES = ROOT / "docs" / "changes.md"
BLOCK = re.compile(r"(?<=```console\n).*?(?=```)", re.DOTALL)
ELIDED = "…"
QUESTION = "[y/N]: "
CHANGE, SHOWN_CHANGE = re.compile(r"\ball-[0-9a-f]{8}\b"), "all-3f9c01ab"
"""The id of a change of many plans: it is made of all bytes of these, and the page shows one for all."""
PROGRESS = re.compile(r"^\x1b\[\?25|[\u2801-\u28ff] ")
"""A line of progress, which is gone when the command has ended, or one that hides and shows the cursor."""
CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
LINKS = sorted({
    (page, target)
    for page in (README, TOUR)
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
})  # fmt: skip


def test_the_tour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Every command of the tour prints what it shows, on a terminal of 80 columns."""
    (tmp_path / "examples").mkdir()
    with_examples(tmp_path / "examples")
    copytree(EXAMPLES / "clinic", tmp_path / "examples" / "clinic")
    line = CommandLine(tmp_path, monkeypatch)
    text = TOUR.read_text(encoding="utf-8")
    played = BLOCK.sub(lambda block: _played(block[0], line), text)
    if request.config.getoption("--update"):
        TOUR.write_text(played, encoding="utf-8")
    assert played == TOUR.read_text(encoding="utf-8")


def test_the_picture_is_what_a_terminal_shows(request: pytest.FixtureRequest) -> None:
    """The README's picture is made from a real course as it is printed today."""
    made = course_picture()
    if request.config.getoption("--update"):
        PICTURE.write_text(made, encoding="utf-8")
    assert made == PICTURE.read_text(encoding="utf-8")
    assert "http" not in re.sub(r'xmlns="[^"]*"', "", made), "a picture asks no other host for anything"


def _played(block: str, line: CommandLine) -> str:
    """Return a block with what its commands print now; a block that ends with ``…`` shows only the beginning."""
    sessions = re.split(r"(?m)^\$ ", block)[1:]
    shown: list[str] = []
    for session in sessions:
        command, _, before = session.partition("\n")
        name, *arguments = shlex.split(command)
        if name != "kapplan":
            shown.append(f"$ {session}")
            if name == "cd":
                line.folder /= arguments[0]
            continue
        answer = "y" if f"{QUESTION}y" in before else ""
        env = {"NO_COLOR": "1", "COLUMNS": "80", "TERM": "xterm"}
        ran = line(*arguments, terminal=True, stdin=f"{answer}\n", env=env)
        told = CHANGE.sub(SHOWN_CHANGE, ran.text + ran.err.replace(QUESTION, f"{QUESTION}{answer}\n"))
        lines = [written.rstrip() for written in told.splitlines() if not PROGRESS.search(written)]
        lines = [CONTROL.sub("", written) for written in lines]
        kept = before.rstrip().splitlines()
        if kept and kept[-1].strip() == ELIDED:
            lines = [*lines[: len(kept) - 1], ELIDED]
        shown.append("\n".join([f"$ {command}", *lines]) + "\n")
    return "\n".join(each.rstrip("\n") + "\n" for each in shown)


def test_every_change_can_be_typed_as_its_page_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command of the page on changes does what its row says on a plan in mid-course; a proposal must be there."""
    line = CommandLine(with_examples(tmp_path), monkeypatch)
    line("plan", "river.toml", "-o", "river.plan.toml", "--today", "2026-12-28")
    for visit in ("screening", *["preparation"] * 3):
        assert line("done", "river", visit, "--today", "2027-01-21T18:00").code == 0
    plan = tmp_path / "river.plan.toml"
    fresh = plan.read_bytes()
    table = CHANGES.read_text(encoding="utf-8").partition("\n## ")[0]
    rows = re.findall(r"(?m)^\| .* \| (.*`) \|$", table)
    assert len(rows) > 15
    for row in rows:
        plan.write_bytes(fresh)
        (tmp_path / ABSENCES).unlink(missing_ok=True)
        for command in re.findall("`(.*?)`", row):
            ran = line(*shlex.split(command)[1:], env={"KAPPLAN_TODAY": "2027-01-25T18:00"})
            assert ran.code == 0 or (ran.code == 2 and "there is no proposal 1" in ran.err), (command, ran.err)


def test_the_two_commands_open_the_readme() -> None:
    """The README opens with a virtual environment, the main job and the tests, each as one line."""
    text = README.read_text(encoding="utf-8")
    first_job = text.index("pip install . && kapplan plan examples/river.toml")
    assert text.index("python3 -m venv") < first_job < text.index('pip install ".[test]" && pytest')
    assert "Scripts\\activate" in text


@pytest.mark.parametrize(("page", "target"), LINKS, ids=lambda value: str(getattr(value, "name", value)))
def test_links_lead_somewhere(page: Path, target: str) -> None:
    """Every file that a page links to is there."""
    assert (page.parent / target).exists()


def test_the_readme_is_short() -> None:
    """The README leads to the pages and does not take their place."""
    assert len(README.read_text(encoding="utf-8").splitlines()) < 200


def test_the_readme_from_the_first_clinic_to_a_therapist_who_falls_ill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The README's commands work one after the other as they are typed there, and its clinic is never booked twice."""
    copytree(EXAMPLES / "clinic", tmp_path / "examples" / "clinic")
    line = CommandLine(tmp_path, monkeypatch)
    blocks = re.findall(r"```sh\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    commands = [row.partition("   #")[0].strip() for block in blocks[3:] for row in block.splitlines() if row]
    clinic, patient, *others = (shlex.split(command) for command in commands)
    answers = ["Aspen House", "Denver", "", "", "blue", "Okafor therapist, Reyes prescriber", ""]
    assert line(*clinic[1:], terminal=True, stdin="\n".join([*answers, ""])).code == 0
    assert line(*patient[1:], terminal=True, stdin="\n".join(["brook-1", *[""] * 16])).code == 0
    for program, *words in others:
        if program == "cd":
            line = CommandLine(line.folder / words[0], monkeypatch)
            continue
        whole = words[:1] in (["plan"], ["board"], ["away"], ["calls"]) and "brook-1.toml" not in words
        env = {"KAPPLAN_TODAY": "2026-12-28"} if whole else {}
        ran = line(*words, terminal=True, stdin="y\n" if "away" in words else "1\n", env=env)
        assert ran.code in {0, 5}, (words, ran.err)
        assert not whole or ran.code == 0
    check_the_example(line.folder)


def check_the_example(clinic: Path) -> None:
    """Hold the plans of the example clinic to its files, by readers that share nothing with kapplan."""
    plans = [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted((clinic / "plans").glob("*.plan.toml"))]
    assert len(plans) == len(list((clinic / "patients").glob("*.toml"))) == 12
    assert double_bookings(str(clinic / "plans"), places={"staff:reyes": 2}) == []
    span = (datetime(2027, 2, 1, tzinfo=UTC), datetime(2027, 4, 1, tzinfo=UTC))
    taken = {
        resource: [
            (event["DTSTART"].dt, event["DTEND"].dt)
            for event in recurring_ical_events.of(Calendar.from_ical((clinic / file).read_bytes())).between(*span)
        ]
        for resource, file in (("bay", "bay.ics"), ("okafor", "okafor.ics"))
    }
    ill = (datetime(2027, 2, 16, tzinfo=UTC), datetime(2027, 2, 18, tzinfo=UTC))
    for plan in plans:
        for visit in plan["visits"]:
            who = {visit.get("room"), *visit.get("staff", ())}
            times = [time for one in who for time in taken.get(one, ())]
            times += [ill] if "lindqvist" in who else []
            assert not any(_overlap(visit["start"], visit["end"], *time) for time in times), (plan["patient"], visit)


def _overlap(start: datetime, end: datetime, first: date, last: date) -> bool:
    moments = [
        one if isinstance(one, datetime) else datetime.combine(one, time(), start.tzinfo) for one in (first, last)
    ]
    return start < moments[1] and moments[0] < end
