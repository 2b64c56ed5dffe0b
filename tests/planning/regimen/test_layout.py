"""A protocol is laid out as the visits, timing rules and limits that its file says, and as nothing else."""

from __future__ import annotations

import pytest
from support.protocols import course_of, ids, limits, profile_of, protocol_of, rule

from kapplan.model.clinic import Clinic, MinutesChange
from kapplan.planning.regimen.layout import lay_out

DOSES = """
[[phases]]
id = "doses"
[[phases.series]]
visit = "dosing"
count = 4
doses = { min = 2, max = 6 }
gap = { min = 2, target = [3, 4], max = 9, level = "default" }
"""


def test_a_plain_series_is_a_chain() -> None:
    """Each visit of a series is bound to the one before it, with what the file says."""
    course = course_of(DOSES)
    assert ids(course) == ["dosing-1", "dosing-2", "dosing-3", "dosing-4"]
    gap = rule(course, "dosing-3", "dosing-2")
    assert (gap.min, gap.target, gap.max, gap.rule) == (2, (3, 4), 9, "doses.dosing.gap")
    assert not [timing for timing in course.timing if timing.visit == "dosing-1"]


@pytest.mark.parametrize(("asked", "expected"), [(2, 2), (6, 6), (None, 4), (9, 6), (1, 2)])
def test_the_profile_chooses_the_number_within_the_bounds(asked: int | None, expected: int) -> None:
    """The number of doses is the profile's, never outside what the protocol allows."""
    assert len(course_of(DOSES, doses=asked).visits) == expected


def test_the_number_counts_all_doses_of_the_course() -> None:
    """The profile's number is of all doses: those that no choice can change are part of it."""
    first = '[[phases]]\nid = "first"\n[[phases.series]]\nvisit = "dosing"\ncount = 2\ngap = { min = 1, max = 9 }\n'
    assert len(course_of(first + DOSES, doses=5).visits) == 5


def test_lead_binds_the_first_visit_to_its_anchor() -> None:
    """``after`` with ``lead`` binds the first visit alone; the gap stays between neighbours."""
    course = course_of("""
[[phases]]
id = "before"
[[phases.series]]
visit = "preparation"
count = 2
gap = { min = 1, max = 5 }
[[phases.series]]
visit = "dosing"
count = 2
after = { last = "preparation" }
lead = { min = 1, target = [2, 7], max = 10 }
gap = { min = 7, max = 7 }
""")
    assert rule(course, "dosing-1", "preparation-2").target == (2, 7)
    assert rule(course, "dosing-2", "dosing-1").min == 7


def test_a_gap_alone_holds_from_the_anchor_too() -> None:
    """Without ``lead`` the gap is what binds the first visit to its anchor."""
    course = course_of(
        DOSES
        + """
[[phases]]
id = "end"
[[phases.series]]
visit = "review"
after = { last = "dosing", of = "doses" }
gap = { min = 0, target = 0, max = 4 }
"""
    )
    assert rule(course, "review-1", "dosing-4").target == (0, 0)


EACH = (
    DOSES
    + """
[[phases.series]]
visit = "integration"
gap = { min = 1, target = [1, 3], max = 6 }
before_next = { min = 1 }
"""
)


@pytest.mark.parametrize(
    ("each", "doses"),
    [
        ('{ visit = "dosing" }', [1, 2, 3, 4]),
        ('{ visit = "dosing", last = false }', [1, 2, 3]),
        ('{ visit = "dosing", numbers = [1, 3] }', [1, 3]),
        ('{ visit = "dosing", numbers = [1, 2], then_every = 2 }', [1, 2, 4]),
        ('{ visit = "dosing", then_every = 2 }', [2, 4]),
        ('{ visit = "dosing", of = "doses", numbers = [4, 9] }', [4]),
    ],
)
def test_a_series_of_each_accompanies_the_doses_named(each: str, doses: list[int]) -> None:
    """One visit accompanies each dose that the series names, and no other."""
    course = course_of(EACH.replace('visit = "integration"', f'visit = "integration"\neach = {each}'))
    accompanied = [timing.after for timing in course.timing if timing.visit.startswith("integration")]
    assert accompanied == [f"dosing-{number}" for number in doses]


def test_before_next_binds_the_next_dose() -> None:
    """``before_next`` puts the visit before the dose that follows; after the last there is nothing to bind."""
    course = course_of(EACH.replace('visit = "integration"', 'visit = "integration"\neach = { visit = "dosing" }'))
    bound = [(timing.visit, timing.after) for timing in course.timing if timing.rule.endswith("before-next")]
    assert bound == [("dosing-2", "integration-1"), ("dosing-3", "integration-2"), ("dosing-4", "integration-3")]


WEEKS = """
[[phases]]
id = "induction"
[[phases.series]]
visit = "dosing"
weeks = { from = 1, until = 2, count = 2, level = "label", source = "s" }
gap = { min = 2, target = [3, 4], max = 9 }
"""
SOURCES = '\n[sources.s]\ncite = "A source"\nmark = "C"\n'


