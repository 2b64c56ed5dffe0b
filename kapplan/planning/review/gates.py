"""Gates: what the recorded scores say at a review, and which way the course goes by the protocol's own thresholds."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Literal

from kapplan.dataclass import dataclass, replace
from kapplan.dates import DAYS_IN_WEEK
from kapplan.model.plan import Plan, PlannedVisit
from kapplan.model.protocol import Phase, Protocol, Series
from kapplan.model.regimen import RegimenVisit
from kapplan.model.review import Basis, Proxy
from kapplan.model.rules import TailoringRule
from kapplan.model.visits import Gate
from kapplan.planning.rules.conditions import fields_of
from kapplan.planning.rules.facts import Facts
from kapplan.planning.rules.recorded_scores import Reading, baseline, reading_at, review_facts
from kapplan.planning.rules.scoring import responded
from kapplan.planning.rules.tailoring import is_told

Outcome = Literal["passes", "fails", "missing", "not-held"]
_PERCENT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class GateReading:
    """What a gate comes to: its outcome, the ``target`` that this leads to, and in words what it was read from.

    ``wanted`` names what must be recorded first, ``baseline`` tells that it is the score from before the first dose;
    ``proxy`` is the measure that was read in the place of the gate's own.
    """

    outcome: Outcome
    target: str | None = None
    words: str = ""
    wanted: str | None = None
    baseline: bool = False
    proxy: Proxy | None = None


def gates_held(plan: Plan) -> Iterator[tuple[RegimenVisit, PlannedVisit]]:
    """Yield the gates of a course whose review lies behind, but for those that another visit stands in for."""
    by_id = {visit.id: visit for visit in plan.visits}
    replaced = {visit.replaces for visit in plan.regimen.visits}
    for visit in plan.regimen.visits:
        held = by_id.get(visit.id)
        if visit.gate is not None and visit.id not in replaced and held is not None and not held.open:
            yield visit, held


def read_gate(plan: Plan, basis: Basis, gate: Gate, held: PlannedVisit) -> GateReading:
    """Return what a gate comes to by the scores at or near the visit that was held for it."""
    if held.status != "completed":
        return GateReading(outcome="not-held")
    if gate.measure is None:
        return GateReading(outcome="passes", target=gate.then)
    now = reading_at(plan, basis.measures, gate.measure, held.day, basis.book.scores)
    if now is not None:
        return _directed(gate, _judged(plan, basis, gate, now))
    for proxy in basis.book.proxies:
        stand_in = reading_at(plan, basis.measures, proxy.measure, held.day, basis.book.scores)
        if gate.response is not None and not basis.measures.measures[proxy.measure].response:
            continue
        if gate.measure in proxy.in_place_of and stand_in is not None:
            reading = _judged_by_proxy(plan, basis, gate, held, stand_in)
            return _directed(gate, replace(reading, proxy=proxy))
    return GateReading(outcome="missing", wanted=gate.measure)


def _directed(gate: Gate, reading: GateReading) -> GateReading:
    targets = {"passes": gate.then, "fails": gate.otherwise}
    return reading if reading.target is not None else replace(reading, target=targets.get(reading.outcome))


def _judged(plan: Plan, basis: Basis, gate: Gate, now: Reading) -> GateReading:
    """Return what a score of the gate's own measure comes to: all bounds that are given must hold."""
    holds, words = [], [str(now)]
    if gate.response is not None:
        response = _response(plan, basis, gate.response, now)
        if response is None:
            return _no_baseline(basis, now)
        holds.append(response.outcome == "passes")
        words = [response.words]
    for bound, text in ((gate.at_most, "or less"), (gate.at_least, "or more")):
        if bound is not None:
            within = now.value <= bound if text == "or less" else now.value >= bound
            holds.append(within)
            words.append(f"{bound} {text}: {'yes' if within else 'no'}")
    return GateReading(outcome="passes" if all(holds) else "fails", words="; ".join(words))


def _response(plan: Plan, basis: Basis, fraction: float, now: Reading) -> GateReading | None:
    """Return whether enough of the baseline is lost; ``None`` where there is no baseline."""
    before = baseline(plan, basis.measures, now.measure)
    if before is None or before.on >= now.on:
        return None
    passes = responded(basis.measures.measures[now.measure], before.value, now.value, fraction)
    asked = f"{Fraction(str(fraction)) * _PERCENT} % lost"
    words = f"{now}, from {before.value} before the first dose ({asked}: {'yes' if passes else 'no'})"
    return GateReading(outcome="passes" if passes else "fails", words=words)


def _no_baseline(basis: Basis, now: Reading) -> GateReading:
    """Return that nothing tells how much of the baseline is lost; a score of the profile without its day is named."""
    undated = getattr(basis.profile.symptoms, now.measure, None)
    unused = undated is not None and basis.profile.symptoms.on is None
    stated = f"; the profile's {undated} has no day (symptoms.on)" if unused else ""
    words = f"{now}, and no score with a day before the first dose{stated}"
    return GateReading(outcome="missing", wanted=now.measure, baseline=True, words=words)


