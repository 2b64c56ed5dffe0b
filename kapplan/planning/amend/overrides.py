"""Rules that a clinician overrides by name: dropped from the regimen for the visit concerned, and kept in the plan."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from kapplan.dataclass import replace
from kapplan.errors import UsageError
from kapplan.model.decisions import Override
from kapplan.model.fields import Level
from kapplan.model.plan import Plan
from kapplan.model.regimen import Limit, Regimen, TimingRule
from kapplan.planning.problem.problem import FIRST_DOSE, START
from kapplan.planning.residual.spacing import is_between_doses, least_name


def overridden(plan: Plan, overrides: Sequence[Override], visit_id: str | None, fixed: Collection[str]) -> Plan:
    """Return the plan without the limits of the rules named, for one visit or (``None``) for all that are open.

    Targets stay. Of a gap between doses a name lifts the maximum alone; its minimum has a name of its own, ending in
    ``.min``. Of rules that bind other visits to this one only those of ``fixed`` visits are dropped: open ones
    follow it. What a rule of level ``label`` says is never dropped.
    """
    if not overrides:
        return plan
    return replace(
        plan,
        regimen=eased(plan.regimen, overrides, visit_id, fixed),
        overrides=(*plan.overrides, *(one for one in overrides if one not in plan.overrides)),
    )


def eased(
    regimen: Regimen, overrides: Sequence[Override], visit_id: str | None = None, fixed: Collection[str] = ()
) -> Regimen:
    """Return a course without the limits of the rules named, as ``overridden`` does for a plan."""
    if not overrides:
        return regimen
    by_rule = {override.rule: override for override in overrides}

    def concerned(rule: TimingRule) -> bool:
        if not {rule.rule, least_name(rule.rule)} & set(by_rule) or rule.level == "label":
            return False
        if visit_id is None:
            return rule.visit not in fixed or rule.after not in fixed
        return rule.visit == visit_id or (rule.after == visit_id and rule.visit in fixed)

    return replace(
        regimen,
        timing=tuple(_eased(regimen, rule, by_rule) if concerned(rule) else rule for rule in regimen.timing),
        limits=tuple(_limits_without(regimen, by_rule, visit_id, fixed)),
    )


def check_names(regimen: Regimen, overrides: Iterable[Override], screening: Collection[str]) -> None:
    """Raise ``UsageError`` where an override of a new plan names no rule of its course or of ``screening``.

    So it does of a rule of the product's label, which nobody overrides.
    """
    timed = {one.rule for one in regimen.timing}
    known = {*screening, *timed, *(one.rule for one in regimen.limits), START, FIRST_DOSE}
    known |= {least_name(one.rule) for one in regimen.timing if is_between_doses(regimen, one)}
    for override in overrides:
        if level_of(regimen, override.rule) == "label":
            raise UsageError(f"{override.rule} is a rule of the product's label, which is never overridden")
        if override.rule not in known:
            from difflib import get_close_matches

            near = get_close_matches(override.rule, sorted(known), 1)
            hint = f"did you mean {near[0]}?" if near else "`kapplan plan PROFILE --format problem` names them"
            raise UsageError(f"neither screening nor this course has a rule called {override.rule}", hint=hint)


def _eased(regimen: Regimen, rule: TimingRule, by_rule: Mapping[str, Override]) -> TimingRule:
    """Return a rule without the bounds that are overridden, and by whom."""
    least, whole = by_rule.get(least_name(rule.rule)), by_rule.get(rule.rule)
    apart = is_between_doses(regimen, rule)
    said = "; ".join(f"overridden by {one.by} on {one.on.isoformat()}: {one.why}" for one in (whole, least) if one)
    return replace(
        rule,
        min=None if least is not None or (whole is not None and not apart) else rule.min,
        max=None if whole is not None else rule.max,
        text=f"{rule.text}; {said}" if rule.text else said,
    )


def _limits_without(
    regimen: Regimen, by_rule: Mapping[str, Override], visit_id: str | None, fixed: Collection[str]
) -> Iterator[Limit]:
    for limit in regimen.limits:
        if limit.rule not in by_rule or limit.level == "label":
            yield limit
            continue
        dropped = {visit_id} if visit_id is not None else set(limit.visits) - set(fixed)
        visits = tuple(visit for visit in limit.visits if visit not in dropped)
        if visits:
            yield replace(limit, visits=visits)


def level_of(regimen: Regimen, rule: str) -> Level | None:
    """Return the level of what a name overrides, of several the strictest; ``None`` where there is none."""
    named: tuple[TimingRule | Limit, ...] = (*regimen.timing, *regimen.limits)
    levels = {one.level for one in named if rule in {one.rule, least_name(one.rule)}}
    return next((level for level in _STRICTEST if level in levels), None)


_STRICTEST: tuple[Level, ...] = ("label", "protocol", "clinic", "default")
