"""The rules that shaped a course can be seen, and so can how far an authorization reaches."""

from __future__ import annotations

import json
from datetime import date

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


def test_a_profile_goes_without_rules_of_reviews_and_instructions(kapplan_in: CommandLine) -> None:
    """Both are named as rules of tailoring are, and the clinic's handout tells what is left out; a label's stays."""
    profile = kapplan_in.folder / "river.toml"
    bare = profile.read_text()
    profile.write_text(bare + '\n[tailoring]\nwithout = ["booster-when-worse", "fasting-solids"]\n')
    assert kapplan_in("check", "river.toml").code == 0
    assert kapplan_in("plan", "river.toml", "-o", "river.plan.toml", *TODAY).code == 0
    sheet = kapplan_in("export", "river", "--format", "html", "--for", "clinic").text
    assert "Left out by the profile: fasting-solids." in sheet
    assert "No solid food" not in sheet
    assert "No clear liquids" in sheet
    profile.write_text(bare + '\n[tailoring]\nwithout = ["no-driving-until-rested"]\n')
    refused = kapplan_in("plan", "river.toml", *TODAY)
    assert refused.code == 3
    assert "there is no tailoring rule `no-driving-until-rested`" in refused.err


def test_a_plan_says_which_dose_is_the_last_one_covered(kapplan_in: CommandLine) -> None:
    """An authorization counts doses, never days alone, and names the last covered and the first uncovered dose."""
    profile = kapplan_in.folder / "river.toml"
    approved = "\n[[authorization]]\nfrom = 2027-01-01\nuntil = 2027-12-31\nvisits = 3\n"
    profile.write_text(profile.read_text() + approved)
    shown = " ".join(kapplan_in("plan", "river.toml", "--format", "table", *TODAY).text.split())
    assert "3 planned of 3 doses" in shown
    assert "dose 3 on Mon 8 Feb 2027 is its last; the next is needed before dose 4" in shown


def test_misuse_is_screened_for_each_time_an_insurer_is_asked_again(kapplan_in: CommandLine) -> None:
    """The task stands two weeks before the first dose that nothing covers, is ticked off, and comes anew for the next.

    Without an insurer there is none.
    """
    profile = kapplan_in.folder / "river.toml"
    assert kapplan_in("plan", "river.toml", "-o", "bare.plan.toml", *TODAY).code == 0
    assert asked_again(kapplan_in, "bare.plan.toml") == {}
    approved = "\n[[authorization]]\nvisits = 3\n"
    profile.write_text(profile.read_text() + approved)
    assert kapplan_in("plan", "river.toml", "-o", "river.plan.toml", *TODAY).code == 0
    assert asked_again(kapplan_in, "river.plan.toml") == {"misuse-again-authorization-1": (-14, "dosing-4", "open")}
    later = ["--today", "2027-02-09"]
    assert kapplan_in("done", "river.plan.toml", "misuse-again-authorization-1", *later).code == 0
    profile.write_text(profile.read_text() + approved.replace("3", "2"))
    assert kapplan_in("refresh", "river.plan.toml", *later).code in {0, 5}
    tasks = asked_again(kapplan_in, "river.plan.toml")
    assert tasks["misuse-again-authorization-1"][2] == "done"
    assert tasks["misuse-again-authorization-2"][1:] == ("dosing-6", "open")


def asked_again(kapplan_in: CommandLine, plan: str) -> dict[str, tuple[int, str, str]]:
    """Return the tasks of screening for misuse again: days from the visit, the visit, the status."""
    document = json.loads(kapplan_in("export", plan, "--format", "json").text)
    days = {visit["id"]: date.fromisoformat(visit["start"][:10]) for visit in document["visits"]}
    return {
        task["id"]: ((date.fromisoformat(task["due"]) - days[task["visit"]]).days, task["visit"], task["status"])
        for task in document["tasks"]
        if task["id"].startswith("misuse-again")
    }
