"""What leaves the program: exports and what they are made of, entries of live calendars, invitations by mail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Literal

from kapplan.dataclass import dataclass

if TYPE_CHECKING:
    from kapplan.model.measures import Measures
    from kapplan.model.protocol import Source
    from kapplan.model.rules import Instruction
    from kapplan.model.terms import MeasureNames

Audience = Literal["patient", "clinic"]
Detail = Literal["neutral", "full"]
Visibility = Literal["private", "confidential", "public"]
PlanTable = Literal["visits", "tasks", "scores"]


ENGLISH = "en"
_CONTEXT = "\x04"


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Translations by their English words, as gettext has them; what has none stays English.

    A message has a form for each number that its language tells apart: ``plural`` says which, as ``Plural-Forms`` of a
    PO file does. ``country`` is an ISO 3166 code.
    """

    language: str = ENGLISH
    country: str | None = None
    messages: tuple[tuple[str, tuple[str, ...]], ...] = ()
    plural: str = "n != 1"

    def say(self, text: str, context: str = "") -> str:
        """Return a text in the language; ``context`` tells apart what is one word in English."""
        found = _table(self).get(keyed(text, context))
        return found[0] if found and found[0] else text

    def count(self, one: str, many: str, number: int) -> str:
        """Return the form of a text that goes with a number."""
        found = _table(self).get(one)
        form = _rule(self.plural)(number)
        if found and form < len(found) and found[form]:
            return found[form]
        return one if number == 1 else many


def keyed(text: str, context: str) -> str:
    """Return the key under which a message lies."""
    return f"{context}{_CONTEXT}{text}" if context else text


@cache
def _table(catalogue: Catalogue) -> Mapping[str, tuple[str, ...]]:
    return dict(catalogue.messages)


@cache
def _rule(plural: str) -> Callable[[int], int]:
    from gettext import c2py

    found: Callable[[int], int] = c2py(plural)
    return found


