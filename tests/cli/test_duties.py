"""What a clinic owes its patients: nothing more than asked leaves, who looked is known, and what must go goes."""

from __future__ import annotations

import json
import os
import re
import stat
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from support.command_line import LOGIN, CommandLine, with_examples

from kapplan.files.plans.store import load_plan
from kapplan.output.formats import FORMATS

TODAY = ("--today", "2026-12-29")


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return a folder with a plan that has scores."""
    made = CommandLine(with_examples(tmp_path), monkeypatch)
    assert made("plan", "river.toml", "-o", "river.plan.toml", "--today", "2026-12-28").code == 0
    return made


TELLING = [name for name, row in FORMATS.items() if row.export and row.details and "patient" not in row.readers]


@pytest.mark.parametrize("form", TELLING)
def test_what_tells_everything_is_never_for_a_patient_or_neutral(line: CommandLine, form: str) -> None:
    """A reader or a detail that a format cannot obey is refused; without either it is the clinic's."""
    for words in (("--for", "patient"), ("--detail", "neutral"), ("--for", "patient", "--detail", "full")):
        ran = line("export", "river.plan.toml", "--format", form, *words, *TODAY)
        assert (ran.code, ran.out) == (2, b""), (words, ran.err)
        assert "tells everything" in ran.err
    fitting: tuple[tuple[str, ...], ...] = ((), ("--for", "clinic"), ("--detail", "full"))
    for right in fitting:
        assert line("export", "river.plan.toml", "--format", form, *right, *TODAY).code == 0


def test_free_times_are_always_neutral(line: CommandLine) -> None:
    """Full detail cannot be had of a format that has none, and a patient is not told when rooms and people are busy."""
    assert line("export", "river.plan.toml", "--format", "freebusy", "--detail", "neutral", *TODAY).code == 0
    refused = line("export", "river.plan.toml", "--format", "freebusy", "--for", "patient", *TODAY)
    assert (refused.code, refused.out) == (2, b"")
    assert "when rooms and people are busy" in refused.err
    assert line("export", "river.plan.toml", "--format", "freebusy", "--detail", "full", *TODAY).code == 2
    assert line("export", "river.plan.toml", "--format", "freebusy", *TODAY).code == 0


def test_scores_come_from_standard_input(line: CommandLine) -> None:
    """What is piped stands in no list of processes and in no shell's history."""
    ran = line("score", "river.plan.toml", "-", *TODAY, stdin="phq9=7\ngad7=3\n")
    assert ran.code == 0, ran.err
    found = {score.measure: score.value for score in load_plan(line.folder / "river.plan.toml").plan.scores}
    assert (found["phq9"], found["gad7"]) == (7, 3)
    ran = line("done", "river.plan.toml", "next", "-", "--today", "2027-01-08", stdin="phq9=6")
    assert ran.code == 0, ran.err
    assert line("score", "river.plan.toml", "-", *TODAY, stdin="nonsense").code == 2


def test_research_gets_nothing_that_tells_whose_it_is(line: CommandLine) -> None:
    """No id, name, text, author or true day of a plan is in it; intervals and scores are."""
    assert line("done", "river.plan.toml", "next", "phq9=7", "--note", "Zanzibar", "--today", "2027-01-08").code == 0
    plan = load_plan(line.folder / "river.plan.toml").plan
    ran = line("export", "river.plan.toml", "--de-identified", *TODAY)
    assert ran.code == 0, ran.err
    document = json.loads(ran.text)
    assert document["age"] == "39"
    true_days = {visit.start.date().isoformat() for visit in plan.visits}
    for word in ("river", "Aspen", "okafor", "Zanzibar", "tester", plan.id, "1987", *true_days):
        assert word not in json.dumps(document), word
    days = [date.fromisoformat(visit["planned"]) for visit in document["visits"]]
    assert [day - days[0] for day in days] == [v.start.date() - plan.visits[0].start.date() for v in plan.visits]
    assert {score["measure"] for score in document["scores"]} >= {"phq9"}
    again = json.loads(line("export", "river.plan.toml", "--de-identified", env={"KAPPLAN_SECRET": ""}).text)
    assert again["id"] != document["id"]


def test_the_oldest_are_one_group(line: CommandLine) -> None:
    """An age of ninety or more is told as that."""
    line.write("old.toml", (line.folder / "river.toml").read_text("utf-8").replace("1987-03-14", "1931-03-14"))
    assert line("plan", "old.toml", "-o", "old.plan.toml", "--today", "2026-12-28").code == 0
    assert json.loads(line("export", "old.plan.toml", "--de-identified", *TODAY).text)["age"] == "90 or more"


