"""What a changed plan becomes: every turn that a course can take, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from support.lives import NOW, Life, newborn

from kapplan.model.clinic import Away, Closure
from kapplan.model.decisions import Override
from kapplan.model.plan import Plan
from kapplan.planning.amend.record import cancel, complete, confirm, hold, miss, omit, resume
from kapplan.planning.journal.diff import difference
from kapplan.planning.problem.problem import Problem
from kapplan.planning.replan import replan
from kapplan.planning.replan.replan import Asked, Options, Revision, revise
from kapplan.planning.schedule.course import Answer, Setting, any_answer


def dated(life: Life, plan: Plan | None = None, options: Options | None = None, asked: Asked | None = None) -> Revision:
    """Return the revision of a life's plan, or of another one."""
    return revise(plan or life.plan, life.sources, life.now, options, asked=asked)


def after(life: Life, plan: Plan) -> Life:
    """Return a life once a plan was dated anew, which must be possible."""
    revision = dated(life, plan)
    assert revision.placed
    return life.on(revision.plan)


def lived(*names: str, course: str = "general") -> Life:
    """Return a course of which these visits were held as planned; the time is that of the last one."""
    life = newborn(course)
    for name in names:
        life = life.at(name)
        life = after(life, complete(life.plan, name))
    return life


BEFORE_DOSES = ("preparation-1", "preparation-2")


def days(plan: Plan, one: str, other: str) -> int:
    """Return how many days after another a visit stands."""
    return (on(plan, one) - on(plan, other)).days


def on(plan: Plan, name: str) -> date:
    """Return the day of a visit: the actual one where there is one."""
    visit = plan.visit(name)
    return (visit.actual or visit.start).date()


def starts(plan: Plan) -> dict[str, datetime]:
    """Return when each visit stands."""
    return {visit.id: visit.start for visit in plan.visits}


def away(life: Life, first: date, last: date) -> Life:
    """Return a life whose patient is away, too."""
    availability = replace(life.sources.profile.availability, away=(Away(from_=first, until=last),))
    profile = replace(life.sources.profile, availability=availability)
    return replace(life, sources=replace(life.sources, profile=profile))


def closed(life: Life, first: date, last: date) -> Life:
    """Return a life whose clinic is closed, too."""
    clinic = replace(life.sources.clinic, closed=(Closure(from_=first, until=last),))
    return replace(life, sources=replace(life.sources, clinic=clinic))


def without_told_days(problem: Problem) -> Problem:
    """Return a problem in which no visit may stand on the day that was told of it."""
    visits = (
        replace(visit, days=tuple(choice for choice in visit.days if choice.day != visit.announced))
        for visit in problem.visits
    )
    return replace(problem, visits=tuple(visits))


@pytest.mark.parametrize("ahead", [1, 14, 40, 120])
def test_a_course_that_begins_far_ahead(ahead: int) -> None:
    """However long before its first visit a course is changed, it has dates, and what nothing touches stays."""
    life = newborn(start=NOW.date() + timedelta(days=ahead))
    dose = on(life.plan, "dosing-2")
    assert starts(dated(life).plan) == starts(life.plan)
    revision = dated(closed(life, dose, dose))
    assert revision.placed
    assert on(revision.plan, "dosing-2") != dose
    assert on(revision.plan, "preparation-1") == on(life.plan, "preparation-1")


