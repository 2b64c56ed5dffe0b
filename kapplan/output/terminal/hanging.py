"""Lines of words for a terminal: each is broken between words, and goes on below where its own words begin."""

from __future__ import annotations

import re
from collections.abc import Callable

from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.text import Text

from kapplan.dataclass import dataclass
from kapplan.output.terminal.grid import MarkedParagraph
from kapplan.output.terminal.trimmed import Trimmed

_MARK = re.compile(r" *(?:(?:-|\d+\.) +|\d+  +|(?:expected|did you mean|what would change it): )?")
_ROOM = 30
"""Where a line has fewer columns than this for words, they go on at its beginning."""


@dataclass(frozen=True, slots=True)
class Hanging:
    """Lines of plain text, which may know the width; numbers and dashes of a list stand out to the left."""

    text: Callable[[int], str]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Lay the lines out for the width at hand."""
        for line in self.text(options.max_width).split("\n"):
            found = _MARK.match(line)
            mark = found[0] if found else ""
            if not line.strip():
                yield Segment.line()
            elif mark and options.max_width - len(mark) >= _ROOM:
                yield MarkedParagraph(Text(mark[:-1]), Text(line[len(mark) :]))
            else:
                yield Trimmed(Text(line))


def labelled(label: str, style: str, words: str) -> MarkedParagraph:
    """Return words that hang beside a label in a style."""
    return MarkedParagraph(Text(label, style=style), Text(words))
