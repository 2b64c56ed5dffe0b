"""What handouts hold: every time from the rules' data, and nothing private on a neutral sheet."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from support.calendar_plans import local, plan, visit
from support.handouts import example
from support.plans import plan_in_course

from kapplan.files.library.rules import built_in, built_in_measures
from kapplan.files.plans.handout_material import material_of
from kapplan.model.exports import HandoutMaterial
from kapplan.model.plan import Plan
from kapplan.model.protocol import Source
from kapplan.model.rules import Instruction
from kapplan.output.handout.clinic_sheet import clinic_sheet
from kapplan.output.handout.patient_sheet import PatientSheet, moment_of, patient_sheet

BOOK = built_in("screening", "instructions")


def of_data(name: str) -> Instruction:
    """Return an instruction of the package."""
    return next(one for one in BOOK.instructions if one.id == name)


def material(*instructions: Instruction, **changes: Any) -> HandoutMaterial:
    """Return the material of some instructions, from sources that are confirmed."""
    sources = {one.source: Source(cite=f"Source of {one.id}", mark="C") for one in instructions}
    return HandoutMaterial(
        measures=built_in_measures(), instructions=instructions, sources=sources, known=True, **changes
    )  # fmt: skip


def instruction(**changes: Any) -> Instruction:
    """Return an instruction for every dosing visit."""
    return Instruction(**{"id": "no-food", "text": "No food from {time} on.", "source": "s", **changes})


def dosing(start: str = "2027-01-21 09:00", **changes: Any) -> Plan:
    """Return a plan of one dosing visit of three hours."""
    return plan(visit(local(start), kind="dosing", hours=3, escort=True, **changes))


@pytest.mark.parametrize(("name", "protocol"), [
    ("no-food", "sage"), ("no-drink", "sage"), ("no-nasal-spray", "sage"), ("no-alcohol-or-cannabis", "sage"),
    ("fasting-solids", "river"), ("fasting-liquids", "river"),
])  # fmt: skip
def test_cut_offs_are_the_data_s_minutes_before_each_visit(name: str, protocol: str) -> None:
    """At every dosing visit the sheet gives the clock time that lies as long before it as the rule's data say."""
    sheet = patient_sheet(*example(protocol))
    minutes = of_data(name).minutes_before
    assert minutes is not None
    assert sheet.prepared
    for one in sheet.prepared:
        (step,) = [step for step in one.before if step.id == name]
        assert step.at is not None
        assert one.start - step.at == timedelta(minutes=minutes)


def test_what_lasts_after_a_visit_ends_as_long_after_it_as_the_data_say() -> None:
    """The day after counts from the visit's end."""
    sheet = patient_sheet(*example("river"))
    hours = of_data("day-after").hours_after
    assert hours is not None
    for one in sheet.prepared:
        (step,) = one.after
        assert step.at is not None
        assert step.at - one.end == timedelta(hours=hours)


def test_times_across_a_change_of_the_clock_count_elapsed_hours() -> None:
    """Clocks go forward at 2 on 14 March 2027: six hours before 7:00 is midnight, not 1:00."""
    one = visit(local("2027-03-14 07:00"), kind="dosing")
    moment = moment_of(instruction(minutes_before=360), one)
    assert moment == local("2027-03-14 00:00")
    assert moment is not None
    assert one.start.astimezone(UTC) - moment.astimezone(UTC) == timedelta(hours=6)


def test_steps_stand_in_the_order_of_time() -> None:
    """What comes first is told first."""
    for one in patient_sheet(*example("sage")).prepared:
        times = [step.at for step in (*one.before, *one.after)]
        assert times == sorted(times, key=lambda at: at or datetime.max.replace(tzinfo=UTC))


def test_visits_that_are_over_have_nothing_to_prepare() -> None:
    """Held, missed, cancelled and undated visits are listed without steps; those left out are not listed."""
    course = plan_in_course()
    sheet = patient_sheet(course, material(instruction(minutes_before=120)))
    assert {one.state for one in sheet.appointments} >= {"held", "not-held", "cancelled", "undated", "confirmed"}
    assert len(sheet.appointments) == sum(visit.status != "omitted" for visit in course.visits)
    assert all(one.state in {"planned", "provisional", "confirmed"} for one in sheet.prepared)
    assert all(not one.before for one in sheet.appointments if one.state in {"held", "not-held", "cancelled"})


def test_a_visit_without_a_time_has_no_clock_times() -> None:
    """Where only the day is known, no time is made up."""
    sheet = patient_sheet(dosing(timed=False), material(instruction(minutes_before=120)))
    (one,) = sheet.prepared
    assert (one.before, one.minutes, one.timed) == ((), 0, False)


def test_what_is_not_confirmed_says_so() -> None:
    """An instruction of a source that is no more than usual is marked."""
    sheet = patient_sheet(*example("river"))
    usual = {step.id: step.usual for one in sheet.prepared for step in (*one.before, *one.after)}
    assert usual == {
        "fasting-solids": True, "fasting-liquids": True, "day-after": True, "no-alcohol-or-cannabis": False,
    }  # fmt: skip


def test_full_detail_cites_every_source_once() -> None:
    """Numbers of steps lead into the list of sources, which a neutral sheet does not have."""
    full = patient_sheet(*example("sage"), detail="full")
    numbers = {number for one in full.prepared for step in (*one.before, *one.after) for number in step.sources}
    numbers |= {number for step in full.always for number in step.sources}
    assert numbers == set(range(1, len(full.sources) + 1))
    assert len(set(full.sources)) == len(full.sources)
    assert patient_sheet(*example("sage")).sources == ()


