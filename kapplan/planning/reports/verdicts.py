"""A verdict on each record, as immunisation registers give: whether a visit was held when its rules would have it.

A record is kept whatever its verdict; the verdict says what a person should look at: a day too early or too late, a
visit out of order or before its gate, one more than the course has, a date that looks like a slip of the pen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal

from kapplan.dataclass import dataclass
from kapplan.dates import add_months
from kapplan.model.plan import Plan, PlannedVisit
from kapplan.model.protocol import Protocol
from kapplan.model.regimen import TimingRule
from kapplan.model.terms import DOSES
from kapplan.planning.phrases.words import day_words, days_words, listed, source_words, visit_words
from kapplan.planning.residual.remaining import members, rows
from kapplan.planning.rules.screening import source_text

Judgement = Literal[
    "valid", "partial", "too early", "too late", "extra", "out of order", "before its gate", "date", "not given"
]

ABOUT_A_YEAR = range(350, 381)
"""So many days from its planned day a date looks like one of another year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordVerdict:
    """What is to be said of one record, in words, with the source of the rule that says so."""

    visit: str
    judgement: Judgement
    text: str
    source: str | None = None

    @property
    def sentence(self) -> str:
        """Say it in words, with the source where there is one."""
        return f"{self.judgement}: {self.text}{f' [{self.source}]' if self.source else ''}"


def verdicts(plan: Plan, visit_id: str) -> tuple[RecordVerdict, ...]:
    """Return the verdicts on a visit that was held, ``valid`` where nothing is to be said; none on any other.

    ``KeyError`` where there is no such visit.
    """
    visit = plan.visit(visit_id)
    if visit.status != "completed":
        return ()
    found = [
        *_dates(plan, visit),
        *_order(plan, visit),
        *_extra(plan, visit),
        *_gates(plan, visit),
        *_windows(plan, visit),
        *_partial(visit),
    ]
    return tuple(found) or (RecordVerdict(visit=visit_id, judgement="valid", text="as its rules ask"),)


def _of(visit: PlannedVisit, judgement: Judgement, text: str, source: str | None = None) -> RecordVerdict:
    return RecordVerdict(visit=visit.id, judgement=judgement, text=text, source=source)


def _held(plan: Plan) -> list[PlannedVisit]:
    return sorted((visit for visit in plan.visits if visit.status == "completed"), key=lambda visit: visit.day)


def _dates(plan: Plan, visit: PlannedVisit) -> Iterator[RecordVerdict]:
    """Yield what makes a date look wrong: another year, or the day of another dose."""
    day = visit.day
    away = (day - visit.start.date()).days
    if abs(away) in ABOUT_A_YEAR:
        meant = add_months(day, -12 if away > 0 else 12)
        yield _of(visit, "date", f"{day_words(day)} is about a year from its planned day: is {day_words(meant)} meant?")
    if visit.kind in DOSES:
        same = [one.id for one in _held(plan) if one.kind in DOSES and one.id != visit.id and one.day == day]
        if same:
            yield _of(visit, "date", f"on the same day as {listed(map(visit_words, same))}")


def _order(plan: Plan, visit: PlannedVisit) -> Iterator[RecordVerdict]:
    """Yield that a visit was held before one that comes before it in its row, or that must come before it."""
    held = {one.id: one.day for one in _held(plan)}
    day = held[visit.id]
    for row in rows(plan.regimen):
        line = members(row)
        if visit.id in line:
            later = [one for one in line[: line.index(visit.id)] if held.get(one, day) > day]
            missing = [one for one in line[: line.index(visit.id)] if _is_open(plan, one)]
            if later or missing:
                words = f"before {listed(map(visit_words, [*later, *missing]))}"
                yield _of(visit, "out of order", f"{words}; the row goes on from the last one given")


def _is_open(plan: Plan, visit_id: str) -> bool:
    return any(visit.id == visit_id and visit.open for visit in plan.visits)


def _extra(plan: Plan, visit: PlannedVisit) -> Iterator[RecordVerdict]:
    """Yield that a visit is one more than the course has: it was replaced and both were held, or has no place in it."""
    by_id = {one.id: one for one in plan.visits}
    stand_ins = [one.id for one in plan.regimen.visits if one.replaces == visit.id]
    both = [one for one in stand_ins if one in by_id and by_id[one].status == "completed"]
    if both and visit.partial is None:
        yield _of(visit, "extra", f"{visit_words(both[0])} was held in its place: one more than the course has")
    elif all(one.id != visit.id for one in plan.regimen.visits):
        yield _of(visit, "extra", "the course does not have it any more")


def _gates(plan: Plan, visit: PlannedVisit) -> Iterator[RecordVerdict]:
    """Yield what a visit should have waited for."""
    by_id = {one.id: one for one in plan.visits}
    gates = {one.id: one.gate for one in plan.regimen.visits if one.gate is not None}
    day = visit.day
    for awaited in visit.awaits:
        if awaited in gates and awaited in by_id:
            gate, review = gates[awaited], by_id[awaited]
            passed = review.status == "completed" and review.day <= day
            if not passed:
                yield _of(visit, "before its gate", f"{visit_words(awaited)} was not held before it")
            elif gate is not None and gate.measure is not None:
                yield _of(visit, "before its gate", f"nobody had taken what {visit_words(awaited)} proposes")
        elif awaited not in gates:
            yield _of(visit, "before its gate", f"{awaited} was not settled")


