"""A life that is safe: any command at any time, over many protocols, keeps what the program promises.

The default run is a life of each protocol: 25 commands take about three seconds of processor time, most of it dating
whole courses anew, so that thousands of lives belong under the marker.
"""

from __future__ import annotations

import shlex
import shutil
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from tempfile import mkdtemp

import pytest
from support.command_line import CommandLine, Ran, with_examples

from kapplan.files.plans.store import load_plan
from kapplan.model.plan import Plan, PlannedVisit
from kapplan.model.terms import DOSES

PROTOCOLS = (
    "kap-standard", "esketamine-trd", "phillips-2019", "canbind-2020", "singh-2016-twice", "wilkinson-2021",
    "kads-2023",
    "elekt-d-2023", "feder-2021", "shiroma-2014", "crtce-2021", "murrough-2013", "r107-2024", "hull-2022",
)  # fmt: skip
START = date(2026, 12, 28)
DOCUMENTED = {0, 2, 5}
PROFILE = """
[patient]
id = "p-1"
timezone = "America/Denver"
birth_date = 1980-01-01
[treatment]
protocol = "{protocol}"
start_within = 21
{route}
[history]
diagnoses = ["trd", "mdd", "ptsd"]
conditions = []
failed_antidepressants = 3
medications = []
pregnancy = "not-applicable"
breastfeeding = false
prior_ketamine = "none"
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
[travel]
escort = "arranged"
[clinic]
file = "clinic.toml"
"""


