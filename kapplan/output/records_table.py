"""Records as a table that fits the width at hand; what is too narrow for columns gets a paragraph a record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.text import Text

from kapplan.output import styles
from kapplan.output.grid import Grid
from kapplan.output.records import Cell, Column, Records, people_text, shown
from kapplan.output.trimmed import Trimmed
from kapplan.output.words import clean

_GAP = 2
_NARROWEST = 14


@dataclass(frozen=True, slots=True)
class RecordsTable:
    """A list of records for people."""

    records: Records

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Lay the records out for the width at hand."""
        del console
        columns, rows = shown(self.records)
        cells = [[_text(column, cell) for column, cell in zip(columns, row, strict=True)] for row in rows]
        for notice in self.records.safety:
            yield Text.assemble((" SAFETY ", styles.SAFETY), " ", (clean(notice), "bold red"))
        if self.records.title:
            yield Text(clean(self.records.title), style=styles.HEADING)
        if rows:
            titles = [Text(column.heading, style="bold dim") for column in columns]
            widths = fitted([[title.cell_len, *map(len_of, column)] for title, column in _columns(titles, cells)],
                            options.max_width)  # fmt: skip
            if widths is None:
                yield Trimmed(Group(*_paragraphs(titles, cells)))
            else:
                right = frozenset(n for n, column in enumerate(columns) if column.right)
                yield Grid(widths, [titles, *cells], gap=_GAP, right=right)
        for line in self.records.after:
            yield Text(clean(line), style=styles.QUIET)


def fitted(needs: list[list[int]], width: int) -> list[int] | None:
    """Return widths of columns that fit into a line, the widest ones giving way first; ``None`` where none do."""
    widths = [max(need) for need in needs]
    least = [min(width_, _NARROWEST) for width_ in widths]
    room = width - _GAP * (len(widths) - 1)
    if sum(least) > room:
        return None
    while sum(widths) > room:
        giving = [n for n, width_ in enumerate(widths) if width_ > least[n]]
        widest = max(giving, key=lambda n: widths[n])
        widths[widest] -= 1
    return widths


def len_of(text: Text) -> int:
    """Return how many columns of the terminal a text takes."""
    return text.cell_len


def _columns(titles: list[Text], cells: list[list[Text]]) -> Iterator[tuple[Text, tuple[Text, ...]]]:
    return zip(titles, zip(*cells, strict=True), strict=True)


def _text(column: Column, cell: Cell) -> Text:
    return Text(people_text(cell, aligned=True), style=column.style)


def _paragraphs(titles: list[Text], cells: list[list[Text]]) -> Iterator[RenderableType]:
    for first, *more in cells:
        yield first
        for title, cell in zip(titles[1:], more, strict=True):
            if cell:
                yield Padding(Text.assemble(title, "  " if title else "", cell), (0, 0, 0, 2))