def in_window(plan: Plan, visit_id: str) -> bool | None:
    """Return whether a visit was held on a day that its rules allow, by the same days from which a verdict counts.

    Where nothing that it is bound to lies behind, its window as planned decides. ``None`` where it was not held, or has
    no window. ``KeyError`` where there is no such visit.
    """
    visit = plan.visit(visit_id)
    if visit.status != "completed":
        return None
    if any(True for _ in _binding(plan, visit)):
        return not any(_windows(plan, visit))
    if visit.earliest is None or visit.latest is None:
        return None
    return visit.earliest <= visit.day <= visit.latest


def _windows(plan: Plan, visit: PlannedVisit) -> Iterator[RecordVerdict]:
    """Yield how far a visit fell outside what its rules allow from others."""
    for rule, off in _binding(plan, visit):
        source = source_words(rule.source, plan.regimen.sources)
        if rule.min is not None and off < rule.min:
            yield _of(visit, "too early", f"by {days_words(rule.min - off)}: {_after(rule, rule.min, 'least')}", source)
        if rule.max is not None and off > rule.max:
            yield _of(visit, "too late", f"by {days_words(off - rule.max)}: {_after(rule, rule.max, 'most')}", source)


def _binding(plan: Plan, visit: PlannedVisit) -> Iterator[tuple[TimingRule, int]]:
    """Yield the rules that bind a visit that was held to others, with the days from what each counts from.

    Those were held, or had their time before it and may have been.
    """
    held = {one.id: one.day for one in plan.visits if one.status == "completed" or (one.open and one.day <= visit.day)}
    for rule in plan.regimen.timing:
        if rule.visit == visit.id and rule.after in held and (rule.min is not None or rule.max is not None):
            anchor = held[rule.after] if rule.months is None else add_months(held[rule.after], rule.months)
            yield rule, (visit.day - anchor).days


def _after(rule: TimingRule, days: int, bound: str) -> str:
    months = "" if rule.months is None else f"{rule.months} months and "
    return f"{months}{days_words(days)} after {visit_words(rule.after)} at {bound}"


def _partial(visit: PlannedVisit) -> Iterator[RecordVerdict]:
    if visit.partial is not None:
        yield _of(visit, "partial", f"given in part: {visit.partial}")


def not_given(before: Plan, after: Plan, protocol: Protocol, today: date) -> Iterator[RecordVerdict]:
    """Yield what is to be said of each visit that a change ended unheld.

    Of a dose what follows by its protocol: it is given later, or not, or somebody is asked; of a visit that was missed
    before its day came, that its day looks wrong.
    """
    known = {visit.id: visit.status for visit in before.visits}
    for visit in after.visits:
        by_somebody = visit.status == "missed" or (visit.status == "cancelled" and visit.cancelled_by is not None)
        if by_somebody and known.get(visit.id) != visit.status:
            if visit.status == "missed" and visit.day > today:
                yield _of(visit, "date", f"{day_words(visit.day)} has not come: called off beforehand it is cancelled")
            yield from _what_follows(after, visit, protocol)


_FOLLOWS = {
    "ask": "whether it is given later is asked",
    "replace": "it is given later, as soon as there is a day for it",
}
"""What follows of a dose for which no other stands in, by what its protocol does with missed ones."""


def _what_follows(plan: Plan, visit: PlannedVisit, protocol: Protocol) -> Iterator[RecordVerdict]:
    rule = protocol.missed.get(visit.phase)
    if rule is None or visit.kind not in DOSES:
        return
    stand_in = next((one.id for one in plan.regimen.visits if one.replaces == visit.id), None)
    if stand_in is not None:
        text = f"{visit_words(stand_in)} stands in for it"
    else:
        text = _FOLLOWS.get(rule.then, "it is not given later")
    said = "" if rule.text is None else f". {rule.text}"
    source = None if rule.source is None else source_text(rule.source, protocol.sources)
    yield _of(visit, "not given", f"{text}{said}", source)


def verdict_words(found: Sequence[RecordVerdict]) -> tuple[str, ...]:
    """Return verdicts as short sentences; nothing of a valid record."""
    return tuple(f"{one.judgement}: {one.text}" for one in found if one.judgement != "valid")


def newly_recorded(before: Plan, after: Plan) -> tuple[str, ...]:
    """Return the visits whose record is another than before: held now, on another day, or in part."""
    known = {visit.id: (visit.status, visit.actual, visit.partial) for visit in before.visits}
    return tuple(
        visit.id
        for visit in after.visits
        if visit.status == "completed" and known.get(visit.id) != (visit.status, visit.actual, visit.partial)
    )
