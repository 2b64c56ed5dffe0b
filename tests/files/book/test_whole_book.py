"""Changes of the whole book: an absence of one of the staff, or a closure, as one change that is taken back as one."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import tarfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from support.books import KINDS, address, double_bookings
from support.command_line import CommandLine

from kapplan.files.book.opening import open_book
from kapplan.files.plans.store import StoredPlan

TODAY = ("--today", "2026-12-28")
LATER = ("--today", "2026-12-29")
SPAN = "2027-02-01..2027-02-05"


@pytest.fixture
def line(three_patients: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return the command line in a folder with three profiles of one clinic in ``in``, and their plans in ``out``."""
    shutil.copytree(three_patients, tmp_path, dirs_exist_ok=True)
    return CommandLine(tmp_path, monkeypatch)


@contextmanager
def planned(line: CommandLine, kind: str, postgres: str | None) -> Iterator[str]:
    """Give the address of a book of a kind in which three patients have plans."""
    with address(kind, line.folder, postgres) as where:
        if kind == "folder":
            yield str(line.folder / "out")
            return
        line("book", "init", where)
        line("book", "copy", str(line.folder / "out"), where)
        yield where


def dates(where: str) -> dict[str, list[tuple[str, str, datetime, tuple[str, ...]]]]:
    """Return the visits of a book by patient: what they are, how they stand, when and with whom."""
    plans = [one.plan for one in open_book(where).plans() if isinstance(one, StoredPlan)]
    return {plan.patient: [(one.id, one.status, one.start, one.staff) for one in plan.visits] for plan in plans}


def needing(before: dict[str, list[tuple[str, str, datetime, tuple[str, ...]]]]) -> set[str]:
    """Return the patients who have a visit with Okafor in the days of the absence."""
    first, last = (datetime.fromisoformat(f"{day}T00:00-07:00") for day in SPAN.split(".."))
    return {
        patient
        for patient, visits in before.items()
        if any(first <= start < last + timedelta(days=1) and "okafor" in staff for _, _, start, staff in visits)
    }


@pytest.mark.parametrize("kind", KINDS)
def test_one_change_taken_back_as_one(line: CommandLine, kind: str, request: pytest.FixtureRequest) -> None:
    """Whoever needs the absent person is dated anew, nobody else moves, and one id takes all of it back."""
    postgres = request.getfixturevalue("postgres_server") if kind == "postgres" else None
    with planned(line, kind, postgres) as where:
        before = dates(where)
        preview = line("away", "--who", "okafor", SPAN, "--book", where, "-n", "--format", "plain", *LATER)
        assert preview.code == 0, preview.err
        assert dates(where) == before
        touched = {row.split("\t")[0] for row in preview.text.splitlines()}
        assert touched == needing(before)
        ran = line("away", "--who", "okafor", SPAN, "--book", where, "--format", "plain", *LATER)
        assert ran.code == 0, ran.err
        assert ran.text == preview.text
        after = dates(where)
        assert {name for name in before if before[name] != after[name]} == touched
        assert not double_bookings(where)
        change = ran.err.split("kapplan undo ")[1].split()[0]
        back = line("undo", change, "--book", where, *LATER)
        assert back.code == 0, back.err
        assert dates(where) == before
        assert line("undo", change, "--book", where, *LATER).code == 2


def test_nowhere_where_one_was_changed_since(line: CommandLine) -> None:
    """Where one of the plans was changed since, the whole change is taken back nowhere, and that plan is named."""
    with planned(line, "folder", None) as where:
        ran = line("away", "--who", "clinic", SPAN, "--book", where, *LATER)
        change = ran.err.split("kapplan undo ")[1].split()[0]
        touched = [path for path in sorted(Path(where).glob("*.plan.toml")) if _has(path, change)]
        line("note", str(touched[-1]), "phones on Mondays", "--book", where, *LATER)
        line("freeze", str(touched[-1]), "2d", "--book", where, *LATER)
        kept = {path: path.read_bytes() for path in touched}
        refused = line("undo", change, "--book", where, *LATER)
        assert refused.code == 2
        assert "was changed after" in refused.err
        assert {path: path.read_bytes() for path in touched} == kept


