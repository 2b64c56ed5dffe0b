"""``plan --override RULE --why TEXT``: a rule overridden beside the profile, kept in the plan with who and why."""

from __future__ import annotations

import json

import pytest
from support.command_line import CommandLine

PROFILE = """\
[patient]
id = "river-0412"
timezone = "America/Denver"
[treatment]
protocol = "kap-standard"
start = 2027-01-04
[history]
diagnoses = ["trd"]
conditions = ["pregnancy-test-negative", "psychosis"]
medications = []
[availability]
mon = ["09:00-17:00"]
away = [{ from = 2027-02-01, until = 2027-02-28 }]
[travel]
escort = "arranged"
"""
THREE_DOSES = PROFILE.replace('protocol = "kap-standard"', 'protocol = "kap-standard"\ndoses = 3')
"""The same in a course that is soon dated: what is overridden there is not how hard it is."""
TODAY = ("--today", "2026-12-28", "--by", "Dr. N. Okafor")
WHY = ("--why", "stable two years")
MANY = [
    "psychosis", "preparation.preparation.gap", "dosing.dosing.lead", "dosing.dosing.gap", "dosing.integration.gap",
]  # fmt: skip
"""Screening refuses psychosis; an absence in February and one weekday leave no course without the others."""


def given(*rules: str) -> list[str]:
    """Return rules as options."""
    return [word for rule in rules for word in ("--override", rule)]


def test_rules_are_overridden_beside_the_profile(kapplan_in: CommandLine) -> None:
    """What screening refuses, and what leaves no dates, is planned by name; views, history and refresh keep it."""
    kapplan_in.write("river.toml", THREE_DOSES)
    plan = ("plan", "river.toml", "-o", "river.plan.toml", *TODAY)
    assert kapplan_in(*plan).code == 4
    assert kapplan_in(*plan, *given("psychosis"), *WHY).code == 5
    assert kapplan_in(*plan, *given(*MANY), *WHY).code == 0

    def decided() -> list[tuple[str, str, str]]:
        document = json.loads(kapplan_in("show", "river.plan.toml", "--format", "json").out)
        assert [one["overridden"] for one in document["findings"] if one["rule"] == "psychosis"] == [True]
        return [(one["rule"], one["by"], one["why"]) for one in document["overrides"]]

    expected = [(rule, "Dr. N. Okafor", "stable two years") for rule in MANY]
    assert decided() == expected
    told = kapplan_in("why", "river.plan.toml", "dosing-2").out.decode()
    assert "overridden by Dr. N. Okafor on 2026-12-28: stable two years" in told
    assert "psychosis is overridden by Dr. N. Okafor" in kapplan_in("show", "river.plan.toml", "--format", "md").text
    assert kapplan_in("refresh", "river.plan.toml", "--today", "2026-12-29").code == 0
    assert kapplan_in("move", "river.plan.toml", "screening-1", "2027-01-11", "--today", "2026-12-29").code in {0, 5}
    assert decided() == expected


def test_the_start_and_the_first_dose_are_overridden_too(kapplan_in: CommandLine) -> None:
    """A start that has no room, or a first dose on a day that has none, is found elsewhere."""
    text = PROFILE.replace(', "psychosis"', "").replace(
        'mon = ["09:00-17:00"]', 'mon = ["09:00-17:00"]\nthu = ["09:00-17:00"]'
    )
    text = text.replace("2027-02-01, until = 2027-02-28", "2027-01-04, until = 2027-01-31")
    kapplan_in.write("river.toml", text)
    assert kapplan_in("plan", "river.toml", *TODAY).code == 5
    assert kapplan_in("plan", "river.toml", *TODAY, *given("start"), *WHY).code == 0
    kapplan_in.write("river.toml", text.replace("start = 2027-01-04", "start = 2027-01-04\nfirst_dose = 2027-03-02"))
    assert kapplan_in("plan", "river.toml", *TODAY).code == 5
    assert kapplan_in("plan", "river.toml", *TODAY, *given("first-dose", "start"), *WHY).code == 0


@pytest.mark.parametrize(
    ("protocol", "rule", "why", "said"),
    [
        ("kap-standard", "psychosis", (), "--override needs a reason"),
        ("kap-standard", "psychosys", WHY, "neither screening nor this course has a rule called psychosys"),
        ("kap-standard", "dosing.dosing.gap.max", WHY, "did you mean dosing.dosing.gap"),
        ("esketamine-trd", "benefit.review.lead", WHY, "a rule of the product's label, which is never overridden"),
    ],
)
def test_what_is_no_override_is_wrong_usage(
    kapplan_in: CommandLine, protocol: str, rule: str, why: tuple[str, ...], said: str
) -> None:
    """Without a reason or a rule of that name nothing is overridden, nor is what the label says."""
    kapplan_in.write("river.toml", PROFILE.replace(', "psychosis"', "").replace("kap-standard", protocol))
    ran = kapplan_in("plan", "river.toml", *TODAY, *given(rule), *why)
    assert (ran.code, ran.out) == (2, b"")
    assert said in ran.err


def test_overrides_and_every_clash_are_of_one_profile(kapplan_in: CommandLine) -> None:
    """A decision about one patient is not made for many at once."""
    kapplan_in.write("a.toml", PROFILE)
    kapplan_in.write("b.toml", PROFILE)
    assert kapplan_in("plan", "a.toml", "b.toml", *given("psychosis"), *WHY).code == 2
    assert kapplan_in("plan", "a.toml", "b.toml", "--all").code == 2
