"""Plans that live: small courses with a clinic and a patient, and random things that happen to them."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from support.calendars import week
from support.protocols import HEAD, protocol_of

from kapplan.files.documents.protocols import load_protocol
from kapplan.files.documents.readers import default_clinic
from kapplan.files.library.rules import built_in_review
from kapplan.model.clinic import Away, Clinic, Closure
from kapplan.model.plan import Inputs, Plan, PlannedVisit
from kapplan.model.profile import Availability, Patient, Profile, Treatment
from kapplan.model.protocol import Protocol
from kapplan.planning.amend.record import cancel, complete, confirm, miss, omit
from kapplan.planning.availability.calendar import BusyTimes
from kapplan.planning.availability.timezones import zone
from kapplan.planning.regimen.layout import lay_out
from kapplan.planning.replan.request import Asked, Options, Sources
from kapplan.planning.schedule.course import Unplaceable, demand_of, solve
from kapplan.planning.schedule.draft import Header, draft

ZONE = "America/Denver"
NOW = datetime(2026, 12, 28, 9, 0, tzinfo=zone(ZONE))
START = date(2027, 1, 4)
"""A Monday."""

GENERAL = """
[[phases]]
id = "preparation"
[[phases.series]]
visit = "preparation"
count = 2
gap = { min = 2, target = [5, 7], max = 14 }
[[phases]]
id = "dosing"
[[phases.series]]
visit = "dosing"
count = 4
after = { last = "preparation" }
lead = { min = 1, target = [2, 7], max = 14 }
gap = { min = 3, target = 7, max = 21 }
[[phases.series]]
visit = "integration"
each = { visit = "dosing" }
gap = { min = 1, target = [1, 3], max = 6 }
before_next = { min = 1 }
[[phases]]
id = "review"
[[phases.series]]
visit = "review"
after = { last = "dosing" }
lead = { min = 3, target = [5, 10], max = 14 }
gate = { source = "practice" }
[[phases]]
id = "maintenance"
follow_up = true
[[phases.series]]
visit = "check-in"
at = { weeks = [4], months = [2] }
after = { last = "dosing" }
gap = { min = -7, target = [-3, 3], max = 7 }
[[phases]]
id = "booster"
on_request = true
follow_up = true
[[phases.series]]
visit = "booster"
after = { last = "review" }
lead = { min = 1, target = [7, 14] }
[[limits]]
id = "two-doses-a-week"
cap = { visits = ["dosing", "booster"], max = 2 }
[missed.dosing]
then = "replace"
[sources.practice]
cite = "What practices publish"
mark = "D"
"""
"""The general course: preparation, four doses with integration, a review that is a gate, two check-ins, boosters."""

TWICE_WEEKLY = """
[[phases]]
id = "induction"
[[phases.series]]
visit = "dosing"
weeks = { from = 1, until = 3, count = 2 }
gap = { min = 2, target = [3, 4], max = 9, level = "label", source = "label" }
[[phases]]
id = "review"
[[phases.series]]
visit = "review"
after = { last = "dosing", of = "induction" }
gap = { min = 0, target = 0, max = 6 }
shares_day_with = ["dosing"]
[[phases]]
id = "weekly"
[[phases.series]]
visit = "dosing"
count = 2
joins = true
after = { last = "review" }
lead = { min = 0 }
gap = { min = 5, target = 7, max = 12 }
[missed.induction]
then = "continue"
[missed.weekly]
then = "ask"
[sources.label]
cite = "The product's label"
mark = "C"
"""
"""Two doses a week for three weeks, a review on the last day, weekly doses; a missed dose is not given later."""

THERAPY = """
[[phases]]
id = "infusions"
[[phases.series]]
visit = "dosing"
count = 3
gap = { min = 2, target = [2, 3], max = 5 }
[[phases]]
id = "exposure"
[[phases.series]]
visit = "psychotherapy"
count = 4
after = { visit = "dosing", number = 2 }
lead = { min = 1, target = 1, max = 9 }
gap = { min = 1, target = [2, 4], max = 9 }
rules = [{ which = "last", after = { first = "psychotherapy" }, target = [7, 13], max = 24 }]
[[limits]]
id = "never-on-an-infusion-day"
apart = ["dosing", "psychotherapy"]
[missed.infusions]
then = "replace"
[missed.exposure]
then = "replace"
"""
"""Three infusions, and therapy that begins after the second; all that is missed is given later."""

SMALL = {"general": GENERAL, "twice-weekly": TWICE_WEEKLY, "therapy": THERAPY}


@dataclass(frozen=True)
class Life:
    """A plan, what it is made from, and the time."""

    plan: Plan
    sources: Sources
    now: datetime

    def visit(self, name: str) -> PlannedVisit:
        """Return a visit by its id."""
        return self.plan.visit(name)

    def at(self, name: str, *, days: int = 0, hours: int = 2) -> Life:
        """Return the same some time after a visit's planned start."""
        return replace(self, now=self.visit(name).start + timedelta(days=days, hours=hours))

    def on(self, plan: Plan) -> Life:
        """Return the same with another plan."""
        return replace(self, plan=plan)


@cache
def small_protocol(name: str) -> Protocol:
    """Return one of the small protocols, or a built-in one."""
    return protocol_of(SMALL[name], HEAD) if name in SMALL else load_protocol(name)


def plain_clinic(**changes: Any) -> Clinic:
    """Return a clinic that is open from Monday to Friday and keeps no holidays."""
    return replace(default_clinic(), timezone=ZONE, **changes)


