"""Handouts in a real browser: on a phone and on paper, and to an accessibility checker."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.browser import WIDTHS, looked_at, missing
from support.handouts import example
from support.plans import long_plan, plan_in_course

from kapplan.files.plans.handout_material import material_of
from kapplan.model.exports import HandoutMaterial
from kapplan.model.plan import Plan
from kapplan.output.handout.pages import handout_html

NEUTRAL, FULL, CLINIC = ("patient", "neutral"), ("patient", "full"), ("clinic", "full")
PAGES = [
    (name, *kind)
    for name, kinds in {
        "river": (NEUTRAL, CLINIC),
        "sage": (FULL,),
        "wide": (NEUTRAL, FULL, CLINIC),
        "long": (NEUTRAL,),
    }.items()
    for kind in kinds
]

SMALLEST = 9
"""Pixels that the letters of a picture are high on a phone, at least."""

pytestmark = pytest.mark.skipif(missing() is not None, reason=missing() or "")


def plan_of(name: str) -> tuple[Plan, HandoutMaterial]:
    """Return a plan and its material: an example, a course of years, or one with texts that cannot be broken."""
    if name == "long":
        return long_plan(), material_of(long_plan())
    if name == "wide":
        course = plan_in_course()
        word = "Donaudampfschifffahrtsgesellschaftskapitän"
        card = replace(course.clinic, name=f"{course.clinic.name}{word}", address=f"{word}{word}", phone=f"555 {word}")
        visits = tuple(replace(visit, title=f"{visit.title}{word}", staff=(word,)) for visit in course.visits)
        return replace(course, clinic=card, visits=visits), material_of(course)
    return example(name)


@pytest.mark.parametrize("page", PAGES, ids="-".join)
def test_a_page_fits_phone_paper_and_ears(page: tuple[str, Any, Any], tmp_path: Path) -> None:
    """Nothing sticks out on a phone or on paper, pictures can be read, axe has no complaint, and nothing is loaded."""
    name, audience, detail = page
    path = tmp_path / "page.html"
    path.write_text(handout_html(*plan_of(name), audience=audience, detail=detail), encoding="utf-8")
    seen = looked_at(path)
    for width in WIDTHS:
        found = seen["widths"][width]
        assert (width, found["overflow"], found["wide"], found["cut"]) == (width, 0, [], 0)
    assert round(seen["widths"]["phone"]["smallest"]) >= SMALLEST
    assert seen["violations"] == []
    assert seen["passed"] > 15
    assert seen["requests"] == 1
    assert seen["pdf"] > 10_000
