"""The course as a table."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from rich.console import RenderableType
from support.plans import SAFETY, ZONE, long_plan, plan_in_course, recorded_before, sample_plan
from support.screens import WIDTHS, screen, widest, without_colors, words_of
from support.steps import calls_of

from kapplan.model.plan import Plan
from kapplan.output.course.agenda import Agenda
from kapplan.output.course.month import Months
from kapplan.output.course.table import CourseTable
from kapplan.output.course.timeline import Timeline
from kapplan.output.course.why import why_visits
from kapplan.output.records.words import aligned_day_words, time_words
from kapplan.output.terminal.consoles import console_for
from kapplan.output.views.screening import screening_view

PLANS = {"fresh": sample_plan, "in course": plan_in_course, "long": long_plan}


@pytest.fixture(params=PLANS)
def plan(request: pytest.FixtureRequest) -> Plan:
    """Return one of the sample plans."""
    return PLANS[request.param]()


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_cut(plan: Plan, width: int) -> None:
    """At every width each visit's id, date, time and days off are there, and every finding; no line is too long."""
    text = screen(CourseTable(plan), width)
    flat = words_of(text)
    one_line_a_visit = "Notes" in text and "Measures" not in text
    assert widest(text) <= width
    for visit in plan.visits:
        assert visit.id in flat
        assert words_of(aligned_day_words(visit.start.date())) in flat
        assert time_words(visit.start) in flat
        assert one_line_a_visit or all(measure in flat for measure in visit.measures)
        assert all(reason.short.partition(":")[0] in flat for reason in visit.because if reason.short)
    for finding in plan.findings:
        assert finding.text in flat
        assert finding.rule in flat
    assert "…" not in text


@pytest.mark.parametrize("width", WIDTHS)
def test_what_screening_says_is_told_in_full_where_it_is_asked_for(plan: Plan, width: int) -> None:
    """``why --screening`` has every finding with its source, also those that a course only counts."""
    asked = replace(plan.findings[-1], rule="asked", text="Nobody said.", left_out=True, not_screened=True)
    shown = replace(plan, findings=(*plan.findings, asked))
    text = screen(screening_view(shown), width)
    assert widest(text) <= width
    for finding in shown.findings:
        assert finding.text in words_of(text)
        assert finding.source in words_of(text)


def test_what_nobody_stated_is_one_line() -> None:
    """Questions that the profile leaves open stand in one line by their keys; what was found stands singly."""
    plan = sample_plan()
    asked = [
        replace(
            plan.findings[1],
            rule=f"asked-{key}",
            key=f"history.{key}",
            text=f"{key}?",
            left_out=True,
            not_screened=True,
        )
        for key in ("pregnancy", "prior_ketamine")
    ]
    text = words_of(screen(CourseTable(replace(plan, findings=(plan.findings[0], *asked)))))
    assert "not stated: pregnancy, prior ketamine" in text
    assert "pregnancy?" not in text
    assert plan.findings[0].text in text
    assert "1 warning, 2 not stated" in text


def test_the_doses_of_a_new_patient_are_on_the_first_screen() -> None:
    """At 80 columns and 24 lines every dose of a course that begins is seen without scrolling."""
    first = screen(CourseTable(replace(sample_plan(), findings=())), 80).splitlines()[:24]
    doses = [visit.id for visit in sample_plan().visits if visit.kind == "dosing"]
    assert all(any(dose in line for line in first) for dose in doses)


def test_what_is_past_and_not_recorded_is_marked_in_every_view(plan: Plan) -> None:
    """A visit whose day has gone by without a record has a mark of its own that each view explains."""
    late = next(visit for visit in plan.visits if visit.status in {"planned", "confirmed"})
    today = late.day + timedelta(days=1)
    for view in (CourseTable, Agenda, Months, Timeline):
        shown = words_of(screen(view(plan, today=today)))
        assert "not recorded" in shown
        assert "not recorded" not in words_of(screen(view(plan)))


