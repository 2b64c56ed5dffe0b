"""A problem is shown so that a person finds it at a glance and an editor can jump to it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.screens import screen

from kapplan.errors import FileProblem
from kapplan.output.terminal.diagnostics import render_problems
from kapplan.output.terminal.hanging import Hanging


def _shown(excerpt: str, column: int, width: int = 1, line: int = 7) -> list[str]:
    """Return the quoted line and the line of carets."""
    problem = FileProblem(message="wrong", file="x.toml", line=line, column=column, width=width, excerpt=excerpt)
    return render_problems([problem]).split("\n")[1:]


def test_a_problem_with_all_its_parts_is_shown_whole() -> None:
    """Place, sentence, line, mark, what was expected and what is nearest, in this order."""
    problem = FileProblem(
        message='`route` cannot be "imm"',
        file="river.toml",
        line=12,
        column=9,
        width=5,
        excerpt='route = "imm"',
        expected="one of iv, im",
        nearest="im",
    )
    assert render_problems([problem]) == (
        'river.toml:12:9: `route` cannot be "imm"\n'
        '  12 | route = "imm"\n'
        "     |         ^^^^^\n"
        "    expected: one of iv, im\n"
        "    did you mean: im"
    )


def test_several_problems_stand_apart() -> None:
    """An empty line stands between two problems and none at the end; a warning says that it is one."""
    problems = [FileProblem(message="a", file="x"), FileProblem(message="b", file="y", line=3, warning=True)]
    assert render_problems(problems) == "x: a\n\ny:3: warning: b"
    assert render_problems([]) == ""


@pytest.mark.parametrize(
    ("excerpt", "column", "width", "lines"),
    [
        ("\tx = 1", 6, 1, ["  7 |     x = 1", "    |         ^"]),
        ("ab\tc", 4, 1, ["  7 | ab  c", "    |     ^"]),
        ("日本 = 1", 6, 1, ["  7 | 日本 = 1", "    |        ^"]),
        ("名 = 1", 1, 1, ["  7 | 名 = 1", "    | ^^"]),
        ("e\u0301 = 1", 6, 1, ["  7 | e\u0301 = 1", "    |     ^"]),
        ("a =", 4, 1, ["  7 | a =", "    |    ^"]),
        ("a = 1", 99, 9, ["  7 | a = 1", "    |      ^"]),
    ],
)
def test_the_mark_stands_under_what_it_marks(excerpt: str, column: int, width: int, lines: list[str]) -> None:
    """Tabs, wide characters and accents count as the columns that a terminal gives them."""
    assert _shown(excerpt, column, width) == lines


def test_of_a_long_line_only_the_part_around_the_mark_is_quoted() -> None:
    """The mark is always in view, and what was left out on either side is marked."""
    quoted, marks = _shown("a" * 500 + "X" + "b" * 500, 501)
    assert len(quoted) < 110
    assert quoted[marks.index("^")] == "X"
    assert quoted.count("…") == 2
    quoted, marks = _shown("X" * 1000, 3, 900)
    assert len(marks) <= len(quoted)


def test_nothing_in_a_file_acts_on_the_terminal() -> None:
    """Escape sequences, line ends and marks that turn the direction of text are shown as signs."""
    nasty = "\x1b[2J\x9b\r\u202e\u2028\0"
    problem = FileProblem(message=nasty, file=nasty, line=1, column=1, excerpt=nasty, expected=nasty, nearest=nasty)
    shown = render_problems([problem])
    assert not [character for character in shown if character != "\n" and unicodedata.category(character) in _ACTING]


_ACTING = {"Cc", "Cs", "Cf", "Zl", "Zp"}


def test_long_lists_of_what_is_expected_are_wrapped() -> None:
    """A closed vocabulary of thirty words takes several lines of a terminal, none longer than it is wide."""
    words = ", ".join(f"a-rather-long-word-{number}" for number in range(30))
    problem = FileProblem(message="m", file="f", expected=words)
    for width in (40, 80, 100):
        lines = screen(Hanging(lambda columns: render_problems([problem], columns)), width).rstrip().split("\n")
        assert max(map(len, lines)) <= width
        assert len(lines) > 3
    assert " ".join(line.strip() for line in lines[1:]) == f"expected: {words}"


@given(st.text(max_size=200), st.integers(1, 250), st.integers(0, 250))
def test_any_line_can_be_shown(excerpt: str, column: int, width: int) -> None:
    """No text, column or width fails, and there is always a mark under a line that is quoted."""
    shown = _shown(excerpt, column, width)
    assert not shown or shown[-1].rstrip().endswith("^")