# A measure in the place of another


def _judged_by_proxy(plan: Plan, basis: Basis, gate: Gate, held: PlannedVisit, now: Reading) -> GateReading:
    """Return what a stand-in comes to: a response by the same fraction, an interval by the rules for the stand-in."""
    parts: list[GateReading] = []
    if gate.response is not None:
        response = _response(plan, basis, gate.response, now)
        if response is None:
            return _no_baseline(basis, now)
        parts.append(response)
    if gate.at_most is not None or gate.at_least is not None:
        parts.append(_interval_by_proxy(plan, basis, gate, held, now))
    words = "; ".join(part.words for part in parts)
    undecided = next((part for part in parts if part.outcome == "missing"), None)
    if any(part.outcome == "fails" for part in parts):
        return GateReading(outcome="fails", words=words)
    if undecided is not None:
        return replace(undecided, words=words)
    return replace(parts[-1], words=words)


def _interval_by_proxy(plan: Plan, basis: Basis, gate: Gate, held: PlannedVisit, now: Reading) -> GateReading:
    facts = Facts(
        profile=basis.profile,
        protocol=basis.protocol,
        today=held.day,
        rules=basis.rules,
        review={
            **{name: value for name, value in review_facts(plan, basis, now.on).items() if name != "review.madrs"},
            f"review.{now.measure}": now.value,
        },
    )
    field = f"review.{now.measure}"
    rules = [rule for rule in review_rules(basis) if field in fields_of(rule.when)]
    found = {basis.book.proposes[rule.id].to: rule for rule in rules if is_told(rule, facts)}
    for leads_to in ("shorten", "lengthen", "keep"):
        rule = found.get(leads_to)
        if rule is not None:
            return _by_interval(basis, gate, held, leads_to, f"{now}: {rule.text}")
    return GateReading(outcome="missing", wanted=gate.measure, words=str(now))


def _by_interval(basis: Basis, gate: Gate, held: PlannedVisit, leads_to: str, words: str) -> GateReading:
    """Return where a longer, the same or a shorter interval leads: the branch whose doses are so far apart."""
    passed = {"lengthen": "passes", "shorten": "fails"}.get(leads_to)
    if passed is not None:
        return GateReading(outcome="passes" if passed == "passes" else "fails", words=words)
    ways = {target: interval_of(basis.protocol, target) for target in (gate.then, gate.otherwise)}
    current = interval_before(basis.protocol, held.phase)
    same = [target for target, days in ways.items() if days is not None and days == current]
    if not same:
        return GateReading(outcome="missing", wanted=gate.measure, words=words)
    return GateReading(outcome="passes" if same[0] == gate.then else "fails", target=same[0], words=words)


def review_rules(basis: Basis) -> tuple[TailoringRule, ...]:
    """Return the rules that reviews weigh and that lead to something."""
    rules = (*basis.rules.tailoring, *basis.book.rules)
    return tuple(rule for rule in rules if rule.used_by == "review" and rule.id in basis.book.proposes)


# Intervals between doses


def interval_of(protocol: Protocol, phase_id: str) -> Fraction | None:
    """Return the days aimed at between the doses of a phase; ``None`` where it has no row of doses."""
    phase = next((phase for phase in protocol.phases if phase.id == phase_id), None)
    found = [] if phase is None else [days for one in phase.series if (days := _interval(protocol, one)) is not None]
    return min(found) if found else None


def interval_before(protocol: Protocol, phase_id: str) -> Fraction | None:
    """Return the interval of a phase, or of the nearest one before it that has doses."""
    ids = [phase.id for phase in protocol.phases]
    place = ids.index(phase_id) if phase_id in ids else -1
    return next((days for name in ids[place::-1] if (days := interval_of(protocol, name)) is not None), None)


def denser(protocol: Protocol, phase_id: str) -> Phase | None:
    """Return the phase one step back: that of the next shorter interval, the last where several have it."""
    current = interval_of(protocol, phase_id)
    if current is None:
        return None
    steps = [
        (days, place, phase)
        for place, phase in enumerate(protocol.phases)
        if not phase.on_request and (days := interval_of(protocol, phase.id)) is not None and days < current
    ]
    return max(steps, key=lambda step: step[:2])[2] if steps else None


def _interval(protocol: Protocol, series: Series) -> Fraction | None:
    if protocol.kind_of(series.visit) != "dosing" or series.each is not None:
        return None
    if series.weeks is not None:
        return Fraction(series.weeks.every * DAYS_IN_WEEK, series.weeks.count)
    target = series.gap.target if series.gap is not None else None
    if target is None:
        return None
    return Fraction(target) if isinstance(target, int) else Fraction(sum(target), len(target))
