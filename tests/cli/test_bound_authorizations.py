"""``[[authorization]] bind = true`` at the command line: no dose beyond what was approved, planned or dated anew."""

from __future__ import annotations

import json
from datetime import date

from support.command_line import CommandLine

PROFILE = """\
[patient]
id = "river-0412"
timezone = "America/Denver"
[treatment]
protocol = "kap-standard"
start = 2027-01-04
doses = 4
[history]
diagnoses = ["trd"]
conditions = ["pregnancy-test-negative"]
medications = []
[travel]
escort = "arranged"
[[authorization]]
until = 2027-02-12
visits = 2
bind = {bind}
"""
TODAY = ("--today", "2026-12-28")


def doses(line: CommandLine) -> list[date]:
    """Return the days of the doses of the saved plan."""
    document = json.loads(line("show", "river.plan.toml", "--format", "json").out)
    return [
        date.fromisoformat(visit["start"][:10])
        for visit in document["visits"]
        if visit["kind"] == "dosing" and visit["status"] in {"planned", "confirmed", "completed"}
    ]


def covered(days: list[date]) -> int:
    """Return how many doses lie in the days of the authorization."""
    return sum(day <= date(2027, 2, 12) for day in days)


def test_doses_stay_within_what_was_approved(kapplan_in: CommandLine) -> None:
    """Where it binds the third dose waits for the end of its days, also after a missed one; else it is only counted."""
    kapplan_in.write("river.toml", PROFILE.format(bind="false"))
    assert kapplan_in("plan", "river.toml", "-o", "river.plan.toml", *TODAY).code == 0
    assert covered(doses(kapplan_in)) > 2
    (kapplan_in.folder / "river.plan.toml").unlink()
    kapplan_in.write("river.toml", PROFILE.format(bind="true"))
    assert kapplan_in("plan", "river.toml", "-o", "river.plan.toml", *TODAY).code == 0
    before = doses(kapplan_in)
    assert covered(before) == 2
    assert kapplan_in("why", "river.plan.toml", "dosing-3").code == 0
    assert kapplan_in("missed", "river.plan.toml", "dosing-1", "--today", before[0].isoformat()).code in {0, 5}
    assert covered(doses(kapplan_in)) <= 2
    ran = kapplan_in("move", "river.plan.toml", "dosing-4", "2027-02-10", "--today", before[0].isoformat())
    assert ran.code == 5


def test_where_nothing_fits_the_approval_is_named(kapplan_in: CommandLine) -> None:
    """An authorization that leaves no dates stands in the clash, and one without a number binds nobody to anything."""
    text = PROFILE.format(bind="true").replace("2027-02-12\nvisits = 2", "2027-12-31\nvisits = 3")
    kapplan_in.write("river.toml", text)
    ran = kapplan_in("plan", "river.toml", *TODAY)
    assert ran.code == 5
    assert "at most 3 of dose 1, dose 2, dose 3 and dose 4 until Fri 31 Dec 2027 (approved by the insurer)" in ran.err
    kapplan_in.write("river.toml", PROFILE.format(bind="true").replace("visits = 2\n", ""))
    ran = kapplan_in("plan", "river.toml", *TODAY)
    assert ran.code == 3
    assert "river.toml:16:1: there is no number to bind to" in ran.err
