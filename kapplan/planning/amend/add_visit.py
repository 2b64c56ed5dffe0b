"""A visit that somebody adds to a course, of a kind its protocol knows, with the rules that the protocol gives it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from operator import attrgetter

from kapplan.dataclass import dataclass, replace
from kapplan.errors import UsageError
from kapplan.model.clinic import Clinic
from kapplan.model.plan import Plan, PlannedVisit, begins_course
from kapplan.model.protocol import Anchor, Phase, Protocol, Series, Window
from kapplan.model.regimen import Limit, Regimen, RegimenVisit, TimingRule
from kapplan.model.terms import DOSES
from kapplan.planning.amend.replacements import PREREQUISITES, next_number
from kapplan.planning.phrases.words import listed
from kapplan.planning.regimen.layout import regimen_visit
from kapplan.planning.regimen.same_day import ONE_A_DAY
from kapplan.planning.regimen.series import Node
from kapplan.planning.regimen.timing import WEIGHT_OF_COURSE, WEIGHT_OF_FOLLOW_UP, bound_by, rule_name
from kapplan.planning.residual.remaining import rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """The plan with a new visit in its regimen, still without a date, and that visit's id.

    What accompanies it by its protocol (the integration of a booster) is in the regimen too.
    """

    plan: Plan
    visit: str


def add_visit(
    plan: Plan,
    protocol: Protocol,
    kind: str,
    *,
    clinic: Clinic | None = None,
    day: date | None = None,
    behind: str | None = None,
) -> Added:
    """Return the plan with one more visit of a kind, or of a type, that the protocol has.

    From a phase on request it has that phase's rules; one that accompanies doses comes after the last dose given, or
    the last before its ``day``, and binds no other visit. Else it goes on from the last of its kind, or, where its
    ``day`` is given, keeps the least distance from its neighbours of that kind; ``behind`` names one that has no date
    yet. A dose before all others comes after what the first one waits for. One that makes up for one that was lost,
    before the next that stands, belongs to that one's phase and keeps its distances: what follows need not move for
    it. ``UsageError`` where the protocol has none.
    """
    made_up = None if day is None else _made_up(plan, kind, day)
    phase, series = _origin(plan, protocol, kind) if made_up is None else _origin_of(plan, protocol, kind, made_up)
    kind_of_visit = protocol.kind_of(series.visit)
    node = Node(
        phase=phase,
        series=series,
        type=protocol.visits[series.visit],
        kind=kind_of_visit,
        tier="follow-up" if phase.follow_up else "course",
        index=0,
        number=next_number(plan, kind_of_visit),
    )
    lost = {visit.id for visit in plan.visits if visit.is_lost}
    standing = [visit for visit in plan.regimen.visits if visit.id not in lost]
    timing = tuple(_timing(plan, standing, node, day, made_up))
    if behind is not None and not node.phase.on_request:
        timing = tuple(replace(rule, after=behind) if rule.visit == node.id else rule for rule in timing)
    anchored = {rule.after for rule in timing if rule.visit == node.id}
    anchors = [visit for visit in standing if visit.id in anchored]
    gates = [gate for visit in anchors for gate in (*visit.awaits, *((visit.id,) if visit.gate else ()))]
    if _begins(plan, node, day) and (first := _first_of_course(plan.regimen)) is not None:
        gates += first.awaits
    nominal = max((visit.nominal for visit in anchors or standing), default=0)
    new = regimen_visit(node, clinic, nominal, tuple(dict.fromkeys(gates)))
    with_it = replace(plan, regimen=_with(plan.regimen, protocol, new, timing))
    return Added(plan=_accompanied(with_it, protocol, node, new, clinic), visit=new.id)


def _origin(plan: Plan, protocol: Protocol, kind: str) -> tuple[Phase, Series]:
    """Return the series that a visit of a kind or type comes from: one on request before any other.

    What accompanies a visit on request comes with it alone, unless the protocol has the kind nowhere else.
    """
    alike = [
        (phase, series)
        for phase in protocol.phases
        for series in phase.series
        if kind in {series.visit, protocol.visits[series.visit].kind}
    ]
    fitting = [pair for pair in alike if not (pair[0].on_request and pair[1].each is not None)] or alike
    on_request = [pair for pair in fitting if pair[0].on_request and pair[1].each is None]
    in_course = {visit.phase for visit in plan.regimen.visits}
    gone_through = [pair for pair in fitting if pair[0].id in in_course]
    if fitting:
        return (on_request or gone_through[::-1] or fitting)[0]
    known = {protocol.kind_of(series.visit) for phase in protocol.phases for series in phase.series}
    raise UsageError(f'{protocol.id} has no visits of the kind "{kind}"', hint=f"it has {listed(sorted(known))}")


def _made_up(plan: Plan, kind: str, day: date) -> PlannedVisit | None:
    """Return the dose that a new one on a day makes up for: the last that was lost, where none stands between."""
    doses = sorted(
        (visit for visit in plan.visits if visit.kind == kind and visit.kind in DOSES), key=attrgetter("day")
    )
    before = [visit for visit in doses if visit.day <= day]
    return before[-1] if before and before[-1].is_lost else None


def _origin_of(plan: Plan, protocol: Protocol, kind: str, lost: PlannedVisit) -> tuple[Phase, Series]:
    """Return the series of a dose that was lost, where the protocol still has it, else where others come from."""
    type_of_lost = next((visit.type for visit in plan.regimen.visits if visit.id == lost.id), None)
    fitting = (
        (phase, series)
        for phase in protocol.phases
        for series in phase.series
        if (phase.id, series.visit) == (lost.phase, type_of_lost)
    )
    return next(fitting, None) or _origin(plan, protocol, kind)


# Timing


def _timing(
    plan: Plan, standing: Sequence[RegimenVisit], node: Node, day: date | None, made_up: PlannedVisit | None
) -> Iterator[TimingRule]:
    alike = [visit for visit in standing if visit.kind == node.kind]
    if node.series.each is not None:
        yield from _beside(plan, standing, node, day)
        return
    if node.phase.on_request:
        yield from _on_request(standing, node)
        return
    if node.kind in PREREQUISITES:
        yield from _before_doses(plan, alike, node)
    if _begins(plan, node, day):
        yield from _as_the_first(plan.regimen, standing, node)
    template = _template(plan.regimen, alike) if made_up is None else _template_of(plan.regimen, made_up.phase)
    if template is None:
        return
    dated = sorted((visit for visit in plan.visits if visit.id in {one.id for one in alike}), key=attrgetter("day"))
    before = [visit.id for visit in dated if day is None or visit.day <= day]
    after = [visit.id for visit in dated if day is not None and visit.day > day]
    if before and day is None:
        yield replace(template, visit=node.id, after=before[-1])
    elif before and template.min is not None:
        yield replace(template, visit=node.id, after=before[-1], target=None, max=None, weight=0)
    if after and template.min is not None:
        yield replace(template, visit=after[0], after=node.id, target=None, max=None, weight=0)


def _begins(plan: Plan, node: Node, day: date | None) -> bool:
    """Tell whether a dose that is added for a day comes before every other that was or will be given."""
    first = begins_course(plan.visits)
    return node.kind in DOSES and day is not None and (first is None or day < first.day)


def _as_the_first(regimen: Regimen, standing: Sequence[RegimenVisit], node: Node) -> Iterator[TimingRule]:
    """Yield that a dose with which the course begins comes after all that was to come before the first one."""
    first, there = _first_of_course(regimen), {visit.id for visit in standing if visit.kind in PREREQUISITES}
    for rule in regimen.timing:
        if first is not None and rule.after == first.id and rule.visit in there and (rule.max or 0) < 0:
            yield replace(rule, after=node.id, target=None, weight=0)
        elif first is not None and rule.visit == first.id and rule.after in there and (rule.min or 0) > 0:
            yield replace(rule, visit=node.id, target=None, weight=0)


def _first_of_course(regimen: Regimen) -> RegimenVisit | None:
    """Return the first dose of a course, or the one that stands in for it."""
    first = regimen.first_dose
    in_place = {visit.replaces: visit for visit in regimen.visits if visit.replaces is not None}
    while first is not None and first.id in in_place:
        first = in_place[first.id]
    return first


def _beside(plan: Plan, standing: Sequence[RegimenVisit], node: Node, day: date | None) -> Iterator[TimingRule]:
    """Yield that a visit which accompanies doses comes after the one it is added for, at the least distance.

    It has no target and no latest day: what is added by name pulls nothing towards it.
    """
    series = node.series
    if series.each is None or series.gap is None or series.gap.min is None:
        return
    kinds = DOSES if series.each.visit in DOSES else {series.each.visit}
    there = {visit.id for visit in standing}
    accompanied = sorted(
        (visit for visit in plan.visits if visit.id in there and visit.kind in kinds), key=attrgetter("day")
    )
    before = [visit for visit in accompanied if (not visit.open if day is None else visit.day < day)]
    anchor = before[-1:] or (accompanied[:1] if day is None else [])
    for visit in anchor:
        yield replace(_rule(node, "gap", visit.id, series.gap), target=None, max=None, weight=0)


def _before_doses(plan: Plan, alike: Sequence[RegimenVisit], node: Node) -> Iterator[TimingRule]:
    """Yield that the next dose comes after a new visit of a kind for which the course's doses wait."""
    ids = {visit.id for visit in alike}
    ahead = {visit.id: visit.start for visit in plan.visits if visit.open and visit.kind in DOSES}
    waiting = [
        rule for rule in plan.regimen.timing if rule.after in ids and rule.visit in ahead and rule.min is not None
    ]
    rule = min(waiting, key=lambda one: ahead[one.visit], default=None)
    if rule is not None:
        yield replace(rule, after=node.id, target=None, max=None, weight=0)


