"""Invitations as mails (iMIP, RFC 6047): a visit asked for, moved or called off, taken into a calendar by a touch.

Each is a whole mail that any program can send. Its words are the neutral ones of calendars. Only what changed since it
was last told is written, with a higher SEQUENCE, so that a calendar takes the newest for true.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from kapplan.model.exports import Audience, Catalogue, Correspondence, Export, ExportRequest, Invitation, ToldByMail
from kapplan.model.plan import Plan, PlannedVisit
from kapplan.output.calendar import entries
from kapplan.output.calendar.ics_text import one_line, uri
from kapplan.output.calendar.ics_words import Words, neutral_title
from kapplan.planning.availability.timezones import zone
from kapplan.planning.journal.calendar_identity import calendar_status, entry_uid, told_revision
from kapplan.planning.phrases.words import day_words
from kapplan.planning.phrases.written_dates import WrittenDates

if TYPE_CHECKING:
    from icalendar import Event

AUDIENCE: Audience = "patient"
"""For whom invitations are: their entries are the same as in the patient's published calendar."""

NOBODY = "noreply@appointments.invalid"
"""An address where nobody is: it stands for one that was not given."""

_PASSING = ("SEQUENCE", "DTSTAMP", "LAST-MODIFIED", "CREATED")
"""Properties that change without anything new to tell."""


def export(plans: Sequence[Plan], asked: ExportRequest) -> Export:
    """Return all invitations of some plans as one mailbox (mbox), as if nothing had been told before.

    Without addresses in the request the mails go from and to nobody.
    """
    letters = (
        (
            plan,
            Correspondence(
                clinic=asked.organizer or NOBODY,
                patient=asked.attendee or NOBODY,
                at=told_revision(plan, plan.revised),
                catalogue=None if asked.material is None else asked.material.words.get(plan.id),
            ),
        )
        for plan in plans
    )
    mails = (mail for plan, letter in letters for mail in invitations(plan, {}, letter))
    return Export(content=b"".join(b"From - Thu Jan  1 00:00:00 1970\r\n" + mail.content + b"\r\n" for mail in mails))


def invitations(plan: Plan, told: Mapping[str, ToldByMail], letter: Correspondence) -> Iterator[Invitation]:
    """Yield the mails that tell a patient what they were not yet told, in the order of the visits.

    ``told`` is what was told before, by the UIDs of entries. Visits that are over are past telling; one that was called
    off before anybody was told of it needs no word.
    """
    stamps = entries.Stamps(plan)
    for visit in entries.in_order(plan):
        before = told.get(entry_uid(plan, AUDIENCE, "visit", visit.id))
        off = calendar_status(visit) == "CANCELLED"
        if entries.span_of(visit)[1] < letter.at or (off and (before is None or before.cancelled)):
            continue
        made = _invitation(stamps, visit, before, letter)
        if before is None or before.digest != made.told.digest:
            yield made


def _invitation(
    stamps: entries.Stamps, visit: PlannedVisit, before: ToldByMail | None, letter: Correspondence
) -> Invitation:
    off = calendar_status(visit) == "CANCELLED"
    sequence = visit.sequence
    if before is not None:
        sequence = max(sequence, before.sequence + (1 if off != before.cancelled or off else 0))
    options = entries.EntryOptions(
        words=Words(AUDIENCE, "neutral", catalogue=letter.catalogue or Catalogue()),
        method="cancel" if off else "request",
        organizer=f"mailto:{uri(letter.clinic)}", attendee=f"mailto:{uri(letter.patient)}",
    )  # fmt: skip
    event = entries.visit_event(stamps, visit, options, sequence=sequence)
    digest = _digest(event)
    if before is not None and not off and before.digest != digest:
        sequence = max(sequence, before.sequence + 1)
    for name, value in (("SEQUENCE", sequence), ("DTSTAMP", entries.as_utc(letter.at))):
        event.pop(name)
        event.add(name, value)
    zones = [stamps.zone] if stamps.zone is not None and stamps.in_zone(visit) else []
    calendar = entries.whole_calendar(None, options.method, zones, [entries.entry_bytes(event)])
    uid = entry_uid(stamps.plan, AUDIENCE, "visit", visit.id)
    kind = "off" if off else "new" if before is None or before.cancelled else "changed"
    return Invitation(
        uid=uid, visit=visit.id, method="cancel" if off else "request",
        told=ToldByMail(sequence=sequence, digest=digest, cancelled=off),
        content=_mail(stamps.plan, visit, letter, calendar, (uid, sequence, kind)),
    )  # fmt: skip


