"""Records as a table that fits the width at hand; what is too narrow for columns gets a paragraph a record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.text import Text

from kapplan.dataclass import dataclass
from kapplan.output.records.records import Cell, Records, people_text, shown
from kapplan.output.records.words import clean
from kapplan.output.terminal import styles
from kapplan.output.terminal.grid import Grid, MarkedParagraph
from kapplan.output.terminal.reader import rows_read
from kapplan.output.terminal.trimmed import Trimmed, flowed

_GAP = 2
_NARROWEST = 14


@dataclass(frozen=True, slots=True)
class RecordsTable:
    """A list of records for people."""

    records: Records

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Lay the records out for the width at hand."""
        columns, rows = shown(self.records)
        texts = [
            [Text(people_text(cell, aligned=True), style=one.style) for one, cell in zip(columns, row, strict=True)]
            for row in rows
        ]
        cells = rows_read(console, texts)
        for notice in self.records.safety:
            yield MarkedParagraph(Text(" SAFETY ", style=styles.SAFETY), Text(clean(notice), style="bold red"))
        if self.records.heading:
            yield Text(clean(self.records.heading), style=styles.HEADING)
        if rows:
            titles = [Text(column.heading, style="bold dim") for column in columns]
            widths = _widths(titles, rows, cells, options.max_width)
            if widths is None:
                yield from _paragraphs(titles, cells, options.max_width)
            else:
                right = frozenset(n for n, column in enumerate(columns) if column.right)
                yield Grid(widths, [titles, *cells], gap=_GAP, right=right)
        for line in self.records.after:
            yield Trimmed(Text(clean(line), style=styles.QUIET))


def fitted(needed: Sequence[int], least: Sequence[int], width: int) -> list[int] | None:
    """Return widths of columns that fit into a line, the widest giving way first; ``None`` where even the least do not.

    ``needed`` are the columns' full widths, ``least`` those below which a word would break.
    """
    widths = list(needed)
    room = width - _GAP * (len(widths) - 1)
    if sum(least) > room:
        return None
    while sum(widths) > room:
        widest = max((n for n, taken in enumerate(widths) if taken > least[n]), key=lambda n: widths[n])
        widths[widest] -= 1
    return widths


def _widths(
    titles: Sequence[Text], rows: Sequence[Sequence[Cell]], cells: Sequence[Sequence[Text]], width: int
) -> list[int] | None:
    """Return the widths of the columns, of ``rows`` as the ``cells`` show them; a day or a moment is never broken."""
    needed: list[int] = []
    least: list[int] = []
    for title, values, texts in zip(titles, zip(*rows, strict=True), zip(*cells, strict=True), strict=True):
        shown_texts = [text.plain for text in texts]
        words = [
            text if isinstance(value, date) else _longest_word(text)
            for value, text in zip(values, shown_texts, strict=True)
        ]
        needed.append(max(title.cell_len, *map(cell_len, shown_texts)))
        least.append(max(min(needed[-1], _NARROWEST), *map(cell_len, [_longest_word(title.plain), *words])))
    return fitted(needed, least, width)


def _longest_word(text: str) -> str:
    return max(text.split(), key=cell_len, default="")


def _paragraphs(titles: list[Text], cells: list[list[Text]], width: int) -> Iterator[RenderableType]:
    for first, *more in cells:
        yield first
        told = [
            Text.assemble(title, (": ", title.style) if title else "", cell)
            for title, cell in zip(titles[1:], more, strict=True)
            if cell
        ]
        yield Trimmed(Group(*(Padding(line, (0, 0, 0, 2)) for line in flowed(told, width - 2, between=" · "))))
