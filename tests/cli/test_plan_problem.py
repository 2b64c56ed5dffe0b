"""``kapplan plan --format problem`` is enough: a solver that reads nothing else finds the dates of the plan."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from support import brute_force, cpsat
from support.command_line import CommandLine, with_examples

TODAY = ("--today", "2026-12-15")


@pytest.mark.parametrize("profile", ["river.toml", "sage.toml"])
def test_the_problem_printed_leads_to_the_plan_printed(
    profile: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the printed problem alone, CP-SAT finds the objective that the plan shows, and the plan's dates solve it."""
    kapplan = CommandLine(with_examples(tmp_path), monkeypatch)
    asked = kapplan("plan", profile, *TODAY, "--format", "problem")
    shown = kapplan("plan", profile, *TODAY, "--format", "json")
    assert (asked.code, shown.code) == (0, 0)
    document, plan = json.loads(asked.text), json.loads(shown.text)
    origin = date.fromisoformat(document["origin"])
    days = {visit["id"]: (date.fromisoformat(visit["start"][:10]) - origin).days for visit in plan["visits"]}
    best = cpsat.solve(document)
    assert best is not None
    assert {term: plan["objective"][term] for term in best.objective} == best.objective
    assert plan["objective"]["proven"] is True
    in_order = {visit["id"]: days[visit["id"]] for visit in document["visits"]}
    assert brute_force.is_legal(document, in_order)
    assert brute_force.value(document, in_order) == best.objective
    assert cpsat.earlier_tie(document, best.objective, in_order) is None


def test_the_problem_is_printed_where_there_is_no_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no dates keep every rule, ``--format problem`` prints the problem all the same: nobody can solve it."""
    kapplan = CommandLine(with_examples(tmp_path), monkeypatch)
    printed = kapplan("plan", "ember.toml", *TODAY, "--format", "problem")
    assert printed.code == 5
    assert cpsat.solve(json.loads(printed.text)) is None


@pytest.mark.parametrize("profile", ["river.toml", "sage.toml"])
def test_the_problem_printed_keeps_the_promises_of_its_page(
    profile: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Open days ascend, each once, none after the horizon; every name that a rule or limit uses is a visit's."""
    kapplan = CommandLine(with_examples(tmp_path), monkeypatch)
    document = json.loads(kapplan("plan", profile, *TODAY, "--format", "problem").text)
    names = {visit["id"] for visit in document["visits"]}
    assert len(names) == len(document["visits"])
    for visit in document["visits"]:
        days = [day for day, *_ in visit["days"]]
        assert days == sorted(set(days))
        assert not days or days[-1] <= document["horizon"]
    anchors = [rule["after"] for rule in document["timing"]]
    anchors += [limit["anchor"] for limit in document["limits"] if "anchor" in limit]
    assert {anchor for anchor in anchors if isinstance(anchor, str)} <= names
    assert {rule["visit"] for rule in document["timing"]} <= names
    assert {visit for limit in document["limits"] for visit in limit["visits"]} <= names
