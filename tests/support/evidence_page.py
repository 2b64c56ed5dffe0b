"""docs/evidence.md, made from the data: run as a program, this writes it."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from support.library_data import IDS, measures, protocol

from kapplan.files.library.package_data import library_reviewed
from kapplan.files.library.rules import built_in_review, load_instructions
from kapplan.output.library.evidence import (
    Statement,
    evidence_records,
    of_measures,
    of_protocol,
    of_reviews,
    of_rules,
)
from kapplan.output.records.markdown import markdown_text

PAGE = Path(__file__).parents[2] / "docs" / "evidence.md"

HEAD = """# What the library rests on

Every statement of the protocols, rules, measures and reviews that ship with kapplan, with its source, how well it is
known and how strong it is: what is from memory first, then our own defaults, then what is known from a secondary page,
then what was confirmed in a page that was read. A number that a source gives only a part of stands twice: with its
source, and by itself as a default. `kapplan protocols --sources` prints the same, `kapplan protocols ID --sources` one
protocol's; `--format csv` is for a spreadsheet.

This page is made from the data (`python tests/support/evidence_page.py`); a test holds it to them.

"""


def statements() -> list[Statement]:
    """Return every statement of the library."""
    found = [one for name in IDS for one in of_protocol(protocol(name), measures().titles)]
    return [*found, *of_rules(load_instructions()), *of_measures(measures()), *of_reviews(built_in_review())]


def page() -> str:
    """Return the page."""
    return HEAD + markdown_text(evidence_records(statements(), library_reviewed()))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