@dataclass(frozen=True, slots=True)
class Template:
    """A template's text; ``name`` is what problems call its file."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoutMaterial:
    """What a handout tells beside the plan's own content, and the templates that say how, by their names.

    ``instructions`` are those that hold for the patient, with every field but ``{time}`` filled in, as the clinic reads
    them; ``translated`` has the patient's by their names, in the words of the catalogue. ``sources`` are those that
    they name, ``declined`` the names of those that the profile goes without. ``catalogue`` holds the words of the
    ``language`` that the patient asked for, or English ones where there are none. ``escort`` is what the profile says
    of who takes the patient home. ``words`` are catalogues of the patients who asked for a language, by their plans'
    ids, for files that hold several. ``known`` is false for a plan that does not hold what it was made from: then
    nothing is known of instructions.
    """

    measures: Measures
    templates: Mapping[str, Template] = field(default_factory=dict)
    instructions: tuple[Instruction, ...] = ()
    translated: Mapping[str, Instruction] = field(default_factory=dict)
    declined: tuple[str, ...] = ()
    sources: Mapping[str, Source] = field(default_factory=dict)
    staff: Mapping[str, str] = field(default_factory=dict)
    escort: str | None = None
    timezone: str | None = None
    catalogue: Catalogue = Catalogue()
    language: str | None = None
    words: Mapping[str, Catalogue] = field(default_factory=dict)
    known: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """Who reads an export and what they are told; each format looks at what it knows.

    ``table`` is the one that CSV holds. ``visibility`` is the CLASS of a calendar's entries, ``publish`` writes a
    METHOD with its ``organizer``, ``tasks`` adds open tasks, ``todos`` all of them as to-dos; ``alarms`` are how long
    before a visit it is reminded of, and a ``feed`` is for subscribing. Invitations go to an ``attendee``. ``letter``
    asks for no handout but a letter of what changed, written at that moment. ``material`` is what formats need that say
    so. A calendar of one room or one person has its ``owner`` (``room:<id>``, ``staff:<id>``): its entries have names
    of their own, so that several calendars can hold one visit.
    """

    audience: Audience = "patient"
    detail: Detail = "neutral"
    table: PlanTable = "visits"
    visibility: Visibility = "private"
    publish: bool = False
    organizer: str | None = None
    attendee: str | None = None
    tasks: bool = False
    todos: bool = False
    feed: bool = False
    owner: str = ""
    alarms: tuple[timedelta, ...] | None = None
    letter: datetime | None = None
    material: HandoutMaterial | None = None

    @property
    def measure_names(self) -> MeasureNames:
        """What people call the measures, as far as the material tells."""
        return {} if self.material is None else self.material.measures.names

    @property
    def needed_material(self) -> HandoutMaterial:
        """The material, for formats that are made of it; raises ``ValueError`` where none was given."""
        if self.material is None:
            raise ValueError("this format is made of the plan's material too: give it with the request")
        return self.material


def alarm_span(text: str) -> timedelta:
    """Return how long before a visit an alarm rings: ``1d``, ``2h`` or ``30m``; ``ValueError`` for anything else."""
    number, unit = text[:-1], text[-1:]
    if unit not in _UNITS or not number.isdecimal() or not 0 < int(number) <= _MOST:
        raise ValueError(f'an alarm is a number with d, h or m, such as 1d or 90m, not "{text}"')
    return timedelta(**{_UNITS[unit]: int(number)})


MOST_ALARMS = 2
"""How many times an entry rings at most: programs heed no more."""

_UNITS = {"d": "days", "h": "hours", "m": "minutes"}
_MOST = 999


@dataclass(frozen=True, slots=True)
class Export:
    """The bytes of a file, and what its maker should know of it, in sentences without titles."""

    content: bytes
    warnings: tuple[str, ...] = ()


Action = Literal["create", "update", "cancel", "unchanged", "conflict", "gone", "prune"]
OnConflict = Literal["stop", "ours", "theirs"]
Outcome = Literal["done", "pending", "unchanged", "stopped", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarObject:
    """A whole calendar with the one entry of a visit, as bytes, and what of it decides about sending it.

    ``audience`` is for whom it is, where each has UIDs of its own; ``former`` are UIDs under which it was sent before.
    ``accepted`` are starts that somebody gave the visit in a calendar and that the plan took over, ``declined`` those
    that it did not; ``stays`` says that somebody's removing it was declined.
    """

    uid: str
    visit: str
    start: datetime
    end: datetime
    sequence: int
    cancelled: bool
    data: bytes
    audience: str = ""
    former: tuple[str, ...] = ()
    accepted: frozenset[datetime] = frozenset()
    declined: frozenset[datetime] = frozenset()
    stays: bool = False


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """A field that the plan and the calendar say differently."""

    field: str
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishResult:
    """What became of one visit; ``start`` is in UTC."""

    uid: str
    visit: str
    start: datetime | None
    action: Action
    outcome: Outcome
    differences: tuple[FieldDifference, ...] = ()
    note: str = ""

    @property
    def beyond(self) -> tuple[FieldDifference, ...]:
        """What somebody changed that no plan can take over, such as how long a visit lasts."""
        names = {one.field for one in self.differences}
        if self.action == "gone" or "status" in names:
            return ()
        taken = {"start", "end"} if "start" in names else set()
        return tuple(one for one in self.differences if one.field not in taken)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correspondence:
    """Between whom mails go: their addresses, and when they are written, a moment with a zone.

    ``catalogue`` holds the patient's words, where they asked for a language.
    """

    clinic: str
    patient: str
    at: datetime
    catalogue: Catalogue | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldByMail:
    """What was last told of a visit: its SEQUENCE, a digest of the rest, and whether it was called off."""

    sequence: int
    digest: str
    cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A mail to be sent, as bytes, and what is told once it is."""

    uid: str
    visit: str
    method: Literal["request", "cancel"]
    told: ToldByMail
    content: bytes


def plan_secret(seed: str, plan_id: str) -> str:
    """Return a plan's secret, from what is secret and the same for many plans; each has its own."""
    import hmac
    from hashlib import sha256

    return hmac.new(seed.encode(), f"secret\n{plan_id}".encode(), sha256).hexdigest()[:32]
