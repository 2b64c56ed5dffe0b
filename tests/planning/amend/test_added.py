"""Visits that a course did not have: what binds them, and the ids they get."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from support.lives import Life, newborn

from kapplan.errors import UsageError
from kapplan.files.library.rules import tailor
from kapplan.model.profile import Tailoring
from kapplan.planning.amend.add_visit import add_visit
from kapplan.planning.amend.record import complete, miss
from kapplan.planning.amend.replacements import replace_missed
from kapplan.planning.journal.diff import difference
from kapplan.planning.replan.replan import Asked, revise


def tailored_life(**wanted: Any) -> Life:
    """Return a plan of the general course with the protocol as the package's rules make it."""
    life = newborn("kap-standard")
    profile = replace(life.sources.profile, tailoring=Tailoring(**wanted))
    made = tailor(profile, life.sources.protocol, life.sources.clinic)
    return replace(life, sources=replace(life.sources, profile=profile, protocol=made.protocol))


class TestAdded:
    """Visits added by name."""

    def test_a_visit_on_request_has_the_rules_of_its_phase(self) -> None:
        """A booster comes after the review, in its target, waits for the review, and counts against the weekly cap."""
        life = newborn()
        added = add_visit(life.plan, life.sources.protocol, "booster")
        plan = revise(added.plan, life.sources, life.now).plan
        booster = plan.visit(added.visit)
        assert added.visit == "booster-1"
        assert 7 <= (booster.start.date() - plan.visit("review-1").start.date()).days <= 14
        assert booster.awaits == ("review-1",)
        assert booster.provisional
        caps = [limit for limit in plan.regimen.limits if limit.type == "cap"]
        assert "booster-1" in caps[0].visits

    def test_a_booster_brings_its_integration(self) -> None:
        """On the general course each booster has its integration within six days, before the next booster."""
        life = tailored_life()
        first = add_visit(life.plan, life.sources.protocol, "booster")
        plan = revise(first.plan, life.sources, life.now).plan
        second = add_visit(plan, life.sources.protocol, "booster")
        plan = revise(second.plan, life.sources, life.now).plan
        boosters = [plan.visit(name) for name in ("booster-1", "booster-2")]
        beside = [visit for visit in plan.visits if visit.kind == "integration" and visit.phase == "booster"]
        assert len(beside) == len(boosters)
        for booster, integration in zip(boosters, beside, strict=True):
            assert 1 <= (integration.day - booster.day).days <= 6
            assert integration.awaits == booster.awaits
        assert beside[0].day < boosters[1].day

    def test_no_integration_beside_a_booster_where_the_frame_is_turned_off(self) -> None:
        """It is a default of ours: without it a booster comes alone."""
        life = tailored_life(frame="none")
        plan = revise(add_visit(life.plan, life.sources.protocol, "booster").plan, life.sources, life.now).plan
        assert [visit.kind for visit in plan.visits if visit.phase == "booster"] == ["booster"]

    def test_an_integration_added_by_name_is_one_of_the_course(self) -> None:
        """It goes on from the integrations of the doses, never from what accompanies boosters."""
        life = tailored_life()
        added = add_visit(life.plan, life.sources.protocol, "integration")
        assert added.plan.regimen.visit(added.visit).phase == "dosing"

    @pytest.mark.parametrize("held", [0, 1, 3])
    @pytest.mark.parametrize("boosters", [0, 1, 2])
    def test_an_integration_added_by_name_moves_nothing(self, held: int, boosters: int) -> None:
        """It comes after the last dose given, else the first, and every other visit stays, a booster's own too."""
        life = tailored_life()
        plan = life.plan
        for _ in range(boosters):
            plan = revise(add_visit(plan, life.sources.protocol, "booster").plan, life.sources, life.now).plan
        now = life.now
        for number in range(1, held + 1):
            for name in ["screening-1", "preparation-1", "preparation-2"][: 3 if number == 1 else 0]:
                plan = complete(plan, name, actual=plan.visit(name).start)
            dose = plan.visit(f"dosing-{number}")
            plan, now = complete(plan, dose.id, actual=dose.start), dose.end
            if number < held:
                plan = complete(plan, f"integration-{number}", actual=plan.visit(f"integration-{number}").start)
        added = add_visit(plan, life.sources.protocol, "integration")
        after = revise(added.plan, life.sources, now).plan
        assert {visit.id: visit.start for visit in after.visits if visit.id != added.visit} == {
            visit.id: visit.start for visit in plan.visits
        }
        new = after.visit(added.visit)
        assert (new.phase, new.kind) == ("dosing", "integration")
        assert new.day > after.visit(f"dosing-{max(held, 1)}").day

    def test_an_integration_is_added_for_the_last_dose_before_its_day(self) -> None:
        """Asked for after a booster it comes after that; nothing else moves."""
        life = tailored_life()
        plan = revise(add_visit(life.plan, life.sources.protocol, "booster").plan, life.sources, life.now).plan
        day = plan.visit("booster-1").day + timedelta(days=1)
        added = add_visit(plan, life.sources.protocol, "integration", day=day)
        (rule,) = [rule for rule in added.plan.regimen.timing if rule.visit == added.visit]
        assert (rule.after, rule.min, rule.target, rule.max) == ("booster-1", 1, None, None)

    def test_a_further_visit_of_a_kind_goes_on_from_the_last(self) -> None:
        """A fifth dose has the next number and the distance that doses have."""
        life = newborn()
        added = add_visit(life.plan, life.sources.protocol, "dosing")
        plan = revise(added.plan, life.sources, life.now).plan
        assert added.visit == "dosing-5"
        assert (plan.visit("dosing-5").start.date() - plan.visit("dosing-4").start.date()).days == 7

    def test_a_visit_added_between_others_keeps_its_distance(self) -> None:
        """A dose asked for between two others is refused where the least distance, or the weekly cap, forbids it."""
        life = newborn()
        second, third = (life.visit(name).start.date() for name in ("dosing-2", "dosing-3"))
        close = second + timedelta(days=2)
        added = add_visit(life.plan, life.sources.protocol, "dosing", day=close)
        plan = revise(added.plan, life.sources, life.now, asked=Asked(visit=added.visit, day=close)).plan
        between = plan.visit(added.visit).start.date()
        assert between == close
        gaps = sorted(visit.start.date() for visit in plan.visits if visit.kind == "dosing")
        assert min((two - one).days for one, two in pairwise(gaps)) >= 3
        assert third not in gaps or (third - between).days >= 3

    def test_a_dose_made_up_for_moves_nothing_that_follows(self) -> None:
        """A clinician gives the lost eighth dose four days later: it keeps the induction's distance, the rest stays."""
        life = newborn("esketamine-trd")
        lost, following = life.plan.visit("dosing-8"), life.plan.visit("dosing-9")
        missed = replace(life, plan=miss(life.plan, "dosing-8"), now=lost.start + timedelta(days=1))
        day = following.start.date() - timedelta(days=3)
        added = add_visit(missed.plan, life.sources.protocol, "dosing", day=day)
        revision = revise(added.plan, life.sources, missed.now, asked=Asked(visit=added.visit, day=day))
        assert revision.refused is None
        new = revision.plan.visit(added.visit)
        assert (new.start.date(), new.phase) == (day, "induction")
        rules = [(rule.visit, rule.after, rule.min) for rule in added.plan.regimen.timing if added.visit in rule.visit]
        assert rules == [(added.visit, "dosing-7", 2)]
        before = {visit.id: visit.start for visit in life.plan.visits if visit.start > following.start}
        assert {name: revision.plan.visit(name).start for name in before} == before
        assert revision.plan.visit("dosing-9").start == following.start

    def test_a_dose_made_up_for_too_close_moves_the_next(self) -> None:
        """Where the least distance forbids it, the next dose moves on, and the difference says so."""
        life = newborn("esketamine-trd")
        lost, following = life.plan.visit("dosing-8"), life.plan.visit("dosing-9")
        missed = replace(life, plan=miss(life.plan, "dosing-8"), now=lost.start + timedelta(days=1))
        day = following.start.date() - timedelta(days=1)
        added = add_visit(missed.plan, life.sources.protocol, "dosing", day=day)
        revision = revise(added.plan, life.sources, missed.now, asked=Asked(visit=added.visit, day=day))
        assert revision.refused is None
        assert (revision.plan.visit("dosing-9").start.date() - day).days >= 2
        assert "dosing-9" in {change.visit for change in difference(missed.plan, revision.plan).moved}

    def test_a_second_visit_on_request_goes_on_from_the_first(self) -> None:
        """Boosters and open-label doses follow each other at their own distance, where the phase has one."""
        life = newborn("kads-2023")
        first = add_visit(life.plan, life.sources.protocol, "dosing")
        second = add_visit(first.plan, life.sources.protocol, "dosing")
        plan = revise(second.plan, life.sources, life.now).plan
        days = (plan.visit(second.visit).start.date() - plan.visit(first.visit).start.date()).days
        last = max(visit.start.date() for visit in life.plan.visits if visit.kind == "dosing")
        assert 2 <= days <= 10
        assert (plan.visit(first.visit).start.date() - last).days >= 28

    def test_an_added_visit_shares_no_day(self) -> None:
        """One visit a day holds for added visits, too."""
        life = newborn()
        day = life.visit("integration-2").start.date()
        added = add_visit(life.plan, life.sources.protocol, "review", day=day)
        plan = revise(added.plan, life.sources, life.now, asked=Asked(visit=added.visit, day=day)).plan
        days = [visit.start.date() for visit in plan.visits]
        assert len(days) == len(set(days))

    def test_what_the_protocol_does_not_know_is_refused_in_words(self) -> None:
        """The kinds that there are are named."""
        life = newborn("therapy")
        with pytest.raises(UsageError) as error:
            add_visit(life.plan, life.sources.protocol, "check-in")
        assert error.value.hint == "it has dosing and psychotherapy"


class TestInPlaceOfMissed:
    """Visits that stand in for missed ones."""

    def test_the_new_visit_takes_over_every_rule(self) -> None:
        """After the replacement no rule and no limit names the missed visit; each names the new one instead."""
        plan = newborn().plan
        after = replace_missed(miss(plan, "dosing-2"), "dosing-2").regimen
        before = [rule for rule in plan.regimen.timing if "dosing-2" in {rule.visit, rule.after}]
        assert not [rule for rule in after.timing if "dosing-2" in {rule.visit, rule.after}]
        assert len([rule for rule in after.timing if "dosing-5" in {rule.visit, rule.after}]) == len(before)
        assert not [limit for limit in after.limits if "dosing-2" in limit.visits]
        assert after.visit("dosing-5").replaces == "dosing-2"
        assert after.visit("dosing-2") == plan.regimen.visit("dosing-2")

    def test_a_visit_is_replaced_once(self) -> None:
        """A second replacement is refused."""
        plan = replace_missed(miss(newborn().plan, "dosing-2"), "dosing-2")
        with pytest.raises(UsageError, match="stands in"):
            replace_missed(plan, "dosing-2")
