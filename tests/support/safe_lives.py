"""A life at the command line, and what has to be true after every command of it, by readings of its own.

Commands are typed as people type them and printed as JSON; plans lie in a book in memory, so that thousands of them
cost little. Nothing here asks the program whether it is right: gaps, caps, absences and notices are read from the plan.
"""

from __future__ import annotations

import json
import random
import re
import shlex
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from support.any_patient import any_availability, any_clinic, any_treatment
from support.command_line import CommandLine, Ran, with_examples
from support.memory_book import ADDRESS, MemoryBook, open_in_memory

from kapplan.errors import InvalidFileError
from kapplan.files.book import opening
from kapplan.files.plans.format import plan_of, text_of
from kapplan.files.toml.sources import SourceFile
from kapplan.model.plan import Plan, PlannedVisit
from kapplan.model.terms import DOSES
from kapplan.planning.journal.undo import redo, undo

PROTOCOLS = (
    "kap-standard", "esketamine-trd", "phillips-2019", "canbind-2020", "singh-2016-twice", "wilkinson-2021",
    "kads-2023", "elekt-d-2023", "feder-2021", "shiroma-2014", "crtce-2021", "murrough-2013", "r107-2024", "hull-2022",
    "esketamine-reinduction",
)  # fmt: skip
START, PATIENT_ZONE = date(2026, 12, 28), ZoneInfo("America/Denver")
DOCUMENTED = {0, 2, 5}
"""Done, wrong usage, no schedule: nothing else comes of a sound plan."""
NO_DATES = 5
MOST_TRIED = 25
"""How many patients are tried until one can have a course."""
PROFILE = """
[patient]
id = "p-1"
timezone = "America/Denver"
birth_date = 1980-01-01
[treatment]
protocol = "{protocol}"
{treatment}
{route}
[history]
diagnoses = ["trd", "mdd", "ptsd"]
conditions = []
failed_antidepressants = 3
medications = []
pregnancy = "not-applicable"
breastfeeding = false
prior_ketamine = "{before}"
veteran = false
rems_enrolled = true
[symptoms]
on = 2026-12-20
phq9 = 19
phq9_item9 = 0
madrs = 30
cssrs = "none"
cssrs_behaviour = "never"
bp = "128/82"
{availability}
[travel]
escort = "arranged"
[clinic]
file = "clinic.toml"
"""
_WAY_OUT = re.compile(r"^\d+\. .*?: kapplan (.*)$", re.MULTILINE)
_HINT = re.compile(r"^[^`]*: kapplan (.*)$", re.MULTILINE)
_MEMBER = re.compile(r"^- ", re.MULTILINE)


@cache
def _beginning(protocol: str, patient: int | None) -> tuple[Path, Plan]:
    """Return the folder of a patient's files and the plan that is made of them.

    The patient of a number is any one whose calendar holds the course: one of the numbers that follow it.
    """
    for number in [None] if patient is None else range(patient, patient + MOST_TRIED):
        folder = _files(protocol, number)
        life = Life.__new__(Life)
        life.begin(protocol, folder, {})
        ran = life.run("plan", "p.toml", "-o", "p")
        if ran.code == 0:
            return folder, life.plan
        assert ran.code == NO_DATES, ran.err
    raise AssertionError(f"none of {MOST_TRIED} patients can have {protocol}")


def _files(protocol: str, number: int | None) -> Path:
    folder = with_examples(Path(mkdtemp()))
    draw = random.Random(number)
    text = PROFILE.format(
        protocol=protocol,
        route='route = "im"' if protocol == "kap-standard" else "",
        before="relapsed" if protocol == "esketamine-reinduction" else "none",
        treatment="start_within = 21" if number is None else any_treatment(draw),
        availability="" if number is None else any_availability(draw),
    )
    (folder / "p.toml").write_text(text, encoding="utf-8")
    if number is not None:
        (folder / "clinic.toml").write_text(any_clinic(draw), encoding="utf-8")
    return folder


