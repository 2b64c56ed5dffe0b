"""The rules that shaped a course can be seen, and so can how far an authorization reaches."""

from __future__ import annotations

import json

from support.command_line import CommandLine

TODAY = ["--today", "2026-12-28"]


def test_every_tailoring_rule_can_be_seen(kapplan_in: CommandLine) -> None:
    """``why --rules`` lists applied, declined and not applicable rules, each with its source."""
    profile = kapplan_in.folder / "river.toml"
    profile.write_text(profile.read_text() + '\n[tailoring]\nwithout = ["insight-spacing"]\n')
    assert kapplan_in("plan", "river.toml", "-o", "river.plan.toml", *TODAY).code == 0
    rules = json.loads(kapplan_in("why", "river", "--rules", "--format", "json").text)["rules"]
    states = {rule["rule"]: rule["state"] for rule in rules}
    assert states["insight-spacing"] == "declined"
    assert {"applied", "declined", "not-applicable"} <= set(states.values())
    assert all(rule["source"] for rule in rules)


def test_a_plan_says_which_dose_is_the_last_one_covered(kapplan_in: CommandLine) -> None:
    """An authorization counts doses, never days alone, and names the last covered and the first uncovered dose."""
    profile = kapplan_in.folder / "river.toml"
    approved = "\n[[authorization]]\nfrom = 2027-01-01\nuntil = 2027-12-31\nvisits = 3\n"
    profile.write_text(profile.read_text() + approved)
    shown = " ".join(kapplan_in("plan", "river.toml", "--format", "table", *TODAY).text.split())
    assert "3 planned of 3 doses" in shown
    assert "dose 3 on Mon 8 Feb 2027 is its last; the next is needed before dose 4" in shown
