"""``publish`` and ``sync`` at the command line, against a real server: exit codes, proposals, privacy, busy times."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.command_line import CommandLine, Ran, environment
from support.dav_servers import PASSWORD, USER, Calendar, DavServer, Fault, Proxy, proxied
from support.misbehaviour import CUT_SHORT, Misbehaviour, body, of

from kapplan.files.plans.store import load_plan
from kapplan.model.plan import Plan
from kapplan.planning.journal.calendar_identity import calendar_uid, entry_uid

ENV = {
    "KAPPLAN_CALDAV_USER": USER,
    "KAPPLAN_CALDAV_PASSWORD": PASSWORD,
    "KAPPLAN_TODAY": "2026-12-20T10:00",
}
ALL_DAY = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20270101T000000Z\r\n"
    "DTSTART;VALUE=DATE:{first}\r\nDTEND;VALUE=DATE:{end}\r\nSUMMARY:Unspeakable\r\n{more}END:VEVENT\r\n"
    "END:VCALENDAR\r\n"
)


_PLANNED: dict[str, bytes] = {}
"""River's plan, made once for all tests."""


class Clinic:
    """A folder with a plan, and a calendar on a server that it is published to."""

    def __init__(self, line: CommandLine, calendar: Calendar) -> None:
        self.line, self.calendar = line, calendar

    def __call__(self, *words: str, **options: Any) -> Ran:
        """Run a command with the server's password at hand."""
        return self.line(*words, env={**ENV, **options.pop("env", {})}, **options)

    def publish(self, *words: str, **options: Any) -> Ran:
        """Publish the plan."""
        return self("publish", "river", "--to", self.calendar.url, *words, **options)

    def sync(self, *words: str, **options: Any) -> Ran:
        """Read the calendar back."""
        return self("sync", "river", "--from", self.calendar.url, *words, **options)

    @property
    def plan(self) -> Plan:
        """The plan as it is saved."""
        return load_plan(self.line.folder / "river.plan.toml").plan

    def file(self, visit: str) -> str:
        """Return the name under which a visit lies on the server."""
        return f"{entry_uid(self.plan, 'patient', 'visit', visit)}.ics"

    def shift(self, visit: str, hours: int) -> None:
        """Move a visit in the calendar by some hours, as a person does."""
        start = self.plan.visit(visit).start
        ends = self.plan.visit(visit).end
        times = {f"{one:T%H%M%S}": f"{one.replace(hour=one.hour + hours):T%H%M%S}" for one in (ends, start)}

        def later(text: str) -> str:
            for old, new in times.items():
                text = text.replace(f"{start:%Y%m%d}{old}", f"{start:%Y%m%d}{new}")
            return text

        self.calendar.edit(self.file(visit), later)


@pytest.fixture
def clinic(kapplan_in: CommandLine, radicale: DavServer) -> Clinic:
    """Return a clinic with River's plan, not yet published."""
    found, file = Clinic(kapplan_in, radicale.calendar()), kapplan_in.folder / "river.plan.toml"
    if "river" in _PLANNED:
        file.write_bytes(_PLANNED["river"])
    else:
        assert found("plan", "river.toml", "-o", file.name).code == 0
        _PLANNED["river"] = file.read_bytes()
    return found


def changes(ran: Ran) -> list[dict[str, Any]]:
    """Return the changes of a ``sync --format json``."""
    found: list[dict[str, Any]] = json.loads(ran.text)["changes"]
    return found


def test_publishing_from_start_to_finish(clinic: Clinic) -> None:
    """A dry run exits 8 while something is to be written, publishing exits 0, and then the dry run exits 0."""
    dry = clinic.publish("--dry-run", "--format", "json")
    assert dry.code == 8
    assert clinic.calendar.state() == {}
    assert json.loads(dry.text)["summary"]["created"] == len(clinic.plan.visits)
    assert clinic.publish().code == 0
    assert len(clinic.calendar.state()) == len(clinic.plan.visits)
    assert clinic.publish("--dry-run").code == 0
    again = json.loads(clinic.publish("--format", "json").text)
    assert again["schema"] == "kapplan.publish/1"
    assert again["summary"]["unchanged"] == len(clinic.plan.visits)


