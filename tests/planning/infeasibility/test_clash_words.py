"""Clashes and repairs as a coordinator reads them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from support.openings import TableGroup, TableOpenings, group, listed_days, weekends

from kapplan.model.fields import Level
from kapplan.model.regimen import Cited, Limit, Regimen, TimingRule
from kapplan.output.views.clash import unresolved_text
from kapplan.planning.infeasibility import phrases as clash_words
from kapplan.planning.infeasibility.minimal_conflict import Clash, Member, find, repairs
from kapplan.planning.problem.limit_words import limit_words
from kapplan.planning.problem.problem import Problem, ProblemLimit, ProblemTiming, ProblemVisit

MONDAY = date(2027, 1, 4)
HORIZON = 60
ASP = Cited(key="asp", cite="ASP protocol 2025")


@dataclass(frozen=True, slots=True)
class Rule:
    """A timing rule as its problem and its regimen have it."""

    name: str
    visit: str
    after: str
    low: int | None
    high: int | None
    level: Level = "default"
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A course that does not fit."""

    visits: tuple[str, ...]
    rules: tuple[Rule, ...]
    table: tuple[TableGroup, ...]
    start_within: int = 7
    first_dose: int | None = None
    limits: tuple[ProblemLimit, ...] = ()
    horizon: int = HORIZON

    def parts(self) -> tuple[Problem, Regimen, TableOpenings]:
        """Return its problem, regimen and calendar."""
        openings = TableOpenings(origin=MONDAY, horizon=self.horizon, beyond=60, table=self.table)
        first = ProblemTiming(rule="start", role="start", visit=self.visits[0], after=0, min=0, max=self.start_within)
        if self.first_dose is not None:
            first = ProblemTiming(
                rule="first-dose", role="first-dose", visit="dosing-1", after=self.first_dose, min=0, max=0
            )
        bounds = [
            ProblemTiming(rule=one.name, visit=one.visit, after=one.after, min=one.low, max=one.high)
            for one in self.rules
        ]
        problem = Problem(
            origin=MONDAY,
            horizon=self.horizon,
            visits=tuple(ProblemVisit(id=name, tier="course") for name in self.visits),
            timing=(first, *bounds),
            limits=self.limits,
        )
        return listed_days(problem, openings), self.regimen(), openings

    def regimen(self) -> Regimen:
        """Return the rules with their levels and sources."""
        return Regimen(
            protocol="case",
            visits=(),
            timing=tuple(
                TimingRule(
                    rule=one.name,
                    visit=one.visit,
                    after=one.after,
                    min=one.low,
                    max=one.high,
                    level=one.level,
                    source=one.source,
                )
                for one in self.rules
            ),
            limits=tuple(
                Limit(rule=one.rule, type="cap", visits=one.visits, max=one.max, level="clinic")
                for one in self.limits
                if one.type == "cap"
            ),
            sources=(ASP,),
        )

    def clash(self) -> Clash:
        """Return why it does not fit."""
        clash = find(*self.parts())
        assert clash is not None
        return clash

    def repair_words(self) -> list[str]:
        """Return what would help."""
        return [repair.words for repair in repairs(*self.parts()).found]


def closed_weekdays(*weekdays: int) -> TableGroup:
    """Return the weekdays, Monday 0, on which a patient cannot come."""
    days = (day for day in range(HORIZON + 60) if (MONDAY + timedelta(days=day)).weekday() in weekdays)
    return group("weekday:x", "weekday", "the patient is not available on Tuesdays and Wednesdays", days, MONDAY)


