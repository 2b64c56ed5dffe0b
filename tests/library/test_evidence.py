"""What the library rests on: every source can be looked up, and the page of evidence is the data's."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from support.command_line import EXAMPLES, CommandLine
from support.evidence_page import PAGE, page, statements

from kapplan.files.library import package_data
from kapplan.files.library.package_data import LIBRARY, library_reviewed
from kapplan.planning.phrases.words import day_words

IDENTIFIERS = ("doi", "pmid", "registration", "url", "no_identifier")


def sources() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every source of every file of the library, with where it stands."""
    for path in sorted(LIBRARY.rglob("*.toml")):
        if "templates" not in path.parts:
            for key, source in tomllib.loads(path.read_text(encoding="utf-8")).get("sources", {}).items():
                yield f"{path.stem}: {key}", source


SOURCES = dict(sources())


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_can_be_looked_up(name: str) -> None:
    """A source names its author, its year, and a DOI, PMID, registration or address; else it says why it has none."""
    source = SOURCES[name]
    assert source["author"]
    assert any(source.get(key) for key in IDENTIFIERS)
    assert source.get("year") or source.get("no_identifier")
    assert not source.get("no_identifier") or source["no_identifier"].endswith(".")


@pytest.mark.parametrize("name", SOURCES)
def test_a_year_that_is_cited_is_the_source_s(name: str) -> None:
    """Where a citation begins with an author and a year, they are those that the source states."""
    source = SOURCES[name]
    first, _, rest = source["cite"].partition(" ")
    if rest[:4].isdigit():
        assert (source["author"], source["year"]) == (first, int(rest[:4]))


def test_the_page_is_the_data_s() -> None:
    """docs/evidence.md is what the data make (``python tests/support/evidence_page.py`` writes it anew)."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_what_is_least_known_stands_first() -> None:
    """From memory, then defaults, then secondary pages, then what was confirmed; nothing is left out."""
    marks = [line.split(" | ")[0].removeprefix("| ") for line in page().splitlines() if line.startswith("| ")][2:]
    order = ["from memory, not verified", "kapplan's default", "from a secondary page", "confirmed"]
    assert [mark for mark in order if mark in marks] == order
    assert sorted(marks, key=order.index) == marks
    assert len(marks) == len(statements())


def test_what_no_source_states_is_listed_as_a_default() -> None:
    """A number of a sourced rule that its source does not give stands by itself, as a default of ours."""
    told = [one for one in statements() if (one.where, one.about) == ("esketamine-trd", "induction dosing")]
    assert [(one.text, one.mark) for one in told if one.text.startswith("gap.max")] == [("gap.max: 10", "D")]


def numbers(value: Any) -> Iterator[str]:
    """Yield every number inside a value of a file, but 0 and what is no number of its own."""
    if isinstance(value, dict):
        for item in value.values():
            yield from numbers(item)
    elif isinstance(value, list):
        for item in value:
            yield from numbers(item)
    elif isinstance(value, (int, float)) and not isinstance(value, bool) and value:
        yield f"{value:g}".removeprefix("-")


def rule_numbers() -> Iterator[tuple[str, str]]:
    """Yield the rules' numbers as their files have them, each with its rule."""
    for name in ("screening", "tailoring", "instructions"):
        for rule in tomllib.loads((LIBRARY / f"{name}.toml").read_text(encoding="utf-8")).get(name, []):
            for number in numbers(rule):
                yield rule["id"], number
    drugs = tomllib.loads((LIBRARY / "medications.toml").read_text(encoding="utf-8"))
    for drug, equal in drugs["equivalents"].items():
        for number in numbers(equal):
            yield drug, number


def test_every_number_of_a_rule_is_a_statement() -> None:
    """No threshold, day, minute or equivalent of a rule is left out, whether or not its sentence says it."""
    told: dict[str, str] = {}
    for one in statements():
        told[one.about] = f"{told.get(one.about, '')} {one.text} "
    missing = [
        (rule, number)
        for rule, number in set(rule_numbers())
        if not re.search(rf"(?<![\d.]){re.escape(number)}(?![\d.]*\d)", told[rule])
    ]
    assert missing == []


def test_one_protocol_s_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line lists one protocol's statements, or the whole library's, as records."""
    line = CommandLine(tmp_path, monkeypatch)
    run = line("protocols", "zarate-2006", "--sources", "--format", "csv")
    assert run.code == 0
    head, first, *rest = run.text.splitlines()
    assert head.startswith("known,mark,strength,where,about,statement,cited,source,author,year,identifier")
    assert first.startswith('"from memory, not verified",M')
    assert all(",zarate-2006," in row for row in (first, *rest))
    whole = line("protocols", "--sources", "--format", "plain")
    assert len(whole.text.splitlines()) >= len(statements())


def test_the_library_says_when_it_was_reviewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of protocols tells the day, and programs read it."""
    line = CommandLine(tmp_path, monkeypatch)
    assert day_words(library_reviewed()) in line("protocols", "--format", "md").text
    assert json.loads(line("protocols", "--format", "json").text)["reviewed"] == library_reviewed().isoformat()


@pytest.mark.parametrize(("made", "told"), [("2026-11-20", True), ("2026-11-28", False), ("2026-12-28", False)])
def test_a_refresh_says_that_the_library_is_newer(
    made: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, told: bool
) -> None:
    """A plan made before the library's last review says so when it is refreshed, and then no more."""
    line = CommandLine(tmp_path, monkeypatch)
    for name in ("river.toml", "clinic.toml"):
        shutil.copy(EXAMPLES / name, tmp_path / name)
    monkeypatch.setattr(package_data, "library_reviewed", lambda: date(2026, 11, 28))
    assert line("plan", "river.toml", "--today", made, "-o", "river.plan.toml").code == 0
    first = line("refresh", "river.plan.toml", "--today", "2026-12-28T10:00")
    assert ("The library was reviewed" in first.err) == told
    assert "The library was reviewed" not in line("refresh", "river.plan.toml", "--today", "2026-12-29").err
