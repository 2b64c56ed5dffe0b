"""``kapplan new``: questions on a terminal, options in a script, and files that the next command takes."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest
from support.command_line import CommandLine

from kapplan.cli.wizard.places import holidays_of, location_of
from kapplan.files.library.package_data import LIBRARY
from kapplan.planning.availability.timezones import zone_names

MONDAY = ("--today", "2027-01-04")


def typed(*answers: str) -> str:
    """Return what somebody types, a line an answer."""
    return "\n".join([*answers, ""])


def test_each_answer_is_asked_for_until_it_can_stand(kapplan_in: CommandLine) -> None:
    """A slip costs one answer and not all of them: the question comes again with what is wrong and what is right."""
    (kapplan_in.folder / "clinic.toml").unlink()
    answers = typed(
        "bad id!", "river-0412", "", "Mars", "London", "someday", "14 mar 1987",
        "depression", "mdd", "kap-standart", "?", "", "two", "2", "blue",
        "none", "none", "perhaps", "no", "", "phq9 99", "PHQ-9 17", "fame", "trauma", "mon=25:00", "mon, thu 9-1",
        "arranged", "someday", "11 jan",
    )  # fmt: skip
    ran = kapplan_in("new", "brook.toml", *MONDAY, terminal=True, stdin=answers)
    assert ran.code == 0, ran.err
    for told in (
        '`id` must look like "river-0412"', "where Mars is nobody", "did you mean kap-standard?",
        "trd (depression that two antidepressants did not help), mdd (depression)", "two is no number",
        "blue is none that screening knows", "`pregnancy` cannot be that", "whole number from 0 through 27",
        "- esketamine-trd: ", "primary` cannot be that", "`mon=25:00` is no day", "`someday` is no day",
    ):  # fmt: skip
        assert told in " ".join(ran.err.split()), told
    assert "bipolar-depression" not in ran.err
    assert "river-0412" in ran.text
    profile = tomllib.loads((kapplan_in.folder / "brook.toml").read_text(encoding="utf-8"))
    assert profile["treatment"] | {"start_within": 14, "assume": "responds", "maintenance_months": 6} == {
        "protocol": "kap-standard", "start": date(2027, 1, 11), "start_within": 14, "assume": "responds",
        "maintenance_months": 6,
    }  # fmt: skip
    assert profile["history"] == {
        "diagnoses": ["mdd"], "failed_antidepressants": 2, "conditions": [], "medications": [], "pregnancy": "no",
    }  # fmt: skip
    assert profile["symptoms"] == {"on": date(2027, 1, 4), "phq9": 17}
    assert profile["availability"] == {"mon": ["09:00-13:00"], "thu": ["09:00-13:00"]}
    assert profile["patient"]["timezone"] == "Europe/London"
    assert profile["patient"]["birth_date"] == date(1987, 3, 14)


def test_what_is_skipped_is_left_out_and_nothing_changes_treatment(kapplan_in: CommandLine) -> None:
    """Enter alone states nothing of the patient: no goal, no history, no escort; the course is the protocol's own."""
    (kapplan_in.folder / "clinic.toml").unlink()
    ran = kapplan_in("new", "brook.toml", *MONDAY, terminal=True, stdin=typed("", "", "Denver", *[""] * 15))
    assert ran.code == 0, ran.err
    profile = tomllib.loads((kapplan_in.folder / "brook.toml").read_text(encoding="utf-8"))
    assert {table: profile[table] for table in ("history", "symptoms", "goals", "availability", "travel")} == {
        "history": {}, "symptoms": {}, "goals": {}, "availability": {}, "travel": {},
    }  # fmt: skip


