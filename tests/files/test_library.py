"""Protocols are found by id or path, extend one another, and say where they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.broken_files import PROTOCOL

from kapplan.errors import InvalidFileError, UsageError
from kapplan.files.documents.protocols import (
    load_protocol,
    load_with_sources,
    protocol_ids,
    protocol_of,
    read_with_sources,
)
from kapplan.files.documents.readers import read_profile
from kapplan.files.library.package_data import LIBRARY
from kapplan.files.toml.sources import SourceFile

HOUSE = """\
id = "house"
extends = "kap-standard"
[visits.dosing.minutes]
administer = 25
[sources.house]
cite = "Our own"
mark = "D"
[[limits]]
id = "house-cap"
cap = { visits = ["dosing"], max = 3 }
"""


@pytest.mark.parametrize("name", protocol_ids())
def test_every_built_in_protocol_is_read_by_the_readers_own_rules(name: str) -> None:
    """The library's files pass what a user's file must pass, and bear the id of their file."""
    assert load_protocol(name).id == name


def test_a_protocol_takes_over_what_it_does_not_say(tmp_path: Path) -> None:
    """Tables are merged by key, tables of arrays by id; everything else is the lower protocol's."""
    (tmp_path / "house.toml").write_text(HOUSE, encoding="utf-8")
    loaded = load_with_sources("house.toml", tmp_path)
    house, base = loaded.protocol, load_protocol("kap-standard")
    assert house.id == "house"
    assert house.visits["dosing"].minutes.administer == 25
    assert house.visits["dosing"].minutes.monitor == base.visits["dosing"].minutes.monitor
    assert house.phases == base.phases
    assert set(house.sources) == {*base.sources, "house"}
    assert [limit.id for limit in house.limits] == [*(limit.id for limit in base.limits), "house-cap"]
    assert [Path(source.name).name for source in loaded.sources] == ["house.toml", "kap-standard.toml"]


def test_a_phase_of_the_same_id_is_merged_and_its_series_replaced(tmp_path: Path) -> None:
    """Arrays of tables without ids are replaced as a whole; phases keep their place."""
    (tmp_path / "base.toml").write_text(PROTOCOL, encoding="utf-8")
    text = 'id = "top"\nextends = "base.toml"\n[[phases]]\nid = "course"\n[[phases.series]]\nvisit = "review"\n'
    text += '[[phases]]\nid = "later"\n[[phases.series]]\nvisit = "dosing"\n'
    (tmp_path / "top.toml").write_text(text, encoding="utf-8")
    phases = load_protocol("top.toml", tmp_path).phases
    assert [(phase.id, [series.visit for series in phase.series]) for phase in phases] == [
        ("course", ["review"]),
        ("later", ["dosing"]),
    ]


def test_a_mistake_in_an_extending_protocol_is_shown_in_its_own_file(tmp_path: Path) -> None:
    """The place is that of the extending file, although the list it stands in is longer when merged."""
    (tmp_path / "base.toml").write_text(PROTOCOL, encoding="utf-8")
    text = 'id = "top"\nextends = "base.toml"\n[[phases]]\nid = "later"\n[[phases.series]]\nvisit = "dosin"\n'
    with pytest.raises(InvalidFileError) as caught:
        read_with_sources(SourceFile("top.toml", text.encode(), tmp_path / "top.toml"))
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.column, problem.nearest) == ("top.toml", 6, 9, "dosing")


def test_a_measure_that_nobody_knows_is_a_mistake_of_a_users_protocol() -> None:
    """A gate on a misspelt measure would never open."""
    text = PROTOCOL + 'gate = { measure = "phq-9", at_most = 9 }\nmeasures = ["gad7", "gadd7"]\n'
    with pytest.raises(InvalidFileError) as caught:
        read_with_sources(SourceFile.of_text(text))
    assert [(problem.line, problem.column, problem.nearest) for problem in caught.value.problems] == [
        (18, 20, "phq9"),
        (19, 21, "gad7"),
    ]


def test_protocols_that_extend_one_another_in_a_circle_are_refused(tmp_path: Path) -> None:
    """A circle is a problem at the key that closes it."""
    for name, base in (("a", "b"), ("b", "a")):
        (tmp_path / f"{name}.toml").write_text(f'id = "{name}"\nextends = "{base}.toml"\n', encoding="utf-8")
    with pytest.raises(InvalidFileError, match="extends itself") as caught:
        load_protocol("a.toml", tmp_path)
    assert caught.value.problems[0].line == 2


def test_a_protocol_that_extends_nothing_known_is_refused_at_the_key() -> None:
    """The nearest id is suggested."""
    with pytest.raises(InvalidFileError, match="no protocol kap-standrad") as caught:
        read_with_sources(SourceFile.of_text('id = "x"\nextends = "kap-standrad"\n'))
    problem = caught.value.problems[0]
    assert (problem.line, problem.column, problem.nearest) == (2, 11, "kap-standard")


@pytest.mark.parametrize("name", ["esketamine-trdd", "no/such/file.toml", "", ".", "\0", "x" * 5000])
def test_an_unknown_protocol_on_the_command_line_is_wrong_usage(name: str, tmp_path: Path) -> None:
    """Exit code 2, with the nearest id where there is one."""
    with pytest.raises(UsageError) as caught:
        load_protocol(name, tmp_path)
    assert caught.value.exit_code == 2
    assert name != "esketamine-trdd" or "esketamine-trd" in str(caught.value.hint)


def test_an_unknown_protocol_in_a_profile_is_a_mistake_of_the_profile() -> None:
    """Exit code 3, at the protocol's name, with the nearest id."""
    source = SourceFile.of_text('[patient]\nid = "x"\n[treatment]\nprotocol = "kap-standart"\n')
    with pytest.raises(InvalidFileError) as caught:
        protocol_of(read_profile(source), source)
    problem = caught.value.problems[0]
    assert (caught.value.exit_code, problem.line, problem.column, problem.nearest) == (3, 4, 12, "kap-standard")


def test_only_the_file_asked_for_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """One protocol costs one file, however large the library grows."""
    read: list[Path] = []
    read_bytes = Path.read_bytes

    def noted(path: Path) -> bytes:
        read.append(path)
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", noted)
    load_protocol("hull-2022")
    assert read == [LIBRARY / "protocols" / "hull-2022.toml"]
