"""Re-planning against an independent solver, and against the words of the design read from the plans alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

import pytest
from support import brute_force, cpsat
from support.change_checks import broken_rules, check_after, check_document, too_close
from support.lives import Change, Life, random_changes, random_newborn

from kapplan.output.documents.problem_json import problem_document
from kapplan.planning.amend.replacements import with_replacements
from kapplan.planning.journal.undo import with_entry
from kapplan.planning.problem.problem import Problem
from kapplan.planning.replan.replan import revise
from kapplan.planning.replan.request import Revision
from kapplan.planning.replan.residual_problem import ReplanCase, solve

LIVES = 48
"""Random lives of the default run; each is some three changes of one plan."""
BATCH = 8
THOROUGH = 10
LEAST_DAYS_BETWEEN_DOSES = {"dosing.dosing.gap": 3, "induction.dosing.gap": 2, "infusions.dosing.gap": 2}


def document_of(problem: Problem) -> dict[str, Any]:
    """Return what a reader of the JSON has: text, read again."""
    document: dict[str, Any] = json.loads(json.dumps(problem_document(problem)))
    return document


def lived(seed: int) -> Iterator[tuple[Life, Change, Revision]]:
    """Yield the changes of a random life, each with the life before it and what came of it."""
    random = Random(seed)
    life = random_newborn(random)
    changes = random_changes(random, life)
    change = next(changes, None)
    while change is not None:
        now = change.life.now
        revision = revise(change.life.plan, change.life.sources, now, change.options, asked=change.asked)
        yield life, change, revision
        plan = with_entry(life.plan, revision.plan, at=now, by="test", command="change", text=change.what)
        life = replace(change.life, plan=plan)
        try:
            change = changes.send(life)
        except StopIteration:
            return


def check(seed: int, *, solver: bool = True) -> Counter[str]:
    """Hold every change of a life to the independent solver and to the design; return what happened."""
    seen: Counter[str] = Counter()
    for number, (_, change, revision) in enumerate(lived(seed)):
        label = f"life {seed}, change {number}: {change.what}, {change.options}"
        before = change.life.plan
        if revision.refused is not None:
            assert revision.plan == before, label
            seen["refused"] += 1
            continue
        plan = with_replacements(before, change.life.sources.protocol, change.life.now)
        case = ReplanCase(
            plan=plan, sources=change.life.sources, now=change.life.now, options=change.options, asked=change.asked
        )
        made = solve(case).redating
        (problem,) = (setting.problem for setting in made.on_its_day)
        document = document_of(problem)
        check_document(document, change)
        if not revision.placed:
            assert cpsat.solve(document) is None, label
            assert all(visit.status in {"unresolved", *_STAYED} or not visit.open for visit in revision.plan.visits)
            seen["unresolved"] += 1
            continue
        check_answer(document, revision, label, solver=solver)
        check_after(plan, revision.plan, change)
        gap = LEAST_DAYS_BETWEEN_DOSES[next(r.rule for r in plan.regimen.timing if r.rule in LEAST_DAYS_BETWEEN_DOSES)]
        if not change.options.keep and change.options.freeze_days is None:
            assert not list(broken_rules(revision.plan, change.life.now)), label
            assert not list(too_close(revision.plan, change.life.now, gap)), label
        seen["placed"] += 1
        seen["moved"] += revision.plan.objective.announced_moves > 0
        seen["confirmed moved"] += revision.plan.objective.confirmed_moves > 0
        seen["loosened"] += bool(revision.loosened)
        seen["replaced"] += any(visit.replaces for visit in revision.plan.visits)
        seen["asked"] += change.asked is not None
    return seen


_STAYED = frozenset({"planned", "confirmed"})
"""Statuses of visits that were pinned, or whose time has passed, where no dates keep every rule."""


def check_answer(document: dict[str, Any], revision: Revision, label: str, *, solver: bool) -> None:
    """Compare a revised plan's objective, term by term, with the solver's and with the plain reading of its days."""
    terms = revision.plan.objective
    named = {
        "confirmed_moves": terms.confirmed_moves, "disturbance": terms.disturbance,
        "follow_up_disturbance": terms.follow_up_disturbance,
        "deviation": terms.deviation, "follow_up_deviation": terms.follow_up_deviation,
        "days_moved": terms.days_moved, "preference": terms.preference, "sooner": terms.sooner,
    }  # fmt: skip
    found = {term: named[term] for term in document["objective"] if term != "ties"}
    dates = {visit.id: visit for visit in revision.plan.visits}
    origin = document["origin"]
    days = {row["id"]: row["fixed"] for row in document["visits"] if row["fixed"] is not None}
    for row in document["visits"]:
        if row["fixed"] is None:
            days[row["id"]] = (dates[row["id"]].start.date() - date.fromisoformat(origin)).days
    assert brute_force.is_legal(document, days), label
    assert brute_force.value(document, days) == found, label
    if not solver:
        return
    assert cpsat.better(document, found) is None, label
    assert cpsat.earlier_tie(document, found, days) is None, label


@pytest.mark.parametrize("batch", range(LIVES // BATCH))
def test_changes_are_dated_with_the_least_change(batch: int) -> None:
    """Each change of 48 random lives has CP-SAT's objective, keeps what stands, and counts every move that it makes."""
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        check(seed)


@pytest.mark.thorough
@pytest.mark.parametrize("batch", range(LIVES // BATCH, THOROUGH * LIVES // BATCH))
def test_many_more_changes_are_dated_with_the_least_change(batch: int) -> None:
    """On ten times as many random lives the same holds."""
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        check(seed)


def test_random_lives_hold_every_kind_of_outcome() -> None:
    """These lives are a hundred changes and more, with refusals, clashes, replaced and confirmed visits that move."""
    seen: Counter[str] = Counter()
    for seed in range(LIVES):
        seen += check(seed, solver=False)
    assert seen["placed"] >= 100
    for outcome in ("refused", "unresolved", "moved", "confirmed moved", "replaced", "asked"):
        assert seen[outcome] >= 2, seen
