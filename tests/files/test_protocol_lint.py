"""Files of protocols that no course can keep are told with line and column, and held to the clinic checked along."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.broken_files import PROTOCOL
from support.command_line import CommandLine

from kapplan.errors import InvalidFileError
from kapplan.files.checks.file_checks import check_file
from kapplan.files.documents.protocols import load_with_sources

LATE = 'gap = { min = 3, max = 9 }\nrules = [{ which = "last", after = { first = "dosing" }, max = 2 }]\n'
CLINIC = '[clinic]\ntimezone = "UTC"\nhours = { mon = ["09:00-17:00"], tue = ["09:00-17:00"] }\n'


def written(folder: Path, name: str, text: str) -> Path:
    """Write a file."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_line_and_column_of_a_rule(tmp_path: Path) -> None:
    """Rules that can never hold together are told at the one that stands last, with its line."""
    file = written(tmp_path, "house.toml", PROTOCOL + LATE)
    with pytest.raises(InvalidFileError) as raised:
        check_file(file)
    (problem,) = raised.value.problems
    assert (problem.line, problem.column) == (19, 10)
    assert "dose 2 must fall at least 3 days after dose 1" in problem.message
    assert problem.excerpt == LATE.splitlines()[1]


def test_a_clinic_checked_along(kapplan_in: CommandLine) -> None:
    """Three days apart is right from Monday to Friday, and never in a clinic of two days."""
    kapplan_in.write("house.toml", PROTOCOL + "gap = { min = 3, max = 4, level = 'clinic' }\n")
    kapplan_in.write("clinic.toml", CLINIC)
    alone = kapplan_in("check", "house.toml")
    assert (alone.code, "warning" in alone.err) == (0, True)
    together = kapplan_in("check", "house.toml", "clinic.toml")
    assert together.code == 3
    assert "house.toml:18:7: 3 to 4 days after dose 1: dose 2 never falls on a day" in together.err


def test_a_profile_holds_its_own_protocol_to_its_clinic(kapplan_in: CommandLine) -> None:
    """Checking a profile checks the rules of a protocol file that it names; built-in ones are known to be right."""
    kapplan_in.write("house.toml", PROTOCOL + LATE)
    profile = '[patient]\nid = "p"\ntimezone = "UTC"\n[treatment]\nprotocol = "house.toml"\n'
    kapplan_in.write("p.toml", profile)
    ran = kapplan_in("check", "p.toml")
    assert ran.code == 3
    assert "house.toml:19:10: these can never hold together" in ran.err
    kapplan_in.write("p.toml", profile.replace("house.toml", "kap-standard"))
    assert kapplan_in("check", "p.toml").code == 0


EXTENDING = """\
id = "mine"
extends = "house.toml"
title = "Mine"
[[phases]]
id = "before"
[[phases.series]]
visit = "review"
rules = [{ after = { first = "dosing" }, max = -1 }]
[[phases]]
id = "course"
title = "Course"
"""


def test_what_is_inherited_is_told_at_extends(tmp_path: Path) -> None:
    """A rule that the file did not write is told at the key that brings it in; its own at their own place."""
    written(tmp_path, "house.toml", PROTOCOL + LATE)
    mine = written(tmp_path, "mine.toml", EXTENDING)
    with pytest.raises(InvalidFileError) as raised:
        check_file(mine)
    (problem,) = raised.value.problems
    assert (problem.line, problem.message.split(":")[0]) == (2, "inherited")


def test_places_of_merged_lists(tmp_path: Path) -> None:
    """A phase that only the lower file has is inherited, one that the upper adds or changes is its own."""
    written(tmp_path, "house.toml", PROTOCOL + "gap = { min = 3 }\n")
    loaded = load_with_sources(str(written(tmp_path, "mine.toml", EXTENDING)))
    assert [phase.id for phase in loaded.protocol.phases] == ["course", "before"]
    assert loaded.place(("phases", 0, "series", 0, "gap")) is None
    assert loaded.place(("phases", 0, "title")) == ("phases", 1, "title")
    assert loaded.place(("phases", 1, "series", 0, "rules", 0)) == ("phases", 0, "series", 0, "rules", 0)
    assert loaded.place(("drug",)) is None
