"""Rules that a clinician overrides by name: dropped from the regimen for the visit concerned, and kept in the plan."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from kapplan.model.decisions import Override
from kapplan.model.fields import Level
from kapplan.model.plan import Plan
from kapplan.model.regimen import Limit, Regimen, TimingRule


def overridden(plan: Plan, overrides: Sequence[Override], visit_id: str | None, fixed: Collection[str]) -> Plan:
    """Return the plan without the limits of the rules named, for one visit or (``None``) for all that are open.

    Targets stay. Of rules that bind other visits to this one only those of ``fixed`` visits are dropped: open ones
    follow it. What a rule of level ``label`` says is never dropped.
    """
    if not overrides:
        return plan
    by_rule = {override.rule: override for override in overrides}
    regimen = plan.regimen

    def concerned(rule: TimingRule) -> bool:
        if rule.rule not in by_rule or rule.level == "label":
            return False
        if visit_id is None:
            return rule.visit not in fixed
        return rule.visit == visit_id or (rule.after == visit_id and rule.visit in fixed)

    return replace(
        plan,
        regimen=replace(
            regimen,
            timing=tuple(_without(rule, by_rule[rule.rule]) if concerned(rule) else rule for rule in regimen.timing),
            limits=tuple(_limits_without(regimen, by_rule, visit_id, fixed)),
        ),
        overrides=(*plan.overrides, *(one for one in overrides if one not in plan.overrides)),
    )


def _without(rule: TimingRule, override: Override) -> TimingRule:
    said = f"overridden by {override.by} on {override.on.isoformat()}: {override.why}"
    return replace(rule, min=None, max=None, text=f"{rule.text}; {said}" if rule.text else said)


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
    """Return the level of a rule by its name, the strictest where several have it; ``None`` where there is none."""
    levels = {one.level for one in regimen.timing if one.rule == rule}
    levels |= {one.level for one in regimen.limits if one.rule == rule}
    return next((level for level in _STRICTEST if level in levels), None)


_STRICTEST: tuple[Level, ...] = ("label", "protocol", "clinic", "default")
