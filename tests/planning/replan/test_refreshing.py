"""Refreshing: changed sources are taken over, history and the plan's own changes stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from support.library_data import protocol
from support.lives import Life, newborn, plain_clinic, small_protocol
from support.reviews import course

from kapplan.model.clinic import Closure, MinutesChange
from kapplan.model.plan import Plan
from kapplan.model.protocol import Anchor, Series, VisitType, Window
from kapplan.model.visits import Gate
from kapplan.planning.amend.add_visit import add_visit
from kapplan.planning.amend.record import complete, confirm, miss
from kapplan.planning.journal.diff import difference
from kapplan.planning.replan.refresh import refreshed, regimen_of
from kapplan.planning.replan.replan import Sources, revise


def lived(*names: str) -> Life:
    """Return a general course of which these visits were held as planned."""
    life = newborn()
    for name in names:
        life = life.at(name)
        life = life.on(revise(complete(life.plan, name), life.sources, life.now).plan)
    return life


def refresh(life: Life, sources: Sources) -> Plan:
    """Return the plan taken over to other sources and dated anew."""
    return revise(refreshed(life.plan, life.sources, sources), sources, life.now).plan


def with_treatment(life: Life, **changes: object) -> Sources:
    """Return the sources with another treatment."""
    profile = life.sources.profile
    return replace(life.sources, profile=replace(profile, treatment=replace(profile.treatment, **changes)))  # type: ignore[arg-type]


def test_nothing_changed_changes_nothing() -> None:
    """A plan refreshed from the sources it was made from is the same plan."""
    life = lived("preparation-1", "preparation-2")
    assert difference(life.plan, refresh(life, life.sources)).nothing
    assert refreshed(life.plan, life.sources, life.sources).regimen == life.plan.regimen


def test_a_closure_moves_only_what_must() -> None:
    """Of a clinic that closes for a day only the visit of that day moves, and statuses stay."""
    life = lived("preparation-1", "preparation-2", "dosing-1")
    life = life.on(confirm(life.plan, ["dosing-3"]))
    day = life.visit("integration-2").start.date()
    plan = refresh(life, replace(life.sources, clinic=plain_clinic(closed=(Closure(on=day),))))
    assert [move.visit for move in difference(life.plan, plan).moved] == ["integration-2"]
    assert plan.visit("dosing-3").status == "confirmed"


def test_a_clinic_that_names_no_zone_keeps_the_plan_s() -> None:
    """The zone of the clinic's new file is taken over; a file that names none leaves that of the plan."""
    life = newborn()
    moved = replace(life.sources, clinic=replace(plain_clinic(), timezone="America/Chicago"))
    assert refreshed(life.plan, life.sources, moved).timezone == "America/Chicago"
    unnamed = replace(life.sources, clinic=replace(plain_clinic(), timezone=None))
    assert refreshed(life.plan, life.sources, unnamed).timezone == life.plan.timezone


def test_a_clinic_that_tells_other_things_of_itself_is_taken_over() -> None:
    """Name and address of the clinic are those of its new file."""
    life = lived("preparation-1")
    plan = refresh(life, replace(life.sources, clinic=plain_clinic(name="Aspen House", address="1200 Pearl St")))
    assert (plan.clinic.name, plan.clinic.address) == ("Aspen House", "1200 Pearl St")


def test_what_is_the_plans_own_stays() -> None:
    """Replacements and added visits survive a longer maintenance, which adds its check-ins."""
    life = lived("preparation-1", "preparation-2", "dosing-1", "integration-1").at("dosing-2")
    life = life.on(revise(miss(life.plan, "dosing-2"), life.sources, life.now).plan)
    added = add_visit(life.plan, life.sources.protocol, "booster")
    life = life.on(revise(added.plan, life.sources, life.now).plan)
    plan = refresh(life, with_treatment(life, maintenance_months=1))
    assert plan.visit("dosing-5").replaces == "dosing-2"
    assert plan.visit("booster-1").open
    assert plan.visit("check-in-2").status == "cancelled"
    assert {visit.id for visit in difference(life.plan, plan).cancelled} == {"check-in-2"}
    assert plan.visit("dosing-3").start == life.visit("dosing-3").start