@pytest.mark.parametrize("width", WIDTHS)
def test_lines_end_with_what_they_show(plan: Plan, width: int) -> None:
    """No line ends in blanks, so that what is copied or redirected stays clean."""
    assert not [line for line in screen(CourseTable(plan), width).splitlines() if line != line.rstrip()]


@pytest.mark.parametrize("width", WIDTHS)
def test_colours_add_nothing_but_colours(plan: Plan, width: int) -> None:
    """Without colours there is no escape code; with them the text is the same."""
    plain = screen(CourseTable(plan), width)
    colored = screen(CourseTable(plan), width, "always")
    assert "\x1b" not in plain
    assert "\x1b[" in colored
    assert without_colors(colored) == plain


def test_each_visit_has_the_colour_of_its_kind() -> None:
    """Doses are the brightest, provisional or not; what else waits is dimmed; what is off its target is yellow."""
    plan = sample_plan()
    text = screen(CourseTable(plan), 80, "always")
    assert "\x1b[1;35mdosing-1" in text
    assert "\x1b[2;94mcheck-in-1" in text
    assert "\x1b[36mintegration-1" in text
    assert "\x1b[33m4 days later than ideal" in text
    settled = replace(plan, visits=tuple(replace(visit, provisional=False) for visit in plan.visits))
    assert "\x1b[1;35mdosing-1" in screen(CourseTable(settled), 80, "always")


def test_dates_ascend_even_where_phases_overlap() -> None:
    """Phases that overlap in time share one part, so that dates only ever go forward."""
    plan = sample_plan()
    visits = tuple(replace(v, phase="therapy") if v.kind in {"preparation", "integration"} else v for v in plan.visits)
    text = screen(CourseTable(replace(plan, visits=visits)), 80)
    days = re.findall(r"(?m)^.{9}\S+-\d+ +(\w{3} [ \d]\d \w{3} \d{4})", text)
    moments = [datetime.strptime(words_of(day), "%a %d %b %Y") for day in days]  # noqa: DTZ007
    assert len(moments) == len(visits)
    assert moments == sorted(moments)
    assert "Therapy, Induction ─" in text


def test_safety_comes_before_anything_else() -> None:
    """A safety notice is the first thing on the screen."""
    first = screen(CourseTable(plan_in_course()), 200).splitlines()[0]
    assert "SAFETY" in first
    assert SAFETY.text in first


def test_the_header_says_whose_course_it_is_and_that_it_is_off_label() -> None:
    """Patient, protocol, version, time zone and the label status stand above the visits."""
    top = screen(CourseTable(sample_plan())).split("Week ")[0]
    for part in ("river-0412", "kap-standard 2026-11", "general course", ZONE, "OFF-LABEL"):
        assert part in top


def test_findings_are_counted_by_what_they_do() -> None:
    """Refused, overridden, warned and not screened are told apart; where there is nothing the screen says so."""
    plan = sample_plan()
    warned, unscreened = plan.findings
    refused = replace(warned, level="refuse", rule="psychosis")
    overridden = replace(warned, level="refuse-unless-overridden", overridden=True)
    text = words_of(screen(CourseTable(replace(plan, findings=(refused, overridden, warned, unscreened)))))
    assert "1 refused, 1 overridden, 1 warning, 1 not screened" in text
    assert "Screening  no findings" in screen(CourseTable(replace(plan, findings=())))
    assert "Screening  no further findings" in screen(CourseTable(replace(plan, findings=(SAFETY,))))


def test_tailoring_that_was_turned_off_stays_visible() -> None:
    """A rule that the patient's course goes without is told as such; one that does not apply is not."""
    plan = sample_plan()
    rule = plan.tailoring[0]
    declined, other = replace(rule, state="declined"), replace(rule, rule="other", state="not-applicable")
    text = words_of(screen(CourseTable(replace(plan, tailoring=(declined, other)))))
    assert "Tailored 1 turned off" in text
    assert f"turned off: {rule.text}" in text
    assert "[other]" not in text


