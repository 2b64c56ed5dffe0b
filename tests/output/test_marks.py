"""What no source confirms is marked wherever it is shown, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from support.plans import plan_in_course
from support.screens import screen, words_of

from kapplan.files.library.rules import built_in_measures
from kapplan.files.library.templates import handout_templates
from kapplan.model.decisions import AppliedRule
from kapplan.model.exports import HandoutMaterial
from kapplan.model.plan import Finding, Plan
from kapplan.output.course.table import CourseTable
from kapplan.output.documents.plan_json import plan_json
from kapplan.output.handout.pages import handout_html
from kapplan.output.records.markdown import markdown_plan

COURSE = replace(plan_in_course(), visits=(), findings=(), tailoring=(), proposals=(), notices=())
WARNED = Finding(rule="r", level="warn", text="Blood pressure is high.", source="A label")
TAILORED = AppliedRule(rule="t", effect="more", text="One more visit.", source="A label", state="applied")


def clinic_page(plan: Plan) -> str:
    """Return the clinic's handout."""
    material = HandoutMaterial(measures=built_in_measures(), templates=handout_templates())
    return handout_html(plan, material, audience="clinic")


SHOWN: dict[str, tuple[Callable[[Plan], str], str]] = {
    "table": (lambda plan: words_of(screen(CourseTable(plan), 200)), "not verified"),
    "markdown": (markdown_plan, "not verified"),
    "page": (clinic_page, "<sup>*</sup>"),
}


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.parametrize("verified", [True, False])
def test_a_finding_and_a_tailored_rule_are_marked_where_nobody_confirmed_them(name: str, verified: bool) -> None:
    """The mark stands with a finding and with a rule exactly where its source is not confirmed."""
    show, mark = SHOWN[name]
    bare = show(COURSE).count(mark)
    finding = replace(COURSE, findings=(replace(WARNED, verified=verified),))
    assert (show(finding).count(mark) > bare) is not verified
    rule = replace(COURSE, tailoring=(replace(TAILORED, verified=verified),))
    assert (show(rule).count(mark) > bare) is not verified


@pytest.mark.parametrize("verified", [True, False])
def test_programs_are_told_in_so_many_words(verified: bool) -> None:
    """JSON has it as a truth of its own."""
    plan = replace(
        COURSE, findings=(replace(WARNED, verified=verified),), tailoring=(replace(TAILORED, verified=verified),)
    )
    document = json.loads(plan_json(plan))
    assert document["findings"][0]["verified"] is verified
    assert document["tailoring"][0]["verified"] is verified
