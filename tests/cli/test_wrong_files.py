"""A file of another kind than is asked for is named for what it is, with what to type instead."""

from __future__ import annotations

import shlex

import pytest
from support.command_line import CommandLine
from support.disk import Disk

TODAY = ("--today", "2026-12-28")


BLANK = {
    "today {}": "PLAN", "check {}": "FILE", "plan {}": "PROFILE", "plan river.toml {}": "PROFILE", "erase {}": "PLAN",
    "export {}": "PLAN", "refresh {}": "PLAN", "done river {}": "VISIT|TASK", "show {}": "PLAN",
    "done river dose 1 {}": "WHEN", "away river {}": "DAYS", "plan river.toml -o {}": "-o",
    "today --book {}": "--book", "show river --today {}": "--today", "plan river.toml --start {}": "--start",
    "plan river.toml --clinic {}": "--clinic", "new --course {}": "--course",
}  # fmt: skip


def test_a_word_that_is_empty_means_nothing(kapplan_in: CommandLine) -> None:
    """A path that is empty (a variable that is not set) is not this folder, nor is any other empty word left out."""
    assert kapplan_in("plan", "river.toml", "-o", "river.plan.toml", *TODAY).code == 0
    before = Disk(kapplan_in.folder).files()
    for words, named in BLANK.items():
        for blank in ("", " "):
            ran = kapplan_in(*(word.format(blank) for word in words.split()))
            assert (ran.code, f"{named} is empty" in ran.err) == (2, True), (words, ran.err)
    assert Disk(kapplan_in.folder).files() == before


def test_a_reason_that_is_empty_keeps_no_record(kapplan_in: CommandLine) -> None:
    """What happened is saved where a script hands on a reason or a name that nobody gave."""
    assert kapplan_in("plan", "river.toml", "-o", "river.plan.toml", *TODAY).code == 0
    ran = kapplan_in("missed", "river", "screening-1", "--why", "", "--by", "", "--today", "2027-02-01")
    assert ran.code in {0, 5}
    assert "missed" in kapplan_in("log", "river").text


NAMES = ("foo.**", "foo.[", "**", "a\nb.toml", "-.toml", "'\".toml", "{x}.tom")


@pytest.mark.parametrize(
    ("verb", "name"),
    [*(("plan", name) for name in NAMES), *((verb, NAMES[0]) for verb in ("check", "show", "protocols"))],
)
def test_a_name_that_is_a_pattern_is_only_a_name(kapplan_in: CommandLine, verb: str, name: str) -> None:
    """A file that is not there is told as such, whatever its name would mean to a shell."""
    ran = kapplan_in(verb, "--", name)
    assert ran.code == 2
    assert "there is no " in ran.err


@pytest.mark.parametrize(
    ("words", "said", "instead"),
    [
        (("show", "river.toml"), "this is a profile, no plan file", ("plan", "river.toml")),
        (("done", "river.toml", "dose", "1"), "this is a profile, no plan file", ("plan", "river.toml")),
        (("show", "clinic.toml"), "this is a clinic, no plan file", ("check", "clinic.toml")),
        (("plan", "clinic.toml"), "this is a clinic, not a profile", ("check", "clinic.toml")),
        (("show", "own.toml"), "this is a protocol, no plan file", ("protocols", "own.toml")),
        (("plan", "river.plan.toml"), "this is a plan, not a profile", ("show", "river.plan.toml")),
    ],
)
def test_the_wrong_file_is_named_with_what_to_type(
    kapplan_in: CommandLine, words: tuple[str, ...], said: str, instead: tuple[str, ...]
) -> None:
    """What is there is said, and the command that is told works as it stands."""
    (kapplan_in.folder / "own.toml").write_text(
        'extends = "kap-standard"\nid = "own"\ntitle = "Our own"\nversion = "1"\n'
    )
    assert kapplan_in("plan", "river.toml", "-o", "river.plan.toml").code == 0
    ran = kapplan_in(*words)
    assert ran.code == 3
    assert said in ran.err
    assert f"kapplan {' '.join(instead)}" in ran.err
    assert kapplan_in(*instead).code == 0


def test_a_name_that_begins_as_options_do_works_as_it_is_printed(kapplan_in: CommandLine) -> None:
    """Whatever is printed for a file called so can be typed: its profile, its plan, and where it is exported to."""
    (kapplan_in.folder / "river.toml").rename(kapplan_in.folder / "-n.toml")
    made = kapplan_in("plan", "-n.toml", *TODAY)
    said = shlex.split(made.err.split("To keep it: kapplan ")[1].splitlines()[0])
    assert kapplan_in(*said, *TODAY).code == 0
    (kapplan_in.folder / "river-0412.plan.toml").rename(kapplan_in.folder / "-x.plan.toml")
    for words in (
        "show -x.plan.toml",
        "show ./-x",
        "missed -x.plan.toml screening-1 -n",
        "export -x.plan.toml -o -x.ics",
    ):
        assert kapplan_in(*words.split(), *TODAY).code in {0, 5}, words
    assert (kapplan_in.folder / "-x.ics").exists()
    (kapplan_in.folder / "-n").write_text("no option")
    before = (kapplan_in.folder / "-x.plan.toml").read_bytes()
    assert kapplan_in("missed", "-x.plan.toml", "screening-1", "-n", *TODAY).code == 0
    assert (kapplan_in.folder / "-x.plan.toml").read_bytes() == before, "an option was taken for a file"
    for wrong in ("-nosuch.plan.toml", "-" + "x" * 5000, "--nosuch"):
        assert kapplan_in("show", wrong).code == 2