class Life:
    """One plan, the days that go by, and what is typed."""

    def __init__(self, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.chance = Random(seed)
        self.protocol = PROTOCOLS[seed % len(PROTOCOLS)]
        self.folder = Path(mkdtemp())
        self.line = CommandLine(with_examples(self.folder), monkeypatch)
        self.today = START
        self.said: list[str] = [f"seed {seed}: {self.protocol}"]
        route = 'route = "im"' if self.protocol == "kap-standard" else ""
        self.line.write("p.toml", PROFILE.format(protocol=self.protocol, route=route))
        assert self.run("plan", "p.toml", "-o", "p.plan.toml").code == 0, self.said

    def run(self, *words: str) -> Ran:
        """Type a command at noon of the day."""
        ran = self.line(*words, "--today", f"{self.today}T12:00")
        self.said.append(f"{self.today} {shlex.join(words)} -> {ran.code}")
        return ran

    @property
    def plan(self) -> Plan:
        """The plan as it is on disk."""
        return load_plan(self.folder / "p.plan.toml").plan

    def live(self, commands: int) -> None:
        """Type so many commands, and hold the plan to its promises after each."""
        for _ in range(commands):
            self.today += timedelta(days=self.chance.choice((0, 0, 1, 2, 3, 5, 7, 14, 40)))
            before, words = self.plan, self.words()
            ran = self.run(*words)
            self.check(before, words, ran)
        shutil.rmtree(self.folder)

    def words(self) -> tuple[str, ...]:
        """Return a command that somebody may type now."""
        plan, chance = self.plan, self.chance
        ahead = sorted((visit for visit in plan.visits if visit.open), key=lambda visit: visit.start)[:6]
        due = [visit for visit in ahead if visit.start.date() <= self.today] or ahead[:2]
        held = [visit for visit in plan.visits if visit.status == "completed"]
        offered = next((one.number for one in plan.proposals if one.state == "open"), 1)
        first = self.today + timedelta(days=chance.randint(0, 20))
        last = first + timedelta(days=chance.choice((1, 5, 30)))
        return chance.choice((
            *[("done", "p", self.one_of(due))] * 5,
            ("done", "p", self.one_of(ahead), "today"),
            ("done", "p", self.one_of(due), "--partial", "stopped"),
            *[("missed", "p", self.one_of(due))] * 2,
            ("cancel", "p", self.one_of(ahead), "--party", chance.choice(("patient", "clinic"))),
            ("omit", "p", self.one_of(ahead)),
            ("confirm", "p", self.one_of(ahead)),
            ("correct", "p", self.one_of(held), str(self.today)),
            ("correct", "p", self.one_of(held), "--reopen"),
            *[("move", "p", self.one_of(ahead), *chance.choice(("1d later", "1w later", "2d earlier")).split())] * 2,
            ("defer", "p", self.one_of(ahead), "--carry", chance.choice(("this", "block", "all"))),
            *[("away", "p", f"{first}..{last}", "--who", chance.choice(("patient", "clinic")))] * 2,
            ("add", "p", chance.choice(("dosing", "check-in", "booster", "preparation"))),
            ("add", "p", chance.choice(("dosing", "booster")), chance.choice(("thu", "mon"))),
            ("score", "p", f"phq9={chance.randint(0, 27)}", f"phq9_item9={chance.choice((0, 0, 2))}"),
            ("settle", "p", "phq9-item9", "--why", "seen"),
            ("accept", "p", str(offered)),
            ("decline", "p", str(offered)),
            *[(what, "p") for what in ("hold", "resume", "resume", "refresh", "undo", "undo", "redo")],
        ))  # fmt: skip

    def one_of(self, visits: list[PlannedVisit]) -> str:
        """Return the id of one of some visits."""
        return self.chance.choice(visits).id if visits else "next"

    def check(self, before: Plan, words: tuple[str, ...], ran: Ran) -> None:
        """Hold what came of a command to what is promised."""
        story = "\n".join((*self.said, ran.err))
        assert ran.code in DOCUMENTED, story
        if ran.code == 5:
            assert "kapplan " in ran.err.partition("\n")[2], f"a dead end\n{story}"
        plan = self.plan
        if ran.code == 2:
            assert plan == before, story
        assert {visit.id for visit in before.visits} <= {visit.id for visit in (*plan.visits, *plan.withdrawn)}, story
        self.keep_doses_apart(plan, story)
        self.stay_off_absences(plan, story)
        self.shrink_safety_only_as_said(before, plan, words, story)

    def keep_doses_apart(self, plan: Plan, story: str) -> None:
        """Keep the least gap of the protocol before every dose ahead, counted from what was given."""
        least = min(
            (rule.min for rule in plan.regimen.timing
             if rule.min and rule.months is None and _is_dose(plan, rule.visit) and _is_dose(plan, rule.after)),
            default=1,
        )  # fmt: skip
        doses = sorted(
            (visit for visit in plan.visits
             if visit.kind in DOSES and not visit.is_lost and visit.status != "unresolved"),
            key=lambda visit: visit.day,
        )  # fmt: skip
        for earlier, later in pairwise(doses):
            if later.open and later.day > self.today:
                assert (later.day - earlier.day).days >= least, f"{earlier.id} and {later.id}\n{story}"

    def stay_off_absences(self, plan: Plan, story: str) -> None:
        """Place nothing ahead on days on which the plan knows that somebody is away."""
        for visit in plan.visits:
            if visit.status in {"planned", "confirmed"} and visit.day > self.today and not plan.held:
                away = [one for one in plan.absences if one.from_ <= visit.day <= one.until]
                assert not away or visit.place != "clinic", f"{visit.id} on {away}\n{story}"

    def shrink_safety_only_as_said(self, before: Plan, after: Plan, words: tuple[str, ...], story: str) -> None:
        """Lose a notice to a settlement, or with the record that it was read from; to nothing else."""
        standing = {(one.rule, one.evidence) for one in after.findings if one.safety}
        for notice in before.findings:
            if notice.safety and (notice.rule, notice.evidence) not in standing:
                recorded = {(score.measure, score.on) for score in after.scores}
                gone = any((one.key.rpartition(".")[2], one.on) not in recorded for one in notice.evidence)
                assert gone or words[0] in {"settle", "undo", "redo", "correct", "done", "score"}, story


def _is_dose(plan: Plan, visit_id: str) -> bool:
    return any(visit.id == visit_id and visit.kind in DOSES for visit in plan.regimen.visits)


@pytest.mark.parametrize("seed", range(len(PROTOCOLS)))
def test_a_life_is_safe(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over many protocols: no undocumented or dead end, no dose too close, nothing on an absence, no notice lost."""
    Life(seed, monkeypatch).live(25)


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(14, 3014))
def test_many_lives_are_safe(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for thousands of lives."""
    Life(seed, monkeypatch).live(25)