class Life:
    """One plan, the days that go by, what is typed, and what is to be true afterwards."""

    def __init__(self, protocol: str, patient: int | None = None) -> None:
        folder, plan = _beginning(protocol, patient)
        self.begin(protocol, folder, {"p": plan})

    def begin(self, protocol: str, folder: Path, held: dict[str, Plan]) -> None:
        """Begin with some plans."""
        self.book = MemoryBook(folder, held)
        self.line = CommandLine(folder, pytest.MonkeyPatch())
        self.today = START
        self.said = [f"protocol {protocol}"]

    def run(self, *words: str) -> Ran:
        """Type a command at noon of the day."""
        with self.line.monkeypatch.context() as patch:
            patch.setattr(opening, "open_book", open_in_memory(self.book))
            ran = self.line(*words, "--today", f"{self.today}T12:00", env={"KAPPLAN_BOOK": ADDRESS})
        self.said.append(f"{self.today} {shlex.join(words)} -> {ran.code}")
        return ran

    @property
    def plan(self) -> Plan:
        """The plan as it was saved."""
        return self.book.held["p"]

    def live(self, days: int, *words: str) -> None:
        """Let days go by, type a command, and hold what came of it to all that is promised."""
        self.today += timedelta(days=days)
        before = self.plan
        ran = self.run(*words, "--format", "json")
        self.last = ran.text
        try:
            _Checks(self, before, words, ran).all()
        except AssertionError as error:
            raise AssertionError("\n".join((str(error), *self.said, ran.err))) from error

    def try_out(self, words: list[str]) -> Ran:
        """Type a command of which nothing stays."""
        saved, told = dict(self.book.held), len(self.said)
        try:
            return self.run(*words)
        finally:
            self.tried = self.plan
            self.book.held = saved
            del self.said[told:]

    def end(self) -> None:
        """Write the plan as a file and read it back: nothing is lost."""
        text = text_of(self.plan)
        try:
            read = plan_of(SourceFile.of_text(text, "p.plan.toml"))
            assert text_of(read) == text
            assert read.visits == self.plan.visits
        except (AssertionError, InvalidFileError) as error:
            raise AssertionError("\n".join((str(error), *self.said))) from error


