"""Invitations as mails: what RFC 6047 asks of them, and that each change is told once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from icalendar import Calendar
from support.calendar_plans import sensitive_plan
from support.publishing import changed, moved, small_plan

from kapplan.files.library.catalogues import catalogue_of
from kapplan.model.exports import Correspondence, Invitation, ToldByMail
from kapplan.model.plan import Plan
from kapplan.output.calendar.imip import invitations
from kapplan.planning.journal.calendar_identity import entry_uid

NOW = datetime(2026, 12, 23, 18, tzinfo=UTC)
LETTER = Correspondence(clinic="desk@clinic.example", patient="river@mail.example", at=NOW)


def told(mails: Sequence[Invitation], before: dict[str, ToldByMail] | None = None) -> dict[str, ToldByMail]:
    """Return what is told once some mails are sent."""
    return {**(before or {}), **{mail.uid: mail.told for mail in mails}}


def due(plan: Plan, before: dict[str, ToldByMail], *, days: int = 0) -> list[Invitation]:
    """Return the mails that are due some days later."""
    return list(invitations(plan, before, replace(LETTER, at=NOW + timedelta(days=days))))


def parts(mail: Invitation) -> tuple[EmailMessage, str, Any]:
    """Return a mail, its text and its calendar as a mail program reads them."""
    read = message_from_bytes(mail.content, policy=SMTP)
    assert isinstance(read, EmailMessage)
    plain, calendar = (part for part in read.walk() if not part.is_multipart())
    return read, str(plain.get_content()), calendar


def event(mail: Invitation) -> Any:
    """Return the one event of a mail's calendar."""
    _, _, part = parts(mail)
    (found,) = Calendar.from_ical(part.get_content()).walk("VEVENT")
    return found


def test_a_request_is_what_the_standard_asks_for() -> None:
    """One event with organizer and attendee, METHOD in the calendar and in the part's type alike, CRLF and ASCII."""
    mails = due(small_plan(3), {})
    assert [mail.method for mail in mails] == ["request"] * 3
    for mail in mails:
        read, text, part = parts(mail)
        assert (read["From"], read["To"]) == ("desk@clinic.example", "river@mail.example")
        assert part.get_content_type() == "text/calendar"
        assert (part.get_param("method"), part.get_param("component")) == ("REQUEST", "VEVENT")
        assert part.get_content_charset() == "utf-8"
        calendar = Calendar.from_ical(part.get_content())
        assert calendar["METHOD"] == "REQUEST"
        found = event(mail)
        assert (found["ORGANIZER"], found["ATTENDEE"]) == ("mailto:desk@clinic.example", "mailto:river@mail.example")
        assert found["ATTENDEE"].params["PARTSTAT"] == "NEEDS-ACTION"
        assert (found["SEQUENCE"], found["DTSTAMP"].dt) == (0, NOW)
        assert "Appointment" in read["Subject"]
        assert "09:00" in text
        mail.content.decode("ascii")
        assert b"\n" not in mail.content.replace(b"\r\n", b"")


def test_what_was_told_is_not_told_again() -> None:
    """A second run, also days later, writes nothing; another address is told everything."""
    plan = small_plan(3)
    before = told(due(plan, {}))
    assert due(plan, before, days=3) == []
    other = list(invitations(plan, before, replace(LETTER, patient="new@mail.example")))
    assert len(other) == 3


def test_a_move_is_a_request_with_a_higher_sequence() -> None:
    """A moved visit alone is told, under its UID, with a higher SEQUENCE and in words that say that it changed."""
    plan = small_plan(3)
    before = told(due(plan, {}))
    later = moved(plan, "integration-2", days=1)
    (mail,) = due(later, before)
    assert (mail.visit, mail.method) == ("integration-2", "request")
    assert event(mail)["UID"] == entry_uid(plan, "patient", "visit", "integration-2")
    assert event(mail)["SEQUENCE"] == 1
    assert parts(mail)[0]["Subject"].startswith("Changed: ")
    assert due(later, told([mail], before)) == []


def test_a_visit_called_off_is_cancelled_and_may_come_back() -> None:
    """CANCEL raises SEQUENCE and has no alarm; a visit that is on again is asked for with a higher one still."""
    plan = small_plan(3)
    before = told(due(plan, {}))
    off = changed(plan, "integration-2", status="cancelled")
    (mail,) = due(off, before)
    assert mail.method == "cancel"
    found = event(mail)
    assert (found["STATUS"], found["SEQUENCE"]) == ("CANCELLED", 1)
    assert found.subcomponents == []
    assert "RSVP" not in found["ATTENDEE"].params
    assert parts(mail)[2].get_param("method") == "CANCEL"
    after = told([mail], before)
    assert due(off, after) == []
    again = changed(off, "integration-2", at=NOW + timedelta(hours=1), status="planned")
    (back,) = due(again, after)
    assert (back.method, event(back)["SEQUENCE"] > 1) == ("request", True)


def test_what_nobody_was_told_needs_no_word() -> None:
    """A visit called off before anybody heard of it, and one that is over, are not told."""
    off = changed(small_plan(3), "integration-2", status="cancelled")
    assert [mail.visit for mail in due(off, {})] == ["integration-1", "integration-3"]
    assert [mail.visit for mail in due(small_plan(3), {}, days=17)] == ["integration-2", "integration-3"]


def test_a_mail_is_neutral() -> None:
    """No kind of visit, drug, diagnosis, score or name is in any header, text, boundary or calendar of a mail."""
    plan = sensitive_plan()
    letter = replace(LETTER, at=min(visit.start for visit in plan.visits) - timedelta(days=1))
    mails = list(invitations(plan, {}, letter))
    assert mails
    for mail in mails:
        read, text, part = parts(mail)
        calendar = part.get_content().replace("\r\n ", "").replace("\n ", "")
        everything = f"{mail.content.decode('ascii')}\n{read['Subject']}\n{text}\n{calendar}".lower()
        for word in (
            "ketamine",
            "kap",
            "dosing",
            "integration",
            "phq",
            "depress",
            plan.patient.lower(),
            str(plan.name).lower(),
        ):
            assert word not in everything, word


def test_the_same_plan_gives_the_same_mails() -> None:
    """The bytes depend on the plan and the moment alone: boundaries and ids are not random."""
    assert [mail.content for mail in due(small_plan(3), {})] == [mail.content for mail in due(small_plan(3), {})]


def test_a_mail_in_the_patient_s_language() -> None:
    """Subject, title and text are Spanish, days and clock as the country has them; a clinic's own title stays."""
    plan = small_plan(1)
    spanish = replace(LETTER, catalogue=catalogue_of("es", "America/Denver"))
    (mail,) = invitations(plan, {}, spanish)
    read, text, _ = parts(mail)
    assert str(read["Subject"]) == "Cita, vie 8 ene 2027, 9:00 a. m."
    assert text.startswith("Su cita:")
    assert "vie 8 ene 2027, 9:00 a. m. a " in text
    assert "Su programa de calendario puede tomar esta cita de este correo." in text
    later = moved(plan, "integration-1", days=3)
    (change,) = invitations(later, told([mail]), replace(spanish, at=NOW + timedelta(days=1)))
    read, text, _ = parts(change)
    assert str(read["Subject"]).startswith("Cambio: Cita, lun 11 ene 2027")
    assert "Your" not in text
    own = replace(plan, clinic=replace(plan.clinic, title="Aspen House"))
    (mail,) = invitations(own, {}, spanish)
    assert str(parts(mail)[0]["Subject"]).startswith("Aspen House, vie 8 ene 2027")
