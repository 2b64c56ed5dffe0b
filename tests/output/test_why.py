"""Why a visit falls where it does."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from support.plans import HOLIDAY, SAFETY, SOURCE, plan_in_course, sample_plan
from support.screens import WIDTHS, screen, widest, without_colors, words_of

from kapplan.model.plan import Plan, PlannedVisit, Reason
from kapplan.output.course.why import said_of, why_records, why_visits
from kapplan.output.formats import render


def told(plan: Plan, visit: PlannedVisit | str) -> str:
    """Return what is said of a visit, as one line."""
    found = plan.visit(visit) if isinstance(visit, str) else visit
    return words_of(screen(why_visits(plan, [found]), 500))


def test_it_says_when_where_and_with_whom() -> None:
    """The first sentence is the appointment itself, its length as one says it."""
    assert "Thu 21 Jan 2027, 09:00 to 12:00: 3 hours, in room blue, with okafor." in told(sample_plan(), "dosing-1")
    assert "remotely" in told(sample_plan(), "check-in-1")


def test_a_clinic_that_names_no_room_has_just_the_room() -> None:
    """The room of the default clinic is not told as a room called room."""
    visit = replace(sample_plan().visit("dosing-1"), room="room")
    assert "3 hours, in the room, with okafor." in told(sample_plan(), visit)


def test_it_says_the_window_and_the_slack_both_ways() -> None:
    """What the rules allow, and how far the visit alone could move."""
    text = told(sample_plan(), "dosing-1")
    assert "the rules allow Tue 19 Jan to Tue 26 Jan 2027." in text
    assert "it could move 1 day earlier or 2 days later." in text


@pytest.mark.parametrize(
    ("earlier", "later", "words"),
    [(0, 0, "it cannot move."), (2, 0, "it could move 2 days earlier."), (0, 1, "it could move 1 day later.")],
)
def test_slack_is_told_as_it_is(earlier: int, later: int, words: str) -> None:
    """One way, both, or none."""
    plan = sample_plan()
    visit = replace(plan.visits[3], slack_earlier=earlier, slack_later=later)
    assert words in told(plan, visit)


def test_every_timing_rule_is_a_sentence_with_its_level_and_source() -> None:
    """Bounds, target, where the visit stands within them, the level, and where the rule comes from."""
    text = told(sample_plan(), "dosing-3")
    assert "3 to 21 days after dose 2, ideally 7 days; it is 11 days after." in text
    assert "[kapplan's default] (1)" in text
    assert SOURCE in text


def test_calendar_months_name_the_day_they_lead_to() -> None:
    """Nobody has to count months on the phone."""
    text = told(sample_plan(), "check-in-6")
    assert "5 calendar months after dose 6" in text
    assert "that day is Mon 2 Aug 2027, and it stands on that day" in text


def test_what_kept_it_off_its_target_is_told_whole() -> None:
    """The long reason stands, with the day that would have been ideal."""
    text = told(sample_plan(), "dosing-4")
    assert "1 day later than ideal (Mon 15 Feb 2027)" in text
    assert HOLIDAY in text
    assert "On target." in told(sample_plan(), "dosing-1")


def test_gates_dependants_measures_and_tasks_are_told() -> None:
    """What it waits for, what is counted from it, what is measured and what is to be done."""
    text = told(sample_plan(), "dosing-1")
    assert "Provisional: it waits for screening 1." in text
    assert "Counted from it: integration 1 and dose 2." in text
    assert "Measured: phq9, bp." in text
    assert "Somebody takes the patient home afterwards." in text
    assert "By Wed 20 Jan 2027: Ask the prescriber about lorazepam." in text


def test_rules_that_nobody_verified_say_so() -> None:
    """A default is called one; a sourced rule that is not verified is marked."""
    plan = sample_plan()
    visit = plan.visit("preparation-1")
    reason = replace(visit.because[0], level="protocol")
    doubtful = replace(visit, timing=(replace(visit.timing[0], level="protocol"),), because=(reason,))
    assert "[protocol, not verified] (1)" in told(plan, doubtful)


@pytest.mark.parametrize("width", WIDTHS)
def test_on_the_screen_nothing_is_cut_and_sources_are_told_once(width: int) -> None:
    """Every sentence of every visit is there, its source as a number that the end explains."""
    plan = plan_in_course()
    text = screen(why_visits(plan, plan.visits), width)
    flat = words_of(text)
    assert widest(text) <= width
    assert flat.count(SOURCE) == 1
    assert without_colors(screen(why_visits(plan, plan.visits), width, "always")) == text
    for visit in plan.visits:
        assert all(words_of(said.text) in flat for said in said_of(plan, visit))
    assert SAFETY.text in flat


def test_records_hold_every_sentence_for_programs() -> None:
    """One record a sentence, with rule, level, source and whether it is verified."""
    plan = sample_plan()
    records = why_records(plan, plan.visits)
    data = json.loads(str(render(records, "json")))
    assert data["schema"] == "kapplan.why/1"
    rules = [row for row in data["reasons"] if row["visit"] == "dosing-3" and row["about"] == "rule"]
    assert [(row["rule"], row["level"]) for row in rules] == [("induction.gap", "default")]
    assert sum(len(said_of(plan, visit)) for visit in plan.visits) == len(data["reasons"])
    assert str(render(records, "plain")).count("\n") == len(data["reasons"])


def test_states_are_told_in_words() -> None:
    """Held, cancelled and by whom, and the note that somebody left."""
    plan = plan_in_course()
    assert "Held." in told(plan, "dosing-1")
    assert "Cancelled by the patient." in told(plan, "integration-2")
    noted = replace(plan.visit("dosing-5"), note="came with a friend")
    assert "came with a friend." in told(plan, noted)


def test_an_open_window_is_told_by_the_side_that_binds() -> None:
    """A rule with only one bound leaves the other side open."""
    plan = sample_plan()
    visit = plan.visit("dosing-2")
    assert "the rules allow no day before Tue 26 Jan 2027." in told(plan, replace(visit, latest=None))
    assert "the rules allow no day after Tue 2 Feb 2027." in told(plan, replace(visit, earliest=None))


def test_a_visit_off_target_without_a_stored_reason_still_says_so() -> None:
    """Plans from elsewhere may lack the sentence; the number stands."""
    plan = sample_plan()
    assert "4 days off its target." in told(plan, replace(plan.visit("dosing-3"), because=()))


def test_other_reasons_keep_their_sentence() -> None:
    """Preferences and gates are no timing rules and are told as they are."""
    plan = sample_plan()
    reason = Reason(rule="preference", text="Not at a preferred day or time")
    assert "Not at a preferred day or time." in told(plan, replace(plan.visit("dosing-1"), because=(reason,)))


def test_room_is_told_where_it_is_more_than_slack() -> None:
    """How far a visit could move with those after it is a sentence of its own, where that is further."""
    plan = sample_plan()
    visit = replace(plan.visits[3], slack_earlier=0, slack_later=1, room_earlier=0, room_later=7)
    assert "If those after it moved too, it could move 7 days later, as far as the rules go." in told(plan, visit)
    assert "If those after it" not in told(plan, replace(visit, room_later=1))