def test_weeks_are_targets_and_caps() -> None:
    """A series by treatment weeks aims each visit at its week and caps the week; the first dose begins week 1."""
    course = course_of(SOURCES + WEEKS)
    weeks = {timing.visit: timing.target for timing in course.timing if timing.rule.endswith(".week")}
    assert weeks == {"dosing-2": (0, 6), "dosing-3": (7, 13), "dosing-4": (7, 13)}
    (cap,) = limits(course, "induction.dosing.weekly-cap")
    assert (cap.anchor, cap.every, cap.max, cap.level) == ("dosing-1", 7, 2, "label")


def test_weeks_before_the_first_dose_count_back() -> None:
    """Week 0 is the seven days before the first dose; its visits come before it in the list."""
    course = course_of(
        DOSES
        + """
[[phases]]
id = "therapy"
[[phases.series]]
visit = "psychotherapy"
weeks = { from = -1, until = 1 }
"""
    )
    targets = {timing.visit: timing.target for timing in course.timing if timing.rule.endswith(".week")}
    assert targets == {"psychotherapy-1": (-14, -8), "psychotherapy-2": (-7, -1), "psychotherapy-3": (0, 6)}
    assert ids(course).index("psychotherapy-2") < ids(course).index("dosing-1")


POINTS = (
    DOSES
    + """
[[phases]]
id = "after"
follow_up = true
[[phases.series]]
visit = "check-in"
after = { last = "dosing" }
at = { weeks = [2, 12], months = { from = 4 } }
gap = { min = -7, target = [-3, 3], max = 7 }
"""
)


@pytest.mark.parametrize(("months", "expected"), [(2, 1), (3, 2), (4, 3), (6, 5), (0, 0)])
def test_points_reach_as_far_as_the_maintenance(months: int, expected: int) -> None:
    """Check-ins are laid out as far as the profile's maintenance asks, in weeks and in calendar months."""
    course = course_of(POINTS, maintenance_months=months)
    assert sum(visit.kind == "check-in" for visit in course.visits) == expected


def test_points_are_counted_from_one_anchor() -> None:
    """Points are never chained: each is counted from the anchor, weeks as days and months as calendar months."""
    course = course_of(POINTS, maintenance_months=5)
    bounds = [
        (one.visit, one.min, one.target, one.max, one.months, one.secondary)
        for one in course.timing
        if one.visit in {"check-in-2", "check-in-4"} and one.after == "dosing-4"
    ]
    assert bounds == [
        ("check-in-2", 77, (81, 87), 91, None, False),
        ("check-in-2", None, (84, 84), None, None, True),
        ("check-in-4", -7, (-3, 3), 7, 5, False),
        ("check-in-4", None, (0, 0), None, 5, True),
    ]


def test_a_point_is_the_day_itself() -> None:
    """Without a tolerance the point is the target; one that does not hold the point aims at its nearest day."""
    exact = course_of(POINTS.replace("gap = { min = -7, target = [-3, 3], max = 7 }", "gap = { min = -7, max = 7 }"))
    assert rule(exact, "check-in-1", "dosing-4").target == (14, 14)
    shifted = course_of(POINTS.replace("target = [-3, 3]", "target = [2, 5]"))
    aims = [one.target for one in shifted.timing if one.visit == "check-in-1" and one.secondary]
    assert aims == [(16, 16)]


GATED = (
    DOSES
    + """
[[phases]]
id = "review"
[[phases.series]]
visit = "review"
after = { last = "dosing" }
gap = { min = 0, max = 4 }
gate = { measure = "phq9", response = 0.5, then = "go-on", otherwise = "stop" }
[[phases]]
id = "go-on"
[[phases.series]]
visit = "dosing"
count = 2
joins = true
gap = { min = 7, target = 7, max = 14 }
[[phases]]
id = "by-request"
on_request = true
[[phases.series]]
visit = "booster"
"""
)


def test_the_assumed_branch_is_laid_out_as_provisional() -> None:
    """What follows a gate awaits it; the doses before do not."""
    course = course_of(GATED)
    assert course.visit("dosing-6").awaits == ("review-1",)
    assert course.visit("dosing-4").awaits == ()


def test_the_other_branch_is_laid_out_where_it_is_assumed() -> None:
    """With ``assume = "no-response"`` the gate's other branch is followed: here the course stops."""
    assert ids(course_of(GATED, assume="no-response"))[-1] == "review-1"


def test_what_is_on_request_is_never_laid_out() -> None:
    """A booster comes from a review or a person, never from the layout."""
    assert not any(visit.kind == "booster" for visit in course_of(GATED).visits)


def test_joins_binds_two_phases() -> None:
    """``joins`` carries the gap over from the last visit of the kind in the phases before."""
    assert rule(course_of(GATED), "dosing-5", "dosing-4").max == 14


def test_a_gate_can_hold_some_kinds_only() -> None:
    """A gate with ``holds`` makes only those kinds wait."""
    course = course_of(
        """
[[phases]]
id = "screening"
[[phases.series]]
visit = "screening"
gate = { holds = ["dosing"] }
[[phases.series]]
visit = "preparation"
after = { last = "screening" }
gap = { min = 1, max = 9 }
"""
        + DOSES
    )
    assert course.visit("preparation-1").awaits == ()
    assert course.visit("dosing-1").awaits == ("screening-1",)


