"""Whole lives of courses under random scores: whatever reviews propose can be accepted, dated and gone on with."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from support.library_data import IDS, protocol
from support.reviews import Course, course

from kapplan.planning.amend import record as recording
from kapplan.planning.review.proposals import effect_of


def decides(name: str) -> bool:
    """Tell whether a protocol has a gate that reads a measure."""
    gates = [series.gate for phase in protocol(name).phases for series in phase.series]
    return any(gate is not None and gate.measure for gate in gates)


GATED = [name for name in IDS if decides(name)]
STEPS = 40


def next_held(made: Course, chance: random.Random) -> Course | None:
    """Return the course with its next visit held and scored, or now and then missed; ``None`` at its end."""
    ahead = sorted((visit for visit in made.plan.visits if visit.open), key=lambda visit: visit.start)
    if not ahead:
        return None
    visit = ahead[0]
    today = visit.start.date()
    if visit.kind == "dosing" and chance.random() < 0.1:
        return replace(made, plan=recording.miss(made.plan, visit.id), today=today)
    plan = recording.complete(made.plan, visit.id)
    if chance.random() < 0.9:
        scores = {"madrs": chance.choice([5, 12, 13, 16, 17, 30]), "qids_sr16": chance.choice([4, 9, 10, 20])}
        plan = recording.score(plan, today, scores)
    plan = recording.score(plan, today, {"phq9": chance.randint(0, 27), "phq9_item9": 0})
    return replace(made, plan=plan, today=today)


def answered(made: Course, chance: random.Random) -> Course:
    """Accept one of the proposals that change the course, or decline it, and date the plan anew."""
    before = made.plan
    for proposal in made.proposals():
        if effect_of(proposal.effect)[0] == "note":
            continue
        if chance.random() < 0.2:
            return made.turned_down(proposal)
        done = made.took(proposal)
        revision = made.revised(done)
        assert revision.placed, (proposal.effect, revision.clash)
        _holds(made, replace(made, plan=revision.plan))
        assert [one for one in revision.plan.visits if one.status == "completed"] == [
            one for one in before.visits if one.status == "completed"
        ]
        return replace(made, plan=revision.plan)
    return made


def _holds(before: Course, after: Course) -> None:
    """Hold a plan to what is always true after an answer."""
    plan = after.plan
    ids = [visit.id for visit in plan.visits]
    assert len(ids) == len(set(ids))
    assert {visit.id for visit in before.plan.visits} <= set(ids)
    assert {visit.id for visit in plan.regimen.visits} == set(ids)
    gates = {visit.id for visit in plan.regimen.visits if visit.gate is not None}
    ahead = {visit.id for visit in plan.visits if visit.open}
    for visit in plan.visits:
        if visit.open:
            assert visit.start.date() > after.today or visit.start == before.plan.visit(visit.id).start
            assert visit.provisional == bool(visit.awaits)
            assert {gate for gate in visit.awaits if gate in gates} <= ahead
    numbers = [proposal.number for proposal in plan.proposals]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("name", GATED)
@pytest.mark.parametrize("seed", range(2))
def test_a_life_goes_on_to_its_end(name: str, seed: int) -> None:
    """Accepting and declining at random, every course can always be dated, keeps its ids, and loses nothing held."""
    chance = random.Random(f"{name} {seed}")
    made: Course | None = course(name)
    for _ in range(STEPS):
        assert made is not None
        held = next_held(made, chance)
        if held is None:
            break
        made = answered(held, chance)


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("name", GATED)
def test_many_lives_go_on_to_their_end(name: str, seed: int) -> None:
    """The same over many more lives."""
    test_a_life_goes_on_to_its_end(name, 1000 + seed)
