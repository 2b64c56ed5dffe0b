"""Proposals, the day's list, authorizations and reports as people and programs see them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import RenderableType
from support.plans import plan_in_course, sample_plan
from support.reviews import Course, course
from support.screens import WIDTHS, screen, widest, words_of

from kapplan.model.decisions import Authorization, Proposal
from kapplan.output.formats import render
from kapplan.output.records.records import Records
from kapplan.output.terminal.chart import DOSE, POINT, score_chart
from kapplan.output.views.report import ReportView, report_records
from kapplan.output.views.review import NO_SOURCE, effect_words, review_records
from kapplan.output.views.today import TodayView, today_records
from kapplan.planning.reports.adherence import report
from kapplan.planning.reports.day_list import due
from kapplan.planning.review.review import reviewed
from kapplan.planning.review.standing import notices, screened


def scored_course() -> Course:
    """Return esketamine at its evaluation: scores at each dose, one dose missed, item 9 answered."""
    made = course("esketamine-trd")
    for number, (madrs, phq9) in enumerate([(30, 20), (26, 18), (22, 15), (20, 12), (19, 11)], start=1):
        made = made.held(f"dosing-{number}").scored(madrs=madrs, phq9=phq9)
    return made.missed("dosing-6").held("review-1").scored(madrs=18, phq9_item9=1, bp="138/88")


def review_of(made: Course) -> Records:
    """Return the review of a course today."""
    plan = reviewed(screened(made.plan, made.basis, made.today), made.basis, made.today)
    return review_records(plan, notices(plan))


def everything() -> dict[str, tuple[Records, RenderableType]]:
    """Return each list as records and as people see it."""
    made = scored_course()
    plan = replace(
        screened(made.plan, made.basis, made.today),
        authorizations=(Authorization(until=date(2027, 3, 31), visits=12, devices=23),),
    )
    listed = due([plan, plan_in_course()], made.today, week=True, bases={plan.id: made.basis})
    reported = report(plan, made.today, made.basis)
    reviewing = review_of(made)
    return {
        "review": (reviewing, render(reviewing, "table")),
        "today": (today_records(listed), TodayView(listed)),
        "report": (report_records(reported), ReportView(reported)),
    }


LISTS = everything()
every_list = pytest.mark.parametrize("name", LISTS)


@every_list
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_screen(name: str, width: int) -> None:
    """Every list fits terminals from 40 columns on."""
    assert widest(screen(LISTS[name][1], width)) <= width


@every_list
@pytest.mark.parametrize("form", ["plain", "csv", "md"])
def test_every_row_is_there_in_every_format(name: str, form: str) -> None:
    """Programs get one record a row."""
    records = LISTS[name][0]
    text = render(records, form)
    assert isinstance(text, str)
    assert len(text.splitlines()) >= len(records.rows)


@every_list
def test_json_has_a_schema_and_begins_with_safety(name: str) -> None:
    """The second key is `safety`, the rows stand under their own name."""
    records = LISTS[name][0]
    text = render(records, "json")
    assert isinstance(text, str)
    data = json.loads(text)
    assert list(data)[:2] == ["schema", "safety"]
    assert len(data[records.name]) == len(records.rows)


@pytest.mark.parametrize("name", ["review", "today"])
def test_safety_is_the_first_line(name: str) -> None:
    """Where a safety notice stands nothing is shown before it."""
    assert screen(LISTS[name][1], 80).lstrip().startswith("SAFETY")


# Proposals


def test_a_proposal_shows_what_it_does_its_source_and_what_to_type() -> None:
    """The score it follows from, the effect in words, the citation, and the next command are all there."""
    text = words_of(screen(LISTS["review"][1], 120))
    for part in ("MADRS 18", "Wajs 2020", "calls off what follows", "kapplan accept river 1"):
        assert part in text


def test_what_has_no_source_or_is_not_verified_says_so() -> None:
    """No proposal is without a source or the mark that it has none."""
    marked = (
        Proposal(number=1, rule="r", text="Ask.", effect="note"),
        Proposal(number=2, rule="r", text="Ask.", effect="note", source="A default", verified=False),
    )
    text = words_of(screen(render(review_records(replace(sample_plan(), proposals=marked)), "table"), 120))
    assert NO_SOURCE in text
    assert "A default (not verified)" in text


def test_settled_proposals_are_shown_on_request_only() -> None:
    """The list is of what waits for an answer; all of them come with their states."""
    settled = (Proposal(number=1, rule="r", text="Ask.", effect="note", state="declined"),)
    plan = replace(sample_plan(), proposals=settled)
    assert review_records(plan).rows == ()
    assert "propose nothing" in review_records(plan).after[0]
    assert len(review_records(plan, all_states=True).rows) == 1
    assert "declined" in screen(render(review_records(plan, all_states=True), "table"), 80)


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        ("confirm-following", "planned"),
        ("branch:weekly-on", "lays out weekly on"),
        ("branch:continue", "the rest of the course"),
        ("stop", "calls off what follows"),
        ("drop:dosing-5,integration-5", "dose 5, integration 5"),
        ("replace:dosing-4", "gives dose 4 later"),
        ("hold", "holds the course"),
        ("note", "changes nothing"),
    ],
)
def test_every_effect_has_words(effect: str, words: str) -> None:
    """What accepting does is told in words."""
    assert words in effect_words(sample_plan(), effect)


# The day


def test_the_day_names_time_patient_visit_and_what_is_due() -> None:
    """Each visit has its time and patient; escorts, tasks and what is overdue stand under headings with counts."""
    day = sample_plan().visit("dosing-1").start.date()
    text = screen(TodayView(due([sample_plan()], day)), 80)
    assert "Thu 21 Jan 2027  1 visit" in text
    for part in ("09:00\N{EN DASH}12:00", "river-0412", "dosing-1", "blue", "okafor", "phq9, bp"):
        assert part in text
    for heading in ("Escorts to confirm (1)", "Tasks and forms (2)", "Not recorded yet (3)"):
        assert heading in text


def test_a_day_without_anything_says_so() -> None:
    """An empty day and an empty list are told, not left blank."""
    empty = due([], date(2027, 1, 21))
    assert "nobody comes" in screen(TodayView(empty), 80)
    assert "Nothing is on the list." in screen(render(today_records(empty), "table"), 80)


def test_nothing_that_steers_a_terminal_gets_through() -> None:
    """Texts of plans are shown as they are, without escape codes."""
    plan = replace(sample_plan(), proposals=(Proposal(number=1, rule="r", text="\x1b[31mred", effect="note"),))
    listed = due([plan], date(2027, 1, 21))
    for shown in (TodayView(listed), render(review_records(plan), "table")):
        assert "\x1b" not in screen(shown, 80)


# Authorizations


# Reports


def test_a_report_tells_what_was_held_what_was_not_and_the_scores() -> None:
    """Counts, windows, drift, figures with their sources, and each measure's way from its baseline are there."""
    text = words_of(screen(LISTS["report"][1], 80))
    for part in ("8 held, 1 missed", "Windows: 8 of 8", "Joshi 2024", "MADRS", "from 30 before the first dose to 18"):
        assert part in text
    assert POINT in text
    assert DOSE in text