def test_an_access_log_on_request(line: CommandLine) -> None:
    """Each command that sees a plan has one line: who, when, which command, whose plan; and no content."""
    log = line.folder / "access.log"
    env = {"KAPPLAN_AUDIT": str(log), "KAPPLAN_BY": "Dr. N. Okafor"}
    for words in (("show", "river.plan.toml"), ("score", "river.plan.toml", "phq9=23"), ("why", "river.plan.toml")):
        assert line(*words, *TODAY, env=env).code == 0
    rows = [json.loads(row) for row in log.read_text(encoding="utf-8").splitlines()]
    assert [row["command"] for row in rows] == ["show", "score", "why"]
    assert all(row.keys() == {"at", "login", "command", "patient", "by"} for row in rows)
    assert {(row["login"], row["patient"], row["by"]) for row in rows} == {(LOGIN, "river-0412", "Dr. N. Okafor")}
    assert "23" not in re.sub(r'"at":"[^"]*"', "", log.read_text(encoding="utf-8"))
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    ran = line("score", "river.plan.toml", "phq9=3", *TODAY, env={"KAPPLAN_AUDIT": "/nowhere/at/all"})
    assert ran.code == 0
    assert "could not be written" in ran.err


def test_a_login_that_differs_stands_beside_the_name(line: CommandLine) -> None:
    """The history has who said to act and whose login it was; where both are one, one is enough. It can be undone."""
    assert line("score", "river.plan.toml", "phq9=9", "--by", "Dr. N. Okafor", *TODAY).code == 0
    assert line("note", "river.plan.toml", "bp", "120/80", *TODAY).code == 0
    assert line("undo", "river.plan.toml", *TODAY, env={"KAPPLAN_BY": "anna"}).code == 0
    plan = load_plan(line.folder / "river.plan.toml").plan
    told = [(entry.by, entry.login) for entry in plan.history]
    assert told == [(LOGIN, None), ("Dr. N. Okafor", LOGIN), (LOGIN, None), ("anna", LOGIN)]
    assert plan.doubted is None
    rows = json.loads(line("log", "river.plan.toml", "--format", "json", *TODAY).text)["history"]
    assert [row["login"] for row in rows] == [login for _, login in told]
    assert LOGIN in line("log", "river.plan.toml", *TODAY, terminal=True, env={"COLUMNS": "100"}).text


OTHERWISE = {"KAPPLAN_BY": "x"}
BY_LOGIN = (
    ("plan", "river.toml", "-o", "strict.plan.toml"), ("move", "river.plan.toml", "preparation-1", "1d", "later"),
    ("score", "river.plan.toml", "phq9=3"), ("undo", "river.plan.toml"), ("told", "river.plan.toml"),
    ("away", "2027-01-07..2027-01-08", "--who", "okafor"), ("restore", "river.plan.toml", "--revision", "1"),
    ("erase", "river.plan.toml", "--by", "x"),
)  # fmt: skip


@pytest.mark.parametrize("words", BY_LOGIN, ids=lambda words: words[0])
def test_a_clinic_can_have_logins_alone(line: CommandLine, words: tuple[str, ...]) -> None:
    """With by = "login" no other name is taken by anything that writes, and nothing is written."""
    clinic = (line.folder / "clinic.toml").read_text(encoding="utf-8")
    line.write("clinic.toml", clinic.replace('name = "Aspen House"', 'name = "Aspen House"\nby = "login"'))
    assert line("refresh", "river.plan.toml", *TODAY).code == 0
    before = {path.name: path.read_bytes() for path in line.folder.glob("*.plan.toml")}
    ran = line(*words, *TODAY, env=OTHERWISE)
    assert ran.code == 2, ran.err
    assert 'by = "login"' in ran.err
    assert {path.name: path.read_bytes() for path in line.folder.glob("*.plan.toml")} == before
    if words[0] == "score":
        assert line(*words, *TODAY, env={"KAPPLAN_BY": ""}).code == 0
        assert load_plan(line.folder / "river.plan.toml").plan.history[-1].by == LOGIN


def test_an_erased_plan_leaves_nothing_of_the_patient(line: CommandLine) -> None:
    """Plan, revisions, damaged copy, leftovers and index go; a tombstone without a word of the patient stays."""
    assert line("score", "river.plan.toml", "phq9=7", *TODAY).code == 0
    for name in ("river.plan.toml.damaged", ".river.plan.toml.x.tmp", ".kapplan-index.json"):
        line.write(name, "river-0412")
    assert line("erase", "river.plan.toml", *TODAY).code == 2
    ran = line("erase", "river.plan.toml", "-n", *TODAY)
    assert (ran.code, "river.plan.toml.prev" in ran.err) == (0, True)
    assert (line.folder / "river.plan.toml").exists()
    ran = line("erase", "river.plan.toml", "--by", "N. Okafor", *TODAY)
    assert ran.code == 0, ran.err
    kept = {path.name: path.read_text(encoding="utf-8") for path in line.folder.iterdir() if path.name != "river.toml"}
    assert not [name for name, text in kept.items() if "river" in name or "river-0412" in text]
    assert kept[".kapplan-erased"] == f"2026-12-29 N. Okafor (login {LOGIN}): a plan was erased\n"
    assert "backups" in ran.err