def test_nothing_private_reaches_the_server(clinic: Clinic) -> None:
    """No diagnosis, drug, score, goal or name of the profile is in any entry, in the memory, or in a file's name."""
    clinic.publish()
    told = b"\n".join(clinic.calendar.state().values()).replace(b"\r\n ", b"").lower()
    (memory,) = clinic.line.folder.glob(".river*.json")
    for word in (
        b"river a",
        b"ketamine",
        b"dosing",
        b"phq",
        b"depress",
        b"trd",
        b"ptsd",
        b"lorazepam",
        b"kap-standard",
    ):
        assert word not in told
    assert PASSWORD.encode() not in memory.read_bytes()


def test_a_language_asked_for_later_reaches_the_server(clinic: Clinic) -> None:
    """Once the profile says so, what was published in English is Spanish, without a conflict; then all is in step."""
    clinic.publish()
    assert b"SUMMARY:Appointment" in b"".join(clinic.calendar.state().values())
    profile = clinic.line.folder / "river.toml"
    text = profile.read_text("utf-8").replace("[patient]\n", '[patient]\nlanguage = "es"\n', 1)
    profile.write_text(text, encoding="utf-8")
    assert clinic("refresh", "river").code == 0
    assert clinic.publish().code == 0
    told = b"".join(clinic.calendar.state().values())
    assert b"SUMMARY:Cita" in told
    assert b"Appointment" not in told.replace(b"-//Appointments//", b"")
    assert clinic.publish("--dry-run").code == 0
    assert not changes(clinic.sync("--format", "json"))


def test_a_conflict_exits_7_and_syncing_takes_it_over(clinic: Clinic) -> None:
    """What a person moved stops publishing, is proposed by sync with what it would do, and is in step once accepted."""
    clinic.publish()
    clinic.shift("dosing-4", 1)
    theirs = clinic.calendar.state()
    stopped = clinic.publish()
    assert stopped.code == 7
    assert clinic.calendar.state() == theirs
    before = (clinic.line.folder / "river.plan.toml").read_bytes()
    assert clinic.sync("--dry-run").code == 0
    assert (clinic.line.folder / "river.plan.toml").read_bytes() == before
    (found,) = changes(clinic.sync("--format", "json"))
    assert found["visit"] == "dosing-4"
    assert found["effect"].startswith("move:dosing-4:")
    assert found["consequence"] == "nothing else changes"
    wanted = clinic.plan.visit("dosing-4").start.replace(hour=clinic.plan.visit("dosing-4").start.hour + 1)
    assert clinic("accept", "river", str(found["number"])).code == 0
    assert clinic.plan.visit("dosing-4").start == wanted
    assert clinic.publish().code == 0
    assert clinic.calendar.state() == theirs
    assert changes(clinic.sync("--format", "json")) == []


def test_syncing_twice_changes_the_plan_once(clinic: Clinic) -> None:
    """The same change is one proposal, however often it is seen; put back in the calendar it lapses."""
    clinic.publish()
    clinic.shift("dosing-4", 1)
    clinic.sync()
    before = (clinic.line.folder / "river.plan.toml").read_bytes()
    clinic.sync()
    assert (clinic.line.folder / "river.plan.toml").read_bytes() == before
    clinic.calendar.edit(clinic.file("dosing-4"), lambda text: text.replace("T09", "T08").replace("T12", "T11"))
    assert changes(clinic.sync("--format", "json")) == []
    assert [one.state for one in clinic.plan.proposals] == ["lapsed"]


def test_what_is_declined_is_not_proposed_again(clinic: Clinic) -> None:
    """A declined change is not proposed again, and --on-conflict ours puts the calendar right."""
    clinic.publish()
    clinic.shift("dosing-4", 1)
    (found,) = changes(clinic.sync("--format", "json"))
    assert clinic("decline", "river", str(found["number"])).code == 0
    assert changes(clinic.sync("--format", "json")) == []
    assert clinic.publish("--on-conflict", "ours").code == 0
    assert clinic.publish("--dry-run").code == 0