def _digest(event: Event) -> str:
    """Return a digest of what an entry tells; the digest tells nothing of it."""
    lines = (str(line) for line in event.content_lines(sorted=False))
    kept = [line for line in lines if line.partition(":")[0].partition(";")[0] not in _PASSING]
    return sha256("\n".join(kept).encode()).hexdigest()


def _mail(
    plan: Plan, visit: PlannedVisit, letter: Correspondence, calendar: bytes, about: tuple[str, int, str]
) -> bytes:
    uid, sequence, kind = about
    method = "CANCEL" if kind == "off" else "REQUEST"
    begins, goes_on = _when(plan, visit, letter.catalogue)
    say = (letter.catalogue or Catalogue()).say
    about_it = {"new": "", "changed": f"{say('Changed:')} ", "off": f"{say('Cancelled:')} "}[kind]
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = letter.clinic, letter.patient
    mail["Subject"] = f"{about_it}{neutral_title(plan, letter.catalogue or Catalogue())}, {begins}"
    mail["Date"] = format_datetime(entries.as_utc(letter.at))
    mail["Message-ID"] = f"<{uid}.{sequence}.{method.lower()}@{letter.clinic.rpartition('@')[2]}>"
    mail["X-Unsent"] = "1"  # Outlook opens it as a draft to be sent
    mail.set_content(_text(plan, visit, kind, f"{begins}{goes_on}", letter.catalogue), cte="quoted-printable")
    mail.add_alternative(
        calendar.decode(), subtype="calendar", charset="utf-8", cte="base64",
        params={"method": method, "component": "VEVENT"},
    )  # fmt: skip
    mail.set_boundary(f"=_{sha256(f'{uid}{sequence}{method}'.encode()).hexdigest()[:32]}")
    return bytes(mail)


def _when(plan: Plan, visit: PlannedVisit, catalogue: Catalogue | None) -> tuple[str, str]:
    """Return when a visit begins, in words, and until when and by which clock it goes on."""
    start, end = (moment.astimezone(zone(plan.timezone)) for moment in entries.span_of(visit))
    dates = None if catalogue is None else WrittenDates(catalogue)
    day = day_words if dates is None else dates.short_day
    if not visit.timed:
        return _plain(day(start.date())), ""
    clock = "{:%H:%M}".format if dates is None else dates.clock
    until = clock(end) if end.date() == start.date() else f"{day(end.date())} {clock(end)}"
    to = (catalogue or Catalogue()).say("{start} to {end}").partition("{start}")[2].replace("{end}", until)
    return _plain(f"{day(start.date())}, {clock(start)}"), _plain(f"{to} ({plan.timezone.replace('_', ' ')})")


def _plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def _text(plan: Plan, visit: PlannedVisit, kind: str, when: str, catalogue: Catalogue | None) -> str:
    """Return the mail for programs that know no invitations."""
    say = (catalogue or Catalogue()).say
    first = {
        "new": say("Your appointment:"), "changed": say("Your appointment has changed. It is now:"),
        "off": say("Cancelled:"),
    }  # fmt: skip
    address = one_line(plan.clinic.address or "") if visit.place == "clinic" else ""
    described = Words(AUDIENCE, "neutral", catalogue=catalogue or Catalogue()).description(plan, visit)
    last = say("Your calendar program can take this appointment from this mail.")
    lines = [first[kind], when, address, described, last]
    return "\n\n".join(line for line in lines if line) + "\n"
