"""Nothing is lost: whatever is typed in whatever order, the plan stays whole, legal and told in full by its history."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from support.command_line import CommandLine, Ran, with_examples

from kapplan.files.plans.store import load_plan
from kapplan.model.plan import Plan, PlannedVisit
from kapplan.planning.journal.undo import as_of, undo

START = date(2026, 12, 28)
EXPECTED = {0, 2, 5}
"""Done, wrong usage (a visit that cannot be recorded so), no schedule: nothing else may come of a sound file."""

VISITS = st.sampled_from(["next", "dosing-1", "dosing-2", "dosing-3", "dosing-6", "integration-1", "integration-3",
                          "review-1", "check-in-1", "check-in-5", "preparation-2", "booster-1"])  # fmt: skip
SHIFTS = st.sampled_from(["1d later", "3d later", "1w later", "2d earlier", "next thu", "mon", "tomorrow"])


class Life(RuleBasedStateMachine):
    """A clinic's weeks with one plan: any command at any time."""

    @initialize()
    def make_a_plan(self) -> None:
        """Begin with the plan of an example."""
        self.folder = Path(mkdtemp())
        self.patch = pytest.MonkeyPatch()
        self.line = CommandLine(with_examples(self.folder), self.patch)
        self.today = START
        self.sequences: dict[str, tuple[int, str]] = {}
        self.written, self.told = b"", b""
        self.run("plan", "river.toml", "-o", "river.plan.toml")
        self.first = self.plan()

    def teardown(self) -> None:
        """Leave nothing behind."""
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)

    def run(self, *words: str) -> Ran:
        """Type a command on the machine's day."""
        ran = self.line(*words, "--today", f"{self.today.isoformat()}T12:00")
        assert ran.code in EXPECTED, f"{words}: {ran.code}\n{ran.err}"
        return ran

    def plan(self) -> Plan:
        """Read the plan as it is on disk, once for each state of the file."""
        written = (self.folder / "river.plan.toml").read_bytes()
        if written != self.written:
            self.written, self.read = written, load_plan(self.folder / "river.plan.toml").plan
        return self.read

    @rule(days=st.integers(0, 9))
    def let_time_pass(self, days: int) -> None:
        """Let some days go by."""
        self.today += timedelta(days=days)

    @rule(visit=VISITS, score=st.none() | st.integers(0, 27))
    def record_as_done(self, visit: str, score: int | None) -> None:
        """Record a visit as held, with or without a score."""
        self.run("done", "river", visit, *([] if score is None else [f"phq9={score}", "phq9_item9=0"]))

    @rule(visit=VISITS, what=st.sampled_from(["missed", "omit"]))
    def record_as_not_held(self, visit: str, what: str) -> None:
        """Record a visit as missed, or leave it out."""
        self.run(what, "river", visit)

    @rule(visit=VISITS, party=st.sampled_from(["patient", "clinic"]))
    def cancel(self, visit: str, party: str) -> None:
        """Call a visit off."""
        self.run("cancel", "river", visit, "--party", party)

    @rule(visit=VISITS)
    def confirm(self, visit: str) -> None:
        """Confirm a visit."""
        self.run("confirm", "river", visit)

    @rule(visit=VISITS, shift=SHIFTS, refit=st.booleans())
    def move(self, visit: str, shift: str, refit: bool) -> None:
        """Move a visit, with or without looking at what was told."""
        self.run("move", "river", visit, *shift.split(), *(["--refit"] if refit else []))

    @rule(after=st.integers(0, 60), days=st.integers(0, 12), who=st.sampled_from(["patient", "clinic", "okafor"]))
    def be_away(self, after: int, days: int, who: str) -> None:
        """Be away for some days."""
        first = self.today + timedelta(days=after)
        self.run("away", "river", f"{first}..{first + timedelta(days=days)}", "--who", who)

    @rule(kind=st.sampled_from(["booster", "check-in", "dosing"]), shift=SHIFTS)
    def add(self, kind: str, shift: str) -> None:
        """Add a visit."""
        self.run("add", "river", kind, *shift.split())

    @rule(what=st.sampled_from(["hold", "resume", "refresh", "undo", "redo"]))
    def change_as_a_whole(self, what: str) -> None:
        """Hold, resume, refresh, take back, make again."""
        self.run(what, "river")

    @rule(steps=st.integers(1, 4))
    def go_back_and_forth(self, steps: int) -> None:
        """Take changes back and make them again: nothing is different then."""
        before = self.plan()
        if self.run("undo", "river", "--steps", str(steps)).code == 0:
            self.run("redo", "river", "--steps", str(steps))
            assert _content(self.plan()) == _content(before)

    @invariant()
    def the_history_tells_it_all(self) -> None:
        """Find the first revision in the history, and one step back what was before the last change."""
        if not hasattr(self, "folder"):
            return
        plan = self.plan()
        assert _content(as_of(plan, 1)) == _content(self.first)
        assert [entry.revision for entry in plan.history] == list(range(1, plan.revision + 1))
        if plan.revision > 1 and plan.history[-1].command not in {"undo", "redo"}:
            back = undo(plan, at=plan.revised, by="tester")
            assert _content(back) == _content(as_of(plan, plan.revision - 1))

    @invariant()
    def what_is_open_keeps_the_rules(self) -> None:
        """Hold what is ahead to every minimum, and visits that are both ahead to every maximum, unless unresolved.

        A maximum from a visit that lies behind may have passed, or another visit may have come between the two.
        """
        if not hasattr(self, "folder"):
            return
        plan = self.plan()
        held = {override.rule for override in plan.overrides}
        ahead = {visit.id: visit for visit in plan.visits if visit.status in {"planned", "confirmed"}}
        for each in plan.regimen.timing:
            if each.visit in ahead and each.after in ahead and each.months is None and each.rule not in held:
                days = _days_between(ahead[each.after], ahead[each.visit])
                if max(ahead[each.visit].start, ahead[each.after].start).date() > self.today:
                    assert each.min is None or days >= each.min, each
                if min(ahead[each.visit].start, ahead[each.after].start).date() > self.today:
                    assert each.max is None or days <= each.max, each

    @invariant()
    def calendars_see_one_growing_story(self) -> None:
        """Keep every entry once exported; its SEQUENCE never falls, and it rises where time or status changes."""
        if not hasattr(self, "folder"):
            return
        self.plan()
        if self.written == self.told:
            return
        self.told = self.written
        text = self.line("export", "river", "--format", "ics").text.replace("\r\n ", "")
        seen: dict[str, tuple[int, str]] = {}
        for event in text.split("BEGIN:VEVENT")[1:]:
            uid = _value(event, "UID")
            shown = "|".join(_value(event, name) for name in ("DTSTART", "DTEND", "STATUS"))
            seen[uid] = (int(_value(event, "SEQUENCE")), shown)
        for uid, (sequence, shown) in self.sequences.items():
            assert uid in seen, "an entry that calendars know has gone"
            assert seen[uid][0] >= sequence
            assert seen[uid][1] == shown or seen[uid][0] > sequence
        self.sequences = seen


def _value(event: str, name: str) -> str:
    found = re.search(rf"(?m)^{name}[^:\r\n]*:([^\r\n]*)", event)
    return found[1] if found else ""


def _days_between(one: PlannedVisit, other: PlannedVisit) -> int:
    return (other.start.date() - one.start.date()).days


def _content(plan: Plan) -> object:
    """Return a plan without what every change must make new."""
    visits = tuple((visit.id, visit.status, visit.start, visit.end, visit.actual, visit.note, visit.provisional,
                    visit.staff, visit.room, visit.because, visit.measures) for visit in plan.visits)  # fmt: skip
    return visits, plan.regimen, plan.tasks, plan.scores, plan.findings, plan.overrides, plan.held, plan.snapshot


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep the streams of this process as they are."""
    out, err = sys.stdout, sys.stderr
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, err


def test_any_life() -> None:
    """Random commands leave a plan that is whole, legal and told by its history."""
    with _quietly():
        run_state_machine_as_test(Life, settings=settings(max_examples=2, stateful_step_count=25))


@pytest.mark.thorough
def test_many_lives() -> None:
    """The same, for thousands of commands."""
    with _quietly():
        run_state_machine_as_test(Life, settings=settings(max_examples=150, stateful_step_count=60))