def test_declining_settles_the_conflict_of_that_visit_alone(clinic: Clinic) -> None:
    """Once a move and a removal are declined, publishing puts those visits right; another conflict still stops."""
    clinic.publish()
    clinic.shift("dosing-4", 1)
    clinic.calendar.remove(clinic.file("check-in-3"))
    found = {one["visit"]: one["number"] for one in changes(clinic.sync("--format", "json"))}
    for number in found.values():
        assert clinic("decline", "river", str(number)).code == 0
    clinic.shift("dosing-2", 1)
    stopped = clinic.publish("--format", "json")
    assert stopped.code == 7
    told = {one["visit"]: one["action"] for one in json.loads(stopped.text)["visits"] if one["action"] != "unchanged"}
    assert told == {"dosing-4": "updated", "check-in-3": "created", "dosing-2": "conflict"}
    (left,) = changes(clinic.sync("--format", "json"))
    assert left["visit"] == "dosing-2"


def test_an_emptied_calendar_proposes_nothing(clinic: Clinic) -> None:
    """Where most visits are gone from a calendar, sync asks for --force before it proposes to call them off."""
    clinic.publish()
    for visit in clinic.plan.visits:
        clinic.calendar.remove(clinic.file(visit.id))
    before = (clinic.line.folder / "river.plan.toml").read_bytes()
    refused = clinic.sync()
    assert refused.code == 2
    assert "--force" in refused.err
    assert (clinic.line.folder / "river.plan.toml").read_bytes() == before
    assert clinic.sync("--force").code == 0


def test_a_dry_run_says_that_one_may_not_write(clinic: Clinic, trouble: Proxy) -> None:
    """A calendar that is only shared for reading is found out by the dry run, before anything is tried."""
    read_only = b"<privilege><read /></privilege>"

    def reading(content: bytes) -> bytes:
        return re.sub(
            rb"(current-user-privilege-set>).*?(</[^>]*current-user-priv)", rb"\1" + read_only + rb"\2", content
        )

    trouble.misbehaviour = Misbehaviour(answer=of("PROPFIND", on=body(reading)))
    ran = clinic("publish", "river", "--to", trouble.url(clinic.calendar), "--dry-run")
    assert ran.code == 7
    assert "may not add entries" in ran.err
    assert trouble.writes == []


def test_a_server_that_lists_half_ends_the_run(clinic: Clinic, trouble: Proxy) -> None:
    """An incomplete list exits 1 and says so, and neither command takes what it does not see for removed."""
    address = trouble.url(clinic.calendar)
    assert clinic("publish", "river", "--to", address).code == 0
    trouble.misbehaviour = CUT_SHORT["507 in the list"]
    before = clinic.calendar.state()
    for words in (("publish", "river", "--to", address), ("sync", "river", "--from", address)):
        ran = clinic(*words)
        assert ran.code == 1
        assert "whole calendar" in ran.err
    assert clinic.calendar.state() == before


def test_on_a_terminal_a_calendar_is_chosen_by_its_number(clinic: Clinic) -> None:
    """Given the server alone, a person is asked which calendar is meant, until the answer is one of the numbers."""
    root = clinic.calendar.url.partition("/clinic/")[0] + "/"
    listed = clinic("publish", "river", "--to", root).err
    number = re.findall(r"http[^ ,;]*/clinic/\w+/", listed.replace("\n", "")).index(clinic.calendar.url) + 1
    ran = clinic("publish", "river", "--to", root, terminal=True, stdin=f"none\n{number}\n")
    assert ran.code == 0
    assert len(clinic.calendar.state()) == len(clinic.plan.visits)


def test_a_renewed_plan_takes_its_old_entries_place(clinic: Clinic) -> None:
    """A plan of an older version, published and then renewed, is in the calendar once, under names with its secret."""
    file = clinic.line.folder / "river.plan.toml"
    text = file.read_text(encoding="utf-8")
    without = re.sub(r"(?m)^checksum = .*\n", "", re.sub(r"\[identity\]\n(?:\w.*\n)+", "", text))
    file.write_text(without, encoding="utf-8")
    assert clinic.plan.identity.secret == ""
    clinic.publish()
    old = set(clinic.calendar.state())
    assert old == {f"{calendar_uid(clinic.plan.id, 'visit', one.id)}.ics" for one in clinic.plan.visits}
    assert clinic("renew", "river").code == 0
    assert clinic.publish().code == 0
    assert len(clinic.calendar.state()) == len(old)
    assert not old & set(clinic.calendar.state())
    assert clinic.publish("--dry-run").code == 0


