"""TOML 1.1 is read wherever people write files: tables in braces over several lines, times without seconds."""

from __future__ import annotations

import pytest
from support.command_line import CommandLine

TODAY = ("--today", "2026-12-28")
ONE_LINE = 'prefer = { days = ["mon", "thu"], time = "morning" }'
OVER_LINES = """\
prefer = {
    days = ["mon", "thu"], # those without school
    time = "morning",
}"""


@pytest.fixture
def written(kapplan_in: CommandLine) -> CommandLine:
    """Return the command line beside a profile whose table of wishes goes on over several lines."""
    profile = kapplan_in.folder / "river.toml"
    text = profile.read_text(encoding="utf-8")
    assert ONE_LINE in text
    (kapplan_in.folder / "lines.toml").write_text(text.replace(ONE_LINE, OVER_LINES), encoding="utf-8")
    return kapplan_in


def test_a_table_over_several_lines_means_the_same(written: CommandLine) -> None:
    """The course is that of the table on one line."""
    plans = [written("plan", f"{name}.toml", "--format", "csv", *TODAY) for name in ("river", "lines")]
    assert [one.code for one in plans] == [0, 0]
    assert plans[0].out == plans[1].out


def test_a_mistake_in_it_is_told_at_its_place(written: CommandLine) -> None:
    """The line named is that of the value, not that on which its table begins."""
    profile = written.folder / "lines.toml"
    text = profile.read_text(encoding="utf-8").replace('time = "morning"', 'time = "mornings"')
    profile.write_text(text, encoding="utf-8")
    line = text.splitlines().index('    time = "mornings",') + 1
    ran = written("plan", "lines.toml", *TODAY)
    assert ran.code == 3
    assert f"lines.toml:{line}:12" in ran.err


def test_a_protocol_that_extends_another_may_use_it(written: CommandLine) -> None:
    """The files of a chain are merged as one was read."""
    text = 'extends = "kap-standard"\nid = "\\x6furs"\n'
    (written.folder / "ours.toml").write_text(text, encoding="utf-8")
    assert '"id": "ours"' in written("protocols", "ours.toml", "--format", "json").text


def test_a_clinic_that_uses_it_still_names_its_book(written: CommandLine) -> None:
    """A plan is found by its patient in the book of such a ``clinic.toml``."""
    book, clinic = written.folder / "book", written.folder / "clinic.toml"
    book.mkdir()
    assert written("plan", "river.toml", "-o", "book/river.plan.toml", *TODAY).code == 0
    text = clinic.read_text(encoding="utf-8").replace('title = "A', 'book = "book"\ntitle = "\\x41', 1)
    clinic.write_text(text, encoding="utf-8")
    assert written("show", "river").code == 0