class TestHeld:
    """Visits that were held."""

    def test_a_visit_held_as_planned_moves_nothing(self) -> None:
        """A record that agrees with the plan leaves every date."""
        life = newborn().at("preparation-1")
        revision = dated(life, complete(life.plan, "preparation-1"))
        assert starts(revision.plan) == starts(life.plan)
        assert revision.plan.visit("preparation-1").status == "completed"

    def test_a_dose_held_late_anchors_what_follows_by_the_day_it_was_given(self) -> None:
        """The next dose keeps its distance from the actual day, not from the planned one."""
        life = lived(*BEFORE_DOSES).at("dosing-1", hours=23)
        late = after(life, complete(life.plan, "dosing-1", actual=life.now)).plan
        assert late.visit("dosing-1").start == life.visit("dosing-1").start
        assert days(late, "dosing-2", "dosing-1") >= 3
        assert days(late, "integration-1", "dosing-1") >= 1

    def test_a_dose_held_early_anchors_by_the_day_it_was_given(self) -> None:
        """What follows an early dose still falls within the most days after it."""
        life = lived(*BEFORE_DOSES)
        early = replace(life, now=life.visit("preparation-2").start + timedelta(days=1, hours=3))
        plan = after(early, complete(early.plan, "dosing-1", actual=early.now)).plan
        assert 3 <= days(plan, "dosing-2", "dosing-1") <= 21
        assert 1 <= days(plan, "integration-1", "dosing-1") <= 6

    def test_doses_held_out_of_order_keep_their_distance(self) -> None:
        """A third dose given before the second puts the second, and then the fourth, after it at the usual distance."""
        life = lived(*BEFORE_DOSES, "dosing-1", "integration-1")
        life = replace(life, now=life.visit("dosing-2").start - timedelta(hours=1))
        plan = after(life, complete(life.plan, "dosing-3", actual=life.now)).plan
        assert days(plan, "dosing-2", "dosing-3") >= 3
        assert days(plan, "dosing-4", "dosing-2") >= 3

    def test_a_gate_that_measures_nothing_opens_when_it_is_held(self) -> None:
        """What waited for the review is provisional until it is held, and planned from then on."""
        life = lived(*BEFORE_DOSES, *(f"{kind}-{n}" for n in (1, 2, 3, 4) for kind in ("dosing", "integration")))
        assert life.visit("check-in-1").provisional
        life = life.at("review-1")
        plan = after(life, complete(life.plan, "review-1")).plan
        assert not plan.visit("check-in-1").provisional
        assert not plan.visit("check-in-1").awaits

    def test_a_visit_without_a_record_stays_where_it_stood(self) -> None:
        """A visit whose time has passed counts as held there: it never moves, and is still to be recorded."""
        life = newborn().at("preparation-2")
        plan = dated(life).plan
        assert plan.visit("preparation-2").start == life.visit("preparation-2").start
        assert plan.visit("preparation-2").status == "planned"


class TestNotHeld:
    """Visits that were missed, called off or left out."""

    def test_a_missed_dose_is_given_later_where_the_protocol_says_so(self) -> None:
        """A new visit stands in for it, with the next number, at the least distance from its neighbours."""
        life = lived(*BEFORE_DOSES, "dosing-1", "integration-1").at("dosing-2")
        plan = after(life, miss(life.plan, "dosing-2")).plan
        new = plan.visit("dosing-5")
        assert (new.replaces, new.number, new.status) == ("dosing-2", 5, "planned")
        assert new.start.date() > life.now.date()
        assert days(plan, "dosing-5", "dosing-1") >= 3
        assert days(plan, "dosing-3", "dosing-5") >= 3
        assert days(plan, "integration-2", "dosing-5") >= 1
        assert plan.visit("dosing-2").status == "missed"

    def test_a_missed_dose_is_replaced_once(self) -> None:
        """Later changes add no further visit for it."""
        life = lived(*BEFORE_DOSES, "dosing-1", "integration-1").at("dosing-2")
        plan = after(life, miss(life.plan, "dosing-2")).plan
        again = after(life, plan).plan
        assert starts(again) == starts(plan)

    def test_a_missed_dose_is_not_added_where_the_schedule_goes_on(self) -> None:
        """With ``continue`` nothing is added and nothing moves."""
        life = lived("dosing-1", course="twice-weekly").at("dosing-2")
        plan = after(life, miss(life.plan, "dosing-2")).plan
        assert starts(plan) == starts(life.plan)

    def test_minimum_gaps_count_from_what_was_really_given(self) -> None:
        """A dose after a missed one keeps its least distance from the last dose given, however late that was."""
        life = lived("dosing-1", course="twice-weekly")
        late = life.visit("dosing-3").start - timedelta(hours=20)
        life = replace(life, now=late)
        plan = after(life, complete(miss(life.plan, "dosing-3"), "dosing-2", actual=late)).plan
        assert days(plan, "dosing-4", "dosing-2") >= 2

    def test_an_integration_held_for_a_missed_dose_stays_history(self) -> None:
        """A missed dose whose integration was held all the same is given later; nothing asks it to come before."""
        life = lived(*BEFORE_DOSES, "dosing-1", "integration-1").at("integration-2")
        plan = after(life, complete(miss(life.plan, "dosing-2"), "integration-2")).plan
        assert plan.visit("integration-2").start == life.visit("integration-2").start
        assert plan.visit("dosing-5").start > life.now
        assert days(plan, "dosing-3", "dosing-5") >= 3

    def test_a_dose_left_out_on_purpose_is_not_given_later(self) -> None:
        """``omit`` adds nothing."""
        life = lived(*BEFORE_DOSES, "dosing-1", "integration-1").at("dosing-2", days=-1)
        plan = after(life, omit(life.plan, "dosing-2")).plan
        assert len(plan.visits) == len(life.plan.visits)

    @pytest.mark.parametrize("party", ["patient", "clinic"])
    def test_a_dose_that_somebody_called_off_is_given_later(self, party: str) -> None:
        """What the patient or the clinic cancelled is replaced as a missed dose is."""
        life = lived(*BEFORE_DOSES, "dosing-1", "integration-1").at("dosing-2", days=-1)
        plan = after(life, cancel(life.plan, "dosing-2", party=party)).plan  # type: ignore[arg-type]
        assert plan.visit("dosing-5").replaces == "dosing-2"

    def test_a_course_that_was_stopped_gives_nothing_later(self) -> None:
        """Visits called off by nobody in particular are not replaced."""
        life = lived(*BEFORE_DOSES, "dosing-1")
        plan = life.plan
        for visit in life.plan.visits:
            plan = cancel(plan, visit.id) if visit.open else plan
        assert not [visit for visit in after(life, plan).plan.visits if visit.open]

    def test_a_missed_gate_is_held_later(self) -> None:
        """A review that was missed is held later: what waits for it now waits for the new one."""
        life = lived(*BEFORE_DOSES, *(f"{kind}-{n}" for n in (1, 2, 3, 4) for kind in ("dosing", "integration")))
        life = life.at("review-1")
        plan = after(life, miss(life.plan, "review-1")).plan
        assert plan.visit("review-2").replaces == "review-1"
        assert plan.visit("check-in-1").awaits == ("review-2",)