def test_longer_visits_keep_their_days() -> None:
    """A clinic whose doses take longer has longer doses, on the same days."""
    life = lived("preparation-1", "preparation-2")
    clinic = plain_clinic(minutes={"dosing": MinutesChange(monitor=90)})
    plan = refresh(life, replace(life.sources, clinic=clinic))
    assert plan.visit("dosing-1").minutes.monitor == 90
    assert plan.visit("dosing-1").start == life.visit("dosing-1").start
    assert plan.visit("dosing-1").end > life.visit("dosing-1").end


class TestOtherProtocol:
    """A change of protocol in mid-course."""

    def other(self, life: Life) -> Plan:
        """Return the plan changed to two doses a week."""
        sources = replace(with_treatment(life), protocol=replace(small_protocol("twice-weekly"), id="other"))
        return refresh(life, sources)

    def test_the_doses_given_count(self) -> None:
        """Two doses of eight were given: six are left, the next one at its distance from the last."""
        life = lived("preparation-1", "preparation-2", "dosing-1", "integration-1", "dosing-2")
        plan = self.other(life)
        ahead = [visit for visit in plan.visits if visit.kind == "dosing" and visit.open]
        assert len(ahead) == 6
        assert (ahead[0].start.date() - life.visit("dosing-2").start.date()).days >= 2
        assert plan.protocol.id == "other"

    def test_ids_of_the_old_course_are_never_used_again(self) -> None:
        """What was held keeps its id, what was open is called off under its own, what is new has numbers of its own."""
        life = lived("preparation-1", "preparation-2", "dosing-1", "integration-1", "dosing-2")
        plan = self.other(life)
        old = {visit.id: visit for visit in life.plan.visits}
        assert all(
            plan.visit(name).status == ("cancelled" if visit.open else visit.status) for name, visit in old.items()
        )
        new = [visit.number for visit in plan.visits if visit.kind == "dosing" and visit.id not in old]
        assert new == [5, 6, 7, 8, 9, 10]

    def test_what_was_missed_before_is_not_given_later(self) -> None:
        """The new protocol owes nothing for a dose missed under the old one."""
        life = lived("preparation-1", "preparation-2", "dosing-1", "integration-1").at("dosing-2")
        life = life.on(miss(life.plan, "dosing-2"))
        plan = self.other(life)
        assert not [visit for visit in plan.visits if visit.replaces]

    def test_history_keeps_its_dates(self) -> None:
        """Everything that was held stands where it stood."""
        life = lived("preparation-1", "preparation-2", "dosing-1")
        plan = self.other(life)
        for name in ("preparation-1", "preparation-2", "dosing-1"):
            assert plan.visit(name) == life.visit(name)


def test_no_visit_is_added_before_one_that_was_held() -> None:
    """What a changed protocol asks before a visit that was held is not added, and nothing waits for it."""
    life = lived("preparation-1", "preparation-2", "dosing-1")
    protocol = life.sources.protocol
    intake = Series(visit="screening", after=Anchor(first="dosing"), lead=Window(min=-28, target=(-14, -1), max=-1),
                    gate=Gate(holds=("dosing",)))  # fmt: skip
    closing = Series(visit="review", after=Anchor(last="dosing"), lead=Window(min=1, target=(3, 7), max=14))
    first, *rest = protocol.phases
    more = replace(
        protocol,
        visits={**protocol.visits, "screening": VisitType(), "review": VisitType()},
        phases=(replace(first, series=(*first.series, intake, closing)), *rest),
    )
    plan = refresh(life, replace(life.sources, protocol=more))
    assert not [visit for visit in plan.visits if visit.kind == "screening"]
    assert [visit.id for visit in plan.visits if visit.kind == "review" and visit.open]
    assert not any("screening-1" in visit.awaits for visit in plan.visits)
    fresh = newborn()
    young = refresh(fresh, replace(fresh.sources, protocol=more))
    assert [visit.id for visit in young.visits if visit.kind == "screening"] == ["screening-1"]


