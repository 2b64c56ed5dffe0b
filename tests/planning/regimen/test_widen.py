"""Rules that somebody widens by name: for whom and how far they say, and never what is stated for safety."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.protocols import course_of, profile_of, protocol_of, rule

from kapplan.model.decisions import Widening, WiderBounds
from kapplan.planning.regimen.layout import lay_out
from kapplan.planning.regimen.widen import refusals, widened

COURSE = """
[sources.us]
cite = "Us"
mark = "C"
[[limits]]
id = "two-a-week"
cap = { visits = ["dosing"], max = 2 }
level = "{level}"{source}
[[limits]]
id = "talks"
cap = { visits = ["integration"], max = 2 }
[[phases]]
id = "doses"
[[phases.series]]
visit = "dosing"
count = 3
gap = { min = 2, target = [3, 4], max = 9, level = "{level}"{inline}, text = "Spaced." }
[[phases.series]]
visit = "integration"
each = { visit = "dosing" }
gap = { min = 1, max = 4 }
before_next = { min = 1, max = 8 }
"""


def course(level: str) -> str:
    """Return a course whose doses keep apart by rules of a level."""
    stated = level in {"label", "protocol"}
    return (
        COURSE
        .replace("{level}", level)
        .replace("{source}", '\nsource = "us"' if stated else "")
        .replace("{inline}", ', source = "us"' if stated else "")
    )


def widening(rule: str, visit: str | None = None, *, low: int | None = None, high: int | None = None) -> Widening:
    """Return a decision of Dr. O."""
    return Widening(rule=rule, visit=visit, to=WiderBounds(min=low, max=high), by="Dr. O", why="a holiday")


def test_a_rule_is_widened_for_one_visit_or_for_all() -> None:
    """Only what is named changes, its target stays, and the rule tells by whom and why."""
    bare = course_of(course("default"))
    one = widened(bare, [widening("doses.dosing.gap", "dosing-3", high=12)])
    assert rule(one, "dosing-2", "dosing-1") == rule(bare, "dosing-2", "dosing-1")
    assert rule(one, "dosing-3", "dosing-2") == replace(
        rule(bare, "dosing-3", "dosing-2"), max=12, text="Spaced; widened by Dr. O: a holiday"
    )
    every = widened(bare, [widening("doses.dosing.gap", low=1, high=12)])
    assert {(each.min, each.max) for each in every.timing if each.rule == "doses.dosing.gap"} == {(1, 12)}
    untouched = [each for each in bare.timing if each.rule != "doses.dosing.gap"]
    assert untouched == [each for each in every.timing if each.rule != "doses.dosing.gap"]


def test_a_cap_is_widened_to_a_number() -> None:
    """A cap allows as many as somebody says; other limits stay."""
    bare = course_of(course("default"))
    more = widened(bare, [widening("talks", high=3)])
    assert {limit.rule: limit.max for limit in more.limits if limit.type == "cap"} == {"two-a-week": 2, "talks": 3}


@pytest.mark.parametrize("level", ["default", "clinic", "protocol", "label"])
@pytest.mark.parametrize(
    ("asked", "stated", "said"),
    [
        (widening("doses.dosing.gap", low=1), True, "how close doses may be is"),
        (widening("doses.dosing.gap", "dosing-3", low=1, high=12), True, "how close doses may be is"),
        (widening("two-a-week", high=3), True, "how many doses may be given is"),
        (widening("doses.dosing.gap", high=12), False, ""),
    ],
)
def test_what_a_label_or_a_publication_states_of_doses_stays(
    level: str, asked: Widening, stated: bool, said: str
) -> None:
    """Least gaps and caps between doses are widened at none of their levels; of the label's rules nothing is."""
    bare = course_of(course(level))
    found = list(refusals(bare, [asked]))
    is_refused = level == "label" or (stated and level == "protocol")
    assert bool(found) == is_refused
    assert (widened(bare, [asked]) == bare) == is_refused
    if is_refused:
        expected = "a rule of the product's label is never widened" if level == "label" else said
        assert found[0][1].message.startswith(expected)


@pytest.mark.parametrize(
    ("asked", "key", "said"),
    [
        (widening("doses.dosing.gape", high=12), ("rule",), "no rule of this name"),
        (widening("one-visit-a-day", high=12), ("rule",), "no rule of this name"),
        (widening("doses.dosing.gap", "dosing-1", high=12), ("visit",), "does not bind this visit"),
        (widening("talks", "integration-1", high=3), ("visit",), "does not bind this visit"),
        (widening("doses.dosing.gap"), ("to",), "does not say how far"),
        (widening("doses.dosing.gap", high=9), ("to", "max"), "the most is 9 days already"),
        (widening("doses.dosing.gap", low=2), ("to", "min"), "the least is 2 days already"),
        (widening("doses.dosing.gap", low=-1), ("to", "min"), "would let dose 2 come before dose 1"),
        (widening("talks", high=2), ("to", "max"), "the cap is 2 already"),
        (widening("talks", low=2), ("to", "min"), "a cap has no least number"),
    ],
)
def test_what_is_no_widening_is_refused(asked: Widening, key: tuple[str, ...], said: str) -> None:
    """A rule that is not there, a bound it does not have and one that is no wider are told, each at its key."""
    bare = course_of(course("default"))
    [(index, refused)] = refusals(bare, [asked])
    assert (index, refused.key) == (0, key)
    assert said in refused.message
    assert widened(bare, [asked]) == bare


def test_the_second_widening_counts_from_the_first() -> None:
    """What was widened already is asked to be wider still."""
    bare = course_of(course("default"))
    twice = [widening("talks", high=4), widening("talks", high=3)]
    assert [index for index, _ in refusals(bare, twice)] == [1]
    assert [index for index, _ in refusals(bare, twice[::-1])] == []


def test_a_profile_lays_out_its_course_so() -> None:
    """A course is laid out with the rules of its profile as wide as that says."""
    protocol, profile = protocol_of(course("default")), profile_of()
    asked = [widening("doses.dosing.gap", high=12)]
    laid_out = lay_out(protocol, replace(profile, widen=tuple(asked)))
    assert laid_out == widened(lay_out(protocol, profile), asked) != lay_out(protocol, profile)
