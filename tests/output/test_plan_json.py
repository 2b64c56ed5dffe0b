"""A plan as JSON: the contract that scripts rely on."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from support.plans import SAFETY, plan_in_course, sample_plan

from kapplan.model.decisions import Proposal
from kapplan.output.documents.plan_json import plan_data, plan_json

TOP = [
    "schema", "safety", "plan_id", "patient", "protocol", "timezone", "revision", "objective", "findings", "tailoring",
    "visits", "tasks",
]  # fmt: skip
INSIDE: dict[str, list[str]] = {
    "protocol": ["id", "version", "off_label"],
    "objective": ["deviation", "follow_up_deviation", "preference", "sooner", "proven"],
    "findings": ["rule", "level", "text", "source"],
    "safety": ["rule", "level", "text", "source"],
    "tailoring": ["rule", "effect", "text", "source"],
    "visits": [
        "id", "kind", "number", "phase", "status", "provisional", "start", "end", "staff", "room", "remote", "window",
        "deviation_days", "slack_days", "timing", "measures", "because",
    ],
    "tasks": ["id", "due", "text", "visit", "status"],
    "scores": ["on", "measure", "value", "visit"],
    "window": ["earliest", "latest"],
    "slack_days": ["earlier", "later"],
    "timing": ["after", "min_days", "target_days", "max_days", "weight", "level"],
    "because": ["rule", "text", "source"],
}  # fmt: skip
TYPES: dict[str, type | tuple[type, ...]] = {
    "schema": str, "plan_id": str, "patient": str, "timezone": str, "revision": int, "off_label": bool,
    "deviation": int, "follow_up_deviation": int, "preference": int, "sooner": int, "proven": bool, "rule": str,
    "level": (str, type(None)), "text": str, "id": str, "kind": str, "number": int, "phase": str, "status": str,
    "provisional": bool, "staff": list, "room": (str, type(None)), "remote": bool, "deviation_days": int,
    "earlier": int, "later": int, "min_days": (int, type(None)), "target_days": (list, type(None)), "weight": int,
    "max_days": (int, type(None)), "measures": list, "after": str, "due": str, "earliest": (str, type(None)),
}  # fmt: skip


def walk(data: Any, key: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Return every object of a document with the key it stands under."""
    if isinstance(data, dict):
        return [(key, data), *(found for name, value in data.items() for found in walk(value, name))]
    if isinstance(data, list):
        return [found for value in data for found in walk(value, key)]
    return []


def test_keys_stand_as_the_contract_has_them() -> None:
    """Each object begins with the contract's keys in its order; others only come after."""
    document = json.loads(plan_json(plan_in_course()))
    assert list(document)[: len(TOP)] == TOP
    seen = set()
    for key, found in walk(document):
        if key in INSIDE:
            assert list(found)[: len(INSIDE[key])] == INSIDE[key]
            seen.add(key)
    assert seen == set(INSIDE)


def test_values_have_the_contracts_types() -> None:
    """Numbers are numbers, truths truths, and what may be missing is null."""
    for _, found in walk(json.loads(plan_json(plan_in_course()))):
        for key, value in found.items():
            if key in TYPES:
                assert isinstance(value, TYPES[key]), key
                assert isinstance(value, bool) == (TYPES[key] is bool), key


def test_the_text_is_the_data() -> None:
    """What is read back equals the document the API gives."""
    for plan in (sample_plan(), plan_in_course()):
        assert json.loads(plan_json(plan)) == plan_data(plan)


def test_moments_carry_the_offset_of_their_day() -> None:
    """Winter and summer time stand in the text, and read back as the plan's own instants."""
    plan = sample_plan()
    visits = {visit["id"]: visit for visit in plan_data(plan)["visits"]}
    assert visits["dosing-1"]["start"] == "2027-01-21T09:00:00-07:00"
    assert visits["check-in-1"]["start"] == "2027-03-16T09:00:00-06:00"
    for visit in plan.visits:
        start = datetime.fromisoformat(visits[visit.id]["start"])
        assert start == visit.start
        assert datetime.fromisoformat(visits[visit.id]["end"]) - start == timedelta(minutes=visit.minutes.total)


def test_safety_notices_come_first_and_stay_among_the_findings() -> None:
    """The first key after the schema holds them; an empty list says that there are none."""
    data = plan_data(plan_in_course())
    assert [finding["text"] for finding in data["safety"]] == [SAFETY.text]
    assert data["safety"][0] in data["findings"]
    assert plan_data(sample_plan())["safety"] == []


def test_no_name_leaves_the_program() -> None:
    """The pseudonym is the only name in the document."""
    assert "River A." not in plan_json(plan_in_course())


def test_scores_and_proposals_are_told() -> None:
    """Recorded scores keep their type; proposals keep their number and state."""
    plan = plan_in_course()
    data = plan_data(plan)
    assert [(score["measure"], score["value"]) for score in data["scores"]] == [("phq9", 19), ("bp", "138/88")]
    proposed = plan_data(replace(plan, proposals=(Proposal(number=1, rule="r", text="Ask."),)))
    assert proposed["proposals"] == [
        {
            "number": 1, "rule": "r", "text": "Ask.", "source": None, "verified": True, "effect": "", "visit": None,
            "on": None, "state": "open",
        }
    ]  # fmt: skip


@pytest.mark.parametrize("visit_id", ["dosing-3", "check-in-5"])
def test_timing_rules_are_told_whole(visit_id: str) -> None:
    """Bounds, target, weight, level and calendar months are there for whoever checks them."""
    plan = sample_plan()
    visit = next(visit for visit in plan_data(plan)["visits"] if visit["id"] == visit_id)
    timing = plan.visit(visit_id).timing[0]
    assert visit["timing"][0]["after"] == timing.after
    assert visit["timing"][0]["target_days"] == list(timing.target_days or ())
    assert visit["timing"][0]["months"] == timing.months
