"""What calendars call a plan's entries: not to be guessed, one for each audience, and never forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from support.calendar_plans import local, plan, visit

from kapplan.model.exports import plan_secret
from kapplan.model.plan import CalendarIdentity, Plan
from kapplan.planning.journal.calendar_identity import (
    calendar_uid,
    calendar_uids,
    entry_uid,
    former_uids,
    renewed,
)
from kapplan.planning.journal.undo import redo, undo, with_entry

NOW = datetime(2026, 12, 23, 18, tzinfo=UTC)
PATH = ("visit", "integration-1")


def a_plan(secret: str = "") -> Plan:
    """Return a plan of one visit, with a secret or as an older version made it."""
    return replace(plan(visit(local("2027-01-08 09:00"))), identity=CalendarIdentity(secret=secret))


def test_a_plan_without_a_secret_keeps_its_names() -> None:
    """Plans of older versions have one name for every audience, the one of before, so that nobody's entries double."""
    old = a_plan()
    legacy = calendar_uid(old.id, *PATH)
    assert {entry_uid(old, audience, *PATH) for audience in ("patient", "clinic")} == {legacy}
    assert calendar_uids(old) == {legacy}


def test_each_audience_has_names_of_its_own() -> None:
    """With a secret the patient's and the clinic's calendars call one visit differently; all are known as ours."""
    new = a_plan("s")
    names = {entry_uid(new, audience, *PATH) for audience in ("patient", "clinic")}
    assert len(names) == 2
    assert names == calendar_uids(new)
    assert calendar_uid(new.id, *PATH) not in names


def test_names_depend_on_the_secret_and_on_nothing_that_can_be_guessed() -> None:
    """Who knows the source, the plan's id and the visit cannot make the name without the secret."""
    guessed = {calendar_uid(a_plan().id, *PATH), entry_uid(a_plan("t"), "patient", *PATH)}
    assert entry_uid(a_plan("s"), "patient", *PATH) not in guessed
    assert entry_uid(a_plan("s"), "patient", *PATH) == entry_uid(a_plan("s"), "patient", *PATH)


def test_one_seed_gives_each_plan_its_own_secret() -> None:
    """A fixed seed makes output the same again without giving two plans one secret, or the seed away."""
    assert plan_secret("seed", "a") != plan_secret("seed", "b")
    assert "seed" not in plan_secret("seed", "a")
    assert plan_secret("seed", "a") == plan_secret("seed", "a")


def test_renewing_is_remembered_through_undo_and_redo() -> None:
    """Whatever is renewed, taken back or brought back: the names of before are still the plan's."""

    def saved(before: Plan, after: Plan, days: int) -> Plan:
        return with_entry(before, after, at=NOW + timedelta(days=days), by="t", command="renew", text="x")

    old = saved(a_plan(), a_plan(), 0)
    once = saved(old, renewed(old, "seed"), 1)
    assert former_uids(once, "patient", *PATH) == (calendar_uid(old.id, *PATH),)
    twice = saved(once, renewed(once, "seed"), 2)
    assert len({entry_uid(each, "patient", *PATH) for each in (old, once, twice)}) == 3
    back = undo(twice, at=NOW + timedelta(days=3), by="t")
    assert back.identity.secret == once.identity.secret
    assert set(back.identity.former) == {"", twice.identity.secret}
    again = redo(back, at=NOW + timedelta(days=4), by="t")
    assert again.identity.secret == twice.identity.secret
    assert set(again.identity.former) == {"", once.identity.secret}
    first = undo(undo(again, at=NOW + timedelta(days=5), by="t"), at=NOW + timedelta(days=6), by="t")
    assert first.identity.secret == ""
    assert set(first.identity.former) == {once.identity.secret, twice.identity.secret}


@pytest.mark.parametrize("secret", ["", "s"])
def test_a_name_tells_nothing(secret: str) -> None:
    """A name is a bare UUID: no date, title, kind, audience or patient stands in it."""
    name = entry_uid(a_plan(secret), "clinic", *PATH)
    assert len(name) == 36
    assert not set(name) - set("0123456789abcdef-")
