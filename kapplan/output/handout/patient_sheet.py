"""What a patient's handout says, as values; the templates turn them into the words of a language.

A neutral sheet does not hold what it must not tell: no kind of visit, diagnosis, drug, score, patient's name, staff or
source, and the clinic's name only where that tells nothing of what it treats. A clinic's own template cannot print what
is not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from kapplan.dataclass import dataclass, replace
from kapplan.model.exports import Detail, HandoutMaterial
from kapplan.model.plan import Plan, PlannedVisit
from kapplan.model.protocol import is_verified
from kapplan.model.rules import Instruction
from kapplan.output.handout.score_charts import ScoreChart, score_charts
from kapplan.output.handout.svg import CoursePicture, course_picture
from kapplan.output.handout.times_grid import TimesGrid, times_grid
from kapplan.output.records.numbers import in_order
from kapplan.output.records.words import clean, minutes_of
from kapplan.planning.availability.timezones import zone
from kapplan.planning.rules.screening import source_text

State = Literal["planned", "provisional", "confirmed", "held", "not-held", "cancelled", "undated"]

_LINKED = ("https://", "http://")
_CALLED = re.compile(r"\+?[\d\s().-]{3,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How the clinic is reached; links are ``None`` where a text is no plain number or address of the web."""

    name: str | None
    title: str
    address: str | None
    phone: str | None
    phone_link: str | None
    url: str | None
    url_link: str | None
    crisis_line: str | None
    crisis_link: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparationStep:
    """Something to do or to leave: ``text`` holds ``{time}`` where it names the moment ``at``.

    ``usual`` says that no source confirms it; ``sources`` are numbers of the sheet's sources, none on a neutral one.
    """

    id: str
    text: str
    at: datetime | None
    after: bool
    usual: bool
    sources: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What only full detail tells of an appointment."""

    title: str
    kind: str
    number: int
    questionnaires: tuple[str, ...]
    staff: tuple[str, ...]
    room: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """One visit as a patient sees it; ``number`` counts the appointments of the sheet from 1.

    Away from the clinic it is told by the patient's own clock; ``at_clinic`` is then the same moment by the clinic's.

    ``minutes`` is its whole length, ``questionnaires`` how many the patient can answer at home, ``steps`` what has a
    time of the clock, in the order of time. ``long`` ones need somebody who takes the patient home, or have steps.
    """

    number: int
    start: datetime
    end: datetime
    timed: bool
    at_clinic: datetime | None
    minutes: int
    state: State
    place: str
    escort: bool
    long: bool
    questionnaires: int
    before: tuple[PreparationStep, ...]
    after: tuple[PreparationStep, ...]
    told: Told | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientSheet:
    """A patient's handout.

    ``appointments`` are all that are or were to be held, ``prepared`` those ahead that are long; ``before`` and
    ``after`` are the times of these for paper, a row each, and ``always`` is what holds at each of them. ``home`` are
    days by which questionnaires are answered at home between the appointments, with their titles in full detail.
    """

    detail: Detail
    reference: str
    name: str | None
    contact: Contact
    timezone: str
    own_timezone: str | None
    revised: date
    held: bool
    appointments: tuple[Appointment, ...]
    prepared: tuple[Appointment, ...]
    before: TimesGrid
    after: TimesGrid
    always: tuple[PreparationStep, ...]
    escort: str | None
    known: bool
    home: tuple[tuple[date, str | None], ...]
    picture: CoursePicture
    charts: tuple[ScoreChart, ...]
    sources: tuple[str, ...]


def patient_sheet(plan: Plan, material: HandoutMaterial, *, detail: Detail = "neutral") -> PatientSheet:
    """Return a patient's handout; everything that is told of them only in full detail."""
    full = detail == "full"
    visits = [visit for visit in in_order(plan.visits) if visit.status != "omitted"]
    steps = _Steps(material, full=full)
    appointments = tuple(
        _appointment(visit, number, material, steps, full=full) for number, visit in enumerate(visits, 1)
    )
    prepared = tuple(one for one in appointments if one.long and one.state in _AHEAD)
    return PatientSheet(
        detail=detail,
        reference=clean(plan.patient),
        name=clean(plan.name) if full and plan.name else None,
        contact=contact_of(plan, named=full or not tells_treatment(plan)),
        timezone=plan.timezone,
        own_timezone=material.timezone,
        revised=plan.revised.astimezone(visits[0].start.tzinfo).date() if visits else plan.revised.date(),
        held=plan.held,
        appointments=appointments,
        prepared=prepared,
        before=times_grid([(step.text, step.at) for step in one.before] for one in prepared),
        after=times_grid([(step.text, step.at) for step in one.after] for one in prepared),
        always=steps.always([visit for visit in visits if visit.open]),
        escort=material.escort,
        known=material.known,
        home=tuple(_at_home(plan, material, full=full)),
        picture=course_picture([one.start.date() for one in appointments]),
        charts=score_charts(plan, material.measures, material.catalogue) if full else (),
        sources=steps.cited,
    )


