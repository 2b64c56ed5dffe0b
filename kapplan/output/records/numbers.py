"""What the views read off a plan: its first dose, its weeks, its parts, and how far it is off target."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from kapplan.dataclass import dataclass
from kapplan.dates import add_months
from kapplan.model.plan import Objective, Plan, PlannedVisit, Reason, Timing
from kapplan.output.records.words import count
from kapplan.planning.phrases.words import visit_words

CLOSEST = "the closest dates to the protocol that these calendars allow"
_COUNTED = {"confirmed_moves": "confirmed visit", "deviation": "weighted day", "disturbance": "weighted day"}
"""What is counted by the terms in which a plan that is not proven may be furthest from the best."""


def closest_words(objective: Objective) -> str:
    """Return how near a plan's dates are to the best possible ones."""
    if objective.proven:
        return CLOSEST
    found = "the best dates found until the deadline" if objective.ended == "deadline" else "the best dates found"
    for term, least in objective.bound.items():
        more = getattr(objective, term) - least
        if more > 0 and term in _COUNTED:
            return f"{found}, at most {count(more, _COUNTED[term])} from the best possible"
        if more > 0:
            break
    return f"{found}, for the active course the best possible"


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the course under one heading: phases that do not overlap have parts of their own."""

    phases: tuple[str, ...]
    visits: tuple[PlannedVisit, ...]

    @property
    def title(self) -> str:
        """The heading, made of the phases' ids."""
        return ", ".join(phase_words(phase) for phase in self.phases)


def phase_words(phase: str) -> str:
    """Return a phase's id as a heading: ``Follow up`` for ``follow-up``."""
    text = phase.replace("-", " ").replace("_", " ")
    return text[:1].upper() + text[1:]


def in_order(visits: Iterable[PlannedVisit]) -> tuple[PlannedVisit, ...]:
    """Return visits by the time at which they stand; ties keep the plan's order."""
    return tuple(sorted(visits, key=lambda visit: visit.start))


def parts(plan: Plan) -> tuple[Part, ...]:
    """Return the course in parts: by phase, phases that overlap in time together, so that dates always ascend."""
    groups: list[tuple[list[str], list[PlannedVisit]]] = []
    for visit in in_order(plan.visits):
        at = next((n for n, (phases, _) in enumerate(groups) if visit.phase in phases), None)
        if at is None:
            groups.append(([visit.phase], [visit]))
            continue
        for phases, visits in groups[at + 1 :]:
            groups[at][0].extend(phases)
            groups[at][1].extend(visits)
        del groups[at + 1 :]
        groups[at][1].append(visit)
    return tuple(Part(tuple(phases), tuple(visits)) for phases, visits in groups)


def anchor_day(plan: Plan, timing: Timing) -> date | None:
    """Return the day from which a timing rule counts for this plan: its anchor's, months later where it says so."""
    try:
        anchor = plan.visit(timing.after)
    except KeyError:
        return None
    day = anchor.day
    return add_months(day, timing.months) if timing.months else day


def days_past(plan: Plan, visit: PlannedVisit, timing: Timing) -> int:
    """Return how many days a visit lies past a rule's target (before it where negative); 0 within it."""
    anchor = anchor_day(plan, timing)
    if anchor is None or timing.target_days is None:
        return 0
    low, high = timing.target_days
    gap = (visit.day - anchor).days
    return gap - high if gap > high else min(gap - low, 0)


def off_target_words(plan: Plan, visit: PlannedVisit) -> str | None:
    """Return how far a visit is off its target and what kept it there, or ``None`` where it is on target.

    Of several rules the one that it is furthest from is told.
    """
    told = _furthest_off(plan, visit)
    return days_off_words(plan, visit) if told is None else told.short


def days_off_words(plan: Plan, visit: PlannedVisit, *, brief: bool = False) -> str | None:
    """Return how far a visit is off its target, or ``None``; ``brief``, without what goes without saying."""
    if not visit.deviation_days:
        return None
    later, earlier = ("later", "earlier") if brief else ("later than ideal", "earlier than ideal")
    told, past = _furthest_off(plan, visit), _past(plan, visit)
    off = None if told is None else told.off or past.get(told.rule)
    if off:
        return f"{count(abs(off), 'day')} {later if off > 0 else earlier}"
    late, early = max([*past.values(), 0]), min([*past.values(), 0])
    side = later if late and not early else earlier if early and not late else "off target"
    return f"{count(visit.deviation_days, 'day')} {side}"


def _furthest_off(plan: Plan, visit: PlannedVisit) -> Reason | None:
    """Return why a visit is off the target that it is furthest from."""
    if not visit.deviation_days:
        return None
    past = _past(plan, visit)
    told = (reason for reason in visit.because if reason.short)
    return max(told, key=lambda reason: abs(past.get(reason.rule, 0)), default=None)


def _past(plan: Plan, visit: PlannedVisit) -> dict[str, int]:
    return {timing.rule: days_past(plan, visit, timing) for timing in visit.timing}


def gate_words(plan: Plan, awaited: str) -> str:
    """Return what a provisional visit waits for: a visit in words, or that a finding be settled."""
    if any(visit.id == awaited for visit in plan.visits):
        return visit_words(awaited)
    if any(finding.rule == awaited and finding.not_screened for finding in plan.findings):
        return "what is not screened"
    return f"{awaited} to be settled"


def weeks_spanned(visits: Iterable[PlannedVisit]) -> int:
    """Return over how many weeks, begun ones included, visits stretch."""
    days = [visit.day for visit in visits]
    return (max(days) - min(days) + timedelta(days=7)).days // 7 if days else 0
