"""Lint says of a protocol, before there is any patient, what no course can keep and what is likely meant otherwise."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from support.cases import DAY, clinic_of
from support.protocols import HEAD, protocol_of

from kapplan.files.documents.protocols import built_in_protocols
from kapplan.files.documents.readers import default_clinic
from kapplan.files.library.rules import built_in_measures
from kapplan.model.clinic import Clinic, Room, Staff
from kapplan.model.protocol import Protocol
from kapplan.planning.lint.lint import Remark, lint

SCALES = built_in_measures().measures

DOSES = """
[[phases]]
id = "doses"
[[phases.series]]
visit = "dosing"
count = 4
gap = { min = 3, target = [3, 4], max = 9 }
"""
REVIEW = """
[[phases]]
id = "review"
[[phases.series]]
visit = "review"
after = { last = "dosing" }
lead = { min = 1, target = 2, max = 9 }
measures = ["madrs"]
"""


class Case(NamedTuple):
    """Phases with a mistake: where it must be told, and words of the message."""

    name: str
    phases: str
    path: tuple[str | int, ...]
    words: tuple[str, ...]
    warning: bool = False


def gate(text: str) -> str:
    """Return a review with a gate."""
    return f"{REVIEW}gate = {{ {text} }}\n"


CASES = (
    Case(
        "too soon and too late",
        DOSES + REVIEW + 'rules = [{ after = { first = "dosing" }, max = 9 }]',
        ("phases", 1, "series", 0, "rules", 0),
        ("can never hold together", "dose 2 must fall at least 3 days after dose 1; likewise dose 3 and dose 4",
         "review 1 must fall at most 9 days after dose 1", "review 1 must fall after dose 4"),
    ),
    Case(
        "before and after",
        DOSES + REVIEW + 'rules = [{ after = { first = "dosing" }, max = -1 }]',
        ("phases", 1, "series", 0, "rules", 0),
        ("can never hold together", "review 1 must fall before dose 1"),
    ),
    Case(
        "the weeks are too full",
        DOSES.replace("count = 4", "weeks = { from = 1, until = 2, count = 2 }")
        + REVIEW + 'rules = [{ after = { first = "dosing" }, max = 10 }]',
        ("phases", 1, "series", 0, "rules", 0),
        ("dose 3 must fall at least 7 days after dose 1 (at most 2 in 7 days)",),
    ),
    Case(
        "a cap against a gap",
        DOSES.replace("3, target = [3, 4], max = 9", "1, max = 2") + """
[[limits]]
id = "one-a-week"
cap = { visits = ["dosing"], max = 1 }
""",
        ("limits", 0),
        ("can never hold together", "at most 1 in 7 days", "dose 2 must fall at most 2 days after dose 1"),
    ),
    Case(
        "no day left between doses",
        DOSES.replace("min = 3, target = [3, 4], max = 9", "min = 1, max = 1") + """
[[phases.series]]
visit = "integration"
each = { visit = "dosing", last = false }
gap = { min = 0, max = 2 }
before_next = { min = 0 }
""",
        ("phases", 0, "series", 0, "gap"),
        ("can never hold together", "must fall on a later day than integration 3"),
    ),
    Case(
        "months against days",
        DOSES + """
[[phases]]
id = "after"
[[phases.series]]
visit = "check-in"
at = { months = [3] }
after = { last = "dosing" }
gap = { min = -3, max = 3 }
rules = [{ after = { last = "dosing" }, max = 80 }]
""",
        ("phases", 1, "series", 0, "rules", 0),
        ("can never hold together", "3 months after dose 4"),
    ),
    Case(
        "only weekends",
        DOSES.replace("count = 4", "count = 1")
        + REVIEW.replace("lead = { min = 1, target = 2, max = 9 }", "lead = { min = 5, max = 5 }"),
        ("phases", 1, "series", 0, "lead"),
        ("review 1 falls on a closed day unless dose 1 is on Wednesdays, Thursdays and Fridays",),
        warning=True,
    ),
    Case(
        "a chain that ends on a weekend",
        DOSES.replace("min = 3, target = [3, 4], max = 9", "min = 5, max = 5"),
        ("phases", 0, "series", 0, "gap"),
        ("no course fits into weeks that are open on Mondays, Tuesdays, Wednesdays, Thursdays and Fridays",
         "at most 5 days after"),
    ),
    Case(
        "a phase that no way leads to",
        DOSES + gate('measure = "madrs", at_most = 12, then = "stop", otherwise = "stop"')
        + DOSES.replace('"doses"', '"more"'),
        ("phases", 2, "id"),
        ("no course ever enters the phase `more`",),
    ),
    Case(
        "a gate that nobody reaches",
        DOSES + gate('then = "stop"') + gate('then = "continue"').replace('id = "review"', 'id = "second"'),
        ("phases", 2, "id"),
        ("no course ever enters the phase `second`, and nobody reaches its gate",),
    ),
    Case(
        "a gate on visits that are not there",
        DOSES + """
