"""Where nothing fits, at the command line: every clash, and repairs that work as they are printed."""

from __future__ import annotations

import json
import re
import shlex

import pytest
from support.command_line import CommandLine

HEAD = """\
[patient]
id = "river-0412"
timezone = "America/Denver"
[treatment]
protocol = "kap-standard"
start = 2027-01-04
[history]
diagnoses = ["trd"]
conditions = ["pregnancy-test-negative"]
medications = []
[travel]
escort = "arranged"
"""
MONDAYS = HEAD + '[availability]\nmon = ["09:00-17:00"]\naway = [{ from = 2027-02-01, until = 2027-02-28 }]\n'
TODAY = ("--today", "2026-12-28")
FREE = HEAD + '[availability]\nmon = ["09:00-17:00"]\nthu = ["09:00-17:00"]\n'


def test_every_clash_is_shown_when_asked_for(kapplan_in: CommandLine) -> None:
    """One clash says that another remains; `--all` shows each, and that no single change mends it."""
    kapplan_in.write("p.toml", MONDAYS)
    one = kapplan_in("plan", "p.toml", *TODAY)
    assert one.code == 5
    assert "whichever of them is dropped, a further clash remains" in one.err
    assert one.err.count("cannot all be kept") == 1
    assert "To see every clash, add --all." in one.err
    every = kapplan_in("plan", "p.toml", "--all", *TODAY)
    assert "(clash 1 of 2)" in every.err
    assert "Nor can these (clash 2 of 2)" in every.err
    assert "no single rule or closing that is dropped makes the course fit" in every.err
    data = json.loads(kapplan_in("plan", "p.toml", "--all", "--format", "json", *TODAY).out)["members"]
    assert {row["clash"] for row in data} == {1, 2}
    assert not any(row["fits"] for row in data)


def test_a_clash_names_the_regular_hours_of_the_clinic_that_it_rests_on(kapplan_in: CommandLine) -> None:
    """A start on a day on which the clinic is never open clashes with its hours: a person reads which, a script too."""
    clinic = '[clinic]\nhours = { mon = ["09:00-17:00"], wed = ["09:00-17:00"], fri = ["09:00-17:00"] }\n'
    kapplan_in.write("p.toml", HEAD.replace("start = 2027-01-04", "start = 2027-01-05\nstart_within = 0") + clinic)
    told = kapplan_in("plan", "p.toml", *TODAY)
    assert told.code == 5
    assert "regular hours are taken as they are: the clinic is closed on Tuesdays." in told.err
    rows = json.loads(kapplan_in("plan", "p.toml", "--format", "json", *TODAY).out)["members"]
    assert [row["text"] for row in rows if row["role"] == "given"] == ["the clinic is closed on Tuesdays"]
    kapplan_in.write("p.toml", HEAD.replace("start = 2027-01-04", "start = 2027-01-18\nstart_within = 0"))
    assert "regular hours" not in kapplan_in("plan", "p.toml", *TODAY).err, "a holiday clashes without them"


def test_a_change_shows_every_clash_too(kapplan_in: CommandLine) -> None:
    """An absence that leaves no dates is saved; its clash is told as that of a new plan, with `--all` every one."""
    kapplan_in.write("p.toml", FREE)
    assert kapplan_in("plan", "p.toml", "-o", "p.plan.toml", *TODAY).code == 0
    away = ("away", "p.plan.toml", "2027-01-11..2027-03-31", "-n", *TODAY)
    one, every = kapplan_in(*away), kapplan_in(*away, "--all")
    assert one.code == every.code == 5
    assert one.err.count("cannot all be kept") == 1
    assert every.err.count("cannot all be kept") + every.err.count("Nor can these") >= 1
    data = json.loads(kapplan_in(*away, "--format", "json").out)
    assert [line["text"] for line in data["clashes"][0]] == data["clash"]
    assert all(line["groups"] and isinstance(line["fits"], bool) for line in data["clashes"][0])


@pytest.mark.parametrize(
    "text",
    [
        FREE.replace("start = 2027-01-04", "start = 2027-01-04\nstart_within = 2")
        + '[clinic]\nhours = { mon = ["09:00-17:00"], thu = ["09:00-17:00"] }\n'
        + "[[clinic.closed]]\nfrom = 2027-01-18\nuntil = 2027-02-03\n",
        FREE.replace("start = 2027-01-04", "start = 2027-01-05\nstart_within = 0"),
        FREE.replace("start = 2027-01-04", "start = 2027-01-04\nfirst_dose = 2027-01-26"),
        FREE.replace("[availability]", "[availability]\naway = [{ from = 2027-01-26, until = 2027-02-20 }]"),
    ],
)
def test_what_is_printed_is_typed_and_works(kapplan_in: CommandLine, text: str) -> None:
    """Each numbered change, taken from the screen: its lines pasted into the file, or its command run, give a plan."""
    kapplan_in.write("p.toml", text)
    ran = kapplan_in("plan", "p.toml", *TODAY)
    assert ran.code == 5
    changes = re.split(r"(?m)^\d+\. ", ran.err)[1:]
    assert len(changes) > 1
    for change in changes:
        sentence, *lines = change.splitlines()
        typed = [line[3:] for line in lines if line.startswith("   ")]
        if typed[0].startswith("kapplan "):
            assert kapplan_in(*shlex.split(typed[0])[1:], *TODAY).code == 0, change
            continue
        if "in place of what it says" in sentence:
            key = typed[0].partition(" = ")[0]
            changed = re.sub(rf"(?m)^{key} = .*$", typed[0], text)
        else:
            changed = text + "\n".join(("", *typed, ""))
        kapplan_in.write("p.toml", changed)
        assert kapplan_in("plan", "p.toml", *TODAY).code == 0, change
        kapplan_in.write("p.toml", text)


def test_a_clash_about_length_names_the_lengths(kapplan_in: CommandLine) -> None:
    """What is open but too short is told with how long the visit takes and how long there is."""
    kapplan_in.write("p.toml", HEAD + '[availability]\nmon = ["15:00-19:00"]\nthu = ["15:30-16:30"]\n')
    said = kapplan_in("plan", "p.toml", *TODAY).err
    assert "(a dose takes 3 h; between 15:00 and closing at 17:00 there are 2 h)" in said
    assert "(a dose takes 3 h; between 15:30 and 16:30 there is 1 h)" in said
    kapplan_in.write("p.toml", HEAD + '[clinic]\nhours = { mon = ["09:00-11:00"] }\n')
    said = kapplan_in("plan", "p.toml", *TODAY).err
    assert "- a dose takes 3 h; between 09:00 and closing at 11:00 there are 2 h" in said