def contact_of(plan: Plan, *, named: bool) -> Contact:
    """Return how the clinic is reached; its name only where ``named``: it can tell what the clinic treats."""
    card = plan.clinic
    url = _text(card.url)
    return Contact(
        name=_text(card.name) if named else None,
        title=_text(card.title) or "Appointment",
        address=_text(card.address),
        phone=_text(card.phone),
        phone_link=_callable(card.phone),
        url=url,
        url_link=url if url is not None and url.casefold().startswith(_LINKED) else None,
        crisis_line=_text(card.crisis_line),
        crisis_link=_callable(card.crisis_line),
    )


_TELLING = re.compile(
    r"(?i)ketamin|spravato|psychedel|infusion|psych|mental|depress|trauma|ptsd|addict|recover|substance|suicid|mood|mind"
)
"""What names of clinics tell of what they treat."""


def tells_treatment(plan: Plan) -> bool:
    """Tell whether a clinic's name says what it treats, so that no neutral page may bear it."""
    return _TELLING.search(plan.clinic.name or "") is not None


_AHEAD = ("planned", "provisional", "confirmed")


def state_of(visit: PlannedVisit) -> State:
    """Return what a patient needs to know of a visit's status."""
    if visit.status == "planned":
        return "provisional" if visit.provisional else "planned"
    states: dict[str, State] = {
        "completed": "held", "missed": "not-held", "omitted": "not-held", "unresolved": "undated",
    }  # fmt: skip
    return states.get(visit.status) or ("cancelled" if visit.status == "cancelled" else "confirmed")


def _on_own_clock(visit: PlannedVisit, material: HandoutMaterial) -> PlannedVisit:
    """Return a visit that is not held at the clinic by the clock of where the patient is."""
    if visit.place == "clinic" or material.timezone is None:
        return visit
    here = zone(material.timezone)
    return replace(
        visit,
        start=visit.start.astimezone(here),
        end=visit.end.astimezone(here),
        actual=None if visit.actual is None else visit.actual.astimezone(here),
    )


def _appointment(
    visit: PlannedVisit, number: int, material: HandoutMaterial, steps: _Steps, *, full: bool
) -> Appointment:
    at_clinic, visit = visit.start, _on_own_clock(visit, material)
    state = state_of(visit)
    ahead = state in _AHEAD
    timed = steps.timed(visit) if ahead and visit.timed else ()
    home = tuple(_home_measures(visit, material)) if ahead else ()
    told = None
    if full:
        told = Told(
            title=clean(material.catalogue.say(visit.title)),
            kind=visit.kind,
            number=visit.number,
            questionnaires=home,
            staff=tuple(clean(material.staff.get(person, person)) for person in visit.staff),
            room=_text(visit.room),
        )
    held = visit.actual if state == "held" else None
    length = visit.end - visit.start
    start = held or visit.start
    return Appointment(
        number=number,
        start=start,
        end=(start.astimezone(UTC) + length).astimezone(start.tzinfo) if held else visit.end,
        timed=visit.timed,
        at_clinic=at_clinic if visit.timed and start.utcoffset() != at_clinic.utcoffset() else None,
        minutes=minutes_of(visit) if visit.timed else 0,
        state=state,
        place=visit.place,
        escort=visit.escort,
        long=bool(visit.escort or timed),
        questionnaires=len(home),
        before=tuple(step for step in timed if not step.after),
        after=tuple(step for step in timed if step.after),
        told=told,
    )


