"""Rows in columns of given widths: what does not fit goes on in the next line, and no line ends in blanks.

Rich's own table measures every cell several times; a course has hundreds of cells of known width, and ``show`` is to be
quick.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.text import Text

from kapplan.dataclass import dataclass
from kapplan.output.terminal.commands import with_whole_commands
from kapplan.output.terminal.reader import as_read

_NARROW_MARK, _LEAST_WORDS = 4, 20
"""A mark wider than this has its words behind it, not beside it, where they have less than so many columns."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells side by side, ``gap`` blanks apart; columns named in ``right`` end where the others begin."""

    widths: Sequence[int]
    rows: Sequence[Sequence[Text]]
    gap: int = 2
    right: frozenset[int] = frozenset()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the rows' segments, line by line."""
        del options
        for row in self.rows:
            yield from self._row(console, row)

    def _row(self, console: Console, row: Sequence[Text]) -> Iterator[Segment]:
        cells = [_lines(console, as_read(console, cell), width) for cell, width in zip(row, self.widths, strict=True)]
        for number in range(max(len(lines) for lines in cells)):
            blanks = 0
            for column, (lines, width) in enumerate(zip(cells, self.widths, strict=True)):
                line = lines[number] if number < len(lines) else None
                missing = width - line.cell_len if line else width
                if line:
                    before = missing if column in self.right else 0
                    yield Segment(" " * (blanks + before))
                    yield from _segments(console, line)
                    blanks = self.gap + missing - before
                else:
                    blanks += width + self.gap
            yield Segment.line()


@dataclass(frozen=True, slots=True)
class MarkedParagraph:
    """A marked paragraph whose further lines hang under its first word."""

    mark: Text
    body: Text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Lay the paragraph out for the width at hand."""
        del console
        width = self.mark.cell_len
        room = options.max_width - width - 1
        if width > _NARROW_MARK and room < _LEAST_WORDS:
            mark = self.mark.copy()
            mark.rstrip()
            yield Text(" ").join((mark, self.body))
            return
        yield Grid([width, max(room, 1)], [[self.mark, self.body]], gap=1)


def _lines(console: Console, cell: Text, width: int) -> list[Text]:
    if cell.cell_len <= width:
        return [cell] if cell else []
    lines = with_whole_commands(cell, width).wrap(console, width, overflow="fold")
    for line in lines:
        line.rstrip()
        line.end = ""
    return list(lines)


def _segments(console: Console, line: Text) -> Iterable[Segment]:
    if line.spans:
        return line.render(console)
    return [Segment(line.plain, console.get_style(line.style))]
