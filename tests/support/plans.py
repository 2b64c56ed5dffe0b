"""Plans built by arithmetic, for the tests of views and exports: the general course as a clinic would see it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from kapplan.dates import add_months
from kapplan.model.decisions import AppliedRule
from kapplan.model.fields import Level
from kapplan.model.plan import (
    ClinicCard,
    Finding,
    Inputs,
    Objective,
    Plan,
    PlannedVisit,
    ProtocolRef,
    Reason,
    Score,
    Task,
    Timing,
)
from kapplan.model.regimen import Cited, Regimen, RegimenVisit
from kapplan.model.terms import Kind, Status
from kapplan.model.visits import Minutes

ZONE = "America/Denver"
CREATED = datetime(2026, 12, 20, 17, 30, tzinfo=UTC)
SOURCE = "Practice norms of private clinics (Balance, Sage, Hanya)"
HOLIDAY = "Mon 15 Feb (Washington's Birthday)"
FIRST_DOSE = date(2027, 1, 21)
LAST_DOSE = date(2027, 3, 2)

_LENGTHS: dict[Kind, Minutes] = {
    "screening": Minutes(prepare=10, administer=50),
    "preparation": Minutes(administer=90),
    "dosing": Minutes(prepare=20, administer=40, monitor=105, clear=15),
    "integration": Minutes(administer=50),
    "review": Minutes(administer=60),
    "check-in": Minutes(administer=30),
}
_PHASES: dict[Kind, str] = {"dosing": "induction", "integration": "induction", "check-in": "maintenance"}
_MEASURES: dict[Kind, tuple[str, ...]] = {
    "screening": ("phq9", "gad7", "pcl5", "bp", "cssrs"),
    "dosing": ("phq9", "bp"),
    "review": ("phq9", "gad7", "pcl5"),
    "check-in": ("phq9", "gad7"),
}


def _course_visit(
    kind: Kind,
    number: int,
    day: date,
    timing: tuple[Timing, ...] = (),
    because: tuple[Reason, ...] = (),
    *,
    deviation: int = 0,
) -> PlannedVisit:
    start = datetime(day.year, day.month, day.day, 9, 0, tzinfo=ZoneInfo(ZONE))
    minutes = _LENGTHS[kind]
    check_in = kind == "check-in"
    awaits = {"dosing": ("screening-1",), "check-in": ("review-1",)}.get(kind, ())
    return PlannedVisit(
        id=f"{kind}-{number}",
        kind=kind,
        number=number,
        title=kind.capitalize(),
        phase=_PHASES.get(kind, kind),
        tier="follow-up" if check_in else "course",
        provisional=bool(awaits),
        start=start,
        end=start + timedelta(minutes=minutes.total),
        minutes=minutes,
        place="remote" if check_in else "clinic",
        staff=("okafor",),
        room=None if check_in else "blue",
        escort=kind == "dosing",
        earliest=day - timedelta(days=2),
        latest=day + timedelta(days=5),
        slack_earlier=1,
        slack_later=2,
        deviation_days=deviation,
        timing=timing,
        measures=_MEASURES.get(kind, ()),
        because=because,
        awaits=awaits,
        revised=CREATED,
    )


def _rule(rule: str, after: str, bounds: tuple[int, int, int, int], months: int | None = None) -> Timing:
    low, first, last, high = bounds
    level: Level = "default" if months is None else "protocol"
    return Timing(
        rule=rule, after=after, min_days=low, target_days=(first, last), max_days=high, months=months, weight=4,
        level=level, source=SOURCE,
    )  # fmt: skip


def _sentence(timing: Timing, text: str) -> Reason:
    return Reason(rule=timing.rule, text=text, source=SOURCE, level=timing.level, verified=False)


def _off(rule: str, how_far: str, ideal: str, cause: str) -> Reason:
    return Reason(rule=rule, text=f"{how_far} ({ideal}): {ideal} ({cause})", short=f"{how_far}: {cause}")


def _before_doses() -> list[PlannedVisit]:
    first = _rule("preparation.first", "screening-1", (1, 1, 7, 14))
    second = _rule("preparation.second", "preparation-1", (2, 5, 7, 14))
    return [
        _course_visit("screening", 1, date(2027, 1, 4)),
        _course_visit("preparation", 1, date(2027, 1, 7), (first,), (
            _sentence(first, "1 to 14 days after screening 1, ideally 1 to 7"),
        )),
        _course_visit("preparation", 2, date(2027, 1, 14), (second,)),
    ]  # fmt: skip


def _doses() -> list[PlannedVisit]:
    away = _off(
        "induction.gap", "4 days later than ideal", "Thu 4 Feb 2027", "the patient is away 3\N{EN DASH}7 Feb 2027"
    )
    holiday = _off("induction.gap", "1 day later than ideal", "Mon 15 Feb 2027", HOLIDAY)
    training = _off("induction.integration", "1 day later than ideal", "Fri 29 Jan 2027", "the clinic is closed")
    lead, gap = (
        _rule("induction.first", "preparation-2", (1, 2, 7, 10)),
        _rule("induction.gap", "dosing-0", (3, 7, 7, 21)),
    )
    days = (FIRST_DOSE, date(2027, 1, 28), date(2027, 2, 8), date(2027, 2, 16), date(2027, 2, 23), LAST_DOSE)
    why: dict[int, tuple[int, tuple[Reason, ...]]] = {3: (4, (away,)), 4: (1, (holiday,))}
    visits: list[PlannedVisit] = []
    for number, day in enumerate(days, 1):
        rule = lead if number == 1 else replace(gap, after=f"dosing-{number - 1}")
        deviation, because = why.get(number, (0, ()))
        visits.append(_course_visit("dosing", number, day, (rule,), because, deviation=deviation))
        after = _rule("induction.integration", f"dosing-{number}", (1, 1, 3, 6))
        late = number == 2
        held = day + timedelta(days=4 if late else 1)
        visits.append(_course_visit("integration", number, held, (after,), (training,) * late, deviation=int(late)))
    return visits


def _afterwards(months: int) -> list[PlannedVisit]:
    lead = _rule("review.lead", "dosing-6", (3, 5, 10, 14))
    visits = [_course_visit("review", 1, LAST_DOSE + timedelta(days=7), (lead,))]
    weeks = [(LAST_DOSE + timedelta(weeks=n), None) for n in (2, 4, 8, 12)]
    later = [(add_months(LAST_DOSE, n), n) for n in range(4, months + 1)]
    for number, (day, month) in enumerate([*weeks, *later], 1):
        middle = 0 if month else (day - LAST_DOSE).days
        rule = _rule("maintenance.point", "dosing-6", (middle - 7, middle - 3, middle + 3, middle + 7), month)
        open_day = day + timedelta(days=max(0, 7 - day.weekday())) if day.weekday() > 4 else day
        visits.append(_course_visit("check-in", number, open_day, (rule,)))
    return visits


def recorded_before(plan: Plan, day: date) -> Plan:
    """Return a plan of which every visit before a day is recorded as held."""
    visits = (
        replace(visit, status="completed", provisional=False) if visit.start.date() < day else visit
        for visit in plan.visits
    )
    return replace(plan, visits=tuple(visits))


def sample_plan(months: int = 6) -> Plan:
    """Return the general course, freshly made: 16 visits and ``months`` months of check-ins.

    Dose 3, dose 4 and integration 2 are off their targets by 4, 1 and 1 days, doses and check-ins provisional.
    """
    visits = tuple(sorted([*_before_doses(), *_doses(), *_afterwards(months)], key=lambda visit: visit.start))
    return Plan(
        id="0b9e1f1c-6a53-5d3c-9f0e-3c1f6a2b7d11",
        patient="river-0412",
        name="River A.",
        created=CREATED,
        revised=CREATED,
        timezone=ZONE,
        protocol=ProtocolRef(
            id="kap-standard",
            version="2026-11",
            title="Ketamine-assisted psychotherapy, the general course",
            off_label=True,
            drug="ketamine",
            route="im",
        ),
        clinic=ClinicCard(
            name="Aspen House", address="1200 Pearl St, Suite 200, Boulder", phone="+1 303 555 0117", crisis_line="988"
        ),
        therapist="okafor",
        inputs=Inputs(profile="river.toml", kapplan="0.1.0", start=date(2027, 1, 4), start_within=14),
        objective=Objective(deviation=44, follow_up_deviation=0, preference=5, sooner=1234),
        regimen=_regimen(visits),
        visits=visits,
        tasks=_tasks(),
        findings=_findings(),
        tailoring=(
            AppliedRule(
                rule="benzodiazepine-taper-check",
                effect="a task before the first dose",
                text="Lorazepam 2 mg a day can blunt the response: ask the prescriber about it before the first dose.",
                source="Frye 2015",
                verified=False,
            ),
        ),
        notices=("The asked start is Mon 4 Jan 2027; the course begins on it.",),
    )


def _regimen(visits: tuple[PlannedVisit, ...]) -> Regimen:
    return Regimen(
        protocol="kap-standard",
        visits=tuple(
            RegimenVisit(
                id=visit.id, kind=visit.kind, number=visit.number, type=visit.kind, title=visit.title,
                phase=visit.phase, tier=visit.tier, place=visit.place, minutes=visit.minutes,
                measures=visit.measures, unverified=("minutes",) if visit.kind == "preparation" else (),
            )
            for visit in visits
        ),
        timing=(),
        limits=(),
        sources=(Cited(key="practice", cite=SOURCE),),
    )  # fmt: skip


def _tasks() -> tuple[Task, ...]:
    return (
        Task(id="taper-check", due=date(2027, 1, 20), text="Ask the prescriber about lorazepam", visit="dosing-1"),
        Task(id="labs-screening-1", due=date(2027, 1, 11), text="Request the ECG", visit="screening-1", source=SOURCE),
        Task(id="consent", due=date(2027, 1, 4), text="Sign the consent form", status="done", done=date(2027, 1, 4)),
    )


def _findings() -> tuple[Finding, ...]:
    return (
        Finding(
            rule="hypertension-controlled",
            level="warn",
            text="Controlled hypertension: measure blood pressure before and after each dose.",
            source="SPRAVATO US prescribing information, section 5.6",
            key="history.conditions",
        ),
        Finding(
            rule="breastfeeding",
            level="warn",
            text="Breastfeeding is left out of the profile.",
            source="clinic practice",
            not_screened=True,
            verified=False,
            change="state history.breastfeeding",
        ),
    )


SAFETY = Finding(
    rule="phq9-item9",
    level="warn",
    text="PHQ-9 item 9 is 2: ask about suicidal thoughts today, before anything else.",
    source="PHQ-9 manual",
    safety=True,
    key="symptoms.phq9_item9",
)
"""A safety notice, to put among a plan's findings."""


