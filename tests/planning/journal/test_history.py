"""The history: every change can be taken back and made again, field by field, and calendars only ever hear of more."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.lives import NOW, Life, newborn, random_changes, random_newborn

from kapplan.errors import UsageError
from kapplan.files.plans.format import plan_of, text_of
from kapplan.files.toml.sources import SourceFile
from kapplan.model.plan import Plan, PlannedVisit
from kapplan.planning.amend.add_visit import add_visit
from kapplan.planning.amend.record import complete, confirm, miss
from kapplan.planning.journal.undo import as_of, redo, stacks, undo, with_entry
from kapplan.planning.replan.replan import revise

TOLD_ANEW = frozenset({"sequence", "revised"})
"""Fields of a visit that an undo never takes back: what calendars were told."""


def content(plan: Plan) -> dict[str, Any]:
    """Return what an undo gives back: every field but those of the history and of what calendars know."""
    fields = {field.name: getattr(plan, field.name) for field in dataclasses.fields(plan)}
    for name in ("revision", "revised", "history", "withdrawn"):
        del fields[name]
    return {**fields, "visits": [told_alike(visit) for visit in plan.visits]}


def told_alike(visit: PlannedVisit) -> dict[str, Any]:
    """Return a visit's fields without what calendars were told."""
    fields = {field.name: getattr(visit, field.name) for field in dataclasses.fields(visit)}
    return {name: value for name, value in fields.items() if name not in TOLD_ANEW}


def later(plan: Plan, hours: int = 1) -> datetime:
    """Return a moment after the plan's last change."""
    return plan.revised + timedelta(hours=hours)


def changed(plan: Plan, after: Plan, text: str = "changed") -> Plan:
    """Return a change as the next revision."""
    return with_entry(plan, after, at=later(plan), by="test", command="change", text=text)


def random_life_of(seed: int) -> Iterator[Plan]:
    """Yield the plan after each change of a random life."""
    random = Random(seed)
    life: Life = random_newborn(random)
    yield life.plan
    changes = random_changes(random, life)
    change = next(changes, None)
    while change is not None:
        now = change.life.now
        revision = revise(change.life.plan, change.life.sources, now, change.options, asked=change.asked)
        plan = with_entry(life.plan, revision.plan, at=now, by="test", command="change", text=change.what)
        yield plan
        life = replace(change.life, plan=plan)
        try:
            change = changes.send(life)
        except StopIteration:
            return


@pytest.mark.parametrize("seed", range(12))
def test_each_revision_can_be_seen_again(seed: int) -> None:
    """``as_of`` gives each earlier plan exactly as it was saved, to the last field."""
    plans = list(random_life_of(seed))
    for plan in plans[1:]:
        assert as_of(plans[-1], plan.revision) == plan
    assert content(as_of(plans[-1], 1)) == content(plans[0])


@pytest.mark.parametrize("seed", range(12))
def test_undo_gives_back_the_plan_before_field_by_field(seed: int) -> None:
    """Taken back one by one, all at once, and made again, every plan comes back with all that it held."""
    plans = list(random_life_of(seed))
    last = plans[-1]
    plan = last
    for before in reversed(plans[:-1]):
        plan = undo(plan, at=later(plan), by="test")
        assert content(plan) == content(before)
    for after in plans[1:]:
        plan = redo(plan, at=later(plan), by="test")
        assert content(plan) == content(after)
    steps = len(plans) - 1
    at_once = undo(last, at=later(last), by="test", steps=steps)
    assert content(at_once) == content(plans[0])
    assert content(redo(at_once, at=later(at_once), by="test", steps=steps)) == content(last)


@pytest.mark.parametrize("seed", range(4))
def test_a_plan_read_from_its_file_can_be_taken_back_all_the_same(seed: int) -> None:
    """Nothing that an undo needs is lost in the file."""
    plans = list(random_life_of(seed))
    read = plan_of(SourceFile.of_text(text_of(plans[-1])))
    steps = len(plans) - 1
    assert content(undo(read, at=later(read), by="test", steps=steps)) == content(plans[0])
    for plan in plans[1:]:
        assert as_of(read, plan.revision) == plan


@given(st.lists(st.sampled_from(["confirm", "done", "miss", "add", "undo", "redo", "undo 2"]), max_size=9))
@settings(max_examples=40)
def test_any_mixture_of_changes_undo_and_redo_is_a_walk_through_states(commands: list[str]) -> None:
    """Undo and redo walk along the states as an editor does; sequences and times of revision never fall."""
    life = newborn()
    plan, states, place = life.plan, [life.plan], 0
    for number, command in enumerate(commands):
        before = plan
        if command.startswith("undo"):
            steps = 2 if command.endswith("2") else 1
            if steps > place:
                with pytest.raises(UsageError):
                    undo(plan, at=later(plan), by="test", steps=steps)
                continue
            plan, place = undo(plan, at=later(plan), by="test", steps=steps), place - steps
        elif command == "redo":
            if place + 1 >= len(states):
                with pytest.raises(UsageError):
                    redo(plan, at=later(plan), by="test")
                continue
            plan, place = redo(plan, at=later(plan), by="test"), place + 1
        else:
            plan = changed(plan, _after(life, plan, command), f"{command} {number}")
            states, place = [*states[: place + 1], plan], place + 1
        assert content(plan) == content(states[place])
        assert plan.revision == before.revision + 1 == len(plan.history)
        assert (len(stacks(plan).done), len(stacks(plan).undone)) == (place, len(states) - place - 1)
        calendars_hear_no_less(before, plan)