def test_one_visit_a_day_but_for_kinds_that_share() -> None:
    """Every two visits keep distinct days, unless the protocol lets their kinds share one."""
    course = course_of(
        EACH.replace('visit = "integration"', 'visit = "integration"\neach = { visit = "dosing" }')
        + """
[[phases]]
id = "end"
[[phases.series]]
visit = "review"
after = { last = "dosing" }
gap = { min = 0, max = 4 }
shares_day_with = ["dosing"]
"""
    )
    apart = [set(limit.visits) for limit in limits(course, "one-visit-a-day")]

    def kept_apart(one: str, other: str) -> bool:
        return any({one, other} <= group for group in apart)

    assert kept_apart("dosing-1", "dosing-2")
    assert kept_apart("integration-1", "dosing-2")
    assert kept_apart("integration-4", "review-1")
    assert not kept_apart("review-1", "dosing-4")


def test_limits_of_the_protocol_bind_their_kinds() -> None:
    """Caps count from the first dose; kinds kept apart never share a day, with their source."""
    course = course_of(
        SOURCES
        + """
[[limits]]
id = "two-a-week"
cap = { visits = ["dosing"], max = 2 }
[[limits]]
id = "never-on-a-dosing-day"
apart = ["psychotherapy", "dosing"]
level = "protocol"
source = "s"
"""
        + DOSES
        + '[[phases.series]]\nvisit = "psychotherapy"\nafter = { first = "dosing" }\ngap = { min = 1, max = 9 }\n'
    )
    (cap,), (apart,) = limits(course, "two-a-week"), limits(course, "never-on-a-dosing-day")
    assert (cap.anchor, cap.every, cap.max) == ("dosing-1", 7, 2)
    assert set(apart.visits) == {"dosing-1", "dosing-2", "dosing-3", "dosing-4", "psychotherapy-1"}
    assert (apart.level, apart.source) == ("protocol", "s")


def test_weights_where_the_protocol_says_nothing() -> None:
    """Gaps between doses weigh 8, the rest of the course 4, the follow-up 1; a rule without target weighs nothing."""
    course = course_of(
        EACH.replace('visit = "integration"', 'visit = "integration"\neach = { visit = "dosing" }')
        + """
[[phases]]
id = "after"
follow_up = true
[[phases.series]]
visit = "check-in"
after = { last = "dosing" }
gap = { min = 7, target = 14, max = 21 }
"""
    )
    assert rule(course, "dosing-2", "dosing-1").weight == 8
    assert rule(course, "integration-1", "dosing-1").weight == 4
    assert rule(course, "check-in-1", "dosing-4").weight == 1
    assert rule(course, "dosing-2", "integration-1").weight == 0


def test_extra_rules_bind_the_visits_they_name() -> None:
    """A further rule holds for the first, the last or each visit of its series."""
    course = course_of(
        DOSES
        + """
[[phases.series]]
visit = "psychotherapy"
count = 3
gap = { min = 1, max = 9 }
rules = [
    { which = "first", after = { visit = "dosing", number = 2 }, min = 1, max = 9 },
    { which = "last", after = { last = "dosing" }, min = 1 },
    { which = "each", after = { first = "dosing" }, min = 1 },
]
"""
    )
    assert rule(course, "psychotherapy-1", "dosing-2").max == 9
    assert rule(course, "psychotherapy-3", "dosing-4").min == 1
    assert [
        timing.visit for timing in course.timing if timing.after == "dosing-1" and timing.rule.endswith("rule-3")
    ] == [
        "psychotherapy-1",
        "psychotherapy-2",
        "psychotherapy-3",
    ]


def test_an_anchor_that_the_course_has_not_binds_nothing() -> None:
    """A rule from a visit that this course does not have is left out."""
    course = course_of(DOSES + '[[phases.series]]\nvisit = "review"\nafter = { visit = "dosing", number = 9 }\n'
                       "gap = { min = 1, max = 2 }\n")  # fmt: skip
    assert not [timing for timing in course.timing if timing.visit == "review-1"]


def test_the_clinic_may_change_the_lengths() -> None:
    """Parts of a visit whose length the clinic gives replace the protocol's; the others stay."""
    clinic = Clinic(minutes={"dosing": MinutesChange(monitor=120)})
    course = lay_out(protocol_of(DOSES), profile_of(), clinic)
    minutes = course.visit("dosing-1").minutes
    assert (minutes.prepare, minutes.administer, minutes.monitor, minutes.total) == (10, 40, 120, 180)


def test_visits_stand_in_the_order_of_their_nominal_days() -> None:
    """The list follows the days on which visits would fall if every rule were met at the near end of its target."""
    course = course_of(EACH.replace('visit = "integration"', 'visit = "integration"\neach = { visit = "dosing" }'))
    assert ids(course)[:5] == ["dosing-1", "integration-1", "dosing-2", "integration-2", "dosing-3"]
    assert [visit.nominal for visit in course.visits] == sorted(visit.nominal for visit in course.visits)
