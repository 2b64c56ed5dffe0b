"""Every TOML text at hand: the library, the examples, and those of the broken files that are TOML."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from support.broken_files import GALLERY
from support.plans import long_plan

from kapplan.files.plans.format import text_of

ROOT = Path(__file__).parent.parent.parent


@cache
def toml_texts() -> dict[str, str]:
    """Return the texts by name."""
    return dict(_texts())


def _texts() -> Iterator[tuple[str, str]]:
    for folder in ("kapplan/library", "examples"):
        for path in sorted((ROOT / folder).rglob("*.toml")):
            text = path.read_text(encoding="utf-8")
            if _is_toml(text):  # templates have gaps to fill
                yield str(path.relative_to(ROOT)), text
    yield "pyproject.toml", (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    yield "a plan", text_of(long_plan())
    for broken in GALLERY:
        text = broken.data.decode("utf-8-sig", "replace")
        if len(text) < 10_000 and text.strip() and _is_toml(text):
            yield f"broken file {broken.name}", text


def _is_toml(text: str) -> bool:
    try:
        tomllib.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
