"""What is told is what is known: the order of findings, marks of sources, limits among the reasons."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from support.cases import clinic_of, plan_of
from support.protocols import course_of

from kapplan.model.fields import VERIFIED, Mark
from kapplan.model.plan import Finding
from kapplan.model.protocol import Source, is_verified
from kapplan.model.regimen import Cited
from kapplan.planning.rules.screening import in_order

SAFETY = Finding(rule="item-9", level="warn", text="", source="", safety=True)
REFUSES = Finding(rule="psychosis", level="refuse-unless-overridden", text="", source="")
LIFTED = replace(REFUSES, rule="lifted", overridden=True)
OPEN = Finding(rule="not-screened", level="refuse", text="", source="", not_screened=True)
WARNS = Finding(rule="caution", level="warn", text="", source="")


@pytest.mark.parametrize("mixed", [*permutations((SAFETY, REFUSES, LIFTED, OPEN, WARNS))])
def test_findings_come_in_one_order(mixed: tuple[Finding, ...]) -> None:
    """Safety, what refuses, what was overridden, what is not screened, what warns: however they were found."""
    assert list(in_order(mixed)) == [SAFETY, REFUSES, LIFTED, OPEN, WARNS]


def test_a_refusal_that_is_a_safety_notice_comes_first_of_all() -> None:
    """What is a notice and refuses as well stands among the notices; findings of one rank keep their order."""
    both = replace(REFUSES, rule="intent", safety=True)
    second = replace(SAFETY, rule="bp")
    assert list(in_order([REFUSES, SAFETY, both, second])) == [SAFETY, both, second, REFUSES]


@pytest.mark.parametrize(("mark", "verified"), [("C", True), ("S", False), ("M", False), ("D", False)])
def test_only_what_was_confirmed_is_verified(mark: Mark, verified: bool) -> None:
    """A secondary page, memory and our own defaults are not verified, wherever a source is asked."""
    source, cited = Source(cite="A paper", mark=mark), Cited(key="paper", cite="A paper", mark=mark)
    assert (source.verified, cited.verified) == (verified, verified)
    assert is_verified("paper", {"paper": source}) is verified
    assert replace(course_of(GAP), sources=(cited,)).is_verified("paper") is verified
    assert not is_verified(None, {"paper": source})
    assert not is_verified("other", {"paper": source})


GAP = """
[[phases]]
id = "doses"
[[phases.series]]
visit = "dosing"
count = 3
gap = { min = 1, target = 1, max = 30, source = "paper" }
[[limits]]
id = "weekly"
cap = { visits = ["dosing"], max = 2 }
[sources.paper]
cite = "A paper"
mark = "S"
"""


def test_a_reason_says_whether_its_source_was_confirmed() -> None:
    """A rule from a secondary page is told as not verified; the same rule from the paper itself is."""
    for text, verified in ((GAP, False), (GAP.replace('mark = "S"', f'mark = "{VERIFIED}"'), True)):
        dose = plan_of(text).visit("dosing-2")
        (reason,) = (reason for reason in dose.because if reason.rule == "doses.dosing.gap" and reason.level)
        assert reason.verified is verified


def test_a_cap_that_kept_a_dose_off_its_target_is_among_the_reasons() -> None:
    """The third dose of a week that takes two says which limit the days before it would break."""
    dose = plan_of(GAP, clinic=clinic_of("mon tue wed thu fri sat sun")).visit("dosing-3")
    off = next(reason for reason in dose.because if reason.short)
    assert "would break a limit (at most 2 in 7 days)" in off.text
    assert "nearer days would break a limit (at most 2 in 7 days)" in str(off.short)


SHARING = """
[[phases]]
id = "doses"
[[phases.series]]
visit = "dosing"
count = 1
[[phases.series]]
visit = "integration"
after = { last = "dosing" }
lead = { min = 0, target = 0, max = 5 }
"""


def test_a_day_that_another_visit_has_is_named_with_it() -> None:
    """A visit kept off the day of another says which one is there."""
    talk = plan_of(SHARING).visit("integration-1")
    off = next(reason for reason in talk.because if reason.short)
    assert "would break a limit (dose 1 is on that day)" in off.text