def newborn(
    name: str = "general", *, clinic: Clinic | None = None, availability: Availability | None = None, **treatment: Any
) -> Life:
    """Return a plan that was just made; raises ``Unplaceable`` where these calendars allow none."""
    protocol = small_protocol(name)
    profile = Profile(
        patient=Patient(id="p"),
        treatment=Treatment(**{"protocol": protocol.id, "start": START, **treatment}),
        availability=availability or Availability(),
    )
    clinic = clinic or plain_clinic()
    answer = solve(demand_of(profile, clinic, lay_out(protocol, profile, clinic), BusyTimes(), NOW))
    inputs = Inputs(
        start=profile.treatment.start,
        start_within=profile.treatment.start_within,
        first_dose=profile.treatment.first_dose,
    )
    header = Header(profile=profile, protocol=protocol, clinic=clinic, timezone=ZONE, now=NOW, by="test", inputs=inputs)
    sources = Sources(profile=profile, protocol=protocol, clinic=clinic, moving=built_in_review().moving)
    return Life(draft(answer, header), sources, NOW)


# Random lives


@dataclass(frozen=True)
class Change:
    """One random change of a plan: the life as recorded, still to be dated anew, and how."""

    life: Life
    options: Options = field(default_factory=Options)
    asked: Asked | None = None
    what: str = ""


def random_life(random: Random) -> Life:
    """Return a new plan of a random small course at a random clinic."""
    name = random.choice(tuple(SMALL))
    days = random.choice(("mon tue wed thu fri", "mon tue wed thu fri", "mon tue thu fri", "mon wed fri"))
    hours = random.choice((("09:00-17:00",), ("08:00-12:00", "13:00-18:00")))
    closed = tuple(Closure(on=START + timedelta(days=random.randrange(90))) for _ in range(random.choice((0, 0, 2, 5))))
    clinic = plain_clinic(hours=week(days, *hours), closed=closed)
    life = newborn(name, clinic=clinic, start=START + timedelta(days=random.randrange(5)))
    agreed = [visit.id for visit in life.plan.visits if random.random() < 0.25]
    return life.on(confirm(life.plan, agreed))


def random_changes(random: Random, life: Life) -> Generator[Change, Life | None, None]:
    """Yield changes one after the other; each begins from the plan that the caller sends back for the last."""
    for _ in range(random.randint(1, 6)):
        life = replace(life, now=_later(random, life))
        change = random.choice((_recorded, _recorded, _recorded, _moved, _closed, _away))(random, life)
        options = Options(
            refit=random.random() < 0.1,
            keep=frozenset(visit.id for visit in _open(change.life) if random.random() < 0.06),
            freeze_days=random.choice((None, None, None, 3)),
        )
        after = yield replace(change, options=options)
        life = after if after is not None else life


def _open(life: Life) -> list[PlannedVisit]:
    return [visit for visit in life.plan.visits if visit.open]


def _later(random: Random, life: Life) -> datetime:
    """Return a time not before now: most often soon after the next open visit, sometimes days later."""
    ahead = [visit for visit in _open(life) if visit.start > life.now]
    if not ahead:
        return life.now + timedelta(days=1)
    when = ahead[min(random.choice((0, 0, 0, 1, 2)), len(ahead) - 1)].start
    return when + timedelta(hours=random.choice((-3, 3, 3)), days=random.choice((0, 0, 0, 0, 1, 6)))


def _recorded(random: Random, life: Life) -> Change:
    """Record something of a visit that is due, or of one ahead: held, on another day, missed, called off, left out."""
    due = [visit for visit in _open(life) if visit.start <= life.now] or _open(life)[:3]
    if not due:
        return Change(life, what="nothing")
    visit = random.choice(due)
    what = random.choice(("done", "done", "done", "late", "missed", "cancelled", "omitted", "confirmed"))
    plan = life.plan
    if what == "done":
        plan = complete(plan, visit.id, actual=min(visit.start, life.now))
    elif what == "late":
        plan = complete(plan, visit.id, actual=life.now - timedelta(hours=random.choice((0, 1, 30))))
    elif what == "missed":
        plan = miss(plan, visit.id)
    elif what == "cancelled":
        plan = cancel(plan, visit.id, party=random.choice(("patient", "clinic", None)))
    elif what == "omitted":
        plan = omit(plan, visit.id)
    else:
        plan = confirm(plan, [one.id for one in _open(life)[: random.randint(1, 4)]])
    return Change(life.on(plan), what=f"{what} {visit.id}")


def _moved(random: Random, life: Life) -> Change:
    ahead = [visit for visit in _open(life) if visit.start > life.now]
    if not ahead:
        return Change(life, what="nothing")
    visit = random.choice(ahead[:6])
    day = max(visit.start.date() + timedelta(days=random.randint(-6, 9)), life.now.date())
    return Change(life, asked=Asked(visit=visit.id, day=day), what=f"move {visit.id} to {day}")


def _closed(random: Random, life: Life) -> Change:
    first = life.now.date() + timedelta(days=random.randint(1, 20))
    closure = Closure(from_=first, until=first + timedelta(days=random.randint(0, 4)))
    clinic = replace(life.sources.clinic, closed=(*life.sources.clinic.closed, closure))
    return Change(replace(life, sources=replace(life.sources, clinic=clinic)), what=f"closed from {first}")


def _away(random: Random, life: Life) -> Change:
    first = life.now.date() + timedelta(days=random.randint(0, 30))
    away = Away(from_=first, until=first + timedelta(days=random.choice((1, 5, 10, 30))))
    profile, availability = life.sources.profile, life.sources.profile.availability
    availability = replace(availability, away=(*availability.away, away))
    profile = replace(profile, availability=availability)
    return Change(replace(life, sources=replace(life.sources, profile=profile)), what=f"away from {first}")


def random_newborn(random: Random) -> Life:
    """Return a random new plan, trying until the calendars allow one."""
    while True:
        try:
            return random_life(random)
        except Unplaceable:
            continue