def _template(regimen: Regimen, alike: Sequence[RegimenVisit]) -> TimingRule | None:
    """Return the rule between neighbours of a kind, of the last phase that has one."""
    ids = {visit.id for visit in alike}
    found = [rule for row in rows(regimen) for rule in row if rule.visit in ids]
    return found[-1] if found else None


def _template_of(regimen: Regimen, phase: str) -> TimingRule | None:
    """Return the rule between neighbours of a phase, else of the whole course, that leaves the fewest days."""
    phases = {visit.id: visit.phase for visit in regimen.visits if visit.kind in DOSES}
    found = [rule for row in rows(regimen) for rule in row if rule.visit in phases and rule.min is not None]
    own = [rule for rule in found if phases.get(rule.visit) == phases.get(rule.after) == phase]
    return min(own or found, key=lambda rule: rule.min or 0, default=None)


def _on_request(standing: Sequence[RegimenVisit], node: Node) -> Iterator[TimingRule]:
    """Yield the rules of a phase on request: from its anchor, and from the visit of that phase before."""
    series = node.series
    earlier = [visit for visit in standing if visit.phase == node.phase.id and visit.kind == node.kind]
    if earlier and series.gap is not None:
        yield _rule(node, "gap", earlier[-1].id, series.gap)
    anchor = None if series.after is None else _anchor(standing, series.after)
    window = series.lead or series.gap
    if anchor is not None and window is not None and not (earlier and series.gap is not None):
        yield _rule(node, "lead" if series.lead else "gap", anchor.id, window)
    for number, extra in enumerate(series.rules, start=1):
        bound = _anchor(standing, extra.after)
        if bound is not None and (extra.which == "each" or not earlier):
            yield _rule(node, f"rule-{number}", bound.id, extra)

    for companion in _companions(node):
        with_earlier = [visit for visit in standing if (visit.phase, visit.type) == (node.phase.id, companion.visit)]
        if companion.before_next is not None and with_earlier:
            yield _rule(replace(node, series=companion), "before-next", with_earlier[-1].id, companion.before_next)