def test_each_plan_has_a_secret_of_its_own(clinic: Clinic) -> None:
    """Two plans made alike are named alike only where KAPPLAN_SECRET fixes what is else random."""
    secrets = []
    for number, fixed in enumerate(("one", "one", "")):
        name = f"{number}.plan.toml"
        assert clinic("plan", "river.toml", "-o", name, env={"KAPPLAN_SECRET": fixed}).code == 0
        secrets.append(load_plan(clinic.line.folder / name).plan.identity.secret)
    assert secrets[0] == secrets[1] != secrets[2]
    assert all(len(one) == 32 for one in secrets)


def test_the_root_of_a_server_lists_its_calendars(clinic: Clinic) -> None:
    """Given no more than the server, the error names every calendar of who asks, to choose from."""
    root = clinic.calendar.url.partition("/clinic/")[0] + "/"
    ran = clinic("publish", "river", "--to", root)
    assert ran.code == 2
    assert clinic.calendar.url in ran.err.replace("\n", "")


def test_a_removed_visit_is_proposed_to_be_called_off(clinic: Clinic) -> None:
    """A visit removed from the calendar becomes a proposal to call it off; accepted, both sides agree."""
    clinic.publish()
    clinic.calendar.remove(clinic.file("check-in-3"))
    assert clinic.publish().code == 7
    (found,) = changes(clinic.sync("--format", "json"))
    assert found["effect"] == "cancel:check-in-3"
    assert clinic("accept", "river", str(found["number"])).code == 0
    assert clinic.plan.visit("check-in-3").status == "cancelled"
    assert clinic.publish().code == 0
    assert clinic.file("check-in-3") not in clinic.calendar.state()


def test_a_new_closed_day_is_proposed_without_its_title(clinic: Clinic) -> None:
    """A busy all-day entry of somebody's becomes a closed day to accept; free ones do not; no title is read."""
    clinic.publish()
    day = clinic.plan.visit("dosing-3").start
    values = {"first": f"{day:%Y%m%d}", "end": f"{day.replace(day=day.day + 1):%Y%m%d}"}
    clinic.calendar.put("a.ics", ALL_DAY.format(uid="a", more="", **values).encode())
    clinic.calendar.put("b.ics", ALL_DAY.format(uid="b", more="TRANSP:TRANSPARENT\r\n", **values).encode())
    ran = clinic.sync("--format", "json")
    (found,) = changes(ran)
    assert found["effect"] == f"close:{day:%Y-%m-%d}..{day:%Y-%m-%d}"
    assert "dose 3" in found["consequence"]
    assert "Unspeakable" not in ran.text + (clinic.line.folder / "river.plan.toml").read_text(encoding="utf-8")
    assert clinic("accept", "river", str(found["number"])).code == 0
    assert clinic.plan.visit("dosing-3").start.date() != day.date()
    assert changes(clinic.sync("--format", "json")) == []


def test_a_move_that_breaks_a_rule_says_so(clinic: Clinic) -> None:
    """A move to a closed day is shown with the rule that it breaks, and accepting it changes nothing."""
    clinic.publish()
    start = clinic.plan.visit("integration-5").start
    sunday = start.replace(day=start.day + (6 - start.weekday()))
    clinic.calendar.edit(
        clinic.file("integration-5"), lambda text: text.replace(f"{start:%Y%m%d}T", f"{sunday:%Y%m%d}T")
    )
    (found,) = changes(clinic.sync("--format", "json"))
    assert "closed on Sundays" in found["consequence"]
    assert clinic("accept", "river", str(found["number"])).code == 5
    assert clinic.plan.visit("integration-5").start == start