def _after(life: Life, plan: Plan, command: str) -> Plan:
    """Return a plan after something happened to it; what is new gets a date without the placement."""
    ahead = [visit for visit in plan.visits if visit.status in {"planned", "confirmed"}]
    if not ahead:
        return plan
    if command == "confirm":
        return confirm(plan, [ahead[-1].id])
    if command == "done":
        return complete(plan, ahead[0].id, scores={"phq9": 12}, note="well")
    if command == "miss":
        return miss(plan, ahead[0].id)
    added = add_visit(plan, life.sources.protocol, "booster")
    sample = replace(ahead[-1], id=added.visit, kind="booster", number=int(added.visit.rpartition("-")[2]), sequence=0)
    return replace(added.plan, visits=(*plan.visits, sample))


def calendars_hear_no_less(before: Plan, after: Plan) -> None:
    """Check that every visit told of is still told of, with a sequence and a revision that have not fallen."""
    told = {visit.id: visit for visit in (*after.visits, *after.withdrawn)}
    assert len(told) == len(after.visits) + len(after.withdrawn)
    for visit in (*before.visits, *before.withdrawn):
        assert told[visit.id].sequence >= visit.sequence
        assert told[visit.id].revised >= visit.revised


class TestWithdrawn:
    """Visits that an undo takes away."""

    @pytest.fixture
    def added(self) -> Plan:
        """Return a plan to which a booster was added."""
        life = newborn()
        new = add_visit(life.plan, life.sources.protocol, "booster")
        return changed(life.plan, revise(new.plan, life.sources, life.now).plan)

    def test_an_added_visit_that_is_taken_back_stays_cancelled_for_calendars(self, added: Plan) -> None:
        """It is no more among the visits, but kept as cancelled with a higher sequence."""
        back = undo(added, at=later(added), by="test")
        (gone,) = back.withdrawn
        assert (gone.id, gone.status, gone.sequence) == ("booster-1", "cancelled", 1)
        assert all(visit.id != "booster-1" for visit in back.visits)

    def test_made_again_it_comes_back_with_a_higher_sequence(self, added: Plan) -> None:
        """Redo brings it back as it was, and calendars hear of it as of something newer."""
        back = undo(added, at=later(added), by="test")
        again = redo(back, at=later(back), by="test")
        assert again.withdrawn == ()
        assert again.visit("booster-1").sequence == 2
        assert again.visit("booster-1").start == added.visit("booster-1").start

    def test_its_id_is_never_given_again(self, added: Plan) -> None:
        """Another visit added after the undo has the next number."""
        back = undo(added, at=later(added), by="test")
        assert add_visit(back, newborn().sources.protocol, "booster").visit == "booster-2"


class TestEntries:
    """What an entry says and holds."""

    def test_an_entry_says_who_when_what_and_why(self) -> None:
        """The entry keeps what it was given, with the next revision."""
        plan = newborn().plan
        after = with_entry(plan, confirm(plan, ["dosing-1"]), at=later(plan), by="okafor", command="confirm",
                           text="Confirmed dose 1", why="phoned")  # fmt: skip
        entry = after.history[-1]
        assert (entry.revision, entry.by, entry.command, entry.why) == (2, "okafor", "confirm", "phoned")
        assert (after.revision, after.revised) == (2, entry.at)

    def test_an_undo_says_what_it_takes_back(self) -> None:
        """The text of an undo names the change and its revision."""
        plan = newborn().plan
        after = changed(plan, confirm(plan, ["dosing-1"]), "Confirmed dose 1")
        assert undo(after, at=later(after), by="test").history[-1].text == "Took back: Confirmed dose 1 (revision 2)"

    def test_a_patch_is_small_json(self) -> None:
        """A change of one visit is kept in some hundred bytes, whatever the size of the plan."""
        plan = newborn("kap-standard", maintenance_months=24).plan
        entry = changed(plan, complete(plan, "screening-1")).history[-1]
        assert entry.undo is not None
        assert len(entry.undo) < 300
        json.loads(entry.undo)

    def test_only_what_calendars_show_raises_a_sequence(self) -> None:
        """Confirming a visit is no new revision of its entry; missing it is."""
        plan = newborn().plan
        after = changed(plan, confirm(plan, ["dosing-1"]))
        assert after.visit("dosing-1").sequence == 0
        assert changed(after, miss(after, "dosing-1")).visit("dosing-1").sequence == 1


class TestLookingBack:
    """Plans as they stood."""

    def test_a_day_shows_the_plan_at_its_end(self) -> None:
        """A date means the last revision of that day in the plan's zone; before the first there was no plan."""
        plan = newborn().plan
        after = with_entry(plan, confirm(plan, ["dosing-1"]), at=NOW + timedelta(days=3), by="t", command="c", text="t")
        assert as_of(after, (NOW + timedelta(days=2)).date()).revision == 1
        assert as_of(after, (NOW + timedelta(days=3)).date()) == after
        assert as_of(after, NOW + timedelta(days=3, hours=-1)).revision == 1
        with pytest.raises(UsageError):
            as_of(after, (NOW - timedelta(days=1)).date())

    @pytest.mark.parametrize("revision", [0, 2, -1])
    def test_a_revision_that_is_none_is_answered_in_words(self, revision: int) -> None:
        """Asking for a revision that there is not names those that there are."""
        with pytest.raises(UsageError, match="no plan as of revision"):
            as_of(newborn().plan, revision)

    def test_nothing_to_take_back_is_said(self) -> None:
        """A new plan has nothing to undo or redo."""
        plan = newborn().plan
        for command in (undo, redo):
            with pytest.raises(UsageError, match="nothing to"):
                command(plan, at=later(plan), by="test")
