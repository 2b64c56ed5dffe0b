"""The index of a folder of plans: quick, never trusted over the plans, and silent about patients."""

from __future__ import annotations

import json
import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from support.books import MONDAY, index_of, small_plan
from support.plans import sample_plan

from kapplan.files.book.folder_index import NAME, WORTH, read_index
from kapplan.files.plans.store import load_plan, new_plan_file

DAY = timedelta(days=1)
EARLIER = timedelta(minutes=30)
BROKEN = ("", "{", "[]", "\x00", '{"version": 3}', '{"version": 1, "plans": {}}', '{"version": 99, "digest": ""}')


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of as many plans as make an index worth while, with its index."""
    for number in range(WORTH):
        new_plan_file(tmp_path / f"p{number:02}.plan.toml", small_plan(f"p{number:02}", [MONDAY + number * DAY]))
    read_index(tmp_path)
    return tmp_path


def test_few_plans_need_no_index(tmp_path: Path) -> None:
    """A folder of a few plans gets no file that nobody asked for."""
    new_plan_file(tmp_path / "ana.plan.toml", small_plan("ana", [MONDAY]))
    assert set(read_index(tmp_path)) == {"ana"}
    assert not (tmp_path / NAME).exists()


def test_the_index_is_its_owners_alone(folder: Path) -> None:
    """Nobody else can read the index."""
    assert stat.S_IMODE((folder / NAME).stat().st_mode) == 0o600


def test_the_index_says_what_the_plans_say(folder: Path) -> None:
    """What is read through the index is what the plans say when each is parsed."""
    (folder / NAME).touch()
    through = read_index(folder)
    (folder / NAME).unlink()
    assert through == read_index(folder)


@pytest.mark.parametrize("how", ["write", "same times", "replace"])
def test_a_changed_plan_is_read_anew(folder: Path, how: str) -> None:
    """A plan that was changed is seen as it is now, even where its size and its times were put back."""
    path = folder / "p03.plan.toml"
    before, text = path.stat(), path.read_text("utf-8")
    start = load_plan(path).plan.visits[0].start
    later = text.replace(f"start = {start:%Y-%m-%d %H:%M}", f"start = {start - EARLIER:%Y-%m-%d %H:%M}")
    assert len(later) == len(text)
    assert later != text
    if how == "replace":
        (folder / "new").write_text(later, "utf-8")
        (folder / "new").replace(path)
    else:
        path.write_text(later, "utf-8")
    if how == "same times":
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    found = read_index(folder)["p03"].plan
    assert found is not None
    assert found.visits[0].begins == int((start - EARLIER).timestamp())


@pytest.mark.parametrize("text", BROKEN)
def test_a_damaged_index_is_made_anew(folder: Path, text: str) -> None:
    """An index that is damaged, or of another version, is not used and is written again."""
    whole = read_index(folder)
    (folder / NAME).write_text(text, "utf-8")
    assert read_index(folder) == whole
    assert [json.loads(line.split("\t")[0])[0] for line in index_of(folder).splitlines()[1:]] == list(whole)


@pytest.mark.parametrize(("before", "after"), [("p03", "p04"), ("integration-1", "integration-2"), ("\n", "\n[]\t\n")])
def test_an_index_of_which_a_part_was_changed_is_made_anew(folder: Path, before: str, after: str) -> None:
    """Not one character of an index is believed that is not as it was written."""
    whole = read_index(folder)
    (folder / NAME).write_text(index_of(folder).replace(before, after, 1), "utf-8")
    assert read_index(folder) == whole


def test_an_index_that_lies_is_not_believed(folder: Path) -> None:
    """A plan that is gone is not booked because the index knows it, and a new one is without it."""
    (folder / "p05.plan.toml").unlink()
    new_plan_file(folder / "zed.plan.toml", small_plan("zed", [MONDAY]))
    assert "p05" not in read_index(folder)
    assert "zed" in read_index(folder)


def test_the_index_tells_nothing_of_a_patient(folder: Path) -> None:
    """No score, no drug, no text of a notice and no name stands in the index of plans that have them all."""
    plan = sample_plan()
    new_plan_file(folder / "river.plan.toml", plan)
    read_index(folder)
    text = index_of(folder)
    private = [plan.name or "", plan.protocol.id, plan.protocol.drug, *(finding.text for finding in plan.findings)]
    private += [measure for visit in plan.visits for measure in visit.measures]
    assert [word for word in private if word and word in text] == []
