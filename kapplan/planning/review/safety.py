"""Safety: the latest scores of a plan, screened afresh by the screening rules; they may propose to hold the course."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from kapplan.model.basis import Basis
from kapplan.model.plan import Finding, Plan
from kapplan.model.profile import Symptoms
from kapplan.model.rules import NOT_SCREENED
from kapplan.planning.review.proposals import Draft
from kapplan.planning.rules import scoring as outcomes
from kapplan.planning.rules.screening import key_of_rule, screen

_TABLE = "symptoms."


def safety_notices(plan: Plan, basis: Basis, today: date) -> tuple[Finding, ...]:
    """Return what the latest scores say of safety: notices first, then what was scored without its part.

    A notice stands until the same question is answered again: a later total alone clears nothing. A total without its
    item 9 is told as not screened.
    """
    scores = latest_scores(plan, today)
    found = _screened(scores, basis, today)
    asked = {rule.id: key_of_rule(rule) or "" for rule in basis.rules.screening}
    notices = [finding for finding in found if finding.safety and asked.get(finding.rule, "").startswith(_TABLE)]
    spoken_of = {finding.key for finding in notices}
    values = {measure: value for measure, value in scores.items() if f"{_TABLE}{measure}" not in spoken_of}
    alerts = outcomes.safety_notices(basis.measures, values)
    fresh = {measure: value for measure, value in scores.items() if measure not in _outdated_parts(plan, basis, today)}
    missing = found if len(fresh) == len(scores) else _screened(fresh, basis, today)
    return (*notices, *alerts, *_unanswered(missing, basis, fresh))


def _screened(scores: Mapping[str, int | str], basis: Basis, today: date) -> tuple[Finding, ...]:
    profile = replace(basis.profile, symptoms=_symptoms(scores, today))
    return screen(profile, basis.protocol, today, basis.rules, basis.clinic)


def latest_scores(plan: Plan, today: date) -> dict[str, int | str]:
    """Return the last value of each measure."""
    return {
        score.measure: score.value for score in sorted(plan.scores, key=lambda score: score.on) if score.on <= today
    }


def _outdated_parts(plan: Plan, basis: Basis, today: date) -> set[str]:
    """Return the measures that are part of another one which was scored again without them."""
    days = {score.measure: score.on for score in sorted(plan.scores, key=lambda score: score.on) if score.on <= today}
    parts = {measure: scale.part_of for measure, scale in basis.measures.measures.items()}
    return {part for part, whole in parts.items() if whole in days and part in days and days[part] < days[whole]}


def hold_drafts(plan: Plan, basis: Basis, today: date) -> Iterator[Draft]:
    """Yield the proposal to hold the course where a safety notice refuses it."""
    if plan.held:
        return
    overridden = {override.rule for override in (*plan.overrides, *basis.profile.override)}
    answered = max((score.on for score in plan.scores if score.on <= today), default=None)
    for finding in safety_notices(plan, basis, today):
        if finding.safety and finding.level != "warn" and finding.rule not in overridden:
            yield Draft(
                rule=finding.rule,
                text=f"{finding.text} Hold the course.",
                effect="hold",
                source=finding.source,
                verified=finding.verified,
                on=answered,
            )


def _unanswered(found: tuple[Finding, ...], basis: Basis, scores: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the findings that a part is missing of what was scored."""
    for measure, scale in basis.measures.measures.items():
        if scale.part_of in scores and measure not in scores:
            rule = f"{NOT_SCREENED}.{_TABLE}{measure}"
            yield from (finding for finding in found if finding.rule == rule)


def _symptoms(scores: Mapping[str, int | str], today: date) -> Symptoms:
    known: dict[str, Any] = {name: scores[name] for name in Symptoms.__dataclass_fields__ if name in scores}
    return Symptoms(**{**known, "on": today})