WEEKEND = weekends(MONDAY, HORIZON + 60)
KING = group("holiday:2027-01-18", "holiday", "Martin Luther King Jr. Day", [14], MONDAY)
HOLIDAY = Case(
    visits=("dosing-3", "dosing-4"),
    rules=(
        Rule("order", "dosing-4", "dosing-3", 4, None, "label"),
        Rule("gap", "dosing-4", "dosing-3", None, 5, "protocol", "asp"),
    ),
    table=(
        WEEKEND,
        KING,
        closed_weekdays(1, 2, 4, 5, 6),
        group("closure:0", "closure", "staff training", range(10), MONDAY),
    ),
    start_within=11,
)
WEEKDAYS = Case(
    visits=("dosing-1", "integration-1"),
    rules=(Rule("integration", "integration-1", "dosing-1", 1, 2),),
    table=(WEEKEND, closed_weekdays(1, 2, 3, 4)),
)
CLOSED_START = Case(
    visits=("screening-1",),
    rules=(),
    table=(WEEKEND, group("closure:0", "closure", "staff training", range(9), MONDAY)),
    start_within=4,
)
FIRST_DOSE = Case(
    visits=("preparation-1", "dosing-1"),
    rules=(Rule("lead", "dosing-1", "preparation-1", 2, 9, "label"),),
    table=(WEEKEND, group("closure:0", "closure", "staff training", range(2), MONDAY)),
    first_dose=3,
)
FULL_WEEK = Case(
    visits=("dosing-1", "dosing-2", "dosing-3"),
    rules=(Rule("gap", "dosing-2", "dosing-1", 2, 3, "label"), Rule("gap", "dosing-3", "dosing-2", 2, 3, "label")),
    table=(WEEKEND,),
    limits=(
        ProblemLimit(
            rule="weekly", type="cap", visits=("dosing-1", "dosing-2", "dosing-3"), anchor="dosing-1", every=7, max=2
        ),
    ),
)


@pytest.mark.parametrize(
    ("case", "sentences"),
    [
        pytest.param(
            WEEKDAYS,
            [
                "dose 1 must fall by Mon 11 Jan 2027 (at most 7 days after the asked start)",
                "integration 1 must fall after dose 1 (kapplan's default)",
                "integration 1 must fall at most 2 days after dose 1 (kapplan's default)",
                "the clinic is closed at weekends",
                "the patient is not available on Tuesdays and Wednesdays",
            ],
            id="a patient's weekdays against the longest gap",
        ),
        pytest.param(
            CLOSED_START,
            [
                "screening 1 must fall by Fri 8 Jan 2027 (at most 4 days after the asked start)",
                "the clinic is closed from Mon 4 Jan 2027 to Tue 12 Jan 2027 (staff training)",
            ],
            id="a closure over the start",
        ),
        pytest.param(
            FIRST_DOSE,
            [
                "dose 1 is fixed on Thu 7 Jan 2027",
                "dose 1 must fall at least 2 days after preparation 1 (label)",
                "the clinic is closed on Mon 4 Jan 2027 and Tue 5 Jan 2027 (staff training)",
            ],
            id="no time before a fixed first dose",
        ),
        pytest.param(
            FULL_WEEK,
            [
                "dose 2 must fall at least 2 days after dose 1 (label); likewise dose 3",
                "dose 2 must fall at most 3 days after dose 1 (label); likewise dose 3",
                "at most 2 of dose 1, dose 2 and dose 3 in each 7 days counted from dose 1 (clinic)",
            ],
            id="a weekly cap against the longest gaps",
        ),
    ],
)
def test_clash_in_words(case: Case, sentences: list[str]) -> None:
    """A clash names its rules, with where they come from, and the days that are closed."""
    assert list(case.clash().sentences()) == sentences


@pytest.mark.parametrize(
    ("case", "words"),
    [
        pytest.param(
            CLOSED_START,
            [
                "Start 5 days later, from Sat 9 Jan 2027.",
                "Open Mon 4 Jan 2027 (staff training).",
                "Open Tue 5 Jan 2027 (staff training).",
                "Open Wed 6 Jan 2027 (staff training).",
            ],
            id="a closure over the start",
        ),
        pytest.param(
            HOLIDAY,
            [
                "Start 6 days later, from Sun 10 Jan 2027.",
                "Open Mon 18 Jan 2027 (Martin Luther King Jr. Day).",
                "Let the patient come on Tue 19 Jan 2027.",
                "Let dose 4 fall 7 days after dose 3 (protocol: 5 at most).",
            ],
            id="a holiday in the way of a gap",
        ),
        pytest.param(
            FIRST_DOSE,
            [
                "Move dose 1 to Fri 8 Jan 2027, 1 day later.",
                "Open Mon 4 Jan 2027 (staff training).",
                "Open Tue 5 Jan 2027 (staff training).",
            ],
            id="a fixed first dose",
        ),
        pytest.param(
            FULL_WEEK,
            ["Allow 3 of dose 1, dose 2 and dose 3 in 7 days (clinic: 2 at most)."],
            id="label rules stay, the cap may be raised",
        ),
    ],
)
def test_repairs_in_words(case: Case, words: list[str]) -> None:
    """Repairs say what to do, by how much, and what the rule was."""
    assert case.repair_words() == words