def _anchor(standing: Sequence[RegimenVisit], anchor: Anchor) -> RegimenVisit | None:
    kind = anchor.first or anchor.last or anchor.visit
    fitting = [visit for visit in standing if visit.kind == kind and anchor.of in {None, visit.phase}]
    if anchor.number is not None:
        return fitting[anchor.number - 1] if anchor.number <= len(fitting) else None
    return None if not fitting else fitting[0] if anchor.first else fitting[-1]


def _rule(node: Node, name: str, after: str, window: Window) -> TimingRule:
    weight = WEIGHT_OF_FOLLOW_UP if node.tier == "follow-up" else WEIGHT_OF_COURSE
    return bound_by(window, rule_name(node.phase, node.series, name), node.id, after, weight)


# What accompanies it


def _companions(node: Node) -> Iterator[Series]:
    """Yield the series of a phase on request whose visits accompany each of a node's kind."""
    for series in node.phase.series if node.phase.on_request else ():
        if series.each is not None and series.each.visit == node.kind and series.each.numbers is None:
            yield series


def _accompanied(plan: Plan, protocol: Protocol, node: Node, dose: RegimenVisit, clinic: Clinic | None) -> Plan:
    """Return the plan with what accompanies a new visit of a phase on request: it waits for what that one waits for."""
    for series in _companions(node):
        kind = protocol.kind_of(series.visit)
        beside = replace(
            node, series=series, type=protocol.visits[series.visit], kind=kind, of=node, number=next_number(plan, kind)
        )
        timing = [] if series.gap is None else [_rule(beside, "gap", dose.id, series.gap)]
        new = regimen_visit(beside, clinic, dose.nominal + 1, dose.awaits)
        plan = replace(plan, regimen=_with(plan.regimen, protocol, new, timing))
    return plan


