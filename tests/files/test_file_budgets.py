"""Files that nobody writes by hand: bounded in entries and in what is told of them, with what to change."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from kapplan.errors import InvalidFileError
from kapplan.files.documents.profile_checks import nested_faults
from kapplan.files.documents.readers import read_clinic, read_profile
from kapplan.files.importing.protocol_import import read_schedule
from kapplan.files.importing.schedule import MOST_VISITS, ScheduleSlot, merged
from kapplan.files.toml.faults import MOST_TOLD
from kapplan.files.toml.parse import MOST_ENTRIES
from kapplan.files.toml.sources import SourceFile
from kapplan.model.decisions import Authorization

PATIENT = '[patient]\nid = "river"\ntimezone = "America/Denver"\n'
TREATMENT = '[treatment]\nprotocol = "kap-standard"\n'


def said(text: str, name: str = "a.toml") -> list[str]:
    """Return what is wrong with a file."""
    read = {"a.toml": read_profile, "c.toml": read_clinic}.get(name, read_schedule)
    with pytest.raises(InvalidFileError) as caught:
        read(SourceFile.of_text(text, name))  # type: ignore[operator]
    return [f"{problem.line}: {problem.message}" for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (PATIENT + "[availability]\naway = [{entries}]\n", 5),
        (PATIENT + "[history]\nother = [{texts}]\n", 5),
        (PATIENT + "[history]\nmedications = [{ name = [{texts}] }]\n", 5),
        (PATIENT + "{givens}", 4),
    ],
)
def test_a_list_that_nobody_writes_is_refused_at_its_place(text: str, line: int) -> None:
    """A list of more entries than any file has is named with how many it may have, and nothing else is looked at."""
    many = range(MOST_ENTRIES + 1)
    for name, entries in {
        "{entries}": ",".join("{ from = 2027-01-01, until = 2027-01-01 }" for _ in many),
        "{texts}": ",".join(f'"x{number}"' for number in many),
        "{givens}": "".join('[[given]]\nkind = "dosing"\non = 2026-12-01\n' for _ in many),
    }.items():
        text = text.replace(name, entries)
    assert said(text) == [f"{line}: a list of {MOST_ENTRIES + 1} entries"]


def test_very_many_mistakes_are_summed_up() -> None:
    """Of mistakes of values as of mistakes of what they say together the first are told and the others counted."""
    values = said(PATIENT + "[history]\ndiagnoses = [" + '"trq",' * 900 + "]\n" + TREATMENT)
    twice = said(PATIENT + '[[given]]\nkind = "dosing"\non = 2026-12-01\n' * 901 + TREATMENT)
    for told, mistakes in ((values, 900), (twice, 900)):
        assert len(told) == MOST_TOLD + 1
        assert told[-1] == f"None: {mistakes - MOST_TOLD} more mistakes are not shown"


def test_authorizations_within_others_are_found_in_one_sweep() -> None:
    """Each that lies within another one, and has not the same days, is told, as when each is held against each."""
    chance = random.Random(5)
    for _ in range(300):
        days = [sorted(date(2027, 1, 1) + timedelta(days=chance.randrange(9)) for _ in "ab") for _ in range(6)]
        listed = [Authorization(from_=first, until=last, bind=chance.random() < 0.8) for first, last in days]
        expected = {
            place
            for place, (one, (first, last)) in enumerate(zip(listed, days, strict=True))
            for other, (begin, end) in zip(listed, days, strict=True)
            if one.bind and other.bind and begin <= first and last <= end and (begin, end) != (first, last)
        }
        assert {fault.path[1] for fault in nested_faults(listed)} == expected


def test_more_authorizations_that_bind_than_a_course_can_have_are_refused() -> None:
    """Each that binds bounds the search, so that there are so many and no more."""
    days = [date(2027, 1, 1) + timedelta(days=7 * number) for number in range(32)]
    told = "".join(f"[[authorization]]\nfrom = {day}\nuntil = {day}\nvisits = 3\nbind = true\n" for day in days)
    assert said(PATIENT + told + TREATMENT) == ["158: 32 authorizations bind"]


@pytest.mark.parametrize("row", ["Visit {n},{n}", "Visit,1", "Visit {n},never", "Visit {n},", "Dosing,{m}"])
def test_a_table_of_more_rows_than_any_schedule_is_one_problem(row: str) -> None:
    """However its rows read, such a table is refused in one sentence with the row that is too many."""
    rows = "".join(f"{row.replace('{n}', str(n)).replace('{m}', str(n % 7))}\n" for n in range(30_000))
    assert said(f"visit,day\n{rows}", "table.csv") == [
        f"{MOST_VISITS + 2}: 30000 visits: a schedule has at most {MOST_VISITS}"
    ]


def test_rows_that_cannot_be_read_are_summed_up() -> None:
    """The first rows that cannot be read are told with their lines, the others are counted."""
    told = said("visit,day\n" + "Visit,x\n" * 800, "table.csv")
    assert len(told) == 21
    assert told[-1] == "None: 780 more rows cannot be read"


def test_rows_that_are_no_visits_cost_little() -> None:
    """Of 30,000 rows that no day foresees the first are named."""
    rows = "Dosing,0\n" + "".join(f"Unscheduled {n},\n" for n in range(30_000))
    remark = next(
        one for one in read_schedule(SourceFile.of_text(f"visit,day\n{rows}", "t.csv")).remarks if "foreseen" in one
    )
    assert remark.endswith("Unscheduled 7 and 29992 more.")


def test_slots_of_one_day_are_joined_whatever_counts_from_what() -> None:
    """Slots are one visit where they are counted alike, or 0 days from one another: as each held against each tells."""
    chance = random.Random(11)
    for _ in range(300):
        slots = [
            ScheduleSlot(
                title=str(number),
                after=chance.choice([None, *(other for other in range(7) if other != number)]),
                day=chance.choice([0, 0, 1, 2]),
                until=chance.choice([None, None, 3]),
                kind="review",
            )
            for number in range(7)
        ]
        groups = [{number} for number in range(7)]
        for one, first in enumerate(slots):
            for other, second in enumerate(slots):
                alike = first.after is not None and first[1:4] == second[1:4] and first.until == second.until
                on_it = second.after == one and (second.day, second.months, second.until) == (0, 0, None)
                if alike or on_it:
                    both = groups[one] | groups[other]
                    for member in both:
                        groups[member] = both
        expected = {", ".join(map(str, sorted(group))) for group in groups}
        assert {slot.title for slot in merged(slots)[0]} == expected
