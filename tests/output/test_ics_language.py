"""A patient's calendar speaks the patient's language: titles, texts, reminders and its name; a clinic's is English."""

from __future__ import annotations

from dataclasses import replace

import icalendar
import pytest
from support.calendar_files import calendar_bytes
from support.calendar_plans import local, visit
from support.command_line import CommandLine
from support.publishing import small_plan

from kapplan.files.library.catalogues import catalogue_of
from kapplan.model.exports import Audience, Detail
from kapplan.model.plan import Plan
from kapplan.output.calendar.ics import calendar_objects

SPANISH = catalogue_of("es", "America/Denver")
TODAY = ("--today", "2026-12-28")


def texts(data: bytes) -> set[str]:
    """Return every text of a calendar that people read: its name, titles, descriptions, reminders."""
    read = icalendar.Calendar.from_ical(data)
    found = {str(read["X-WR-CALNAME"])} if "X-WR-CALNAME" in read else set()
    for part in read.walk():
        found |= {str(part[name]) for name in ("SUMMARY", "DESCRIPTION") if name in part}
    return found


def dose() -> Plan:
    """Return a plan of one dose, not yet confirmed, with measures."""
    one = visit(
        local("2027-01-21 09:00"), hours=3, kind="dosing", title="Dosing session", escort=True, provisional=True,
        measures=("phq9", "bp"),
    )  # fmt: skip
    return replace(small_plan(1), visits=(one,))


def written(plan: Plan, audience: Audience = "patient", detail: Detail = "neutral") -> set[str]:
    """Return the texts of a plan's calendar whose patient reads Spanish."""
    names = {"phq9": "PHQ-9", "bp": "BP"}
    made = calendar_bytes([plan], audience=audience, detail=detail, measures=names, catalogues={plan.id: SPANISH})
    return texts(made.content)


def test_neutral_words_are_the_patient_s() -> None:
    """Name, title, reminder and text of an appointment are Spanish."""
    told = written(dose())
    assert {"Citas", "Cita"} <= told
    (text,) = told - {"Citas", "Cita"}
    assert text.splitlines()[:2] == [
        "Aún sin confirmar: la fecha puede cambiar.",
        "Esta cita es larga: después alguien debe llevarle a casa.",
    ]


def test_full_words_are_the_patient_s() -> None:
    """What only full detail tells is Spanish as well: the title of the visit, what is measured, the crisis line."""
    plan = dose()
    told = "\n".join(written(replace(plan, clinic=replace(plan.clinic, crisis_line="988")), detail="full"))
    for words in ("Sesión con medicación 1", "fase inducción, prevista", "Cuestionarios y medidas: PHQ-9, presión",
                  "En una crisis: 988"):  # fmt: skip
        assert words in told


def test_a_clinic_s_calendar_is_english_whatever_its_patients_speak() -> None:
    """The clinic reads one language, in every detail."""
    assert written(dose(), "clinic") == texts(calendar_bytes([dose()], audience="clinic").content)


def test_a_title_that_the_clinic_gives_stays() -> None:
    """It is translated only where a catalogue has it; a clinic's own catalogue can."""
    plan = dose()
    own = replace(plan, clinic=replace(plan.clinic, title="Your visit"))
    assert "Your visit" in written(own)


def test_each_patient_of_a_file_reads_their_own_words() -> None:
    """Two patients in one file: Spanish for one, English for the other, and a name that both can read."""
    one, other = dose(), replace(dose(), id="2" * 36, patient="brook")
    told = texts(calendar_bytes([one, other], catalogues={one.id: SPANISH}).content)
    assert {"Appointments", "Cita", "Appointment"} <= told


def test_published_objects_are_in_the_patient_s_words_under_the_same_names() -> None:
    """What a server keeps is Spanish for the patient; language changes no UID, and nothing for a clinic."""
    (spanish,), _ = calendar_objects(dose(), catalogue=SPANISH)
    (english,), _ = calendar_objects(dose())
    assert "Cita" in texts(spanish.data)
    assert (spanish.uid, spanish.sequence) == (english.uid, english.sequence)
    assert calendar_objects(dose(), audience="clinic", catalogue=SPANISH) == calendar_objects(dose(), audience="clinic")


@pytest.fixture
def river(kapplan_in: CommandLine) -> CommandLine:
    """Return the command line beside the plan of a patient who reads Spanish."""
    speak(kapplan_in, "es")
    return kapplan_in


def speak(line: CommandLine, language: str) -> None:
    """Make the plan of a patient who reads a language."""
    profile = line.folder / "river.toml"
    text = profile.read_text("utf-8").replace("[patient]\n", f'[patient]\nlanguage = "{language}"\n', 1)
    line.write("own.toml", text)
    (line.folder / "river.plan.toml").unlink(missing_ok=True)
    assert line("plan", "own.toml", "-o", "river.plan.toml", *TODAY).code == 0


def test_files_and_feeds_follow_the_profile(river: CommandLine) -> None:
    """Exported to a file, into a folder or to subscribe to, the patient's calendar is Spanish; the clinic's is not."""
    assert "Citas" in texts(river("export", "river", "--format", "ics", *TODAY).out)
    (river.folder / "feeds").mkdir()
    assert river("export", "river", "--feed", "-o", "feeds", *TODAY).code == 0
    (feed,) = (river.folder / "feeds").glob("*.ics")
    assert "Citas" in texts(feed.read_bytes())
    clinic = texts(river("export", "river", "--format", "ics", "--for", "clinic", "--detail", "full", *TODAY).out)
    assert not {"Citas", "Cita"} & clinic


def test_a_clinic_adds_a_language(river: CommandLine) -> None:
    """A catalogue in the folder of --templates is taken; without one the words are English, and that is said."""
    speak(river, "fr")
    lacking = river("export", "river", "--format", "ics", *TODAY)
    assert "there is no catalogue for fr" in lacking.err
    assert "Appointment" in texts(lacking.out)
    (river.folder / "words").mkdir()
    river.write("words/fr.po", 'msgid "Appointment"\nmsgstr "Rendez-vous"\n')
    found = river("export", "river", "--format", "ics", "--templates", "words", *TODAY)
    assert "Rendez-vous" in texts(found.out)
    assert "no catalogue" not in found.err
