"""From which dose treatment weeks are counted: the first, or the next one after a lapse."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from support.protocols import course_of

from kapplan.model.regimen import Regimen
from kapplan.planning.residual.happened import Happened
from kapplan.planning.residual.rhythm import in_rhythm

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


def weeks(earliest: date, given: int = 2) -> dict[str, tuple[str, tuple[int, int] | None]]:
    """Return from which dose, and when, each open dose has its week, with so many doses given in week 1."""
    past = Happened(given={f"dosing-{n}": DAY + timedelta(days=3 * n - 3) for n in range(1, given + 1)}, lost={})
    found: Regimen = in_rhythm(COURSE, past, earliest)
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
