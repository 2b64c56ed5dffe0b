"""Invitations, calendars to subscribe to, reminders and to-dos at the command line."""

from __future__ import annotations

import os
import stat
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from support.command_line import CommandLine, Ran

from kapplan.files.plans.store import load_plan

TODAY = {"KAPPLAN_TODAY": "2026-12-20T10:00"}

_PLANNED: dict[bool, bytes] = {}
"""River's plan with addresses and without, each made once for all tests."""


class Desk:
    """A folder with River's plan, whose profile and clinic may tell their addresses."""

    def __init__(self, line: CommandLine, *, addresses: bool) -> None:
        self.line = line
        if addresses:
            self._give("river.toml", "[patient]", 'email = "river@mail.example"')
            self._give("clinic.toml", "[clinic]", 'email = "desk@clinic.example"')
        file = line.folder / "river.plan.toml"
        if addresses not in _PLANNED:
            assert self("plan", "river.toml", "-o", file.name).code == 0
            _PLANNED[addresses] = file.read_bytes()
        file.write_bytes(_PLANNED[addresses])

    def _give(self, name: str, table: str, line: str) -> None:
        text = (self.line.folder / name).read_text(encoding="utf-8")
        self.line.write(name, text.replace(f"{table}\n", f"{table}\n{line}\n", 1))

    def __call__(self, *words: str) -> Ran:
        """Run a command on the day on which the plan was made."""
        return self.line(*words, env=TODAY)

    def mails(self) -> list[Path]:
        """Return the mails that lie in the folder, in their order."""
        return sorted((self.line.folder / "mail").glob("*.eml"))


@pytest.fixture
def desk(kapplan_in: CommandLine) -> Desk:
    """Return a desk with both addresses."""
    return Desk(kapplan_in, addresses=True)


def test_invitations_tell_what_is_new_and_nothing_twice(desk: Desk) -> None:
    """A mail for each visit, then none, then one for the visit that was moved and those that it pulled along."""
    plan = load_plan(desk.line.folder / "river.plan.toml").plan
    assert desk("export", "river", "--format", "imip", "-o", "mail").code == 0
    assert len(desk.mails()) == len(plan.visits)
    again = desk("export", "river", "--format", "imip", "-o", "mail")
    assert (again.code, "Nothing has changed" in again.err) == (0, True)
    assert len(desk.mails()) == len(plan.visits)
    assert desk("cancel", "river", "check-in-3", "--party", "patient").code == 0
    after = load_plan(desk.line.folder / "river.plan.toml").plan
    differ = [
        one for one in plan.visits if one.sequence != next(each for each in after.visits if each.id == one.id).sequence
    ]
    assert desk("export", "river", "--format", "imip", "-o", "mail").code == 0
    new = desk.mails()[len(plan.visits) :]
    assert len(new) >= len(differ) > 0
    assert any(file.name.endswith("-cancel.eml") for file in new)
    assert all(message_from_bytes(file.read_bytes())["To"] == "river@mail.example" for file in desk.mails())


def test_names_of_mails_and_the_memory_tell_nothing(desk: Desk) -> None:
    """No name of a file, and nothing in the memory, tells of a patient or an appointment."""
    desk("export", "river", "--format", "imip", "-o", "mail")
    folder = desk.line.folder / "mail"
    memory = (folder / ".invitations.json").read_text(encoding="utf-8")
    for word in ("river", "dosing", "integration", "Appointment", "2027", "mail.example"):
        assert word not in memory
        assert not [file for file in folder.iterdir() if word in file.name]


def test_a_missing_address_is_named_with_the_other(kapplan_in: CommandLine) -> None:
    """Without an address nothing is written and both keys are named, with exit 3."""
    bare = Desk(kapplan_in, addresses=False)
    ran = bare("export", "river", "--format", "imip", "-o", "mail")
    assert ran.code == 3
    assert "[patient] email" in ran.err
    assert "[clinic] email" in ran.err
    assert not (kapplan_in.folder / "mail").exists()


def test_invitations_need_a_folder(desk: Desk) -> None:
    """Mails cannot go to standard output: the error says where they go."""
    ran = desk("export", "river", "--format", "imip")
    assert (ran.code, "-o FOLDER" in ran.err) == (2, True)


@pytest.mark.parametrize("line", ['email = "no address"', 'email = "a@b\\nBcc: x@y"', 'email = "a@b, c@d"'])
def test_an_address_that_is_none_is_refused(kapplan_in: CommandLine, line: str) -> None:
    """What is no one address is found when the profile is read: nothing can be smuggled into a mail's head."""
    text = (kapplan_in.folder / "river.toml").read_text(encoding="utf-8")
    kapplan_in.write("river.toml", text.replace("[patient]\n", f"[patient]\n{line}\n", 1))
    ran = kapplan_in("check", "river.toml", env=TODAY)
    assert ran.code == 3
    assert "email" in ran.text + ran.err


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no such modes")
def test_a_calendar_to_subscribe_to_keeps_its_name_and_mode(desk: Desk) -> None:
    """Its name is long, random and stays; it says how often to ask; opened to a web server it stays open."""
    (desk.line.folder / "www").mkdir()
    assert desk("export", "river", "--feed", "-o", "www").code == 0
    (file,) = (desk.line.folder / "www").iterdir()
    assert len(file.stem) == 64
    text = file.read_bytes()
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT12H\r\n" in text
    assert b"X-PUBLISHED-TTL:PT12H\r\n" in text
    assert b"X-WR-CALNAME:Appointments\r\n" in text
    file.chmod(0o644)
    desk("cancel", "river", "check-in-3", "--party", "patient")
    assert desk("export", "river", "--feed", "-o", "www").code == 0
    assert list((desk.line.folder / "www").iterdir()) == [file]
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert file.read_bytes() != text
    assert desk("export", "river", "--feed", "--for", "clinic", "-o", "www").code == 0
    assert len(list((desk.line.folder / "www").iterdir())) == 2