def private_parts(sheet: PatientSheet) -> list[object]:
    """Return what a neutral sheet must not hold."""
    told = [one.told for one in sheet.appointments if one.told is not None]
    steps = [step.sources for one in sheet.prepared for step in (*one.before, *one.after) if step.sources]
    titles = [title for _, title in sheet.home if title is not None]
    return [*told, *steps, *titles, *sheet.charts, *sheet.sources, *filter(None, (sheet.name,))]


@pytest.mark.parametrize("name", ["river", "sage", "rich"])
def test_a_neutral_sheet_holds_nothing_that_a_template_could_leak(name: str) -> None:
    """What is private is not hidden on a neutral sheet: it is not there."""
    assert private_parts(patient_sheet(*example(name))) == []
    assert private_parts(patient_sheet(*example(name), detail="full"))


def test_instructions_that_name_drugs_have_words_for_any_eyes() -> None:
    """A neutral sheet says once that the prescriber is asked; in full detail each class of drug has its sentence."""
    neutral = [step.text for step in patient_sheet(*example("rich")).always]
    full = " ".join(step.text for step in patient_sheet(*example("rich"), detail="full").always)
    assert sum("Ask your prescriber" in text for text in neutral) == 1
    assert "stimulant" in full
    assert "benzodiazepine" in full


def test_questionnaires_are_those_that_can_be_answered_at_home() -> None:
    """A blood pressure is not filled in; item 9 is a part of the PHQ-9 and not counted beside it."""
    course = dosing(measures=("phq9", "phq9_item9", "bp", "gad7"))
    (one,) = patient_sheet(course, material(), detail="full").appointments
    assert one.questionnaires == 2
    assert one.told is not None
    assert one.told.questionnaires == ("PHQ-9", "GAD-7")


@pytest.mark.parametrize(("url", "link"), [
    ("https://aspenhouse.example", "https://aspenhouse.example"), ("javascript:alert(1)", None), ("aspenhouse", None),
    (" HTTPS://a.example ", "HTTPS://a.example"), ("", None), (None, None),
])  # fmt: skip
def test_only_addresses_of_the_web_become_links(url: str | None, link: str | None) -> None:
    """Nothing that could run becomes a link."""
    course = dosing()
    card = replace(course.clinic, url=url)
    assert patient_sheet(replace(course, clinic=card), material()).contact.url_link == link


@pytest.mark.parametrize(("text", "link"), [
    ("988", "988"), ("+1 (303) 555-0117", "+13035550117"), ("988, or text HOME to 741741", None), (None, None),
])  # fmt: skip
def test_only_plain_numbers_can_be_called_by_a_tap(text: str | None, link: str | None) -> None:
    """A crisis line with words in it is shown and not dialled."""
    course = dosing()
    card = replace(course.clinic, crisis_line=text)
    contact = patient_sheet(replace(course, clinic=card), material()).contact
    assert (contact.crisis_line, contact.crisis_link) == (text, link)


def test_a_plan_without_a_snapshot_claims_no_instructions() -> None:
    """Where a plan does not hold what it was made from, the sheet says that it knows no times."""
    course = plan_in_course()
    sheet = patient_sheet(course, material_of(course))
    assert not sheet.known
    assert not [step for one in sheet.prepared for step in one.before]


def test_the_clinic_s_own_hours_take_the_place_of_the_usual_ones(tmp_path: Any) -> None:
    """A clinic's file changes how long before a dose nothing is eaten; the handouts follow it."""
    course, _ = example("river")
    rules = '[sources]\nus = { cite = "Aspen House", mark = "C" }\n[[instructions]]\nid = "fasting-solids"\n'
    rules += 'minutes_before = 480\ntext = "Nothing to eat from {time} on."\nsource = "us"\n'
    (tmp_path / "ours.toml").write_text(rules, encoding="utf-8")
    clinic = course.snapshot.clinic.replace("[clinic]\n", '[clinic]\nrules = ["ours.toml"]\n', 1)
    changed = replace(course, snapshot=replace(course.snapshot, clinic=clinic))
    first = patient_sheet(changed, material_of(changed, tmp_path)).prepared[0]
    (step,) = [step for step in first.before if step.id == "fasting-solids"]
    assert step.text == "Nothing to eat from {time} on."
    assert step.at is not None
    assert first.start - step.at == timedelta(hours=8)
    assert not step.usual


def test_the_clinic_s_sheet_tells_everything_but_the_name() -> None:
    """Windows, findings, tailoring, tasks, reasons and scores are all there; the name only in full detail."""
    course = plan_in_course()
    sheet = clinic_sheet(course, material())
    assert sheet.name is None
    assert clinic_sheet(course, material(), detail="full").name == "River A."
    assert len(sheet.visits) == len(course.visits)
    assert [one.rule for one in sheet.safety] == ["phq9-item9"]
    assert len(sheet.findings) == 2
    assert [one.text for one in sheet.tasks] == [
        "Sign the consent form", "Request the ECG", "Ask the prescriber about lorazepam",
    ]  # fmt: skip
    assert {chart.key for chart in sheet.charts} == {"phq9", "bp"}
    assert all(one.reasons for one in sheet.visits if one.off_days)
    assert sheet.visits[0].earliest == date(2027, 1, 2)


def test_every_number_on_the_clinic_s_sheet_leads_to_a_source() -> None:
    """Sources are numbered from 1 without gaps, and what is not verified is marked."""
    sheet = clinic_sheet(*example("sage"))
    assert [source.number for source in sheet.sources] == list(range(1, len(sheet.sources) + 1))
    cited = {number for one in sheet.visits for line in one.reasons for number in line.sources}
    cited |= {number for one in sheet.visits for line in one.instructions for number in line.sources}
    assert cited <= {source.number for source in sheet.sources}
    assert not all(source.verified for source in sheet.sources)
