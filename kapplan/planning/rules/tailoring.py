"""Tailoring: a protocol becomes the regimen of one patient, every change with its rule and its source.

The rules are data (``library/tailoring.toml``, and the clinic's own); their effects stay within the protocol's limits.
"""

from __future__ import annotations

from datetime import date

from kapplan.dataclass import dataclass, replace
from kapplan.model.clinic import Clinic
from kapplan.model.decisions import AppliedRule, RuleState
from kapplan.model.profile import Profile
from kapplan.model.protocol import Protocol, is_verified
from kapplan.model.regimen import Regimen
from kapplan.model.rules import Rulebook, TailoringRule
from kapplan.model.terms import NO_NAMES, MeasureNames
from kapplan.planning.phrases.words import listed
from kapplan.planning.regimen.layout import lay_out
from kapplan.planning.rules.changed_course import Cause, Course
from kapplan.planning.rules.condition_words import why_silent
from kapplan.planning.rules.conditions import Verdict, holds_of
from kapplan.planning.rules.effects import apply
from kapplan.planning.rules.facts import Facts, key_of
from kapplan.planning.rules.screening import filled, is_off_label, source_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Tailored:
    """A protocol as it is for one patient, its course without dates, and every rule that was considered.

    ``off_label`` says whether this patient's use is: no label covers the course, or its label not this patient.
    ``clinic`` has the lengths of visits that rules made longer.
    """

    protocol: Protocol
    clinic: Clinic
    regimen: Regimen
    rules: tuple[AppliedRule, ...] = ()
    off_label: bool = True


def tailor(
    profile: Profile,
    protocol: Protocol,
    clinic: Clinic,
    rules: Rulebook,
    today: date | None = None,
    *,
    names: MeasureNames = NO_NAMES,
) -> Tailored:
    """Return the course of a patient, with every rule for new plans: applied, declined or not applicable.

    ``today`` is the day from which ages and durations count; without it they are not known. ``names`` are
    what people call the measures.
    """
    facts = Facts(profile=profile, protocol=protocol, today=today, rules=rules, clinic=clinic)
    course = Course(protocol=protocol, clinic=clinic, profile=profile, names=names)
    considered = []
    for rule in rules.tailoring:
        if rule.used_by == "tailor":
            course, applied = _considered(rule, course, facts, rules)
            considered.append(applied)
    regimen = lay_out(course.protocol, profile, course.clinic)
    return Tailored(
        protocol=course.protocol,
        clinic=course.clinic,
        regimen=replace(regimen, measuring=course.measuring),
        rules=tuple(considered),
        off_label=is_off_label(facts, rules),
    )


def is_told(rule: TailoringRule, facts: Facts) -> bool:
    """Tell whether a rule of suggestions or reviews speaks: it holds, and the profile has not turned it off."""
    return rule.id not in facts.profile.tailoring.without and holds_of(rule, facts).holds is True


def _considered(rule: TailoringRule, course: Course, facts: Facts, rules: Rulebook) -> tuple[Course, AppliedRule]:
    """Return the course after a rule, and what became of the rule."""

    def record(state: RuleState, effect: str) -> AppliedRule:
        return AppliedRule(
            rule=rule.id,
            effect=effect,
            text=filled(rule.text, facts) if verdict.holds else rule.text,
            source=source_text(rule.source, rules.sources),
            state=state,
            verified=is_verified(rule.source, rules.sources),
        )

    verdict = holds_of(rule, facts)
    if not verdict.holds:
        return course, record("not-applicable", _why_not(rule, verdict, facts))
    changed, words = _apply_all(rule, course, rules)
    if changed is None:
        return course, record("not-applicable", f"nothing changes: {words}")
    wanted = facts.profile.tailoring
    if rule.id in wanted.without or (rule.frame and wanted.frame == "none"):
        return course, record("declined", f"would have changed: {words}")
    return changed, record("applied", words)


def _apply_all(rule: TailoringRule, course: Course, rules: Rulebook) -> tuple[Course | None, str]:
    """Return the course with all effects of a rule that the protocol allows, and in words what changed or why not."""
    key = f"rule-{rule.id}"
    cause = Cause(rule=rule.id, text=rule.text, source=key)
    done, kept = [], []
    after = course
    for effect in rule.effects:
        change = apply(effect, after, cause)
        if change.course is None:
            kept.append(change.words)
        else:
            after = change.course
            done.append(change.words)
    if not done:
        return None, "; ".join(kept)
    sources = {**after.protocol.sources, key: rules.sources[rule.source]}
    refused = [f"but {words}" for words in kept]
    return replace(after, protocol=replace(after.protocol, sources=sources)), "; ".join([*done, *refused])


def _why_not(rule: TailoringRule, verdict: Verdict, facts: Facts) -> str:
    if verdict.holds is False:
        return f"does not apply: it {why_silent(rule, facts)}"
    return f"not known: {listed(dict.fromkeys(key_of(name) or name for name in verdict.missing))}"