class TestHistory:
    """What has happened never makes a plan infeasible."""

    def test_a_most_that_has_passed_is_widened_and_said(self) -> None:
        """A dose that can no longer be within the most days after the last comes as soon as can be, with a reason."""
        life = lived(*BEFORE_DOSES, "dosing-1", "integration-1")
        life = replace(life, now=life.visit("dosing-1").start + timedelta(days=40))
        revision = dated(life, resume(hold(life.plan), life.now))
        assert revision.placed
        (widened,) = revision.loosened
        assert widened.visit == "dosing-2"
        assert "21 days after dose 1" in widened.reason.text
        assert widened.reason in revision.plan.visit("dosing-2").because
        assert revision.plan.visit("dosing-2").start.date() == life.now.date() + timedelta(days=1)

    def test_the_bound_of_the_start_gives_way_to_history(self) -> None:
        """A first visit on hold until after the last allowed start is dated all the same, and it is said."""
        life = replace(newborn(), now=newborn().visit("preparation-1").start + timedelta(days=30))
        plan = resume(hold(life.plan), life.now)
        revision = dated(life, plan)
        assert revision.placed
        assert {one.reason.rule for one in revision.loosened} == {"start"}

    def test_what_lies_behind_never_moves(self) -> None:
        """Whatever is refitted, completed and missed visits keep their dates."""
        life = lived(*BEFORE_DOSES, "dosing-1").at("integration-1")
        plan = dated(life, miss(life.plan, "integration-1"), Options(refit=True)).plan
        for name in (*BEFORE_DOSES, "dosing-1", "integration-1"):
            assert plan.visit(name).start == life.visit(name).start

    def test_nothing_new_is_placed_before_tomorrow(self) -> None:
        """On the morning of a closed day its visit moves to tomorrow at the earliest; an open one of today stays."""
        life = newborn()
        morning = replace(life, now=life.visit("preparation-2").start - timedelta(minutes=30))
        assert dated(morning).plan.visit("preparation-2").start == life.visit("preparation-2").start
        today = morning.now.date()
        moved = dated(closed(morning, today, today)).plan.visit("preparation-2")
        assert moved.start.date() > today


