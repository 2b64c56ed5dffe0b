"""The board as a page: every visit in its place, well-formed, one sheet of paper, and understood without colours."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.books import MONDAY, small_plan
from support.browser import chromium, looked_at, missing
from support.command_line import CommandLine, with_examples
from support.plans import ZONE

from kapplan.dates import WEEKDAYS
from kapplan.model.clinic import Clinic, Room, Staff
from kapplan.model.fields import Span
from kapplan.model.plan import Plan
from kapplan.output.clinic.board_page import board_page
from kapplan.planning.availability.timezones import zone
from kapplan.planning.bookings.plan_bookings import booked_plan
from kapplan.planning.clinic.board import board_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PLACES = 6
CLINIC = Clinic(
    name="Aspen House",
    timezone=ZONE,
    hours={day: (Span(9 * 60, 17 * 60),) for day in WEEKDAYS[:5]},
    rooms=tuple(Room(id=f"room-{number}") for number in range(PLACES)),
    staff=tuple(Staff(id=f"person-{number}", roles=("therapist",)) for number in range(PLACES)),
)


class Table(HTMLParser):
    """The rows of a page's table as columns filled by each, and the words of the page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.widths: list[int] = []
        self.below: list[int] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Count the columns of a cell in its row, and in those below it."""
        given = dict(attrs)
        if tag not in {"meta", "col"}:
            self.open.append(tag)
        if tag == "tr":
            self.widths.append(self.below.pop(0) if self.below else 0)
        if tag in {"td", "th"}:
            width = int(given.get("colspan") or 1)
            self.widths[-1] += width
            for row in range(int(given.get("rowspan") or 1) - 1):
                self.below += [0] * (row + 1 - len(self.below))
                self.below[row] += width

    def handle_endtag(self, tag: str) -> None:
        """Hold each end to its beginning."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep the words."""
        self.words.append(data.strip())


def page(plans: Sequence[Plan], days: int = 1) -> str:
    """Return the page of some days from Monday on."""
    first = MONDAY.date()
    booked = [booked_plan(plan, plan.patient) for plan in plans]
    made = board_of(booked, CLINIC, zone(ZONE), (first, first + (days - 1) * DAY), MONDAY + 2 * HOUR)
    return board_page(made, "Aspen House")


visits = st.lists(st.tuples(st.integers(0, 40), st.integers(15, 150), st.integers(0, 2), st.integers(0, 6)), max_size=9)


@given(visits, st.sampled_from([1, 7]))
def test_every_row_is_whole_and_every_visit_there(drawn: list[tuple[int, int, int, int]], days: int) -> None:
    """However visits overlap, all rows have as many columns as the head, and each visit stands with its times."""
    plans = [
        small_plan(
            f"p{number}", [MONDAY + timedelta(minutes=13 * at, days=day if days > 1 else 0)], room=f"room-{room}",
            staff=[], minutes=minutes,
        )
        for number, (at, minutes, room, day) in enumerate(drawn)
    ]  # fmt: skip
    made = page(plans, days)
    table = Table(made)
    assert len(set(table.widths)) == 1
    words = " ".join(table.words)
    for plan in plans:
        [visit] = plan.visits
        assert f"{visit.start:%H:%M}\N{EN DASH}{visit.end:%H:%M} {plan.patient} integration 1" in words


def test_what_a_colour_says_a_word_says_too() -> None:
    """Clashes, what is not recorded, what is provisional and what was held are said in words."""
    ana, bo = (small_plan(name, [MONDAY], room="room-0", staff=[]) for name in ("ana", "bo"))
    cy = small_plan("cy", [MONDAY + 5 * HOUR], room="room-1", staff=[])
    cy = replace(cy, visits=tuple(replace(visit, provisional=True) for visit in cy.visits))
    held = small_plan("di", [MONDAY], room="room-2", staff=[], status="completed")
    words = " ".join(Table(page([ana, bo, cy, held])).words)
    assert words.count("clash, not recorded") == 2
    assert words.count("provisional") == 1
    assert "di integration 1 held" in words
    assert "2 clashes, 2 not recorded" in words


def test_nothing_is_fetched_and_all_is_escaped() -> None:
    """The page needs nothing else, says its language, and a name cannot become a part of it."""
    board = board_of([], replace(CLINIC, rooms=()), zone(ZONE), (MONDAY.date(), MONDAY.date()), MONDAY)
    made = board_page(board, '<script src="x">')
    assert "<script" not in made
    assert "http" not in made
    assert '<html lang="en">' in made


@pytest.mark.skipif(chromium() is None, reason="Chromium is not installed")
@pytest.mark.parametrize("days", [1, 7])
def test_a_busy_clinic_prints_on_one_page(tmp_path: Path, days: int) -> None:
    """Six rooms and six people, an hour for everybody all day (of a week half of it), are one sheet of paper."""
    import pypdfium2

    hours = range(8) if days == 1 else range(0, 8, 3)
    plans = [
        small_plan(
            f"patient-{hour}{place}", [MONDAY + hour * HOUR + day * DAY for day in range(min(days, 5))],
            room=f"room-{place}", staff=[f"person-{place}"],
        )
        for hour in hours
        for place in range(PLACES)
    ]  # fmt: skip
    path, printed = tmp_path / "board.html", tmp_path / "board.pdf"
    path.write_text(page(plans, days), "utf-8")
    browser = chromium()
    assert browser is not None
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", f"--print-to-pdf={printed}")
    subprocess.run([browser, *options, str(path)], check=True, capture_output=True, timeout=120)
    assert len(pypdfium2.PdfDocument(printed)) == 1


@pytest.mark.skipif(missing() is not None, reason=missing() or "")
@pytest.mark.parametrize("days", [1, 7])
def test_a_screen_reader_reads_the_page(tmp_path: Path, days: int) -> None:
    """The accessibility checker has no complaint of a day or a week with a clash, nothing sticks out or is loaded."""
    plans = [small_plan("ana", [MONDAY, MONDAY + 2 * HOUR]), small_plan("ben", [MONDAY], status="completed")]
    path = tmp_path / "board.html"
    path.write_text(page(plans, days), "utf-8")
    seen = looked_at(path)
    assert seen["violations"] == []
    assert seen["passed"] > 15
    assert seen["requests"] == 1
    assert {width: seen["widths"][width]["overflow"] for width in ("a4", "letter")} == {"a4": 0, "letter": 0}


def test_the_page_at_the_command_line(kapplan_in: CommandLine) -> None:
    """The page is written to a file or printed; another format into a file is refused with what would do."""
    with_examples(kapplan_in.folder)
    now = ("--today", "2026-12-28")
    kapplan_in("plan", "river.toml", "-o", "river.plan.toml", *now)
    assert kapplan_in("board", "2026-12-31", "-o", "wall.html", *now).code == 0
    written = (kapplan_in.folder / "wall.html").read_text("utf-8")
    assert "river-0412" in written
    assert kapplan_in("board", "2026-12-31", "--format", "html", *now).text == written
    refused = kapplan_in("board", "--format", "json", "-o", "wall.html", *now)
    assert refused.code == 2
    assert "--format html" in refused.err