def _home_measures(visit: PlannedVisit, material: HandoutMaterial) -> Iterator[str]:
    """Yield the titles of the measures of a visit that a patient can answer from home, each as one with its parts."""
    for key in visit.measures:
        scale = material.measures.measures.get(key)
        if scale is not None and scale.remote and scale.part_of not in visit.measures:
            yield clean(material.catalogue.say(scale.title))


def _at_home(plan: Plan, material: HandoutMaterial, *, full: bool) -> Iterator[tuple[date, str | None]]:
    """Yield the days by which measures are answered from home; without titles each day once."""
    due: dict[tuple[date, str | None], None] = {}
    for task in plan.tasks:
        scale = material.measures.measures.get(task.measure or "")
        if task.status == "open" and scale is not None:
            due[task.due, clean(material.catalogue.say(scale.title)) if full else None] = None
    yield from sorted(due, key=lambda item: (item[0], item[1] or ""))


class _Steps:
    """Makes steps of instructions, and numbers the sources that full detail names."""

    def __init__(self, material: HandoutMaterial, *, full: bool) -> None:
        self._material = material
        self._full = full
        self._cited: dict[str, int] = {}

    @property
    def cited(self) -> tuple[str, ...]:
        """The sources in the order of their numbers."""
        return tuple(self._cited)

    def timed(self, visit: PlannedVisit) -> tuple[PreparationStep, ...]:
        """Return what has a time of the clock at a visit, in the order of time."""
        found = [self._step(one, visit) for one in self._of(visit) if one.is_timed]
        return tuple(sorted(found, key=lambda step: (step.at or visit.start).astimezone(UTC)))

    def always(self, visits: Sequence[PlannedVisit]) -> tuple[PreparationStep, ...]:
        """Return what holds at visits whatever their time, each text once."""
        untimed = {
            self._words(one): one for visit in visits for one in self._of(visit) if not one.is_timed
        }  # fmt: skip
        return tuple(self._step(one, None) for one in untimed.values())

    def _of(self, visit: PlannedVisit) -> Iterator[Instruction]:
        for one in (self._material.translated.get(one.id, one) for one in self._material.instructions):
            if one.to == "patient" and one.holds_at(visit.kind, visit.place):
                yield one

    def _words(self, one: Instruction) -> str:
        return clean(one.text if self._full or one.neutral is None else one.neutral)

    def _step(self, one: Instruction, visit: PlannedVisit | None) -> PreparationStep:
        return PreparationStep(
            id=one.id if self._full or one.neutral is None else "",
            text=self._words(one),
            at=None if visit is None else moment_of(one, visit),
            after=one.hours_after is not None,
            usual=not is_verified(one.source, self._material.sources),
            sources=(self._cite(one.source),) if self._full else (),
        )

    def _cite(self, key: str) -> int:
        return self._cited.setdefault(clean(source_text(key, self._material.sources)), len(self._cited) + 1)


def moment_of(one: Instruction, visit: PlannedVisit) -> datetime | None:
    """Return the moment of an instruction: elapsed time before a visit's start or after its end, on its clock.

    ``None`` where the instruction has no time.
    """
    clock = visit.start.tzinfo
    if one.minutes_before is not None:
        return (visit.start.astimezone(UTC) - timedelta(minutes=one.minutes_before)).astimezone(clock)
    if one.hours_after is not None:
        return (visit.end.astimezone(UTC) + timedelta(hours=one.hours_after)).astimezone(clock)
    return None


def _text(text: str | None) -> str | None:
    """Return a text on one line, or ``None`` where nothing is left of it."""
    return clean(text) or None if text is not None else None


def _callable(text: str | None) -> str | None:
    """Return the digits of a telephone number for a link; ``None`` where a text is more than a number."""
    plain = _text(text)
    if plain is None or not _CALLED.fullmatch(plain):
        return None
    return ("+" if plain.startswith("+") else "") + "".join(letter for letter in plain if letter.isdigit())