@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_clinic_file_is_taken_in_by_all(line: CommandLine, kind: str, request: pytest.FixtureRequest) -> None:
    """``refresh`` without a plan dates those anew whom the clinic's file touches, as one change; nobody else moves."""
    postgres = request.getfixturevalue("postgres_server") if kind == "postgres" else None
    with address(kind, line.folder, postgres) as where:
        line("book", "init", where)
        assert line("plan", "in", "-o", where, "--one-by-one", *TODAY).code == 0
        before = dates(where)
        quiet = line("refresh", "--book", where, *LATER)
        assert (quiet.code, quiet.text) == (0, "")
        assert "nothing to do" in quiet.err
        away_in_the_file(line)
        touched = needing(before)
        assert touched
        preview = line("refresh", "--book", where, "-n", "--format", "json", *LATER)
        assert preview.code == 0, preview.err
        assert dates(where) == before
        plans = json.loads(preview.text)["plans"]
        assert {plan["patient"] for plan in plans} == set(before)
        assert {plan["patient"] for plan in plans if plan["changes"]} == touched
        ran = line("refresh", "--book", where, *LATER)
        assert ran.code == 0, ran.err
        after = dates(where)
        assert {name for name in before if before[name] != after[name]} == touched
        assert not needing(after)
        assert not double_bookings(where)
        assert "nothing to do" in line("refresh", "--book", where, *LATER).err
        change = ran.err.split("kapplan undo ")[1].split()[0]
        assert line("undo", change, "--book", where, *LATER).code == 0
        assert dates(where) == before


def test_files_that_cannot_be_read_are_named_once(line: CommandLine) -> None:
    """A mistake in the clinic's file leaves every plan as it is, and is told once with whom it concerns."""
    with planned(line, "folder", None) as where:
        before = dates(where)
        (line.folder / "in" / "clinic.toml").write_text("[clinic]\nnonsense = 1\n", encoding="utf-8")
        ran = line("refresh", "--book", where, *LATER)
        assert ran.code == 7
        assert ran.err.count("nonsense") == 1
        assert dates(where) == before


def test_back_after_all(line: CommandLine) -> None:
    """An absence of the whole book is taken out of every plan that knows of it; a name that nobody has is refused."""
    with planned(line, "folder", None) as where:
        line("away", "--who", "okafor", SPAN, "--book", where, *LATER)
        ran = line("away", "--who", "okafor", SPAN, "--back", "--book", where, *LATER)
        assert ran.code == 0, ran.err
        paths = Path(where).glob("*.plan.toml")
        assert not any(tomllib.loads(path.read_text(encoding="utf-8")).get("absences") for path in paths)
        assert "knows of that absence" in line("away", "--who", "okafor", SPAN, "--back", "--book", where, *LATER).err
        assert line("away", "--who", "nobody", SPAN, "--book", where, *LATER).code == 2


def test_no_dates_are_told_with_what_helps(line: CommandLine) -> None:
    """A closure that leaves no dates is written with the others, says why, and names commands that help."""
    with planned(line, "folder", None) as where:
        for path in sorted(Path(where).glob("*.plan.toml"))[1:]:
            path.unlink()
        ran = line(
            "away", "--who", "clinic", "2027-01-01..2027-12-31", "--book", where, *LATER, terminal=True, stdin="y\n"
        )
        assert ran.code == 5
        assert "no dates keep every rule" in ran.text
        assert "kapplan hold" in ran.text
        assert any(row[1] == "unresolved" for visits in dates(where).values() for row in visits)