class TestUnresolved:
    """Records for which no dates keep every rule."""

    def test_visits_keep_their_dates_where_none_keep_the_rules(self) -> None:
        """During a long absence the open visits keep their dates as unresolved, with a clash and its repairs."""
        life = away(lived(*BEFORE_DOSES, "dosing-1"), date(2027, 1, 20), date(2027, 4, 20))
        revision = dated(life)
        assert not revision.placed
        assert starts(revision.plan) == starts(life.plan)
        assert {visit.status for visit in revision.plan.visits if visit.open} == {"unresolved"}
        assert revision.clash is not None
        assert any("away" in member.words for member in revision.clash.members)
        assert revision.repairs

    def test_unresolved_visits_come_back_once_dates_are_found(self) -> None:
        """When the absence is gone they are planned again, and confirmed where they had been."""
        life = lived(*BEFORE_DOSES, "dosing-1")
        life = life.on(confirm(life.plan, ["dosing-2"]))
        lost = dated(away(life, date(2027, 1, 20), date(2027, 4, 20))).plan
        plan = after(life, lost).plan
        assert starts(plan) == starts(life.plan)
        assert plan.visit("dosing-2").status == "confirmed"
        assert plan.visit("dosing-3").status == "planned"

    def test_a_missed_dose_without_room_is_kept_in_mind(self) -> None:
        """Where its replacement cannot be dated none is added; it is, once there is room."""
        life = lived(*BEFORE_DOSES, "dosing-1", "integration-1").at("dosing-2")
        lost = dated(away(life, date(2027, 1, 10), date(2027, 4, 20)), miss(life.plan, "dosing-2")).plan
        assert len(lost.visits) == len(life.plan.visits)
        assert after(life, lost).plan.visit("dosing-5").replaces == "dosing-2"


