"""The same plan gives the same bytes, on every run and machine, and an unchanged visit the same entry."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.calendar_files import calendar_bytes
from support.calendar_plans import CARD, local, sensitive_plan
from support.ics_bytes import entries

from kapplan.model.plan import PlannedVisit
from kapplan.planning.journal.calendar_identity import bump

TESTS = Path(__file__).parents[1]
GOLDEN = TESTS / "golden" / "course.ics"
LATER = datetime(2027, 1, 25, 12, tzinfo=UTC)


def test_the_file_is_the_one_kept(request: pytest.FixtureRequest) -> None:
    """A course exports to the very bytes kept beside the tests, whatever the versions of Python and icalendar."""
    content = calendar_bytes([sensitive_plan()]).content
    if request.config.getoption("--update", default=False):
        GOLDEN.write_bytes(content)
    assert content == GOLDEN.read_bytes()


@pytest.mark.parametrize(("seed", "zone"), [("0", "Asia/Tokyo"), ("1", "America/Denver"), ("4711", "")])
def test_neither_hash_seed_nor_system_zone_shows(seed: str, zone: str) -> None:
    """Another process, with another order of hashes, another system zone and no locale, writes the same bytes."""
    code = (
        "import sys; from support.calendar_plans import sensitive_plan;"
        "from support.calendar_files import calendar_bytes;"
        "sys.stdout.buffer.write(calendar_bytes([sensitive_plan()]).content)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"}
    environment["PYTHONPATH"] = os.pathsep.join((str(TESTS), str(TESTS.parent)))
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=environment, timeout=60)
    assert run.stdout == GOLDEN.read_bytes()


def test_icalendar_is_imported_only_when_a_file_is_written() -> None:
    """The module can be imported, as every start of the program may, without the libraries it writes with."""
    code = "import sys, kapplan.output.calendar.ics; sys.exit('icalendar' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(TESTS.parent)}
    assert subprocess.run([sys.executable, "-c", code], check=False, env=environment, timeout=60).returncode == 0


def test_a_change_of_one_visit_changes_one_entry() -> None:
    """After a move, every other entry is byte for byte as it was, though the plan has a new revision."""
    course = sensitive_plan()
    before = {visit.id: visit for visit in course.visits}

    def moved(visit: PlannedVisit) -> PlannedVisit:
        if visit.id != "check-in-1":
            return visit
        return replace(visit, start=local("2027-04-13 10:00"), end=local("2027-04-13 10:30"))

    visits = tuple(bump(before[visit.id], moved(replace(visit, slack_later=3)), LATER) for visit in course.visits)
    changed = replace(course, visits=visits, revision=5, revised=LATER)
    old, new = (entries(calendar_bytes([one]).content) for one in (course, changed))
    assert len(set(old) & set(new)) == len(old) - 1
    (only,) = set(new) - set(old)
    assert b"SEQUENCE:1\r\n" in only
    assert b"DTSTAMP:20270125T000000Z\r\n" in only


def test_an_export_changes_nothing_in_the_plan() -> None:
    """Exporting twice gives the same bytes, and the plan is a value that stays as it is."""
    course = sensitive_plan()
    first = calendar_bytes([course], audience="clinic", detail="full", tasks=True)
    assert calendar_bytes([course], audience="clinic", detail="full", tasks=True) == first
    assert course == sensitive_plan()
    assert course.clinic == CARD
