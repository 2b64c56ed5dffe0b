"""A life that is safe: any command at any time, over many protocols, keeps what the program promises."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from support.safe_lives import PROTOCOLS, Life

import kapplan
from kapplan.model.plan import PlannedVisit

DAYS = st.sampled_from((0, 0, 1, 2, 3, 5, 7, 14, 40))
WHICH = st.integers(0, 5)
PARTY = st.sampled_from(("patient", "clinic"))
SHIFT = st.sampled_from(("1d later", "1w later", "2d earlier"))
LIVES, COMMANDS = 10, 25
REFUSED = {"dwyer-2021"}
"""Protocols for which screening refuses a grown-up."""


class AnyLife(RuleBasedStateMachine):
    """A clinic's weeks with one plan; every rule is a command that somebody may type after some days."""

    protocol = PROTOCOLS[0]
    patient: int | None = None

    def __init__(self) -> None:
        super().__init__()
        self.life = Life(self.protocol, self.patient)

    def teardown(self) -> None:
        """Hold the plan's file to the plan."""
        self.life.end()

    # -- which visit

    @property
    def ahead(self) -> list[PlannedVisit]:
        """The next open visits."""
        return sorted((one for one in self.life.plan.visits if one.open), key=lambda one: one.start)[:6]

    def due(self, which: int, days: int) -> str:
        """Name an open visit whose day has come by then, else one of the next two."""
        today = self.life.today + timedelta(days=days)
        return _of([one for one in self.ahead if one.start.date() <= today] or self.ahead[:2], which)

    def held(self, which: int) -> str:
        """Name a visit that was held."""
        return _of([one for one in self.life.plan.visits if one.status == "completed"], which)

    # -- what happened

    @rule(days=DAYS, which=WHICH)
    def done(self, days: int, which: int) -> None:
        """Record a visit as held."""
        self.life.live(days, "done", "p", self.due(which, days))

    @rule(days=DAYS, which=WHICH)
    def done_as_due(self, days: int, which: int) -> None:
        """Do the same as above, so that courses get somewhere."""
        self.life.live(days, "done", "p", self.due(which, days))

    @rule(days=DAYS, which=WHICH)
    def done_today(self, days: int, which: int) -> None:
        """Record one of the next visits as held today."""
        self.life.live(days, "done", "p", _of(self.ahead, which), "today")

    @rule(days=DAYS, which=WHICH)
    def done_in_part(self, days: int, which: int) -> None:
        """Record a visit as held in part."""
        self.life.live(days, "done", "p", self.due(which, days), "--partial", "stopped")

    @rule(days=DAYS, which=WHICH)
    def missed(self, days: int, which: int) -> None:
        """Record that nobody came."""
        self.life.live(days, "missed", "p", self.due(which, days))

    @rule(days=DAYS, which=WHICH, party=PARTY)
    def cancel(self, days: int, which: int, party: str) -> None:
        """Call a visit off."""
        self.life.live(days, "cancel", "p", _of(self.ahead, which), "--party", party)

    @rule(days=DAYS, which=WHICH, what=st.sampled_from(("omit", "confirm", "pin", "unpin")))
    def say_of_a_visit(self, days: int, which: int, what: str) -> None:
        """Leave a visit out, confirm it, pin it."""
        self.life.live(days, what, "p", _of(self.ahead, which))

    @rule(days=DAYS, which=WHICH, reopen=st.booleans())
    def correct(self, days: int, which: int, *, reopen: bool) -> None:
        """Put a record right."""
        today = str(self.life.today + timedelta(days=days))
        self.life.live(days, "correct", "p", self.held(which), "--reopen" if reopen else today)

    @rule(days=DAYS, phq9=st.integers(0, 27), item=st.sampled_from((0, 0, 2)))
    def score(self, days: int, phq9: int, item: int) -> None:
        """Record scores."""
        self.life.live(days, "score", "p", f"phq9={phq9}", f"phq9_item9={item}")

    @precondition(lambda self: self.life.plan.scores)
    @rule(days=DAYS)
    def withdraw(self, days: int) -> None:
        """Take a score back."""
        last = self.life.plan.scores[-1]
        self.life.live(days, "score", "p", "--withdraw", last.measure, "--on", str(last.on))

    @rule(days=DAYS, what=st.sampled_from(("medication lithium 600", "pregnancy possible", "bp 168/104", "bp 120/80")))
    def note(self, days: int, what: str) -> None:
        """Note what was learned."""
        self.life.live(days, "note", "p", *what.split())

    @rule(days=DAYS, rule=st.sampled_from(("phq9-item9", "bp-high")))
    def settle(self, days: int, rule: str) -> None:
        """Settle a notice."""
        self.life.live(days, "settle", "p", rule, "--why", "seen")

    # -- what is wished

    @rule(days=DAYS, which=WHICH, shift=SHIFT)
    def move(self, days: int, which: int, shift: str) -> None:
        """Move a visit."""
        self.life.live(days, "move", "p", _of(self.ahead, which), *shift.split())

    @rule(days=DAYS, which=WHICH, carry=st.sampled_from(("this", "block", "all")))
    def defer(self, days: int, which: int, carry: str) -> None:
        """Put a visit off."""
        self.life.live(days, "defer", "p", _of(self.ahead, which), "--carry", carry)

    @rule(days=DAYS, after=st.integers(0, 20), lasts=st.sampled_from((1, 5, 30)), who=PARTY)
    def away(self, days: int, after: int, lasts: int, who: str) -> None:
        """Be away."""
        first = self.life.today + timedelta(days=days + after)
        self.life.live(days, "away", "p", f"{first}..{first + timedelta(days=lasts)}", "--who", who)

    @precondition(lambda self: self.life.plan.absences)
    @rule(days=DAYS)
    def back(self, days: int) -> None:
        """Be there after all."""
        last = self.life.plan.absences[-1]
        self.life.live(days, "away", "p", f"{last.from_}..{last.until}", "--who", last.who, "--back")

    @rule(days=DAYS, kind=st.sampled_from(("dosing", "check-in", "booster", "preparation", "integration")),
          on=st.sampled_from(("", "", "thu", "mon")))  # fmt: skip
    def add(self, days: int, kind: str, on: str) -> None:
        """Add a visit, on a day or on the best one."""
        self.life.live(days, "add", "p", kind, *on.split())

    @rule(
        days=DAYS,
        what=st.sampled_from(("extend p 2", "freeze p 3d", "freeze p none", "refresh p")),
    )
    def steer(self, days: int, what: str) -> None:
        """Extend, freeze, read the files again."""
        self.life.live(days, *what.split())

    @rule(days=DAYS, what=st.sampled_from(("accept", "accept", "decline")))
    def answer_a_proposal(self, days: int, what: str) -> None:
        """Take what the rules propose, or do not."""
        offered = next((one.number for one in self.life.plan.proposals if one.state == "open"), 1)
        self.life.live(days, what, "p", str(offered))

    @rule(days=DAYS, what=st.sampled_from(("hold", "resume", "resume")))
    def hold_or_resume(self, days: int, what: str) -> None:
        """Hold the course, let it go on."""
        self.life.live(days, what, "p")

    @rule(days=DAYS, what=st.sampled_from(("undo", "undo", "redo")))
    def go_in_the_history(self, days: int, what: str) -> None:
        """Take back, make again."""
        self.life.live(days, what, "p")

    @precondition(lambda self: self.life.plan.revision > 1)
    @rule(days=DAYS, back=st.integers(0, 3))
    def take_one_back(self, days: int, back: int) -> None:
        """Take one older change back by itself."""
        self.life.live(days, "undo", "p", "--revision", str(max(self.life.plan.revision - back, 2)))