def test_doses_of_another_drug_count_only_where_somebody_says_so() -> None:
    """Under a protocol of another drug doses given are history, from which gaps count, unless said to count."""
    life = newborn("general")
    for name in ("preparation-1", "preparation-2", "dosing-1", "dosing-2"):
        life = replace(life, plan=complete(life.plan, name), now=life.visit(name).start + timedelta(hours=8))
    other = replace(small_protocol("twice-weekly"), id="other", drug="esketamine")
    sources = replace(life.sources, protocol=other)

    def doses(*, counted: bool | None) -> tuple[int, list[date]]:
        changed = refreshed(life.plan, life.sources, sources, count_doses=counted)
        plan = revise(changed, sources, life.now).plan
        ahead = sorted(visit.start.date() for visit in plan.visits if visit.kind == "dosing" and visit.open)
        return len(ahead), ahead

    wanted = sum(visit.kind == "dosing" for visit in regimen_of(sources).visits)
    left, ahead = doses(counted=None)
    assert left == wanted
    assert (ahead[0] - life.visit("dosing-2").start.date()).days >= 2
    assert doses(counted=True)[0] == wanted - 2


@pytest.mark.parametrize(
    ("before", "held", "protocol_id", "counted", "ahead"),
    [
        ("esketamine-trd", "review-1", "kads-2023", False, 8),
        ("esketamine-trd", "dosing-9", "kads-2023", False, 8),
        ("esketamine-trd", "review-1", "kads-2023", True, 0),
        ("phillips-2019", "review-1", "kads-2023", None, 2),
        ("murrough-2013", "dosing-3", "kads-2023", None, 5),
    ],
)
def test_a_review_of_doses_that_do_not_count_ends_no_other_course(
    before: str, held: str, protocol_id: str, *, counted: bool | None, ahead: int
) -> None:
    """What was held after too few counting doses is history: what the new protocol still asks for is ahead."""
    made = course(before).held(held)
    basis = made.basis
    old = Sources(profile=basis.profile, protocol=basis.protocol, clinic=basis.clinic, moving=basis.book.moving)
    new = replace(old, protocol=protocol(protocol_id))
    changed = refreshed(made.plan, old, new, count_doses=counted)
    behind = {visit.id for visit in made.plan.visits if not visit.open}
    doses = [visit.id for visit in changed.regimen.visits if visit.kind == "dosing" and visit.id not in behind]
    assert len(doses) == ahead
    reviews = [visit.id for visit in changed.regimen.visits if visit.kind == "review" and visit.id not in behind]
    assert bool(reviews) == bool(ahead)


@pytest.mark.parametrize(
    ("before", "held", "protocol_id"),
    [("murrough-2013", "dosing-3", "kap-standard"), ("phillips-2019", "review-1", "journey-clinical")],
)
def test_no_visit_waits_for_what_another_protocol_takes_as_past(before: str, held: str, protocol_id: str) -> None:
    """A screening that would have come before doses that were given is not in the course: nothing waits for it."""
    made = course(before).held(held)
    basis = made.basis
    old = Sources(profile=basis.profile, protocol=basis.protocol, clinic=basis.clinic, moving=basis.book.moving)
    changed = refreshed(made.plan, old, replace(old, protocol=protocol(protocol_id)))
    there = {visit.id for visit in changed.regimen.visits}
    behind = {visit.id for visit in made.plan.visits if not visit.open}
    assert all(set(visit.awaits) <= there for visit in changed.regimen.visits if visit.id not in behind)