@pytest.mark.parametrize("width", [80, 120])
def test_charts_are_readable_at_both_widths(width: int) -> None:
    """Each measure that was scored more than once has a chart with an axis of days, no wider than the screen."""
    text = screen(LISTS["report"][1], width)
    assert text.count("└") == 2
    assert text.count("Mon 28 Dec") >= 2


def test_a_report_of_a_fresh_plan_has_no_chart() -> None:
    """Without scores there is nothing to draw."""
    plan = sample_plan()
    text = screen(ReportView(report(plan, plan.created.date())), 80)
    assert POINT not in text
    assert "22 visits ahead" in text or "visits ahead, on the dates first planned" in text


# The chart


def test_a_chart_of_nothing_is_nothing() -> None:
    """Without points there are no lines."""
    assert score_chart([], width=80) == []


def test_a_chart_by_hand() -> None:
    """Scores stand at their heights and days, doses under the axis, the first and last day at its ends."""
    start = date(2027, 1, 4)
    points = [(start, 20), (start + timedelta(days=14), 10), (start + timedelta(days=28), 0)]
    lines = score_chart(points, width=34, doses=[start, start + timedelta(days=28)], height=5)
    assert lines == [
        "20 ┤●",
        "   │",
        "10 ┤              ●",
        "   │",
        " 0 ┤                             ●",
        "   └──────────────────────────────",
        "    ▲                            ▲",
        "    Mon 4 Jan            Mon 1 Feb",
    ]


@given(
    scores=st.dictionaries(st.integers(0, 400), st.integers(0, 60), min_size=1, max_size=30),
    width=st.integers(20, 160),
    height=st.integers(3, 12),
)
def test_a_chart_keeps_its_width_and_shows_every_height(scores: dict[int, int], width: int, height: int) -> None:
    """No line is wider than asked; there are as many as the height asks, and a higher score never stands lower."""
    start = date(2027, 1, 4)
    points = [(start + timedelta(days=offset), value) for offset, value in sorted(scores.items())]
    lines = score_chart(points, width=width, height=height)
    assert len(lines) == height + 2
    assert widest("\n".join(lines)) <= width
    drawn = [row for row, line in enumerate(lines[:height]) if POINT in line]
    best, worst = min(scores.values()), max(scores.values())
    assert drawn[0] == 0 or worst == 0
    assert best == worst or drawn[-1] >= drawn[0]
