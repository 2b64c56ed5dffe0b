"""Refusals at the command line: all at once, safety first, with the profile's lines, exit 4 and nothing written."""

from __future__ import annotations

import re

import pytest
from support.command_line import CommandLine

PROFILE = """
[patient]
id = "river-0412"
birth_date = 1987-03-14
timezone = "America/Denver"
[treatment]
protocol = "kap-standard"
route = "im"
[history]
conditions = ["hypertension-controlled", "psychosis"]
[symptoms]
phq9_item9 = 1
[travel]
escort = "none"
"""
OVERRIDE = """
[[override]]
rule = "{rule}"
by = "Dr. Okafor"
on = 2026-12-20
why = "stable two years"
"""


@pytest.mark.parametrize("command", ["plan", "starts"])
def test_a_refusal_names_every_rule_with_its_place(kapplan_in: CommandLine, command: str) -> None:
    """Each refusing rule is told at its word in the profile, with what would change it; the exit code is 4."""
    kapplan_in.write("river.toml", PROFILE)
    ran = kapplan_in(command, "river.toml", "--today", "2027-01-04")
    assert (ran.code, ran.out) == (4, b"")
    assert re.findall(r"^river\.toml:(\d+:\d+): ([\w-]+):", ran.err, re.MULTILINE) == [
        ("10:42", "psychosis"), ("14:10", "no-escort"),
    ]  # fmt: skip
    assert ran.err.count("what would change it:") == 4


def test_a_safety_notice_comes_before_the_refusal(kapplan_in: CommandLine) -> None:
    """Item 9 is told in the first line, before anything that refuses."""
    kapplan_in.write("river.toml", PROFILE)
    ran = kapplan_in("plan", "river.toml", "--today", "2027-01-04")
    assert ran.err.startswith("kapplan: SAFETY: phq9-item9:")


def test_what_else_was_found_is_listed_too(kapplan_in: CommandLine) -> None:
    """A refusal does not hide what was not screened."""
    kapplan_in.write("river.toml", PROFILE)
    ran = kapplan_in("plan", "river.toml", "--today", "2027-01-04")
    assert "- not-screened.history.medications:" in ran.err


def test_overridden_rules_let_the_course_be_made_and_stay_visible(kapplan_in: CommandLine) -> None:
    """With every refusal overridden the course is made, and the findings stand in it with who overrode them."""
    both = OVERRIDE.format(rule="psychosis") + OVERRIDE.format(rule="no-escort")
    kapplan_in.write("river.toml", PROFILE + both)
    ran = kapplan_in("plan", "river.toml", "--today", "2027-01-04", "--format", "md")
    assert ran.code == 0
    assert "Dr. Okafor" in ran.text


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        (OVERRIDE.format(rule="psychosys"), "psychosis"),
        ('[tailoring]\nwithout = ["far-awa"]', "far-away"),
    ],
)
def test_rules_that_nobody_knows_are_mistakes(kapplan_in: CommandLine, text: str, nearest: str) -> None:
    """An override, or a rule turned off, of an unknown name is told with the nearest known one; exit 3."""
    kapplan_in.write("river.toml", f"{PROFILE}{text}")
    for command in ("plan", "check"):
        ran = kapplan_in(command, "river.toml", "--today", "2027-01-04")
        assert ran.code == 3
        assert f"did you mean: {nearest}" in ran.err


def test_a_clinic_s_rules_are_read_beside_its_file(kapplan_in: CommandLine) -> None:
    """A file of rules that a clinic names screens its patients; what is wrong in it is told, and what is not there."""
    kapplan_in.write("river.toml", PROFILE + '[clinic]\nrules = ["own.toml"]\n')
    assert kapplan_in("plan", "river.toml").code == 2
    kapplan_in.write("own.toml", "sources = 3\n")
    assert kapplan_in("plan", "river.toml").code == 3
    kapplan_in.write(
        "own.toml",
        '[sources]\nh = { cite = "The house", mark = "D" }\n[[screening]]\nid = "house"\noutcome = "warn"\n'
        'text = "We watch {bp.systolic} closely."\nsource = "h"\nask = true\n'
        'when = { field = "bp.systolic", above = 1 }\n',
    )
    ran = kapplan_in("plan", "river.toml", "--today", "2027-01-04")
    assert "needed by blood-pressure and house" in ran.err


@pytest.mark.parametrize("command", ["plan", "starts"])
def test_what_is_still_ahead_was_not_held(kapplan_in: CommandLine, command: str) -> None:
    """A visit given on a day after today is a mistake of the profile, told at that day; today itself is none."""
    given = '[[given]]\nkind = "screening"\non = 2027-01-05\n'
    kapplan_in.write("river.toml", '[patient]\nid = "r"\ntimezone = "America/Denver"\n[treatment]\n' + given)
    ran = kapplan_in(command, "river.toml", "--today", "2027-01-04")
    assert (ran.code, ran.out) == (3, b"")
    assert "river.toml:7:6: a visit that is still ahead has not been held" in ran.err
    assert "has not been held" not in kapplan_in(command, "river.toml", "--today", "2027-01-05").err
