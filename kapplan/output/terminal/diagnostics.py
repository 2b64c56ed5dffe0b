"""Problems of files as text for a terminal: place, sentence, the line quoted and marked, what was expected.

The first line has the form ``file:line:column: message`` that editors jump by. Nothing in a file can do anything to
the terminal: control characters are shown, not sent.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from kapplan.errors import FileProblem
from kapplan.output.records.visible import visible

_WINDOW = 88
"""How many columns of a long line are quoted."""

_MARGIN = 24
"""How many columns of a long line are quoted before its mark."""

_NEAR = 200
"""How many characters on either side of a mark are looked at."""

_TAB = 4
_CUT = "…"


def render_problems(problems: Iterable[FileProblem], width: int | None = None) -> str:
    """Return problems as text, each with a blank line after it but for the last; without a line end.

    Of a line of a file so much is quoted as a terminal of a ``width`` shows, if it is for one.
    """
    return "\n\n".join("\n".join(render_problem(problem, width)) for problem in problems)


def render_problem(problem: FileProblem, width: int | None = None) -> Iterator[str]:
    """Yield the lines that show one problem."""
    place = [problem.file, *(str(number) for number in (problem.line, problem.column) if number is not None)]
    word = "warning: " if problem.warning else ""
    yield f"{_visible(':'.join(place))}: {word}{_visible(problem.message)}"
    if problem.excerpt is not None and problem.line is not None and problem.excerpt.strip():
        gutter = len(f"  {problem.line} | ") + 2 * len(_CUT)
        window = _WINDOW if width is None else max(min(_WINDOW, width - gutter), _MARGIN)
        yield from _quoted(problem.excerpt, problem.line, problem.column or 1, problem.width, window)
    if problem.expected is not None:
        yield f"    expected: {_visible(problem.expected)}"
    if problem.nearest is not None:
        yield f"    did you mean: {_visible(problem.nearest)}"


def _quoted(excerpt: str, line: int, column: int, width: int, window: int) -> Iterator[str]:
    """Yield the line and the mark under it; of a long line only what is around the mark."""
    start = min(column - 1, len(excerpt))
    skipped = max(0, start - _NEAR)
    cells = _cells(excerpt[skipped : start + _NEAR])
    start -= skipped
    marked = cells[start : start + max(1, width)]
    before = cells[:start]
    first = _first_shown(before, cells, window)
    shown, room = "", window
    for cell in cells[first:]:
        room -= _columns(cell)
        if room < 0:
            shown += _CUT
            break
        shown += cell
    lead = _CUT if first or skipped else ""
    indent = sum(map(_columns, before[first:])) + len(lead)
    carets = min(max(1, sum(map(_columns, marked))), max(1, window - sum(map(_columns, before[first:]))))
    gutter = str(line)
    yield f"  {gutter} | {lead}{shown}".rstrip()
    yield f"  {' ' * len(gutter)} | {' ' * indent}{'^' * carets}"


def _first_shown(before: list[str], cells: list[str], window: int) -> int:
    """Return the first character of a line that is quoted."""
    if sum(map(_columns, cells)) <= window:
        return 0
    columns, first = 0, len(before)
    while first and columns + _columns(before[first - 1]) <= min(_MARGIN, window // 2):
        first -= 1
        columns += _columns(before[first])
    return first


def _cells(excerpt: str) -> list[str]:
    """Return what is shown of each character of a line: tabs as blanks, control characters as signs."""
    cells: list[str] = []
    column = 0
    for character in excerpt:
        shown = " " * (_TAB - column % _TAB) if character == "\t" else _visible(character)
        cells.append(shown)
        column += _columns(shown)
    return cells


def _visible(text: str) -> str:
    """Return a text on one line, each character that would act on a terminal shown as its escape."""
    return visible(text).replace("\n", "\\n").replace("\t", " ")


def _columns(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
