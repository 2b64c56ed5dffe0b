"""Which files a piece of work opens: counted by the interpreter itself, whatever library asks for them."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_LISTENING: list[tuple[str, Counter[str]]] = []


@contextmanager
def opened_in(folder: Path) -> Iterator[Counter[str]]:
    """Yield how often each file of a folder is opened, by its name, while the block runs."""
    _hooked()
    opened: Counter[str] = Counter()
    heard = (str(folder.resolve()), opened)
    _LISTENING.append(heard)
    try:
        yield opened
    finally:
        _LISTENING.remove(heard)


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "open" or not _LISTENING or not isinstance(arguments[0], str | bytes | os.PathLike):
        return
    where, name = os.path.split(os.path.realpath(os.fsdecode(arguments[0])))
    for folder, opened in _LISTENING:
        if where == folder:
            opened[name] += 1


_HOOKS: list[int] = []


def _hooked() -> None:
    """Listen from now on: what the interpreter was told to call cannot be taken back."""
    if not _HOOKS:
        _HOOKS.append(1)
        sys.addaudithook(_heard)