def test_another_length_is_noticed_and_not_proposed(clinic: Clinic) -> None:
    """How long a visit lasts is the protocol's: sync tells of it and proposes nothing."""
    clinic.publish()
    end = clinic.plan.visit("dosing-2").end
    clinic.calendar.edit(
        clinic.file("dosing-2"),
        lambda text: text.replace(
            f"DTEND;TZID=America/Denver:{end:%Y%m%dT%H}", f"DTEND;TZID=America/Denver:{end:%Y%m%dT}23"
        ),
    )
    ran = json.loads(clinic.sync("--format", "json").text)
    assert ran["changes"] == []
    assert "end: plan" in ran["noticed"][0]


def test_a_wrong_password_is_told_without_it(clinic: Clinic) -> None:
    """A refused password exits 1, names where passwords come from, and shows none."""
    ran = clinic.publish(env={"KAPPLAN_CALDAV_PASSWORD": "Wr0ng-one"})
    assert ran.code == 1
    assert "401" in ran.err
    assert "Wr0ng-one" not in ran.err + ran.text


@pytest.mark.parametrize(("address", "code"), [
    ("http://cal.example/x/", 2), ("https://ann:hunter2@cal.example/x/", 2), ("nonsense", 2),
])  # fmt: skip
def test_addresses_that_are_not_spoken_to(clinic: Clinic, address: str, code: int) -> None:
    """Wrong addresses are wrong usage, for both commands, and no password in one is repeated."""
    for words in (("publish", "river", "--to"), ("sync", "river", "--from")):
        ran = clinic(*words, address)
        assert ran.code == code
        assert "hunter2" not in ran.err


def test_a_place_that_is_no_calendar_names_those_in_it(clinic: Clinic) -> None:
    """Given the folder of calendars, the error names them; a calendar that is not there is made on demand."""
    folder = clinic.calendar.url.rsplit("/", 2)[0] + "/"
    ran = clinic("publish", "river", "--to", folder)
    assert (ran.code, clinic.calendar.url in ran.err) == (2, True)
    missing = clinic.calendar.url.rstrip("/") + "x/"
    assert clinic("publish", "river", "--to", missing).code == 2
    assert clinic("publish", "river", "--to", missing, "--create").code == 0


def test_most_visits_need_force(clinic: Clinic) -> None:
    """Calling off most visits exits 2 and writes nothing; --force does it."""
    clinic.publish()
    before = clinic.calendar.state()
    for visit in clinic.plan.visits[3:14]:
        clinic("omit", "river", visit.id)
    assert clinic.publish().code == 2
    assert clinic.calendar.state() == before
    assert clinic.publish("--force").code == 0