def test_a_course_on_label_is_not_called_off_label() -> None:
    """OFF-LABEL is only said of what is off-label."""
    plan = sample_plan()
    assert "OFF-LABEL" not in screen(CourseTable(replace(plan, protocol=replace(plan.protocol, off_label=False))))


def test_the_name_is_only_shown_when_asked_for() -> None:
    """The pseudonym is what people see by default."""
    assert "River A." not in screen(CourseTable(sample_plan()))
    assert "River A." in screen(CourseTable(sample_plan(), names=True))


def test_weeks_are_counted_from_the_first_dose() -> None:
    """The first dose opens week 1, whatever the weekday; the same week is told once."""
    lines = screen(CourseTable(sample_plan())).splitlines()
    weeks = {line.split("-")[0].strip(): line for line in lines}
    assert "1  ○  dosing" in weeks
    first = next(line for line in lines if "integration-1 " in line)
    assert first.startswith(" " * 9)


def test_provisional_visits_are_marked_and_the_legend_says_what_they_wait_for() -> None:
    """The mark and the legend carry the meaning without any colour."""
    text = words_of(screen(CourseTable(sample_plan())))
    assert "○ dosing-1" in text
    assert "○ provisional: doses wait for screening 1; check-ins wait for review 1" in text


def test_the_legend_explains_only_what_is_shown() -> None:
    """No mark is explained that does not occur."""
    plan = sample_plan()
    settled = replace(plan, visits=tuple(replace(visit, provisional=False) for visit in plan.visits))
    text = screen(CourseTable(settled))
    assert "provisional" not in text
    assert "missed" not in text


def test_every_status_is_told_in_words() -> None:
    """What is not simply planned says so in its row."""
    text = words_of(screen(CourseTable(plan_in_course()), 120))
    for words in ("held", "missed", "cancelled by the patient", "confirmed", "needs a new date", "left out"):
        assert words in text


def test_what_waits_for_a_finding_says_which() -> None:
    """A visit can wait for something that is no visit."""
    plan = sample_plan()
    visits = tuple(replace(v, awaits=("breastfeeding",)) if v.kind == "dosing" else v for v in plan.visits)
    assert "doses wait for what is not screened" in words_of(screen(CourseTable(replace(plan, visits=visits))))


def test_visits_that_wait_for_several_gates_are_told_once() -> None:
    """A course with a gate after each part does not repeat its legend for each of them."""
    plan = sample_plan()
    visits = tuple(
        replace(v, awaits=("screening-1", "review-1") if v.number > 3 else ("screening-1",), provisional=True)
        if v.kind == "dosing"
        else replace(v, provisional=False)
        for v in plan.visits
    )
    text = words_of(screen(CourseTable(replace(plan, visits=visits))))
    assert "○ provisional: doses wait for screening 1 and review 1, as far as these come first" in text


def test_of_two_rules_off_target_the_further_one_is_told() -> None:
    """One visit, one note: the other rule is for ``why``."""
    plan = sample_plan()
    dose = plan.visit("dosing-3")
    near = replace(dose.timing[0], rule="near", target_days=(7, 10))
    reason = replace(dose.because[0], rule="near", short="1 day later than ideal: the same")
    double = replace(dose, timing=(near, *dose.timing), because=(reason, *dose.because), deviation_days=5)
    visits = tuple(double if visit.id == "dosing-3" else visit for visit in plan.visits)
    text = words_of(screen(CourseTable(replace(plan, visits=visits))))
    assert "4 days later than ideal" in text
    assert "1 day later than ideal: the same" not in text


