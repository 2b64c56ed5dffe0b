"""``kapplan new``: questions on a terminal, options in a script, and files that the next command takes."""

from __future__ import annotations

import pytest
from support.command_line import CommandLine

MONDAY = ("--today", "2027-01-04")


def test_each_answer_is_asked_for_until_it_can_stand(kapplan_in: CommandLine) -> None:
    """A slip costs one answer and not all of them: the question comes again with what is wrong."""
    typed = ["bad id!", "river-0412", "kap-standart", "", "Mars/Olympus", "Europe/London", "", "fame", "trauma",
             "monday", "mon=25:00", "mon=09:00-13:00,thu", "arranged", "tomorrow", "2027-01-11"]  # fmt: skip
    ran = kapplan_in("new", "brook.toml", *MONDAY, terminal=True, stdin="\n".join([*typed, ""]))
    assert ran.code == 0
    for told in (
        '`id` must look like "river-0412"', "there is no protocol kap-standart\ndid you mean kap-standard?",
        'unknown time zone "Mars/Olympus"', 'primary` cannot be "fame"', 'not "monday"', "hours must look like",
        'a day is written as 2027-01-04, not "tomorrow"',
    ):  # fmt: skip
        assert told in ran.err
    assert kapplan_in("plan", "brook.toml", *MONDAY).code == 0


def test_a_name_that_is_taken_is_told_before_any_question(kapplan_in: CommandLine) -> None:
    """Nobody answers eight questions for a file that cannot be written."""
    ran = kapplan_in("new", "river.toml", terminal=True)
    assert (ran.code, ran.err.splitlines()[0]) == (2, "kapplan: river.toml is there already and is not overwritten")


def test_a_script_is_never_asked(kapplan_in: CommandLine) -> None:
    """Without a terminal the options and defaults make the file, and a missing time zone is told."""
    assert kapplan_in("new", "a.toml", "--id", "a", "--timezone", "America/Denver").code == 0
    assert kapplan_in("plan", "a.toml", *MONDAY).code == 0
    assert "name a time zone" in kapplan_in("new", "b.toml").err


@pytest.mark.parametrize(
    ("course", "hint"), [("singh-2016", "did you mean singh-2016-twice?"), ("xyzzy", "lists them")]
)
def test_a_protocol_that_nobody_knows_is_refused(kapplan_in: CommandLine, course: str, hint: str) -> None:
    """A profile is not written for a course that is not there; a file of one's own may be named before it is."""
    ran = kapplan_in("new", "a.toml", "--course", course)
    assert ran.code == 2
    assert hint in ran.err
    assert kapplan_in("new", "a.toml", "--course", "ours.toml").code == 0


def test_a_choice_that_there_is_not_is_told_in_plain_words(kapplan_in: CommandLine) -> None:
    """Options with a closed list of words name them, without the words of a library."""
    ran = kapplan_in("new", "--goal", "fame")
    assert ran.code == 2
    assert "Invalid value for '--goal': 'fame' is not one of 'rapid-relief'" in ran.err


def test_a_date_that_is_none_is_told_in_plain_words(kapplan_in: CommandLine) -> None:
    """No message holds the letters by which programs describe dates."""
    ran = kapplan_in("plan", "river.toml", "--start", "1/2/27")
    assert ran.code == 2
    assert "%" not in ran.err
    assert "year with four digits" in ran.err


def test_without_a_command_there_is_the_help_and_no_empty_complaint(kapplan_in: CommandLine) -> None:
    """Where there are no plans, the program's name alone lists its commands and scolds nobody."""
    ran = kapplan_in()
    assert ran.code == 0
    assert "kapplan [OPTIONS] COMMAND" in ran.text
    assert ran.err == ""