def test_a_clinic_is_asked_for_in_plain_words_and_seen_by_the_next_patient(kapplan_in: CommandLine) -> None:
    """Place, hours, rooms and people as people write them make a clinic's file, which a new profile then names."""
    (kapplan_in.folder / "clinic.toml").unlink()
    answers = typed(
        "Aspen House", "Boulder, CO", "nine to five", "Mon-Thu 8:30am-5pm, Fri 9-1", "", "blue, green",
        "N. Okafor", "N. Okafor therapist, Reyes prescriber and monitor", "",
    )  # fmt: skip
    ran = kapplan_in("new", "--clinic", *MONDAY, terminal=True, stdin=answers)
    assert ran.code == 0, ran.err
    assert "Open Mon-Thu 08:30-17:00, Fri 09:00-13:00." in ran.err
    assert "what N. Okafor does is not said" in ran.err
    clinic = tomllib.loads((kapplan_in.folder / "clinic.toml").read_text(encoding="utf-8"))["clinic"]
    assert (clinic["timezone"], clinic["holidays"], clinic["book"]) == ("America/Denver", "US-CO", "plans")
    assert clinic["hours"]["fri"] == ["09:00-13:00"]
    assert [room["id"] for room in clinic["rooms"]] == ["blue", "green"]
    assert [(one["id"], one["roles"]) for one in clinic["staff"]] == [
        ("okafor", ["therapist"]),
        ("reyes", ["prescriber", "monitor"]),
    ]
    assert (kapplan_in.folder / "plans").is_dir()
    patient = kapplan_in("new", "brook.toml", *MONDAY, terminal=True, stdin=typed("brook-1", *[""] * 16))
    assert patient.code == 0, patient.err
    assert 'file = "clinic.toml"' in (kapplan_in.folder / "brook.toml").read_text(encoding="utf-8")
    assert "America/Denver" in patient.text


def test_a_clinic_whose_place_nobody_said_has_no_time_zone(kapplan_in: CommandLine) -> None:
    """A place that is skipped, or left out in a script, gives no time zone of anywhere else, and that is told."""
    for name, ran in (
        ("a.toml", kapplan_in("new", "a.toml", "--clinic", terminal=True, stdin=typed("Aspen", *[""] * 7))),
        ("b.toml", kapplan_in("new", "b.toml", "--clinic")),
    ):
        assert ran.code == 0, ran.err
        assert "no time zone yet" in ran.err
        assert "timezone" not in tomllib.loads((kapplan_in.folder / name).read_text(encoding="utf-8"))["clinic"]


@pytest.mark.parametrize(
    ("place", "timezone"),
    [("CO", "America/Denver"), ("colorado", "America/Denver"), ("Portland, OR", "America/Los_Angeles"),
     ("Boulder CO", "America/Denver"),
     ("New York", "America/New_York"), ("Toronto, Ontario", "America/Toronto"), ("berlin", "Europe/Berlin"),
     ("america/phoenix", "America/Phoenix")],
)  # fmt: skip
def test_a_place_is_known_by_city_or_state(place: str, timezone: str) -> None:
    """People say where they are, and not the name of a time zone."""
    assert location_of(place).timezone == timezone


def test_every_state_has_a_zone_that_is_there() -> None:
    """No place leads to a zone that the zone data do not know."""
    places = tomllib.loads((LIBRARY / "places.toml").read_text(encoding="utf-8"))
    zones = {zone for table in places.values() for _, zone in table.values()}
    assert zones <= zone_names()
    assert len(places["states"]) == 51


def test_hours_as_people_write_them_are_mended_in_the_message(kapplan_in: CommandLine) -> None:
    """A file with ``9-5`` is refused with the hours that are meant."""
    (kapplan_in.folder / "c.toml").write_text('[clinic]\ntimezone = "America/Denver"\n[clinic.hours]\nmon = ["9-5"]\n')
    assert "did you mean: 09:00-17:00" in kapplan_in("check", "c.toml").err


def test_a_name_that_is_taken_is_told_before_any_question(kapplan_in: CommandLine) -> None:
    """Nobody answers eight questions for a file that cannot be written."""
    ran = kapplan_in("new", "river.toml", terminal=True)
    assert (ran.code, ran.err.splitlines()[0]) == (2, "kapplan: river.toml is there already and is not overwritten")


