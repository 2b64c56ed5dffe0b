"""Letters: what changed since a patient was told, in their language, and no word of what is treated."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import html5lib
import pytest
from support.command_line import CommandLine
from support.handouts import PRIVATE, example, said_by

from kapplan.errors import UsageError
from kapplan.files.library.catalogues import catalogue_of
from kapplan.model.plan import Plan
from kapplan.output.handout.pages import letter_html
from kapplan.planning.availability.timezones import zone
from kapplan.planning.clinic.calls import told

AT = datetime(2026, 12, 29, 9, tzinfo=zone("America/Denver"))


def moved(plan: Plan, visit_id: str, **by: int) -> Plan:
    """Return a plan with one visit at another time."""
    visits = tuple(
        replace(one, start=one.start + timedelta(**by), end=one.end + timedelta(**by)) if one.id == visit_id else one
        for one in plan.visits
    )
    return replace(plan, visits=visits)


def letter(plan: Plan, language: str | None = None, **options: Any) -> str:
    """Return what a letter says."""
    _, material = example("river")
    catalogue = catalogue_of(language, "America/Denver")
    page = letter_html(plan, replace(material, catalogue=catalogue), AT, **options)
    html5lib.HTMLParser(strict=True).parse(page)
    return said_by(page).replace("\N{NO-BREAK SPACE}", " ")


def known() -> Plan:
    """Return the plan of an example of which the patient knows everything."""
    return told(example("river")[0], AT)


def test_a_moved_appointment_is_told_with_both_days() -> None:
    """The letter says what the patient knew, and what is so now; what did not change is not listed."""
    said = letter(moved(known(), "preparation-2", days=1, hours=2))
    assert (
        "Your appointment on Thursday, January 14, 2027, 8:00 am is now on Friday, January 15, 2027, 10:00 am ." in said
    )
    assert said.count("is now on") == 1
    assert "Your other appointments stay as they are." in said
    assert "Aspen House" in said


def test_a_letter_in_spanish() -> None:
    """It is the same letter in the patient's language, with the clock of their country."""
    said = letter(moved(known(), "preparation-2", days=1, hours=6), "es")
    assert (
        "Su cita del jueves 14 de enero de 2027, 8:00 a. m. es ahora el viernes 15 de enero de 2027, 2:00 p. m." in said
    )
    assert "m. ." not in said, "a time that ends in a full stop ends its sentence too"
    assert letter(moved(known(), "preparation-2", days=1), "es-ES").count("8:00 a. m.") == 0


def test_a_called_off_and_a_new_appointment() -> None:
    """Both are told for what they are."""
    plan = known()
    first, *others = plan.visits
    lost = replace(plan, visits=(replace(first, status="cancelled"), *others))
    assert "Your appointment on Thursday, December 31, 2026, 8:00 am is cancelled." in letter(lost).replace(
        " is c", " is c"
    )
    new = replace(plan, told={name: at for name, at in plan.told.items() if name != "preparation-3"})
    assert "You have a new appointment on Thursday, January 21, 2027, 8:00 am" in letter(new)


def test_a_first_letter_lists_the_appointments() -> None:
    """Who was told of nothing yet reads a list, and nothing of changes."""
    said = letter(replace(example("river")[0], told={}))
    assert "changed" not in said
    assert said.count("8:00 am") > 5


def test_nothing_new_is_no_letter() -> None:
    """Where the patient knows everything there is nothing to write, and the message says where to look."""
    with pytest.raises(UsageError, match="nothing has changed"):
        letter(known())


def test_a_letter_tells_nothing_private() -> None:
    """No kind of visit, diagnosis, drug or name; in full detail the name."""
    course, material = example("rich")
    said = said_by(letter_html(course, material, AT)).lower()
    assert [word for word in PRIVATE if word in said] == ["aspen house"]
    assert "Marguerite" in letter_html(course, material, AT, detail="full")


def test_the_command_writes_a_letter(kapplan_in: CommandLine) -> None:
    """From the plan to the page: told, moved, written; of a folder of plans only the letters that are due."""
    profile = (kapplan_in.folder / "river.toml").read_text("utf-8")
    kapplan_in.write("river.toml", profile.replace("[treatment]", 'language = "es"\n\n[treatment]', 1))
    assert kapplan_in("plan", "river.toml", "-o", "river.plan.toml", "--today", "2026-12-28").code == 0
    assert kapplan_in("told", "river", "--today", "2026-12-28").code == 0
    asked = ("export", "river", "--letter", "--format", "html", "--today", "2026-12-29")
    assert kapplan_in(*asked).code == 2
    assert kapplan_in("move", "river", "preparation-2", "2027-01-11", "--today", "2026-12-29").code == 0
    ran = kapplan_in(*asked)
    assert ran.code == 0
    assert "Sus citas han cambiado" in ran.text
    assert "kapplan told" in ran.err
    assert kapplan_in("export", "river", "--letter", "--today", "2026-12-29").code == 2
    assert kapplan_in("plan", "sage.toml", "-o", "sage.plan.toml", "--today", "2026-12-28").code == 0
    assert kapplan_in("told", "sage", "--today", "2026-12-28").code == 0
    many = kapplan_in("export", ".", "--letter", "--format", "html", "--today", "2026-12-29", "-o", "letters")
    assert (many.code, "Wrote 1 letter into letters; 1 of 2 knew everything." in many.err) == (0, True)
    (page,) = (kapplan_in.folder / "letters").iterdir()
    assert page.name == "river-letter.html"
    assert page.read_text("utf-8") == ran.text
