"""From which dose treatment weeks are counted: the first, or the next one after a lapse."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from support.protocols import course_of

from kapplan.dataclass import replace
from kapplan.model.clinic import Away
from kapplan.model.decisions import Absence
from kapplan.model.fields import Span
from kapplan.model.profile import Availability, Patient, Profile, Treatment
from kapplan.model.regimen import Regimen
from kapplan.planning.residual.happened import Happened
from kapplan.planning.residual.rhythm import DayTest, in_rhythm, there_on

DAY = date(2027, 1, 4)
COURSE = course_of("""
[[phases]]
id = "weekly"
[[phases.series]]
visit = "dosing"
weeks = { from = 1, until = 4, count = 2 }
gap = { min = 2, target = [3, 4], max = 90 }
""")
LAST = DAY + timedelta(days=13)
"""The last day of week 2, in which doses 3 and 4 were to be given."""


def weeks(
    earliest: date, given: int = 2, is_open: DayTest = lambda _: True
) -> dict[str, tuple[str, tuple[int, int] | None]]:
    """Return from which dose, and when, each open dose has its week, with so many doses given in week 1."""
    past = Happened(given={f"dosing-{n}": DAY + timedelta(days=3 * n - 3) for n in range(1, given + 1)}, lost={})
    found: Regimen = in_rhythm(COURSE, past, earliest, is_open)
    return {
        rule.visit: (rule.after, rule.target)
        for rule in found.timing
        if rule.rule.endswith("week") and rule.visit not in past.fixed
    }


@pytest.mark.parametrize("days", [-13, 0, 7])
def test_without_a_lapse_weeks_run_from_the_first_dose(days: int) -> None:
    """Until a whole week went by after the one that had the next dose, nothing is counted anew."""
    found = weeks(LAST + timedelta(days=days))
    assert {after for after, _ in found.values()} == {"dosing-1"}
    assert found["dosing-3"] == ("dosing-1", (7, 13))
    assert found["dosing-8"] == ("dosing-1", (21, 27))


@pytest.mark.parametrize("days", [8, 40])
def test_after_a_lapse_weeks_run_from_the_next_dose(days: int) -> None:
    """That dose is ideally within the first week in which it can be, its week's second within seven days of it."""
    earliest = LAST + timedelta(days=days)
    found = weeks(earliest)
    soonest = (earliest - DAY).days
    assert found["dosing-3"] == ("dosing-1", (soonest, soonest + 6))
    assert found["dosing-4"] == ("dosing-3", (0, 6))
    assert found["dosing-5"] == found["dosing-6"] == ("dosing-3", (7, 13))
    assert found["dosing-7"] == found["dosing-8"] == ("dosing-3", (14, 20))


def test_a_week_of_which_one_dose_was_given_counts_by_the_next() -> None:
    """With one of two doses of a week given, the other is the next after the lapse."""
    found = weeks(LAST + timedelta(days=20), given=3)
    assert found["dosing-4"][0] == "dosing-1"
    assert found["dosing-5"] == ("dosing-4", (7, 13))


def test_a_course_that_is_over_has_no_rhythm() -> None:
    """Where every dose was given nothing is left to count."""
    past = Happened(given={f"dosing-{n}": DAY for n in range(1, 9)}, lost={})
    assert in_rhythm(COURSE, past, LAST + timedelta(days=99)) is COURSE


# A lapse that is known of beforehand


def profile(*away: Away) -> Profile:
    """Return the profile of somebody who is away."""
    return Profile(
        patient=Patient(id="p"), treatment=Treatment(protocol="made-up"), availability=Availability(away=away)
    )


AWAY = (DAY + timedelta(days=8), DAY + timedelta(days=40))


@pytest.mark.parametrize("how", ["patient", "clinic", "profile"])
def test_an_absence_ahead_is_a_lapse(how: str) -> None:
    """Where the next dose can only be after weeks away, weeks are counted from it today already."""
    first, last = AWAY
    known = [] if how == "profile" else [Absence(who=how, from_=first, until=last)]
    whose = profile(Away(from_=first, until=last)) if how == "profile" else profile()
    found = weeks(DAY + timedelta(days=4), is_open=there_on((), whose, known))
    assert found["dosing-3"] == ("dosing-1", (7, 13))
    away_from_tomorrow = [Absence(who=one.who, from_=DAY, until=one.until) for one in known]
    whose = profile(Away(from_=DAY, until=last)) if how == "profile" else profile()
    found = weeks(DAY + timedelta(days=4), is_open=there_on((), whose, away_from_tomorrow))
    assert found["dosing-3"] == ("dosing-1", (41, 47))
    assert found["dosing-8"] == ("dosing-3", (14, 20))


def test_who_is_there_by_the_days_of_the_clinic_and_whole_absences() -> None:
    """One of the staff, some hours and days that come again keep no day; the clinic's weekdays do."""
    part = Away(from_=AWAY[0], until=AWAY[1], hours=(Span.parse("09:00-10:00"),))
    again = Away(from_=AWAY[0], until=AWAY[1], rrule="FREQ=DAILY")
    there = there_on((0, 1), profile(part, again), [Absence(who="okafor", from_=DAY, until=AWAY[1])])
    assert [there(DAY + timedelta(days=n)) for n in range(7)] == [True, True, *[False] * 5]
    assert there(AWAY[0] + timedelta(days=(7 - AWAY[0].weekday()) % 7))
    nobody = there_on((), profile(), [Absence(who="patient", from_=AWAY[0], until=AWAY[1])])
    assert [nobody(AWAY[0] - timedelta(days=1)), nobody(AWAY[0]), nobody(AWAY[1])] == [True, False, False]
    assert nobody(AWAY[1] + timedelta(days=1))


def test_nobody_is_looked_for_without_end() -> None:
    """Where no day is open the weeks stay as they are."""
    assert weeks(DAY + timedelta(days=4), is_open=lambda _: False)["dosing-3"] == ("dosing-1", (7, 13))


def test_only_the_weeks_of_doses_are_counted_anew() -> None:
    """A session with a week of its own, a target that is no week, and a week that is a limit stay as they are."""
    (week,) = [rule for rule in COURSE.timing if rule.rule.endswith("week") and rule.visit == "dosing-5"]
    others = {
        "wide": replace(week, rule="wide", target=(14, 21)),
        "least": replace(week, rule="least", min=14),
        "most": replace(week, rule="most", max=20),
        "months": replace(week, rule="months", months=1),
        "none": replace(week, rule="none", target=None),
        "session": replace(week, rule="session", visit="psychotherapy-1"),
    }
    visit = replace(COURSE.visits[0], id="psychotherapy-1", kind="psychotherapy")
    course = replace(COURSE, visits=(*COURSE.visits, visit), timing=(*COURSE.timing, *others.values()))
    past = Happened(given={"dosing-1": DAY, "dosing-2": DAY + timedelta(days=3)}, lost={})
    found = {rule.rule: rule for rule in in_rhythm(course, past, LAST + timedelta(days=30)).timing}
    assert {name: found[name] for name in others} == others


def test_weeks_before_the_one_that_was_missed_stay() -> None:
    """A week's second dose that is still open does not count from a dose of a later week."""
    past = Happened(given={"dosing-1": DAY, "dosing-3": DAY + timedelta(days=7)}, lost={})
    found = in_rhythm(COURSE, past, DAY + timedelta(days=5))
    assert found is COURSE