@pytest.mark.parametrize(
    ("treated", "told"),
    [
        ("mdsi", "Protocol (abbar-2022, esketamine-mdsi; ? lists all): kap-standard is not for mdsi"),
        ("mdd, aud", "Protocol (dakwar-2020, kare-2022; ? lists all): kap-standard is not for aud"),
        ("ocd", "kap-standard is not for ocd"),
    ],
)
def test_enter_takes_no_course_that_is_not_for_what_is_treated(
    kapplan_in: CommandLine, treated: str, told: str
) -> None:
    """Where what is treated points to another course, Enter alone takes none; the general one can still be typed."""
    answers = typed("", "", "", treated, "", "", "kap-standard", *[""] * 13)
    ran = kapplan_in("new", "brook.toml", *MONDAY, terminal=True, stdin=answers)
    assert ran.code == 0, ran.err
    assert told in " ".join(ran.err.split())
    assert ran.err.count("kap-standard is not for") == 2
    assert "kap-standard" in (kapplan_in.folder / "brook.toml").read_text(encoding="utf-8")


def test_a_script_is_never_asked(kapplan_in: CommandLine) -> None:
    """Without a terminal the options and defaults make the file, and a missing time zone is told."""
    assert kapplan_in("new", "a.toml", "--id", "a", "--timezone", "America/Denver").code == 0
    assert kapplan_in("plan", "a.toml", *MONDAY).code == 0
    assert "name a time zone" in kapplan_in("new", "b.toml").err


@pytest.mark.parametrize(
    ("course", "hint"),
    [("singh-2016", "did you mean singh-2016-twice?"), ("xyzzy", "lists the"), ("", "is empty"), (" ", "is empty")],
)
def test_a_protocol_that_nobody_knows_is_refused(kapplan_in: CommandLine, course: str, hint: str) -> None:
    """A profile is not written for a course that is not there; a file of one's own may be named before it is."""
    ran = kapplan_in("new", "a.toml", "--course", course)
    assert ran.code == 2
    assert hint in ran.err
    assert kapplan_in("new", "a.toml", "--course", "ours.toml").code == 0


def test_a_choice_that_there_is_not_is_told_in_plain_words(kapplan_in: CommandLine) -> None:
    """Options with a closed list of words name them, without the words of a library."""
    ran = kapplan_in("new", "--goal", "fame")
    assert ran.code == 2
    assert "Invalid value for '--goal': 'fame' is not one of 'rapid-relief'" in ran.err


def test_a_date_that_is_none_is_told_in_plain_words(kapplan_in: CommandLine) -> None:
    """No message holds the letters by which programs describe dates."""
    ran = kapplan_in("plan", "river.toml", "--start", "1/2/27")
    assert ran.code == 2
    assert "%" not in ran.err
    assert "year with four digits" in ran.err


def test_without_a_command_there_is_the_help_and_no_empty_complaint(kapplan_in: CommandLine) -> None:
    """Where there are no plans, the program's name alone lists its commands and scolds nobody."""
    ran = kapplan_in()
    assert ran.code == 0
    assert "kapplan [OPTIONS] COMMAND" in ran.text
    assert ran.err == ""


@pytest.mark.parametrize(
    ("typed_as", "key"),
    [("Colorado", "US-CO"), ("ontario", "CA-ON"), ("Austria", "AT"), ("united kingdom", "GB"), ("us-co", "US-CO"),
     ("CA", "CA"), ("gb-eng", "GB-ENG"), ("Nowhere", "NOWHERE")],
)  # fmt: skip
def test_holidays_are_known_by_state_or_country(typed_as: str, key: str) -> None:
    """Public holidays are named as people name where they are; two letters are a country's, as in files."""
    assert holidays_of(typed_as) == key