class _Checks:
    def __init__(self, life: Life, before: Plan, words: tuple[str, ...], ran: Ran) -> None:
        self.life, self.before, self.words, self.ran = life, before, words, ran
        self.after, self.today = life.plan, life.today
        self.now = datetime.combine(self.today, datetime.min.time()).replace(hour=12)

    def all(self) -> None:
        """Check everything."""
        assert self.ran.code in DOCUMENTED, "an exit code that is not documented"
        if self.ran.code == 2:
            assert self.after == self.before, "wrong usage changed the plan"
            self.hints_work()
            return
        if self.ran.code == 5:
            self.no_dead_end()
        if self.after == self.before:
            return
        self.output_is_true()
        self.identities_are_stable()
        self.doses_keep_apart()
        self.caps_hold()
        self.nothing_on_closed_days()
        self.the_past_stays()
        self.safety_shrinks_only_as_said()
        if self.after.revision % 4 == 0:
            self.history_is_exact()

    # -- exits and output

    def no_dead_end(self) -> None:
        """Name a clash or what to do first, and print commands that work as they stand."""
        ways = [shlex.split(found) for found in _WAY_OUT.findall(self.ran.err)]
        assert ways, "a dead end: no command is printed"
        assert _MEMBER.search(self.ran.err) or "on hold" in self.ran.err or "no day at all" in self.ran.err
        for way in ways:
            before = self.life.plan
            tried, changed = self.life.try_out(way), self.life.tried != before
            records = way[0] in {"done", "missed"} or (way[0] == "resume" and "--override" not in way)
            works = tried.code == 0 or (records and tried.code == 5 and changed)
            assert works, f"printed, but does not work: {way}\n{tried.err}"

    def hints_work(self) -> None:
        """Say of wrong usage what is wrong, and print no command that is wrong itself."""
        assert self.ran.err.startswith("kapplan: "), "nothing says what is wrong"
        for hint in _HINT.findall(self.ran.err):
            tried = self.life.try_out(shlex.split(hint))
            assert tried.code in {0, 5}, f"the hint is wrong usage itself: {hint}\n{tried.err}"

    def output_is_true(self) -> None:
        """Say of each visit what the plan holds."""
        told: dict[str, Any] = json.loads(self.ran.text)
        assert told["patient"] == "p-1"
        assert told["revision"] == self.after.revision
        visits = {visit.id: visit for visit in (*self.after.visits, *self.after.withdrawn)}
        moved, turned, unheld = set(), set(), set()
        for row in told["changes"]:
            if row["what"] == "moved":
                moved.add(row["visit"])
                assert datetime.fromisoformat(row["to"]) == visits[row["visit"]].start, row
            elif row["what"] == "status":
                turned.add(row["visit"])
                assert row["to"] == visits[row["visit"]].status, row
            elif row["what"] == "not held":
                unheld.add(row["visit"])
            elif row["what"] == "added":
                assert datetime.fromisoformat(row["from"] or row["to"]) == visits[row["visit"]].start, row
        for visit in self.before.visits:
            now = visits[visit.id]
            if visit.open and now.open and now.start != visit.start:
                assert visit.id in moved, f"{visit.id} moved, and nothing says so"
                named = visit.id in self.words or self.words[0] in {"undo", "redo", "defer"}
                assert not visit.pinned or named or visit.id in unheld, f"{visit.id} was pinned, and nothing says so"
            if now.status != visit.status and now in self.after.visits:
                assert visit.id in turned, f"{visit.id} is {now.status}, and nothing says so"
        standing = any(visit.status == "unresolved" for visit in self.after.visits)
        assert told["placed"] or standing or self.ran.code == 5

    def identities_are_stable(self) -> None:
        """Keep every visit by its id, among those of the course or those that were withdrawn."""
        there = {visit.id for visit in (*self.after.visits, *self.after.withdrawn)}
        assert {visit.id for visit in self.before.visits} <= there

    def history_is_exact(self) -> None:
        """Take the change back: nothing is different from before; make it again: nothing from after."""
        if self.words[0] in {"undo", "redo"}:
            return
        back = undo(self.after, at=self.after.revised, by="tester")
        assert _content(back) == _content(self.before)
        assert _content(redo(back, at=back.revised, by="tester")) == _content(self.after)

    # -- dates

    def _ahead(self, plan: Plan) -> Iterator[PlannedVisit]:
        """Yield the visits that stand ahead on a date that somebody counts on."""
        for visit in plan.visits:
            if visit.status in {"planned", "confirmed"} and visit.start.date() > self.today and not plan.held:
                yield visit

    def doses_keep_apart(self) -> None:
        """Keep the least gap before every dose ahead, counted from what was given and from what stands."""
        plan = self.after
        lifted = {override.rule for override in plan.overrides}
        kinds = {visit.id: visit.kind for visit in plan.regimen.visits}
        rules = [
            rule for rule in plan.regimen.timing
            if rule.min and rule.months is None and kinds.get(rule.visit) in DOSES and kinds.get(rule.after) in DOSES
            and not {rule.rule, f"{rule.rule}.min"} & lifted
        ]  # fmt: skip
        least = min((rule.min or 0 for rule in rules), default=1)
        own = {rule.visit: rule.min or 0 for rule in rules}
        ahead = {visit.id for visit in self._ahead(plan)}
        doses = sorted(
            (visit for visit in plan.visits
             if visit.kind in DOSES and (visit.id in ahead or (not visit.is_lost and visit.day <= self.today
                                                               and visit.status != "unresolved"))),
            key=lambda visit: visit.day,
        )  # fmt: skip
        for earlier, later in pairwise(doses):
            if later.id in ahead:
                wanted = max(least, own.get(later.id, 0) if earlier.status == "completed" and not lifted else 0)
                assert (later.day - earlier.day).days >= wanted, f"{earlier.id} and {later.id} are less than {wanted}"

    def caps_hold(self) -> None:
        """Hold every cap over doses in the blocks in which one of them is still ahead."""
        plan = self.after
        lifted = {override.rule for override in plan.overrides}
        visits = {visit.id: visit for visit in plan.visits}
        ahead = {visit.id for visit in self._ahead(plan)}
        for limit in plan.regimen.limits:
            counted = [visits[one] for one in limit.visits if one in visits and not visits[one].is_lost]
            counted = [
                one for one in counted if one.id in ahead or (one.day <= self.today and one.status != "unresolved")
            ]
            doses = [one for one in counted if one.kind in DOSES]
            if limit.type != "cap" or limit.rule in lifted or limit.every is None or not doses or not limit.max:
                continue
            behind = sorted(one.day for one in visits.values() if one.kind in DOSES and not one.is_lost
                            and one.status != "unresolved" and one.day <= self.today)  # fmt: skip
            anchor = visits.get(limit.anchor or "")
            first = behind[0] if behind else min(one.day for one in doses) if anchor is None else anchor.day
            for block in {(one.day - first).days // limit.every for one in doses if one.id in ahead}:
                inside = [one.id for one in doses if (one.day - first).days // limit.every == block]
                assert len(inside) <= limit.max, f"{limit.rule}: {inside}"

    def nothing_on_closed_days(self) -> None:
        """Place nothing at the clinic on a day on which somebody is away or the clinic is closed."""
        for visit in self._ahead(self.after):
            by_name = visit.is_opened
            if visit.place != "clinic" or by_name:
                continue
            own_day = visit.start.astimezone(PATIENT_ZONE).date()
            days = {"patient": own_day}  # a patient's absence is that of the patient's own days
            away = [one for one in self.after.absences if one.from_ <= days.get(one.who, visit.day) <= one.until]
            assert not away, f"{visit.id} on {away}"
            assert visit.start.weekday() < 5, f"{visit.id} on a weekend"

    def the_past_stays(self) -> None:
        """Never make a visit ahead of one that stood, has passed, and of which nothing is recorded."""
        now = {visit.id: visit for visit in self.after.visits}
        for visit in self.before.visits:
            stood = visit.status in {"planned", "confirmed"} or (visit.status == "unresolved" and visit.before)
            stood = stood and not self.before.held and visit.start.replace(tzinfo=None) <= self.now
            named = visit.id in self.words or self.words[0] in {"undo", "redo"}
            if stood and not named and visit.id in now and now[visit.id].open:
                assert now[visit.id].start == visit.start, f"{visit.id} of the past moved"

    # -- safety

    def safety_shrinks_only_as_said(self) -> None:
        """Lose a notice to a settlement, or with the record that it was read from, and say so; to nothing else."""
        standing = {(one.rule, one.evidence) for one in self.after.findings if one.safety}
        told = [row for row in json.loads(self.ran.text)["changes"] if row["what"] in {"notice gone", "notice settled"}]
        for notice in self.before.findings:
            if notice.safety and (notice.rule, notice.evidence) not in standing:
                recorded = {(score.measure, score.on) for score in self.after.scores}
                gone = any((one.key.rpartition(".")[2], one.on) not in recorded for one in notice.evidence)
                assert gone or self.words[0] in {"settle", "undo", "redo", "correct", "done", "score"}, notice
                if all(notice.rule != one.rule for one in self.after.findings if one.safety):
                    assert told, f"nothing says that {notice.rule} is gone"


def _content(plan: Plan) -> object:
    """Return a plan without what every change must make new."""
    visits = tuple(
        (one.id, one.status, one.start, one.end, one.actual, one.note, one.provisional, one.staff, one.room,
         one.because, one.measures, one.pinned)
        for one in plan.visits
    )  # fmt: skip
    return (visits, plan.regimen, plan.tasks, plan.scores, plan.findings, plan.overrides, plan.held, plan.snapshot,
            plan.absences, plan.settlements, plan.noted, plan.freeze_days)  # fmt: skip
