"""Commands in a text that stay on one line where one is long enough: what is copied from a screen is run as it stands.

A command that is broken over two lines runs as two, the first without its end.
"""

from __future__ import annotations

import re

from rich.cells import cell_len
from rich.text import Text

_COMMAND = re.compile(r"\bkapplan (?:[a-z][a-z-]*|--?[a-z][a-z-]*)(?: (?:'[^'\n]*'|(?!\()[^\s`;,(]*[^\s`;,.:)(]))*")
_HELD = "\ufdd0"
"""What stands for a blank at which no line is broken; no text has this noncharacter."""


def with_whole_commands(text: Text, width: int) -> Text:
    """Return a text whose commands are not broken, as far as they fit into a line of a width."""
    if "kapplan " not in text.plain:
        return text
    plain = _COMMAND.sub(
        lambda found: found[0].replace(" ", _HELD) if cell_len(found[0]) <= width else found[0], text.plain
    )
    if plain == text.plain:
        return text
    whole = text.copy()
    whole.plain = plain
    return whole


def as_typed(text: str) -> str:
    """Return what was laid out with its commands as they are typed."""
    return text.replace(_HELD, " ")