@pytest.mark.parametrize(
    "where", ["", "http://127.0.0.1:1/cal/"], ids=["nobody knows where", "the server gives no answer"]
)
def test_nothing_is_erased_while_its_entries_stand_in_calendars(line: CommandLine, where: str) -> None:
    """Where a calendar cannot be reached erasing ends with 7, and everything is there; by hand it can be said."""
    entry = {"visit": "dosing-1", "href": "/cal/x.ics", "sent": {"a": "b"}}
    known = {"format": 1, "address": where, "user": "clinic", "entries": {"uid": entry}}
    ledger = line.write(".river.plan.toml.abc.json", json.dumps(known))
    for words in (("-n",), ()):
        ran = line("erase", "river.plan.toml", "--by", "x", "--deadline", "1", *words, *TODAY)
        assert ran.code == (0 if words else 7), ran.err
        assert ((line.folder / "river.plan.toml").exists(), ledger.exists()) == (True, True)
    assert "nothing was erased" in ran.err
    assert line("erase", "river.plan.toml", "--by", "x", "--calendars-done", *TODAY).code == 0
    assert not ledger.exists()


def test_subscriptions_and_mails_are_called_off_first(line: CommandLine) -> None:
    """A calendar to subscribe to is emptied, what was told by mail is called off by mail, and earlier mails go."""
    clinic = (line.folder / "clinic.toml").read_text("utf-8")
    line.write("clinic.toml", clinic.replace('name = "Aspen House"', 'name = "Aspen House"\nemail = "c@aspen.example"'))
    profile = (line.folder / "river.toml").read_text("utf-8")
    line.write("river.toml", profile.replace('name = "River A."', 'name = "River A."\nemail = "r@river.example"'))
    assert line("refresh", "river.plan.toml", *TODAY).code == 0
    (line.folder / "web").mkdir()
    assert line("export", "river.plan.toml", "--feed", "-o", "web", *TODAY).code == 0
    assert line("export", "river.plan.toml", "--format", "imip", "-o", "mails/", *TODAY).code == 0
    (feed,) = (line.folder / "web").iterdir()
    told = len(list((line.folder / "mails").glob("*.eml")))
    assert (feed.read_bytes().count(b"BEGIN:VEVENT") > 5, told > 5) == (True, True)
    ran = line("erase", "river.plan.toml", "-n", *TODAY)
    assert (ran.code, "Would empty" in ran.err, "Would write cancellations" in ran.err) == (0, True, True)
    assert len(list((line.folder / "mails").glob("*-request.eml"))) == told
    ran = line("erase", "river.plan.toml", "--by", "x", *TODAY)
    assert ran.code == 0, ran.err
    assert feed.read_bytes().count(b"BEGIN:VEVENT") == 0
    left = [path.name for path in (line.folder / "mails").glob("*.eml")]
    assert (len(left), [name for name in left if "cancel" not in name]) == (told, [])
    assert json.loads((line.folder / "mails" / ".invitations.json").read_text("utf-8"))["told"] == {}
    assert not list(line.folder.glob(".river*"))


def test_copies_of_a_plan_are_erased_with_it(line: CommandLine) -> None:
    """What a sync tool made of the plan holds all of the patient, too."""
    copy = line.write("river.plan.sync-conflict-1.toml", (line.folder / "river.plan.toml").read_text("utf-8"))
    assert copy.name in line("erase", "./river.plan.toml", "-n", *TODAY).err
    assert line("erase", "./river.plan.toml", "--by", "x", *TODAY).code == 0
    assert not copy.exists()


def test_a_plan_is_erased_from_a_database_with_every_revision(line: CommandLine) -> None:
    """Not a byte of the patient's id is left in the file of an SQLite book."""
    pytest.importorskip("sqlalchemy")
    assert line("book", "init", "sqlite:///clinic.db").code == 0
    book = ("--book", "sqlite:///clinic.db")
    assert line("plan", "river.toml", "-o", "river", *book, "--today", "2026-12-28").code == 0
    assert line("score", "river", "phq9=7", *book, *TODAY).code == 0
    assert line("erase", "river", "--by", "x", *book, *TODAY).code == 0
    assert line("show", "river", *book, *TODAY).code == 2
    assert not [path for path in line.folder.glob("clinic.db*") if b"river-0412" in path.read_bytes()]


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such modes")
def test_a_profile_that_everybody_can_read_is_warned_of(line: CommandLine) -> None:
    """The check says it and what to type; a folder that only its owner may enter is enough to keep others out."""
    with TemporaryDirectory() as folder:
        profile = Path(folder) / "river.toml"
        profile.write_bytes((line.folder / "river.toml").read_bytes())
        (Path(folder) / "clinic.toml").write_bytes((line.folder / "clinic.toml").read_bytes())
        said = []
        for of_folder, of_file in ((0o755, 0o644), (0o700, 0o644), (0o755, 0o640)):
            Path(folder).chmod(of_folder)
            profile.chmod(of_file)
            ran = line("check", str(profile), *TODAY)
            assert ran.code == 0, ran.err
            said.append("chmod 600" in ran.err)
        assert said == [True, False, False]