def test_why_is_found_out_for_a_few(line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many plans without dates a few say why, each of the others by which command it is told; ``--all`` says all."""
    monkeypatch.setattr("kapplan.cli.casework.whole_book.EXPLAINED", 1)
    with planned(line, "folder", None) as where:
        words = ("away", "--who", "clinic", "2027-01-01..2027-12-31", "--book", where, *LATER)
        first, *others = sorted(dates(where))
        preview = json.loads(line(*words, "-n", "--format", "json").text)
        assert preview["unexplained"] == others
        assert [bool(plan["clash"]) for plan in preview["plans"]] == [True, *(False for _ in others)]
        assert all(plan["clash"] for plan in json.loads(line(*words, "-n", "--all", "--format", "json").text)["plans"])
        ran = line(*words, "--format", "plain")
        rows = [row for row in ran.text.splitlines() if "\tno dates\t" in row]
        assert [row.partition("\t")[0] for row in rows] == [first, *others]
        asked = rows[1].partition(": kapplan ")[2].split()
        told = line(*asked, "--book", where, *LATER)
        assert told.code == 5
        assert "cannot all be kept" in told.err


def days_of(where: str, patient: str) -> set[date]:
    """Return the days on which a patient comes."""
    return {start.date() for _, _, start, _ in dates(where)[patient]}


@pytest.mark.parametrize("kind", KINDS)
def test_the_book_knows_who_is_away(line: CommandLine, kind: str, request: pytest.FixtureRequest) -> None:
    """What is planned later keeps off an absence, whether it touched a plan or not, until it is taken back."""
    postgres = request.getfixturevalue("postgres_server") if kind == "postgres" else None
    with address(kind, line.folder, postgres) as where:
        line("book", "init", where)
        new = ("plan", "in/p-00000.toml", "--book", where, "--format", "csv", *TODAY)
        freely = line(*new).text
        first = min(re.findall(r"2027-\d\d-\d\d", freely))
        write_clinic_here(line)
        nobody = line("away", "--who", "clinic", f"{first}..{first}", "--book", where, *TODAY)
        assert nobody.code == 0, nobody.err
        assert "The book knows of it" in nobody.err
        assert f"{first}T" not in line(*new).text
        change = nobody.err.split("kapplan undo ")[1].split()[0]
        assert line("undo", change, "--book", where, *TODAY).code == 0
        assert line(*new).text == freely
        assert line("undo", change, "--book", where, *TODAY).code == 2


def test_there_after_all_is_taken_back_too(line: CommandLine) -> None:
    """Part of an absence is ended in book and plans; taking that back brings all of it back, in its order alone."""
    with planned(line, "folder", None) as where:
        words = ("away", "--who", "okafor", "--book", where)
        gone = line(*words, SPAN, *LATER).err.split("kapplan undo ")[1].split()[0]
        whole = open_book(where).absences()
        ended = line(*words, "2027-02-03..2027-02-05", "--back", *LATER).err.split("kapplan undo ")[1].split()[0]
        [left] = [one for one in open_book(where).absences() if not one.ended]
        assert (left.from_, left.until) == (date(2027, 2, 1), date(2027, 2, 2))
        refused = line("undo", gone, "--book", where, *LATER)
        assert refused.code == 2
        assert line("undo", ended, "--book", where, *LATER).code == 0
        assert open_book(where).absences() == whole
        assert line("undo", gone, "--book", where, *LATER).code == 0
        assert open_book(where).absences() == ()


def test_the_rest_is_taken_back(line: CommandLine) -> None:
    """Where a plan was changed since, ``--rest`` takes the change back in the others, and leaves that one as it is."""
    with planned(line, "folder", None) as where:
        before = dates(where)
        change = line("away", "--who", "clinic", SPAN, "--book", where, *LATER).err.split("kapplan undo ")[1].split()[0]
        after = dates(where)
        touched = sorted(name for name in before if before[name] != after[name])
        line("freeze", str(Path(where) / f"{touched[0]}.plan.toml"), "2d", "--book", where, *LATER)
        line("move", str(Path(where) / f"{touched[0]}.plan.toml"), "check-in-1", "1d", "later", "--book", where, *LATER)
        changed = dates(where)[touched[0]]
        refused = line("undo", change, "--book", where, *LATER)
        assert refused.code == 2
        assert f"{touched[0]} was changed after" in refused.err
        assert "--rest" in refused.err
        ran = line("undo", change, "--rest", "--book", where, *LATER)
        assert ran.code == 0, ran.err
        assert dates(where) == before | {touched[0]: changed}
        assert open_book(where).absences() == ()


def test_absences_go_where_the_book_goes(line: CommandLine) -> None:
    """A copy and a backup know the absences; a damaged file of them is named, and nothing is planned past it."""
    with planned(line, "folder", None) as where:
        line("away", "--who", "okafor", SPAN, "--book", where, *LATER)
        known = open_book(where).absences()
        line("book", "init", "sqlite:///copy.db")
        assert line("book", "copy", where, "sqlite:///copy.db").code == 0
        line("book", "init", "again")
        assert line("book", "copy", "sqlite:///copy.db", "again").code == 0
        line("book", "backup", "again", "-o", "all.tar.gz")
        with tarfile.open(line.folder / "all.tar.gz") as packed:
            packed.extractall(line.folder / "unpacked", filter="data")
        again, unpacked = str(line.folder / "again"), str(line.folder / "unpacked" / "plans")
        assert [open_book(one).absences() for one in (again, unpacked)] == [known, known]
        (line.folder / "again" / ".kapplan-absences.json").write_text("{}", encoding="utf-8")
        checked = line("book", "check", "again")
        assert checked.code == 7
        assert "absences" in checked.text
        assert line("plan", "in/p-00000.toml", "--book", "again", *LATER).code == 3


def test_a_copy_says_whose_files_it_does_not_find(line: CommandLine) -> None:
    """A book elsewhere, from which the paths in plans lead nowhere, is told of; one beside the first is not."""
    with planned(line, "folder", None) as where:
        (line.folder / "out" / "deeper").mkdir()
        for book, told in (("sqlite:///out/beside.db", False), ("sqlite:///out/deeper/there.db", True)):
            line("book", "init", book)
            ran = line("book", "copy", where, book)
            assert ran.code == 0
            assert ("not found from" in ran.err) == told
            assert ("p-00000, p-00001, p-00002" in ran.err) == told


def write_clinic_here(line: CommandLine) -> None:
    """Write the clinic's file where commands are run, so that they know whose absence is meant."""
    (line.folder / "clinic.toml").write_bytes((line.folder / "in" / "clinic.toml").read_bytes())


def away_in_the_file(line: CommandLine) -> None:
    """Write an absence of Okafor into the clinic's file."""
    path = line.folder / "in" / "clinic.toml"
    text = path.read_text(encoding="utf-8")
    assert 'id = "okafor"' in text
    away = 'id = "okafor"\naway = [{ from = 2027-02-01, until = 2027-02-05 }]'
    path.write_text(text.replace('id = "okafor"', away), encoding="utf-8")


def _has(path: Path, change: str) -> bool:
    return any(entry.get("change") == change for entry in tomllib.loads(path.read_text(encoding="utf-8"))["history"])


@pytest.mark.parametrize("kind", KINDS)
def test_of_one_plan_nobody_is_back_whom_the_book_has_away(
    line: CommandLine, kind: str, request: pytest.FixtureRequest
) -> None:
    """``away PLAN --back`` is refused where the book has them away; what it names instead brings them back."""
    postgres = request.getfixturevalue("postgres_server") if kind == "postgres" else None
    with planned(line, kind, postgres) as where:
        patient = min(needing(dates(where)))
        line("away", "--who", "okafor", SPAN, "--book", where, *LATER)
        kept = dates(where)
        words = ("--who", "okafor", "1 feb 2027 - 20 feb 2027", "--back", "--book", where, *LATER)
        named = [plan if kind != "folder" else f"out/{plan}.plan.toml" for plan in dates(where)]
        for plan in named:
            refused = line("away", plan, *words)
            assert refused.code == 2
            assert "the book has okafor away" in refused.err
        assert dates(where) == kept
        if kind == "folder":  # a plan's own folder is the book, though nothing names it
            unnamed = [word for word in words if word not in {"--book", where}]
            assert line("away", named[0], *unnamed).err.replace("--book out", f"--book {where}") == refused.err
        said = shlex.split(refused.err.split("kapplan ")[1].splitlines()[0].rstrip(")."))
        assert line(*said, *LATER).code == 0
        assert all(one.ended for one in open_book(where).absences())
        assert patient in dates(where)


def test_of_two_absences_the_days_between_are_not_told_as_away(line: CommandLine) -> None:
    """Each span that the book knows is told as it is, and the command that is printed brings all of them back."""
    with planned(line, "folder", None) as where:
        for span in ("2027-02-01..2027-02-03", "2027-02-15..2027-02-17"):
            assert line("away", "--who", "okafor", span, "--book", where, *LATER).code in {0, 5}
        name = f"out/{min(dates(where))}.plan.toml"
        refused = line("away", name, "--who", "okafor", "2 feb 2027 - 28 feb 2027", "--back", *LATER)
        assert refused.code == 2
        assert "through Wed 3 Feb 2027 and Mon 15 Feb 2027 through Wed 17 Feb 2027," in " ".join(refused.err.split())
        said = shlex.split(refused.err.split("kapplan away")[1].splitlines()[0].rstrip(")."))
        assert line("away", *said, *LATER).code == 0
        left = [(one.from_.day, one.until.day) for one in open_book(where).absences() if not one.ended]
        assert left == [(1, 1)]


def test_how_a_change_of_all_is_taken_back_is_printed_for_its_book(line: CommandLine) -> None:
    """The command that takes a change back works as it is printed, where the book is named by an option alone."""
    with planned(line, "sqlite", None) as where:
        done = line("away", "--who", "okafor", SPAN, "--book", where, *LATER)
        said = shlex.split(done.err.split("kapplan ")[1].splitlines()[0])
        assert line(*said, *LATER).code == 0
        assert not [one for one in open_book(where).absences() if not one.ended]
