"""Every repair is told as it is typed, and typed as it is told it makes the course fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from support.written_clashes import Files, clashing, typed, unplaceable

from kapplan.output.views.clash import WhereWritten, clash_text
from kapplan.planning.schedule.course import Unplaceable
from kapplan.planning.schedule.written_repairs import WrittenRepair, written_repairs

CLASHES = 60
KINDS = {"start", "first-dose", "clinic-day", "patient-day", "widen"}
Clashing = Sequence[tuple[Files, Unplaceable]]


@pytest.fixture(scope="module")
def clashes(tmp_path_factory: pytest.TempPathFactory) -> Clashing:
    """Return files without dates, and why."""
    return clashing(CLASHES, tmp_path_factory.mktemp("files"))


@cache
def written_of(why: Unplaceable) -> tuple[WrittenRepair, ...]:
    """Return the repairs of a clash as they are typed."""
    return () if why.setting is None else written_repairs(why.setting, why.repairs)


def check(clashes: Clashing, folder: Path) -> Counter[str]:
    """Assert that files have dates once a repair is typed into them; return how many of each kind there were."""
    kinds: Counter[str] = Counter()
    for files, why in clashes:
        found = written_of(why)
        assert [one.repair for one in found] == list(why.repairs), "each repair can be written"
        for one in found:
            kinds[one.repair.kind] += 1
            again = typed(files, one)
            assert again != files
            assert unplaceable(again.case(folder)) is None, (one, files)
    return kinds


def test_every_repair_typed_as_it_is_told_makes_the_course_fit(clashes: Clashing, tmp_path: Path) -> None:
    """Lines added to the files, a line in place of another, an option: each read again and solved again has dates."""
    kinds = check(clashes, tmp_path)
    assert set(kinds) == KINDS
    assert sum(kinds.values()) > CLASHES


@pytest.mark.thorough
def test_so_they_do_at_length(tmp_path: Path) -> None:
    """So it is for many more files."""
    assert sum(check(clashing(20 * CLASHES, tmp_path, seed=1), tmp_path).values()) > 20 * CLASHES


def test_what_is_typed_stands_in_what_is_told(clashes: Clashing) -> None:
    """The lines and the command are printed word for word, below the sentence of their repair."""
    for files, why in clashes:
        found = written_of(why)
        text = clash_text(why.told, found, files.places)
        for number, one in enumerate(found, 1):
            after = text[text.index(f"\n{number}. {one.repair.words}") :]
            expected = files.places.lines(one) or (" ".join(files.places.typed(one)),)
            assert "".join(f"\n   {line}" for line in expected) in after


def test_a_list_that_stands_on_one_line_gets_one_more_entry(clashes: Clashing) -> None:
    """Where a file has the list as values, no table can be added: the repair is an entry of it."""
    inline = WhereWritten(inline=frozenset({"widen"}))
    one = next(one for _, why in clashes for one in written_of(why) if one.key == "widen")
    [line] = inline.lines(one)
    assert line.startswith('{ rule = "')
    assert line.endswith('why = "why it may be so" }')
    assert "one more of `widen`" in clash_text((), [one], inline)
    assert WhereWritten().lines(one)[0] == "[[widen]]"


def test_a_repair_that_no_lines_make_is_not_told(clashes: Clashing) -> None:
    """A widening of a rule that the course does not have, or of what is never widened, is left out."""
    setting, repair = next(
        (why.setting, repair)
        for _, why in clashes
        for repair in why.repairs
        if repair.kind == "widen" and repair.timing is not None and why.setting is not None
    )
    label = tuple(
        replace(rule, level="label") if rule.rule == repair.rule else rule for rule in setting.demand.regimen.timing
    )
    regimen = replace(setting.demand.regimen, timing=label)
    assert written_repairs(setting, [repair])
    assert not written_repairs(replace(setting, demand=replace(setting.demand, regimen=regimen)), [repair])
    assert not written_repairs(setting, [replace(repair, timing=None)])