class TestOptions:
    """Pins, freezes and a fresh fit."""

    def test_a_pinned_visit_stays_although_its_day_is_closed(self) -> None:
        """``keep`` leaves a visit where it is, whatever the calendar says."""
        life = lived(*BEFORE_DOSES)
        day = on(life.plan, "dosing-2")
        plan = dated(closed(life, day, day), options=Options(keep=frozenset({"dosing-2"}))).plan
        assert plan.visit("dosing-2").start == life.visit("dosing-2").start

    def test_frozen_days_are_left_alone(self) -> None:
        """``freeze_days`` leaves every visit of the next days where it is."""
        life = lived(*BEFORE_DOSES)
        day = on(life.plan, "dosing-1")
        ahead = (day - life.now.date()).days
        still = dated(closed(life, day, day), options=Options(freeze_days=ahead)).plan
        moved = dated(closed(life, day, day), options=Options(freeze_days=ahead - 1)).plan
        assert still.visit("dosing-1").start == life.visit("dosing-1").start
        assert moved.visit("dosing-1").start != life.visit("dosing-1").start

    def test_a_refit_is_what_the_revision_says_it_would_be(self) -> None:
        """The objective that every revision offers is that of the plan which ``refit`` then makes."""
        life = lived(*BEFORE_DOSES, "dosing-1", "integration-1").at("dosing-2")
        missed = miss(life.plan, "dosing-2")
        revision = dated(life, missed)
        assert revision.refit() == dated(life, missed, Options(refit=True)).plan.objective
        assert revision.refit() != revision.plan.objective

    def test_a_refit_is_no_worse_than_what_stands(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where little work finds dates afresh that are further off target than those of the plan, it offers none."""
        life = lived(*BEFORE_DOSES, "dosing-1", "integration-1").at("dosing-2")

        def worse(settings: Sequence[Setting]) -> Answer | None:
            """Return the best dates of which none is one that was told."""
            return any_answer([replace(one, problem=without_told_days(one.problem)) for one in settings])

        revision = dated(life)
        monkeypatch.setattr(replan, "any_answer", worse)
        fit = revision.fit()
        assert fit is not None
        assert fit.then == fit.now
        assert fit.objective.deviation == revision.plan.objective.deviation

    def test_confirmed_visits_move_last(self) -> None:
        """Where either of two visits must give way, the one that is not confirmed does."""
        life = lived(*BEFORE_DOSES)
        day = on(life.plan, "dosing-1")
        plan = confirm(life.plan, [visit.id for visit in life.plan.visits if visit.open and visit.id != "dosing-1"])
        revised = dated(closed(life, day, day), plan).plan
        assert revised.objective.confirmed_moves <= 1
        assert revised.visit("dosing-1").start != life.visit("dosing-1").start


class TestMoves:
    """A visit that is put on a day by name."""

    def test_the_rest_follows_with_the_least_change(self) -> None:
        """A dose a day later takes its integration along where it must, and nothing else."""
        life = lived(*BEFORE_DOSES)
        day = on(life.plan, "integration-1")
        revision = dated(life, asked=Asked(visit="dosing-1", day=day))
        assert revision.refused is None
        assert on(revision.plan, "dosing-1") == day
        assert {move.visit for move in difference(life.plan, revision.plan).moved} == {"dosing-1", "integration-1"}

    def test_a_time_is_kept_to_the_minute(self) -> None:
        """A visit asked for at a time stands at that time."""
        life = lived(*BEFORE_DOSES)
        day = on(life.plan, "dosing-2")
        revision = dated(life, asked=Asked(visit="dosing-2", day=day, time=time(11, 30)))
        assert revision.plan.visit("dosing-2").start.time() == time(11, 30)
        assert difference(life.plan, revision.plan).moved[0].days == 0

    def test_a_closed_day_is_refused_with_the_days_that_work(self) -> None:
        """A Saturday is refused for what closes it; the nearest other days can be had."""
        life = lived(*BEFORE_DOSES)
        saturday = on(life.plan, "dosing-2") + timedelta(days=5 - on(life.plan, "dosing-2").weekday())
        refused = dated(life, asked=Asked(visit="dosing-2", day=saturday)).refused
        assert refused is not None
        assert [obstacle.rule for obstacle in refused.obstacles] == ["closed"]
        assert len(refused.nearest) == 3
        assert on(life.plan, "dosing-2") not in refused.nearest
        for day in refused.nearest:
            assert dated(life, asked=Asked(visit="dosing-2", day=day)).refused is None

    def test_a_rule_from_what_was_held_refuses(self) -> None:
        """A dose two days after the last one given is refused by the rule that says three; the plan is unchanged."""
        life = lived(*BEFORE_DOSES, "dosing-1")
        day = on(life.plan, "dosing-1") + timedelta(days=2)
        revision = dated(life, asked=Asked(visit="dosing-2", day=day))
        assert revision.refused is not None
        assert [obstacle.rule for obstacle in revision.refused.obstacles] == ["dosing.dosing.gap.min"]
        assert revision.plan == life.plan

    def test_a_rule_is_overridden_by_name_and_for_good(self) -> None:
        """An override lets the visit stand where the rule forbids it, with its reason, and at later changes too."""
        life = lived(*BEFORE_DOSES, "dosing-1")
        day = on(life.plan, "dosing-1") + timedelta(days=2)
        override = Override(rule="dosing.dosing.gap.min", by="Dr. N.", on=life.now.date(), why="travels next week")
        revision = dated(life, options=Options(overrides=(override,)), asked=Asked(visit="dosing-2", day=day))
        assert revision.refused is None
        assert on(revision.plan, "dosing-2") == day
        assert revision.plan.overrides == (override,)
        assert any("travels next week" in reason.text for reason in revision.plan.visit("dosing-2").because)
        assert on(after(life, revision.plan).plan, "dosing-2") == day

    def test_an_override_of_a_gap_lifts_its_maximum_alone(self) -> None:
        """The least gap between doses is overridden by a name of its own: the gap's name leaves it standing."""
        life = lived(*BEFORE_DOSES, "dosing-1")
        early, late = (on(life.plan, "dosing-1") + timedelta(days=days) for days in (2, 26))
        override = Override(rule="dosing.dosing.gap", by="Dr. N.", on=life.now.date(), why="travels")
        options = Options(overrides=(override,))
        refused = dated(life, options=options, asked=Asked(visit="dosing-2", day=early)).refused
        assert refused is not None
        assert [obstacle.rule for obstacle in refused.obstacles] == ["dosing.dosing.gap.min"]
        assert dated(life, options=options, asked=Asked(visit="dosing-2", day=late)).refused is None

    def test_a_rule_of_the_label_cannot_be_overridden(self) -> None:
        """What the product's label says stands, whoever asks."""
        life = lived("dosing-1", course="twice-weekly")
        day = on(life.plan, "dosing-1") + timedelta(days=1)
        override = Override(rule="induction.dosing.gap", by="Dr. N.", on=life.now.date(), why="in a hurry")
        revision = dated(life, options=Options(overrides=(override,)), asked=Asked(visit="dosing-2", day=day))
        assert revision.refused is not None
        assert revision.refused.obstacles[0].level == "label"

    def test_a_closed_day_can_be_overridden(self) -> None:
        """``closed`` by name and reason opens the day for this visit, at the time that it has."""
        life = lived(*BEFORE_DOSES)
        saturday = on(life.plan, "dosing-2") + timedelta(days=5 - on(life.plan, "dosing-2").weekday())
        override = Override(rule="closed", by="Dr. N.", on=life.now.date(), why="opens for once")
        revision = dated(life, options=Options(overrides=(override,)), asked=Asked(visit="dosing-2", day=saturday))
        assert revision.refused is None
        assert on(revision.plan, "dosing-2") == saturday

    @pytest.mark.parametrize(("name", "back"), [("dosing-1", 30), ("preparation-1", 0)])
    def test_neither_the_past_nor_what_was_held_moves(self, name: str, back: int) -> None:
        """A day that is past, and a visit that was held, are refused."""
        life = lived(*BEFORE_DOSES)
        day = life.now.date() - timedelta(days=back) if back else life.now.date() + timedelta(days=3)
        assert dated(life, asked=Asked(visit=name, day=day)).refused is not None

    def test_a_provisional_visit_moved_by_name_stays_there(self) -> None:
        """A date that somebody asked for is announced, also of a visit that waits for a review."""
        life = lived(*BEFORE_DOSES)
        day = on(life.plan, "check-in-1") + timedelta(days=5)
        day -= timedelta(days=max(day.weekday() - 4, 0))
        moved = dated(life, asked=Asked(visit="check-in-1", day=day)).plan
        assert moved.visit("check-in-1").asked
        assert on(after(life, moved).plan, "check-in-1") == day

    def test_a_visit_can_be_asked_for_today(self) -> None:
        """Nothing is placed before tomorrow but what is asked for by name."""
        life = lived("preparation-1")
        life = replace(life, now=life.visit("preparation-1").start + timedelta(days=2))
        life = replace(life, now=life.now.replace(hour=8))
        revision = dated(life, asked=Asked(visit="preparation-2", day=life.now.date()))
        assert revision.refused is None
        assert on(revision.plan, "preparation-2") == life.now.date()

    def test_a_first_dose_that_was_fixed_moves_by_name(self) -> None:
        """The day fixed in the profile gives way to the day asked for, and stays given up."""
        life = newborn(first_dose=date(2027, 1, 20))
        revision = dated(life, asked=Asked(visit="dosing-1", day=date(2027, 1, 22)))
        assert revision.refused is None
        assert revision.plan.inputs.first_dose is None
        assert on(after(life, revision.plan).plan, "dosing-1") == date(2027, 1, 22)

    def test_where_a_visit_stood_first_is_remembered(self) -> None:
        """A moved visit knows its first date, and forgets it once it stands there again."""
        life = lived(*BEFORE_DOSES)
        first = life.visit("dosing-1").start
        moved = dated(life, asked=Asked(visit="dosing-1", day=on(life.plan, "dosing-1") + timedelta(days=1))).plan
        assert moved.visit("dosing-1").original == first
        back = dated(life, moved, asked=Asked(visit="dosing-1", day=first.date())).plan
        assert back.visit("dosing-1").original is None


class TestHeldCourse:
    """A whole course on hold."""

    def test_a_course_on_hold_keeps_its_dates_until_it_is_resumed(self) -> None:
        """While it is held nothing is dated; resumed after its dates have passed, all that is open lies ahead."""
        life = lived(*BEFORE_DOSES, "dosing-1")
        held = dated(life, hold(life.plan)).plan
        assert starts(held) == starts(life.plan)
        assert {visit.status for visit in held.visits if visit.open} == {"unresolved"}
        later = replace(life, now=life.now + timedelta(days=60))
        revision = dated(later, resume(held, later.now))
        assert revision.placed
        for visit in revision.plan.visits:
            if visit.open:
                assert visit.status == "planned"
                assert visit.start.date() > later.now.date()


class TestTasks:
    """What is due follows the visits."""

    def test_tasks_follow_their_visits(self) -> None:
        """A form due a week after a dose is due a week after the day it was given; one of a missed dose is dropped."""
        life = newborn("esketamine-trd").at("dosing-1", days=1)
        done = after(life, complete(life.plan, "dosing-1", actual=life.now)).plan
        due = {task.id: task for task in done.tasks}
        name = next(name for name in due if name.endswith("-dosing-1"))
        planned = next(task for task in life.plan.tasks if task.id == name)
        assert due[name].due == planned.due + timedelta(days=1)
        assert due[name].status == "open"
        life = life.on(done).at("dosing-2")
        missed = after(life, miss(life.plan, "dosing-2")).plan
        of_missed = [task for task in missed.tasks if task.visit == "dosing-2"]
        assert of_missed
        assert {task.status for task in of_missed} == {"dropped"}


class TestSecondThoughts:
    """Records that are mended, and decisions that last."""

    def test_a_visit_held_after_all_needs_no_replacement(self) -> None:
        """Once a dose recorded as missed is recorded as held, the visit that stood in for it is called off again."""
        life = lived(*BEFORE_DOSES, "dosing-1", "integration-1").at("dosing-2")
        missed = after(life, miss(life.plan, "dosing-2"))
        plan = after(missed, complete(missed.plan, "dosing-2")).plan
        assert plan.visit("dosing-5").status == "cancelled"
        assert days(plan, "dosing-3", "dosing-2") >= 3
        assert [visit.id for visit in plan.visits if visit.open and visit.kind == "dosing"] == ["dosing-3", "dosing-4"]

    def test_a_visit_on_a_day_opened_by_an_override_stays_there(self) -> None:
        """Later changes leave it where somebody decided that it be."""
        life = lived(*BEFORE_DOSES)
        saturday = on(life.plan, "dosing-2") + timedelta(days=5 - on(life.plan, "dosing-2").weekday())
        override = Override(rule="closed", by="Dr. N.", on=life.now.date(), why="opens for once")
        moved = dated(life, options=Options(overrides=(override,)), asked=Asked(visit="dosing-2", day=saturday)).plan
        again = after(life, after(life, moved).plan).plan
        assert on(again, "dosing-2") == saturday
        assert any("opens for once" in reason.text for reason in again.visit("dosing-2").because)

    def test_the_bound_of_the_start_can_be_overridden(self) -> None:
        """``start`` by name and reason lets the first visit come later than the profile asks, for good."""
        life = newborn()
        day = on(life.plan, "preparation-1") + timedelta(days=28)
        assert dated(life, asked=Asked(visit="preparation-1", day=day)).refused is not None
        override = Override(rule="start", by="Dr. N.", on=life.now.date(), why="waits for a form")
        revision = dated(life, options=Options(overrides=(override,)), asked=Asked(visit="preparation-1", day=day))
        assert revision.refused is None
        assert on(after(life, revision.plan).plan, "preparation-1") == day

    def test_a_visit_that_shares_a_day_takes_another_time(self) -> None:
        """A review put on the day of a dose begins when the dose is over, or before it; the two never overlap."""
        life = lived("dosing-1", course="twice-weekly")
        day = on(life.plan, "dosing-6")
        away_from_it = dated(life, asked=Asked(visit="review-1", day=day + timedelta(days=1))).plan
        plan = dated(life, away_from_it, asked=Asked(visit="review-1", day=day)).plan
        dose, review = plan.visit("dosing-6"), plan.visit("review-1")
        assert dose.start.date() == review.start.date() == day
        assert dose.end <= review.start or review.end <= dose.start
        assert dose.start == life.visit("dosing-6").start

    def test_a_course_on_hold_moves_nothing(self) -> None:
        """A move is refused until the course is resumed."""
        life = lived(*BEFORE_DOSES)
        revision = dated(life, hold(life.plan), asked=Asked(visit="dosing-1", day=on(life.plan, "dosing-2")))
        assert revision.refused is not None
        assert revision.refused.obstacles[0].rule == "hold"
