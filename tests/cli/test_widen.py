"""Widened rules at the command line: refused at their place, shown with who and why, and kept over all that comes."""

from __future__ import annotations

import json
import re

import pytest
from support.command_line import CommandLine

PROFILE = """\
[patient]
id = "river-0412"
timezone = "America/Denver"
[treatment]
protocol = "{protocol}"
start = 2027-01-04
[history]
diagnoses = ["trd"]
conditions = ["pregnancy-test-negative"]
medications = []
[availability]
mon = ["09:00-17:00"]
thu = ["09:00-17:00"]
[travel]
escort = "arranged"
[[widen]]
rule = "{rule}"
to = {{ {to} }}
by = "Dr. N. Okafor"
why = "a journey"
"""
WIDER = PROFILE.format(protocol="kap-standard", rule="dosing.dosing.gap", to="max = 28")
TODAY = ("--today", "2026-12-28")


@pytest.mark.parametrize(
    ("asked", "place", "said"),
    [
        ("esketamine-trd benefit.review.lead max=20", "17:8", "a rule of the product's label is never widened"),
        ("esketamine-trd two-doses-a-week max=3", "17:8", "a rule of the product's label is never widened"),
        ("esketamine-trd induction.dosing.gap min=1", "18:12", "what the protocol states, and never widened"),
        ("singh-2016-twice first-weeks.infusions.weekly-cap max=3", "17:8", "never widened"),
        ("kap-standard dosing.dosing.gap max=20", "18:12", "the most is 21 days already"),
        ("kap-standard dosing.dosing.gap ", "18:6", "this does not say how far"),
    ],
)
@pytest.mark.parametrize("command", ["plan", "starts"])
def test_what_is_never_widened_is_told_at_its_place(
    kapplan_in: CommandLine, command: str, asked: str, place: str, said: str
) -> None:
    """The file, the line and the column of what may not be widened are told, and nothing is planned."""
    protocol, rule, to = asked.split(" ")
    kapplan_in.write("river.toml", PROFILE.format(protocol=protocol, rule=rule, to=to))
    ran = kapplan_in(command, "river.toml", *TODAY)
    assert (ran.code, ran.out) == (3, b"")
    assert re.findall(r"^river\.toml:(\d+:\d+):", ran.err, re.MULTILINE) == [place]
    assert said in ran.err


def test_a_widened_rule_stays_with_the_plan(kapplan_in: CommandLine) -> None:
    """The plan shows it with who and why, `why` tells it, a record and a refresh keep it; once it is gone, it is."""
    kapplan_in.write("river.toml", WIDER)
    assert kapplan_in("plan", "river.toml", "-o", "river.plan.toml", *TODAY).code == 0
    said = "widened by Dr. N. Okafor: a journey"

    def shown() -> str:
        document = json.loads(kapplan_in("show", "river.plan.toml", "--format", "json").out)
        assert [(one["rule"], one["max"], one["by"], one["why"]) for one in document["widenings"]] == [
            ("dosing.dosing.gap", 28, "Dr. N. Okafor", "a journey")
        ]
        timing = next(visit for visit in document["visits"] if visit["id"] == "dosing-3")["timing"]
        assert [one["max_days"] for one in timing if one["after"] == "dosing-2"] == [28]
        return kapplan_in("why", "river.plan.toml", "dosing-3").out.decode()

    assert said in shown()
    assert "is widened to at most 28 by Dr. N. Okafor: a journey" in kapplan_in(
        "show", "river.plan.toml", "--format", "md"
    ).out.decode()  # fmt: skip
    assert kapplan_in("missed", "river.plan.toml", "next", "--today", "2027-01-05").code == 0
    assert said in shown()
    assert kapplan_in("refresh", "river.plan.toml", "--today", "2027-01-05").code == 0
    assert said in shown()
    kapplan_in.write("river.toml", WIDER[: WIDER.index("[[widen]]")])
    assert kapplan_in("refresh", "river.plan.toml", "--today", "2027-01-05").code == 0
    assert said not in kapplan_in("why", "river.plan.toml", "dosing-3").out.decode()