def test_reasons_of_absences_are_the_calendars_own_words() -> None:
    """What is closed for the patient is opened without a word about why it was closed."""
    assert clash_words.patient_day_words(date(2027, 1, 19)) == "Let the patient come on Tue 19 Jan 2027."


def test_start_repair_says_whether_the_first_visit_can_be_that_day() -> None:
    """A new start is a date the first visit can have, or one from which it is looked for."""
    assert clash_words.start_repair_words(date(2027, 1, 7), 3, is_open=True) == "Start 3 days later, on Thu 7 Jan 2027."
    assert (
        clash_words.start_repair_words(date(2027, 1, 9), 1, is_open=False) == "Start 1 day later, from Sat 9 Jan 2027."
    )


GAP = ProblemTiming(rule="gap", visit="dosing-4", after="dosing-3", min=2, max=5)
BEFORE = ProblemTiming(rule="before", visit="integration-2", after="dosing-3", min=-6, max=-2)
MONTHLY = ProblemTiming(rule="month", visit="check-in-3", after="dosing-6", months=3, min=-7, max=7)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        pytest.param(
            lambda: clash_words.widen_words(GAP, "max", 1, "protocol"),
            "Let dose 4 fall 6 days after dose 3 (protocol: 5 at most).",
            id="wider gap",
        ),
        pytest.param(
            lambda: clash_words.widen_words(GAP, "min", 1, "default"),
            "Let dose 4 fall 1 day after dose 3 (kapplan's default: 2 at least).",
            id="narrower gap",
        ),
        pytest.param(
            lambda: clash_words.widen_words(GAP, "min", 2, "default"),
            "Let dose 4 fall on the day of dose 3 (kapplan's default: 2 at least).",
            id="same day",
        ),
        pytest.param(
            lambda: clash_words.widen_words(BEFORE, "max", 1, "clinic"),
            "Let integration 2 fall 1 day before dose 3 (clinic: 2 at least).",
            id="nearer before",
        ),
        pytest.param(
            lambda: clash_words.widen_words(BEFORE, "min", 1, "clinic"),
            "Let integration 2 fall 7 days before dose 3 (clinic: 6 at most).",
            id="longer before",
        ),
        pytest.param(
            lambda: clash_words.widen_words(BEFORE, "max", 2, "clinic"),
            "Let integration 2 fall on the day of dose 3 (clinic: 2 at least).",
            id="before, to the day itself",
        ),
        pytest.param(
            lambda: clash_words.widen_words(replace(GAP, max=0), "max", 1, "clinic"),
            "Let dose 4 fall 1 day after dose 3 (clinic: 0 at most).",
            id="from the day itself",
        ),
        pytest.param(
            lambda: clash_words.bound_words(replace(BEFORE, max=-1), "max", MONDAY),
            "integration 2 must fall before dose 3",
            id="just before",
        ),
        pytest.param(
            lambda: clash_words.bound_words(replace(GAP, min=1), "min", MONDAY),
            "dose 4 must fall after dose 3",
            id="just after",
        ),
        pytest.param(
            lambda: clash_words.widen_words(MONTHLY, "max", 2, "default"),
            "Let check-in 3 fall 9 days after the day 3 months after dose 6 (kapplan's default: 7 at most).",
            id="later than the month",
        ),
        pytest.param(
            lambda: clash_words.bound_words(GAP, "max", MONDAY, "protocol: ASP protocol 2025"),
            "dose 4 must fall at most 5 days after dose 3 (protocol: ASP protocol 2025)",
            id="max",
        ),
        pytest.param(
            lambda: clash_words.bound_words(BEFORE, "max", MONDAY),
            "integration 2 must fall at least 2 days before dose 3",
            id="before",
        ),
        pytest.param(
            lambda: clash_words.bound_words(replace(GAP, after=14, min=0), "min", MONDAY),
            "dose 4 must fall on Mon 18 Jan 2027 or later",
            id="not before a day",
        ),
        pytest.param(
            lambda: clash_words.bound_words(replace(GAP, max=0), "max", MONDAY),
            "dose 4 must fall on the day of dose 3 or earlier",
            id="no later than",
        ),
        pytest.param(
            lambda: clash_words.bound_words(MONTHLY, "min", MONDAY),
            "check-in 3 must fall at most 7 days before the day 3 months after dose 6",
            id="month",
        ),
        pytest.param(
            lambda: clash_words.calendar_words(KING),
            "Mon 18 Jan 2027 is a holiday (Martin Luther King Jr. Day)",
            id="holiday",
        ),
        pytest.param(
            lambda: clash_words.calendar_words(
                group("closure:0", "closure", "staff training", range(0, 36, 7), MONDAY)
            ),
            "the clinic is closed on 6 days from Mon 4 Jan 2027 to Mon 8 Feb 2027 (staff training)",
            id="closure that comes back",
        ),
        pytest.param(
            lambda: clash_words.calendar_words(
                replace(group("closure:0", "closure", "the clinic is closed in May", [3], MONDAY), named=False)
            ),
            "the clinic is closed in May",
            id="closure with a clause of its own",
        ),
        pytest.param(
            lambda: clash_words.calendar_words(group("away:0", "away", "the patient is away", [3], MONDAY)),
            "the patient is away",
            id="absence",
        ),
        pytest.param(
            lambda: clash_words.origin_words(
                TimingRule(rule="gap", visit="dosing-2", after="dosing-1", source="own"),
                [Cited(key="own", cite="kapplan's default, drawn from practices")],
            ),
            "kapplan's default, drawn from practices",
            id="a source that says itself what it is",
        ),
        pytest.param(
            lambda: clash_words.horizon_words(MONDAY, 400),
            "the calendar is laid out until Tue 8 Feb 2028",
            id="horizon",
        ),
        pytest.param(
            lambda: limit_words(
                ProblemLimit(
                    rule="one",
                    type="distinct_days",
                    visits=("dosing-1", "dosing-2", "dosing-3", "dosing-4", "review-1"),
                ),
                MONDAY,
            ),
            "no two of dose 1 to dose 4 and review 1 may share a day",
            id="one a day",
        ),
        pytest.param(
            lambda: limit_words(
                ProblemLimit(rule="times", type="not_together", visits=("dosing-1", "review-1"), days=(3,)), MONDAY
            ),
            "dose 1 and review 1 do not fit into one day together",
            id="no time for two",
        ),
        pytest.param(
            lambda: limit_words(
                ProblemLimit(rule="insurer", type="cap", visits=("dosing-1", "dosing-2"), max=1, from_=0, until=14),
                MONDAY,
            ),
            "at most 1 of dose 1 and dose 2 from Mon 4 Jan 2027 until Mon 18 Jan 2027",
            id="authorisation",
        ),
    ],
)
def test_single_sentences(made: Callable[[], str], expected: str) -> None:
    """Each rule, closing and repair has a sentence of its own, with days counted the way people count them."""
    assert made() == expected


def test_nothing_is_claimed_that_took_too_much_work_to_find_out() -> None:
    """Without a clash there may be dates; of a clash cut short it is said that some lines may not be needed."""
    assert "there may be dates" in unresolved_text((), ())
    clash = Clash(members=(), lacking=())
    member = Member(id="a", kind="min", words="dose 2 must fall after dose 1")
    whole, short = replace(clash, members=(member,)), replace(clash, members=(member,), minimal=False)
    assert "too much work" not in unresolved_text((whole,), ())
    assert "too much work to tell whether each" in unresolved_text((short,), ())