def _of(visits: list[PlannedVisit], which: int) -> str:
    return visits[which % len(visits)].id if visits else "next"


def _lives(protocol: str, number: int, lives: int, patient: int | None = None) -> None:
    """Live so many lives of a protocol, other ones for each number; one that fails is told as it was typed."""
    machine = seed(number)(type(f"Life_{protocol}", (AnyLife,), {"protocol": protocol, "patient": patient}))
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=lives,
            stateful_step_count=COMMANDS,
            deadline=None,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_any_life_is_safe(protocol: str) -> None:
    """No undocumented or dead end, no dose too close, nothing on a closed day, no notice lost, and all told truly."""
    _lives(protocol, PROTOCOLS.index(protocol), LIVES)


@pytest.mark.thorough
@pytest.mark.parametrize("number", range(100, 120))
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_thousands_of_lives_are_safe(protocol: str, number: int) -> None:
    """The same for ten more lives, twenty times each."""
    _lives(protocol, number, LIVES)


@pytest.mark.parametrize("protocol", PROTOCOLS[::4])
def test_any_life_of_any_patient_at_any_clinic_is_safe(protocol: str) -> None:
    """Nor does it depend on the clinic's zone, week, rooms and people, or on when a patient can come."""
    _lives(protocol, 1, 3, patient=PROTOCOLS.index(protocol) * 1000)


@pytest.mark.thorough
@pytest.mark.parametrize("number", range(200, 210))
@pytest.mark.parametrize("protocol", sorted(set(kapplan.protocol_ids()) - REFUSED))
def test_thousands_of_lives_of_any_patient_are_safe(protocol: str, number: int) -> None:
    """The same for ten patients of every protocol."""
    _lives(protocol, number, LIVES, patient=number * 1000)