def test_without_the_package_the_way_to_get_it_is_named(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the extra is not installed the command says how to install it."""
    monkeypatch.setitem(sys.modules, "caldav.davclient", None)
    ran = clinic.publish()
    assert (ran.code, "kapplan[caldav]" in ran.err) == (2, True)


def test_busy_times_straight_from_the_server(clinic: Clinic) -> None:
    """A clinic's ``busy`` may name a calendar on a server; its own published visits keep a plan from nothing."""
    clinic.publish()
    profile = (clinic.line.folder / "river.toml").read_text(encoding="utf-8")
    day, first = clinic.plan.visit("dosing-3").start, clinic.plan.visit("dosing-1").start
    busy = ALL_DAY.format(
        uid="a", first=f"{day:%Y%m%d}", end=f"{day.replace(day=day.day + 1):%Y%m%d}", more=""
    ).encode()
    clinic.calendar.put("a.ics", busy)
    name = next(line.split('"')[1] for line in profile.splitlines() if line.startswith("file ="))
    text = (clinic.line.folder / name).read_text(encoding="utf-8")
    head, mark, rest = text.partition("[clinic]\n")
    kept = "\n".join(line for line in rest.splitlines() if not line.startswith("busy"))
    clinic.line.write(name, f'{head}{mark}busy = ["{clinic.calendar.url}"]\n{kept}\n')
    env = {"KAPPLAN_CALDAV_URL": clinic.calendar.url}
    assert clinic("refresh", "river", env=env).code == 0
    assert clinic.plan.visit("dosing-3").start.date() != day.date()
    assert clinic.plan.visit("dosing-1").start == first
    refused = clinic("refresh", "river")
    assert refused.code != 0
    assert "KAPPLAN_CALDAV_URL" in refused.err
    assert PASSWORD not in refused.err


@pytest.fixture
def trouble(radicale: DavServer) -> Iterator[Proxy]:
    """Return a proxy in front of the server."""
    with proxied(radicale) as proxy:
        yield proxy


def killed_at(trouble: Proxy, method: str, skip: int, folder: Path, *words: str) -> None:
    """Type a command in a process of its own that is killed once a request of a method reaches the server."""
    started: list[subprocess.Popen[bytes]] = []
    trouble.faults = [Fault(method, before=lambda: started[0].send_signal(signal.SIGKILL), skip=skip)]
    program = "import sys; from kapplan.cli import main; sys.argv[0] = 'kapplan'; main()"
    started.append(
        subprocess.Popen(
            [sys.executable, "-c", program, *words],
            cwd=folder,
            env=environment(**ENV),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    )
    assert started[0].wait(60) == -signal.SIGKILL
    trouble.faults = []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("method", ["PROPFIND", "REPORT"])
def test_a_killed_sync_changes_nothing_and_the_next_one_reads_all(
    clinic: Clinic, trouble: Proxy, tmp_path: Path, method: str
) -> None:
    """Plan and calendar are as they were, and what somebody moved in the calendar is read as if nothing had been."""
    address = trouble.url(clinic.calendar)
    assert clinic("publish", "river", "--to", address).code == 0
    clinic.shift("dosing-1", 1)
    before, entries = (tmp_path / "river.plan.toml").read_bytes(), clinic.calendar.state()
    killed_at(trouble, method, 0, tmp_path, "sync", "river", "--from", address)
    assert (tmp_path / "river.plan.toml").read_bytes() == before
    assert clinic.calendar.state() == entries
    moved = [change["visit"] for change in changes(clinic("sync", "river", "--from", address, "--format", "json"))]
    assert moved == ["dosing-1"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_process_leaves_what_the_next_one_finishes(clinic: Clinic, trouble: Proxy, tmp_path: Path) -> None:
    """A process killed in the middle of its writes, for good, is finished by the next, with nothing written twice."""
    address = trouble.url(clinic.calendar)
    killed_at(trouble, "PUT", 4, tmp_path, "publish", "river", "--to", address)
    done = len(trouble.writes)
    assert done == 5
    assert clinic("publish", "river", "--to", address).code == 0
    assert len(clinic.calendar.state()) == len(clinic.plan.visits)
    assert len(trouble.writes) <= len(clinic.plan.visits) + 1
    trouble.seen.clear()
    assert clinic("publish", "river", "--to", address).code == 0
    assert trouble.writes == []


def test_erasing_takes_every_entry_out_of_the_calendar_first(clinic: Clinic) -> None:
    """What was published is gone from the server, cancelled and changed entries too; others' entries stay."""
    assert clinic.publish().code == 0
    clinic.calendar.put("theirs.ics", ALL_DAY.format(uid="theirs", first="20270301", end="20270302", more="").encode())
    clinic.shift("dosing-1", 1)
    assert "entries from http" in clinic("erase", "river", "-n").err
    ran = clinic("erase", "river", "--by", "x")
    assert ran.code == 0, ran.err
    assert list(clinic.calendar.state()) == ["theirs.ics"]
    assert not list(clinic.line.folder.glob(".river*"))
    assert not (clinic.line.folder / "river.plan.toml").exists()


def test_nothing_is_erased_where_the_server_lets_nobody_in(clinic: Clinic) -> None:
    """A wrong password ends with 7; all entries and all files are there, and with the right one it goes on."""
    assert clinic.publish().code == 0
    before = clinic.calendar.state()
    ran = clinic("erase", "river", "--by", "x", env={"KAPPLAN_CALDAV_PASSWORD": "wrong"})
    assert (ran.code, "nothing was erased" in ran.err) == (7, True), ran.err
    assert clinic.calendar.state() == before
    assert (clinic.line.folder / "river.plan.toml").exists()
    assert clinic("erase", "river", "--by", "x").code == 0
