"""Calendar files as other people's programs read them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from support.calendar_files import calendar_bytes
from support.calendar_plans import CARD, local, plan, sensitive_plan, visit
from support.calendar_readers import READERS, Seen, why_no_ical_js, with_ical_js

from kapplan.model.plan import ClinicCard, Plan
from kapplan.output.calendar.entries import Method
from kapplan.planning.journal.calendar_identity import calendar_uid

Reader = Callable[[bytes], dict[str, Seen]]

CHANGES = {
    "America/Denver": ("2027-03-14", "2027-11-07"),
    "Europe/London": ("2027-03-28", "2027-10-31"),
    "Australia/Sydney": ("2027-04-04", "2027-10-03"),
}
DAYS_BEFORE = {
    "2027-03-14": "2027-03-13", "2027-11-07": "2027-11-06",
    "2027-03-28": "2027-03-27", "2027-10-31": "2027-10-30",
    "2027-04-04": "2027-04-03", "2027-10-03": "2027-10-02",
}  # fmt: skip
AWKWARD = 'Höhe "7"; Suite 200, C:\\new\\x, 東京 🧑‍⚕️ naïve é'


@pytest.fixture(params=[*READERS, "ical.js"])
def read(request: pytest.FixtureRequest) -> Reader:
    """One of the readers; ical.js only where Node finds it."""
    if request.param != "ical.js":
        return READERS[request.param]
    if why := why_no_ical_js():
        pytest.skip(why)
    return with_ical_js


def plan_around_changes(zone: str) -> Plan:
    """Visits before, across, on and after both changes of a zone's clocks, and one in each season."""
    visits = [visit(local("2027-01-15 09:00", zone), number=90), visit(local("2027-07-15 09:00", zone), number=91)]
    for count, day in enumerate(CHANGES[zone]):
        before = DAYS_BEFORE[day]
        visits += [
            visit(local(f"{before} 09:00", zone), number=10 * count + 1),
            visit(local(f"{before} 21:30", zone), number=10 * count + 2, hours=10),
            visit(local(f"{day} 00:15", zone), number=10 * count + 3, hours=0.5),
            visit(local(f"{day} 09:00", zone), number=10 * count + 4, hours=3),
            visit(local(f"{day} 23:30", zone), number=10 * count + 5),
        ]
    return plan(*visits, timezone=zone)


def instants(course: Plan) -> dict[str, tuple[datetime, datetime]]:
    """Return the plan's own instants, by UID."""
    return {
        calendar_uid(course.id, "visit", one.id): (one.start.astimezone(UTC), one.end.astimezone(UTC))
        for one in course.visits
    }


@pytest.mark.parametrize("zone", CHANGES)
def test_every_reader_finds_the_instants_of_the_plan(read: Reader, zone: str) -> None:
    """Around both changes of the clocks, overnight and on the day itself, start and end are those of the plan."""
    course = plan_around_changes(zone)
    export = calendar_bytes([course])
    assert not export.warnings
    assert {uid: (seen.start, seen.end) for uid, seen in read(export.content).items()} == instants(course)


@pytest.mark.parametrize("zone", CHANGES)
def test_the_timezone_in_the_file_is_enough(read: Reader, zone: str) -> None:
    """A reader that does not know the zone's name, and so can only use its VTIMEZONE, finds the same instants."""
    if read is READERS["ics"]:
        pytest.skip("ics.py reads zones that it does not know as UTC")
    course = plan_around_changes(zone)
    content = calendar_bytes([course]).content.replace(zone.encode(), b"Unheard/Of-" + zone[:2].encode())
    assert {uid: (seen.start, seen.end) for uid, seen in read(content).items()} == instants(course)


def test_plans_in_several_zones_share_a_file(read: Reader) -> None:
    """Each entry of a file keeps to its own plan's zone."""
    courses = [
        plan(*plan_around_changes(zone).visits, id=f"plan in {zone}", patient=f"p-{n}", timezone=zone)
        for n, zone in enumerate(CHANGES)
    ]
    expected = {uid: times for course in courses for uid, times in instants(course).items()}
    content = calendar_bytes(courses).content
    assert {uid: (seen.start, seen.end) for uid, seen in read(content).items()} == expected


def test_unusual_zones_are_read(read: Reader) -> None:
    """Inverted Irish law, half an hour of summer time, odd offsets and UTC itself are read rightly the year round."""
    zones = ("Europe/Dublin", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Chatham", "UTC")
    courses = [
        plan(*(visit(local(f"2027-{m:02d}-28 09:00", zone), number=m) for m in range(1, 13)), id=zone, timezone=zone)
        for zone in zones
    ]
    expected = {uid: times for course in courses for uid, times in instants(course).items()}
    content = calendar_bytes(courses).content
    assert {uid: (seen.start, seen.end) for uid, seen in read(content).items()} == expected


def test_visits_in_utc_are_read_rightly(read: Reader) -> None:
    """In the week of 2030 in which Chile's clocks do not follow the yearly rule, the entries stand on the instants."""
    zone = "America/Santiago"
    visits = (visit(local("2030-09-03 09:00", zone)), visit(local("2030-09-10 09:00", zone), number=2))
    course = plan(*visits, timezone=zone)
    export = calendar_bytes([course])
    assert len(export.warnings) == 1
    assert {uid: (seen.start, seen.end) for uid, seen in read(export.content).items()} == instants(course)


def test_every_reader_unescapes_texts_to_the_same(read: Reader) -> None:
    """Commas, semicolons, quotes, backslashes, line breaks and letters of every script arrive as they were."""
    awkward = AWKWARD if read is not READERS["ics"] else AWKWARD.replace("\\", "/")  # its unescaping has an error
    clinic = ClinicCard(title=awkward, address=awkward, phone=awkward, url=CARD.url)
    course = plan(visit(local("2027-01-21 09:00"), escort=True), clinic=clinic)
    (seen,) = read(calendar_bytes([course]).content).values()
    assert (seen.summary, seen.location) == (awkward, awkward)
    assert (seen.description or "").split("\n")[1:] == [f"Questions or changes: {awkward}", CARD.url]


@pytest.mark.parametrize("method", [None, "publish"])
def test_a_whole_course_is_read(read: Reader, method: Method | None) -> None:
    """A course with every status, alarms and tasks is read by all, entry by entry."""
    course = sensitive_plan()
    alarms = [timedelta(days=1), timedelta(minutes=90)]
    seen = read(calendar_bytes([course], audience="clinic", tasks=True, method=method, alarms=alarms).content)
    assert {uid: (one.start, one.end) for uid, one in seen.items() if uid in instants(course)} == instants(course)
    assert len(seen) == len(course.visits) + 2
    assert {one.status for one in seen.values()} == {"CONFIRMED", "TENTATIVE", "CANCELLED"}
