"""Plans for the tests of handouts: made by the command line from profiles that hold something private everywhere."""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from support.command_line import with_examples

from kapplan.cli.boundary import run
from kapplan.files.plans.handout_material import material_of
from kapplan.files.plans.store import load_plan
from kapplan.model.exports import HandoutMaterial, Template
from kapplan.model.plan import Plan
from kapplan.output.handout.pages import handout_html

TODAY = "2026-12-28"

RICH = """
[patient]
id = "birch-77"
name = "Marguerite Quellwasser"
birth_date = 1987-03-14
timezone = "America/Denver"

[treatment]
protocol = "kap-standard"
route = "im"
therapist = "okafor"

[history]
diagnoses = ["mdd", "ptsd"]
conditions = ["hypertension-controlled"]
other = ["narcolepsy"]
failed_antidepressants = 2
medications = [
    { name = "lorazepam", daily_mg = 1.0, since = 2025-06-02 },
    { name = "methylphenidate", daily_mg = 20.0, since = 2025-06-02 },
]
pregnancy = "not-applicable"
breastfeeding = false
prior_ketamine = "none"
veteran = true

[symptoms]
on = 2026-12-20
phq9 = 17
phq9_item9 = 0
gad7 = 13
pcl5 = 47
cssrs = "none"
cssrs_behaviour = "never"
bp = "131/84"

[goals]
primary = "insight"
notes = ["return to the orchestra"]

[availability]
mon = ["08:00-17:30"]
thu = ["08:00-17:30"]
away = [{ from = 2027-02-08, until = 2027-02-14, why = "funeral in Lisbon" }]

[travel]
distance_miles = 12
escort = "needed"

[clinic]
file = "clinic.toml"
"""

PRIVATE = (
    "marguerite", "quellwasser", "mdd", "ptsd", "depress", "trauma", "anxiety", "hypertens", "narcolepsy", "ketamine",
    "lorazepam", "methylphenidate", "benzodiazepine", "stimulant", "sedative", "off-label", "kap-standard", "phq",
    "gad-7", "gad7", "pcl", "131/84", "orchestra", "insight", "funeral", "lisbon", "veteran", "aspen house", "okafor",
    "dosing", "dose", "integration", "screening", "preparation", "psycho", "therap", "induction", "maintenance",
    "review", "score", "suicid", "spravato", "journey",
)  # fmt: skip
"""What the rich profile, its protocol and its clinic hold and nobody is to be told, in small letters."""


@cache
def made(name: str) -> tuple[Plan, Path]:
    """Return the plan of an example, of the ``rich`` profile or of ``rio``, who reads Spanish, and its folder."""
    folder = with_examples(Path(tempfile.mkdtemp()))
    (folder / "rich.toml").write_text(RICH, encoding="utf-8")
    river = (folder / "river.toml").read_text(encoding="utf-8")
    (folder / "rio.toml").write_text(river.replace("[patient]\n", '[patient]\nlanguage = "es"\n', 1), encoding="utf-8")
    path = folder / f"{name}.plan.toml"
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = run(["plan", str(folder / f"{name}.toml"), "--today", TODAY, "--by", "tester", "-o", str(path)])
    assert code == 0, said.getvalue()
    return load_plan(path).plan, folder


def example(name: str) -> tuple[Plan, HandoutMaterial]:
    """Return the plan of an example with the material of its handouts."""
    plan, folder = made(name)
    return plan, material_of(plan, folder)


def page(name: str, *, templates: Mapping[str, Template] | None = None, **options: Any) -> str:
    """Return a handout of an example, by the package's templates where none are given."""
    plan, material = example(name)
    return handout_html(plan, replace(material, templates=templates or material.templates), **options)


@dataclass
class _Reader(HTMLParser):
    """Collects what a page says: its texts, the style apart, and the attributes that are read aloud or shown."""

    def __post_init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.tags: list[str] = []
        self._quiet = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag and what its attributes say."""
        self.tags.append(tag)
        self._quiet = tag == "style"
        self.said += [value or "" for key, value in attrs if key in {"aria-label", "title", "alt", "data-label", "id"}]

    def handle_endtag(self, tag: str) -> None:
        """End the style."""
        del tag
        self._quiet = False

    def handle_data(self, data: str) -> None:
        """Note a text."""
        if not self._quiet:
            self.said.append(data)


def said_by(html: str) -> str:
    """Return what a page says to whoever sees or hears it, with single blanks."""
    reader = _Reader()
    reader.feed(html)
    return " ".join(" ".join(reader.said).split())


def tags_of(html: str) -> list[str]:
    """Return the tags of a page in their order."""
    reader = _Reader()
    reader.feed(html)
    return reader.tags