[[phases.series]]
visit = "review"
each = { visit = "dosing", numbers = [9] }
gap = { min = 1, max = 3 }
gate = { then = "continue" }
""",
        ("phases", 0, "series", 1),
        ("no course has a visit of this series, so nobody reaches its gate",),
    ),
    Case(
        "a score that nobody has",
        DOSES + gate('measure = "madrs", at_least = 61'),
        ("phases", 1, "series", 0, "gate", "at_least"),
        ("nobody passes this gate: no score is 61 or more",),
    ),
    Case(
        "a score that everybody has",
        DOSES + gate('measure = "madrs", at_most = 60'),
        ("phases", 1, "series", 0, "gate", "at_most"),
        ("everybody passes this gate",),
        warning=True,
    ),
    Case(
        "a measure that is not taken",
        DOSES + gate('measure = "phq9", at_most = 4'),
        ("phases", 1, "series", 0, "gate", "measure"),
        ("decides by phq9, which its visit does not measure",),
        warning=True,
    ),
    Case(
        "not ordered after its gate",
        DOSES + gate('then = "continue"') + """
[[phases]]
id = "later"
[[phases.series]]
visit = "check-in"
after = { last = "dosing" }
lead = { min = 1, target = 20, max = 30 }
""",
        ("phases", 2, "series", 0),
        ("check-in 1 waits for review 1, and no rule keeps it from falling before",),
        warning=True,
    ),
)  # fmt: skip


def remarks(protocol: Protocol, clinic: Clinic | None = None) -> list[Remark]:
    """Return what is said of a protocol."""
    return lint(protocol, clinic or default_clinic(), SCALES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_mistake_is_told_at_its_place(case: Case) -> None:
    """Each mistake is told at its place in the file, in words that name the rules."""
    found = remarks(protocol_of(case.phases))
    assert (case.path, case.warning) in [(each.path, each.warning) for each in found], found
    (remark,) = [each for each in found if each.path == case.path and each.warning == case.warning]
    for words in case.words:
        assert words in remark.message
    assert [each for each in found if not each.warning] == ([] if case.warning else [remark])


@pytest.mark.parametrize("protocol", built_in_protocols(), ids=lambda protocol: protocol.id)
def test_the_library_is_clean(protocol: Protocol) -> None:
    """Of the built-in protocols nothing is to be said."""
    assert remarks(protocol) == []


@pytest.mark.parametrize("phases", [DOSES, DOSES + REVIEW, DOSES + gate('measure = "madrs", at_most = 12')])
def test_what_is_right_passes(phases: str) -> None:
    """Nothing is said of protocols without these mistakes."""
    assert remarks(protocol_of(phases)) == []


def test_only_the_clinic_at_hand_counts() -> None:
    """Doses three days apart never fit a clinic that is open on Mondays and Tuesdays only."""
    close = DOSES.replace("max = 9", "max = 4")
    assert not [remark for remark in remarks(protocol_of(close)) if not remark.warning]
    (remark,) = remarks(protocol_of(close), clinic_of("mon tue"))
    assert remark.path == ("phases", 0, "series", 0, "gap")
    assert "dose 2 never falls on a day on which it can be held" in remark.message
    assert "Mondays and Tuesdays" in str(remark.expected)


def test_a_visit_longer_than_the_clinic_is_open() -> None:
    """A visit that no hours of the week can hold is told at its type."""
    long = HEAD.replace("monitor = 60", "monitor = 480")
    (remark,) = remarks(protocol_of(DOSES, long))
    assert remark.path == ("visits", "dosing")
    assert "no time of the clinic's week can hold dose 1: 540 minutes" in remark.message


def test_a_role_that_nobody_has() -> None:
    """A visit for which the clinic has nobody is told with what it needs."""
    needing = HEAD.replace("[visits.dosing]", '[visits.dosing]\nneeds = ["monitor", "room"]')
    clinic = clinic_of(rooms=(Room(id="blue"),), staff=(Staff(id="okafor", roles=("therapist",)),))
    (remark,) = remarks(protocol_of(DOSES, needing), clinic)
    assert "with monitor and room" in remark.message


def test_holidays_play_no_part() -> None:
    """Closures and holidays are the calendar's, not the protocol's: they change nothing here."""
    from datetime import date

    from kapplan.model.clinic import Closure

    closed = clinic_of(closed=(Closure(from_=date(2020, 1, 1), until=date(2040, 1, 1)),), holidays="US")
    assert closed.hours is not None
    assert closed.hours["mon"] == DAY
    assert remarks(protocol_of(DOSES), closed) == []


def test_a_published_weekday_trap_is_no_slip() -> None:
    """That a source asks for daily doses, which need the right weekday, is not remarked on."""
    daily = DOSES.replace("min = 3, target = [3, 4], max = 9", "min = 1, max = 1")
    assert [remark.warning for remark in remarks(protocol_of(daily))] == [True]
    sources = HEAD.replace("[visits.screening]", '[sources.trial]\ncite = "A trial"\nmark = "C"\n[visits.screening]')
    published = daily.replace("max = 1 }", 'max = 1, level = "protocol", source = "trial" }')
    assert remarks(protocol_of(published, sources)) == []