def test_a_plan_without_a_secret_has_no_address_to_subscribe_to(desk: Desk) -> None:
    """A plan of before is refused, with the command that gives it a secret."""
    (desk.line.folder / "www").mkdir()
    file = desk.line.folder / "river.plan.toml"
    head, _, rest = file.read_text(encoding="utf-8").partition("[identity]\n")
    head = "".join(line for line in head.splitlines(keepends=True) if not line.startswith("checksum = "))
    file.write_text(head + rest.partition("\n")[2], encoding="utf-8")
    ran = desk("export", "river", "--feed", "-o", "www")
    assert (ran.code, "kapplan renew" in ran.err) == (2, True)
    assert desk("renew", "river").code == 0
    assert desk("export", "river", "--feed", "-o", "www").code == 0


@pytest.mark.parametrize(("words", "triggers"), [
    ((), ["-P1D", "-PT2H"]), (("--alarm", "3d"), ["-P3D"]), (("--alarm", "30m", "--alarm", "1d"), ["-P1D", "-PT30M"]),
    (("--alarm", "none"), []), (("--for", "clinic"), []), (("--for", "clinic", "--alarm", "1h"), ["-PT1H"]),
])  # fmt: skip
def test_reminders_are_chosen(desk: Desk, words: tuple[str, ...], triggers: list[str]) -> None:
    """Reminders are those of the command line, else a patient's usual ones."""
    assert first_alarms(desk("export", "river", *words)) == triggers


def test_reminders_of_the_clinic(kapplan_in: CommandLine) -> None:
    """A clinic's file says what its patients are reminded of; the command line has the last word."""
    text = (kapplan_in.folder / "clinic.toml").read_text(encoding="utf-8")
    kapplan_in.write("clinic.toml", text.replace("[clinic]\n", '[clinic]\nalarms = ["2d"]\n', 1))
    assert kapplan_in("plan", "river.toml", "-o", "r.plan.toml", env=TODAY).code == 0
    assert first_alarms(kapplan_in("export", "r.plan.toml", env=TODAY)) == ["-P2D"]
    assert first_alarms(kapplan_in("export", "r.plan.toml", "--alarm", "none", env=TODAY)) == []
    kapplan_in.write("clinic.toml", text.replace("[clinic]\n", '[clinic]\nalarms = ["soon"]\n', 1))
    assert kapplan_in("check", "clinic.toml", env=TODAY).code == 3


@pytest.mark.parametrize("words", [("--alarm", "soon"), ("--alarm", "1d", "--alarm", "2d", "--alarm", "3d")])
def test_reminders_that_cannot_be(desk: Desk, words: tuple[str, ...]) -> None:
    """What is no span, and more than two of them, are wrong usage."""
    assert desk("export", "river", *words).code == 2


def test_tasks_as_to_dos(desk: Desk) -> None:
    """On request a clinic's calendar holds tasks as to-dos; one that is done says so, so that lists close it."""
    plan = load_plan(desk.line.folder / "river.plan.toml").plan
    assert desk("done", "river", plan.tasks[0].id).code == 0
    todos = Calendar.from_ical(desk("export", "river", "--for", "clinic", "--todos").out).walk("VTODO")
    assert len(todos) == len(load_plan(desk.line.folder / "river.plan.toml").plan.tasks)
    assert {str(todo["STATUS"]) for todo in todos} == {"NEEDS-ACTION", "COMPLETED"}
    assert desk("export", "river", "--todos").code == 2


def test_outlook_is_told_what_is_free(desk: Desk) -> None:
    """Entries say free, tentative or busy in Outlook's own words, as STATUS and TRANSP say it."""
    words = {("OPAQUE", "CONFIRMED"): "BUSY", ("OPAQUE", "TENTATIVE"): "TENTATIVE"}
    desk("cancel", "river", "check-in-3", "--party", "patient")
    for event in Calendar.from_ical(desk("export", "river").out).walk("VEVENT"):
        said = str(event["X-MICROSOFT-CDO-BUSYSTATUS"])
        assert said == words.get((str(event["TRANSP"]), str(event["STATUS"])), "FREE")


def first_alarms(ran: Ran) -> list[str]:
    """Return the triggers of an exported calendar's last entry that is ahead."""
    assert ran.code == 0
    (*_, last) = Calendar.from_ical(ran.out).walk("VEVENT")
    triggers: list[Any] = [alarm["TRIGGER"] for alarm in last.walk("VALARM")]
    return [one.to_ical().decode() for one in triggers]