def plan_in_course(months: int = 6) -> Plan:
    """Return the sample plan some weeks later: a visit of every status, scores, and a safety notice."""
    plan = sample_plan(months)
    became: dict[str, Status] = {
        "screening-1": "completed",
        "preparation-1": "completed",
        "preparation-2": "completed",
        "dosing-1": "completed",
        "integration-1": "missed",
        "dosing-2": "completed",
        "integration-2": "cancelled",
        "dosing-3": "confirmed",
        "integration-3": "unresolved",
        "integration-6": "omitted",
    }
    visits = tuple(
        replace(
            visit,
            status=became.get(visit.id, visit.status),
            provisional=visit.kind == "check-in",
            actual=visit.start if became.get(visit.id) == "completed" else None,
            cancelled_by="patient" if became.get(visit.id) == "cancelled" else None,
        )
        for visit in plan.visits
    )
    scores = (
        Score(on=date(2027, 1, 4), measure="phq9", value=19, visit="screening-1"),
        Score(on=date(2027, 1, 28), measure="bp", value="138/88", visit="dosing-2"),
    )
    return replace(plan, revision=7, visits=visits, scores=scores, findings=(*plan.findings, SAFETY))


def long_plan() -> Plan:
    """Return a course with check-ins for almost three years: 45 visits and more."""
    return sample_plan(months=32)