# Limits


def _with(regimen: Regimen, protocol: Protocol, new: RegimenVisit, timing: Sequence[TimingRule]) -> Regimen:
    place = next((n for n, visit in enumerate(regimen.visits) if visit.nominal > new.nominal), len(regimen.visits))
    return replace(
        regimen,
        visits=(*regimen.visits[:place], new, *regimen.visits[place:]),
        timing=(*regimen.timing, *timing),
        limits=tuple(_limits(regimen, protocol, new)),
    )


def _limits(regimen: Regimen, protocol: Protocol, new: RegimenVisit) -> Iterator[Limit]:
    """Yield the limits with the new visit in those that concern its kind."""
    concerned = {
        limit.id
        for limit in protocol.limits
        if new.kind in (limit.apart or ()) or (limit.cap is not None and new.kind in limit.cap.visits)
    }
    kinds: dict[str, str] = {visit.id: visit.kind for visit in regimen.visits}
    apart = {visit for visit, kind in kinds.items() if not _may_share(protocol, new.kind, kind)}
    covered: set[str] = set()
    written = {limit.id for limit in protocol.limits}
    for limit in regimen.limits:
        of_day = limit.one_a_day and limit.rule not in written and set(limit.visits) <= apart
        if of_day:
            covered.update(limit.visits)
        yield replace(limit, visits=(*limit.visits, new.id)) if of_day or limit.rule in concerned else limit
    for visit in kinds:
        if visit in apart and visit not in covered:
            yield Limit(rule=ONE_A_DAY, type="distinct_days", visits=(visit, new.id))


def _may_share(protocol: Protocol, one: str, other: str) -> bool:
    """Return whether the protocol lets two kinds fall on one day."""

    def shares(kind: str) -> set[str]:
        return {
            shared
            for phase in protocol.phases
            for series in phase.series
            if protocol.kind_of(series.visit) == kind
            for shared in series.shares_day_with
        }

    return other in shares(one) or one in shares(other)