def test_what_no_source_confirms_is_starred() -> None:
    """The whole length or a part of it, and measures: the star is explained, and only where it stands."""
    plan = sample_plan()
    visits = tuple(
        replace(visit, unverified=("minutes.monitor",) if visit.kind == "dosing" else ())
        for visit in plan.regimen.visits
    )
    text = screen(CourseTable(replace(plan, regimen=replace(plan.regimen, visits=visits))))
    assert text.count("3 h*") == 6
    assert "* no source confirms it" in text
    assert "1 h 30*" not in text


def test_the_summary_counts_visits_weeks_and_days_off_target() -> None:
    """The closing lines are in words that people read."""
    text = words_of(screen(CourseTable(sample_plan())))
    assert "23 visits over 35 weeks, Mon 4 Jan to Thu 2 Sep 2027; 6 doses, Thu 21 Jan to Tue 2 Mar 2027" in text
    assert "6 days off target in all: the closest dates to the protocol that these calendars allow." in text
    assert "2 tasks open, the first by Mon 11 Jan 2027: Request the ECG" in text
    assert "optimal" not in text


def test_a_course_on_target_says_so() -> None:
    """Where no visit is off its target the summary says just that."""
    plan = sample_plan()
    visits = tuple(replace(visit, deviation_days=0) for visit in plan.visits)
    assert "Every visit on target." in screen(CourseTable(replace(plan, visits=visits)))


def test_the_next_visit_is_marked() -> None:
    """With today's date the oldest visit of which nothing is recorded is called next, though its day has passed."""
    day = date(2027, 2, 3)
    for plan, following in ((recorded_before(sample_plan(), day), "dosing-3"), (sample_plan(), "screening-1")):
        lines = screen(CourseTable(plan, today=day), 200).splitlines()
        (marked,) = (number for number, line in enumerate(lines) if re.search(r"\bnext\b", line))
        assert any(following in line for line in lines[marked - 1 : marked + 1])


def test_a_visit_without_a_time_shows_only_its_day() -> None:
    """What was held before the plan was made has a day and no invented time."""
    plan = sample_plan()
    midnight = datetime(2027, 1, 4, tzinfo=ZoneInfo(ZONE))
    first = replace(plan.visits[0], start=midnight, end=midnight, timed=False, status="completed", measures=())
    line = next(
        line
        for line in screen(CourseTable(replace(plan, visits=(first, *plan.visits[1:])))).splitlines()
        if "screening-1 " in line
    )
    assert "Mon  4 Jan 2027" in line
    assert ":" not in line


def test_hostile_text_is_shown_and_does_nothing() -> None:
    """Escape codes, markup and line breaks in a file's text cannot steer the terminal or break the table."""
    plan = sample_plan()
    visit = replace(plan.visits[0], note="\x1b[31mred [b]bold[/b]\nnext\tline")
    text = screen(CourseTable(replace(plan, visits=(visit, *plan.visits[1:]))), 200)
    assert "\x1b" not in text
    assert "[31mred [b]bold[/b] next line" in text


def test_a_plan_without_visits_can_be_shown() -> None:
    """An empty course is no error."""
    plan = replace(sample_plan(), visits=(), tasks=())
    for width in WIDTHS:
        assert "river-0412" in screen(CourseTable(plan), width)


@pytest.mark.parametrize("view", [CourseTable, Months, Timeline, Agenda, lambda plan: why_visits(plan, plan.visits)])
@pytest.mark.parametrize("width", [1, 7, 20, 33])
def test_no_view_fails_or_overflows_where_there_is_hardly_any_room(
    view: Callable[[Plan], RenderableType], width: int
) -> None:
    """Even a sliver of a terminal gets text that fits it."""
    assert widest(screen(view(plan_in_course()), width)) <= width


def test_a_long_course_is_shown_at_once() -> None:
    """Forty-nine visits take some hundred calls each, and no more the longer the course is."""
    plan = long_plan()
    assert len(plan.visits) >= 45
    console = console_for(io.StringIO(), {}, "always", width=120)
    assert calls_of(lambda: console.print(CourseTable(plan))) < 1_000 * len(plan.visits)
