"""What a change did, as people read it: a line that sums it up, the next of many moves, and where the rest is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from support.plans import sample_plan
from support.screens import screen, words_of

from kapplan.files.library.rules import built_in_measures
from kapplan.model.plan import Plan, Score
from kapplan.output.views.change import LISTED_AT_MOST, PlanChange, change_view
from kapplan.planning.replan.request import Revision


def later(plan: Plan, number: int, *, days: int = 7, more: int = 0) -> Plan:
    """Return a plan whose last visits stand some days later, the very last ``more`` days beyond that."""
    kept, moved = plan.visits[:-number], plan.visits[-number:]
    shifts = [timedelta(days=days + (more if visit is moved[-1] else 0)) for visit in moved]
    return replace(
        plan,
        revision=plan.revision + 1,
        visits=(*kept, *(replace(v, start=v.start + s, end=v.end + s) for v, s in zip(moved, shifts, strict=True))),
    )


def told(after: Plan, *, one_by_one: bool = False, dry_run: bool = False) -> str:
    """Return what the screen says of a change of the sample plan."""
    change = PlanChange(
        before=sample_plan(), after=after, revision=Revision(plan=after), name="river.plan.toml", dry_run=dry_run
    )
    return screen(change_view(change, one_by_one=one_by_one), 120)


def lines_of_moves(text: str) -> int:
    """Return how many lines name a visit with both its times."""
    return sum("→" in line for line in text.splitlines())


def test_few_moves_are_listed_each() -> None:
    """A short list is the whole truth and needs no line above it."""
    text = told(later(sample_plan(), LISTED_AT_MOST))
    assert lines_of_moves(text) == LISTED_AT_MOST
    assert "moves:" not in text


@pytest.mark.parametrize(
    ("more", "words"), [(0, "and 5 visits after it: 7 days later"), (2, "and 5 visits after it: +7 to +9 days")]
)
def test_many_moves_are_summed_up_with_the_next_of_them(more: int, words: str) -> None:
    """Many moves are one line, the next ones below it, and the command that shows all of them."""
    text = told(later(sample_plan(), 6, more=more))
    assert words in words_of(text)
    assert lines_of_moves(text) == LISTED_AT_MOST
    assert "All 6 moves: kapplan diff river.plan.toml@1 river.plan.toml" in text
    assert "the same with --list" in told(later(sample_plan(), 6), dry_run=True)


def test_every_move_is_listed_where_it_is_asked_for() -> None:
    """With ``--list`` nothing is summed up."""
    assert lines_of_moves(told(later(sample_plan(), 6), one_by_one=True)) == 6


def test_what_takes_a_change_back_names_the_plan() -> None:
    """The last line can be pasted as it stands."""
    assert "kapplan undo river.plan.toml" in told(later(sample_plan(), 1))


def test_a_score_put_right_shows_what_it_was_and_is() -> None:
    """A score of a visit that has another value or day now is one line; one that is no more is called gone."""
    plan = sample_plan()
    visit = plan.visits[0]
    before = replace(plan, scores=(Score(on=visit.day, measure="phq9", value=18, visit=visit.id),))
    right = replace(before, scores=(replace(before.scores[0], value=15),))
    shown = told_of(before, right)
    assert "PHQ-9 18 of " in shown
    assert "→ 15 of " in shown
    assert "score gone" not in shown
    assert "score gone" in told_of(before, replace(before, scores=()))


def told_of(before: Plan, after: Plan) -> str:
    """Return the difference of two plans as people read it."""
    change = PlanChange(before=before, after=after, revision=Revision(plan=after), saved=False)
    return words_of(screen(change_view(change, measures=built_in_measures().names), 100))
