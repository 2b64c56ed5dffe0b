"""Lines without the spaces that Rich fills them up with, so that copied or redirected text stays clean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.text import Text

from kapplan.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Trimmed:
    """A renderable whose lines end with their last visible character."""

    body: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render the body and drop what is blank at the end of each line."""
        for line in console.render_lines(self.body, options, pad=False):
            yield from _without_blank_end(line)
            yield Segment.line()


def _without_blank_end(line: Sequence[Segment]) -> Iterable[Segment]:
    kept = list(line)
    while kept:
        last = kept.pop()
        shows = last.style is not None and (last.style.bgcolor is not None or last.style.reverse)
        text = last.text if shows else last.text.rstrip(" ")
        if text:
            return [*kept, Segment(text, last.style)]
    return kept


def flowed(items: Iterable[Text], width: int, *, between: str = "  ") -> Iterator[Text]:
    """Fill lines with items, never breaking one that fits on a line of its own."""
    line = Text()
    for item in items:
        if line and line.cell_len + cell_len(between) + item.cell_len > width:
            yield line
            line = Text()
        line = Text.assemble(line, between, item) if line else item.copy()
    if line:
        yield line
