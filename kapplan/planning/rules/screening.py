"""Screening: what speaks against scheduling this patient, every finding with its source.

The rules are data (``library/screening.toml``). Only what a profile states can refuse; what it leaves out and a rule
asks for is a finding of its own, one for each key of the profile.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from kapplan.errors import RefusedError
from kapplan.model.clinic import Clinic
from kapplan.model.decisions import Override
from kapplan.model.plan import Finding
from kapplan.model.profile import Profile
from kapplan.model.protocol import Protocol, Source, is_verified
from kapplan.model.rules import NOT_SCREENED, Instruction, Question, Rulebook, ScreeningRule
from kapplan.planning.phrases.words import finding_line, listed
from kapplan.planning.rules.conditions import applies, evaluate, fields_of, holds_of, words_of
from kapplan.planning.rules.facts import Facts, derived, key_of

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_.-]*)\}")


def screen(
    profile: Profile, protocol: Protocol, today: date, rules: Rulebook, clinic: Clinic | None = None
) -> tuple[Finding, ...]:
    """Return every finding: safety notices first, then what refuses, what is overridden, not screened, warned of.

    ``clinic`` gives the lengths of visits that differ from the protocol's.
    """
    facts = Facts(profile=profile, protocol=protocol, today=today, rules=rules, clinic=clinic)
    overrides = {override.rule: override for override in profile.override}
    found: list[Finding] = []
    covered: set[str] = set()
    unanswered: dict[str, list[ScreeningRule]] = {}
    for rule in rules.screening:
        verdict = holds_of(rule, facts)
        if verdict.holds:
            found.append(_finding(rule, facts, rules.sources, overrides.get(rule.id)))
            covered.update(rule.covers)
        elif verdict.holds is None and _asks(rule, facts):
            for key in dict.fromkeys(key for name in verdict.missing if (key := key_of(name)) is not None):
                unanswered.setdefault(key, []).append(rule)
    found = [finding for finding in found if finding.rule not in covered or finding.level != "warn"]
    found += [_question(key, asking, rules) for key, asking in unanswered.items()]
    return in_order(found)


def refuse(findings: Sequence[Finding]) -> None:
    """Raise ``RefusedError`` where a finding refuses and is not overridden; its message lists every one that does."""
    refusing = [finding for finding in findings if finding.refuses]
    if refusing:
        shown = [finding for finding in findings if finding.safety or finding.refuses]
        raise RefusedError("\n".join(finding_line(finding) for finding in shown))


def unspoken(profile: Profile, protocol: Protocol, rules: Rulebook) -> tuple[str, ...]:
    """Return, in sentences, what is stated and no rule speaks of: common drugs, and diagnoses beside the course's own.

    Drugs are known names, so that unknown ones stand out. Where the course is for nothing that the patient has, a
    finding says so in place of a sentence here.
    """
    facts = Facts(profile=profile, protocol=protocol, today=None, rules=rules)
    told = []
    if drugs := facts.unspoken:
        told.append(f"No rule here speaks of {listed(drugs)}; the prescriber reviews all medications.")
    if beside := _beside(facts, rules):
        told.append(f"This course is not for {listed(beside)}, and no rule here speaks of that.")
    return tuple(told)


def _beside(facts: Facts, rules: Rulebook) -> tuple[str, ...]:
    """Return the diagnoses beside those that the course is for of which no rule speaks."""
    stated, protocol = facts.profile.history.diagnoses or (), facts.protocol
    others = [one for one in stated if one not in protocol.indications]
    if not others or not protocol.indications or not facts.value("protocol.indicated"):
        return ()
    asked = [*(rule.when for rule in rules.screening), *(rule.when for rule in rules.tailoring)]
    named = {word for condition in asked for word in words_of(condition)}
    return tuple(one for one in others if one not in named)


def unfit(findings: Iterable[Finding], rules: Rulebook) -> frozenset[str]:
    """Return in what the patient is not one of those for whom the course is: ``diagnosis``, ``criteria``."""
    about = {rule.id: rule.unfit for rule in rules.screening}
    return frozenset(reason for finding in findings if (reason := about.get(finding.rule)) is not None)


def is_off_label(facts: Facts, rules: Rulebook) -> bool:
    """Tell whether this patient's use is off-label: no label covers the course, or the label not this patient."""
    return facts.protocol.off_label or any(
        holds_of(rule, facts).holds for rule in rules.screening if rule.unfit is not None
    )


def instructions(
    profile: Profile, protocol: Protocol, today: date, rules: Rulebook, clinic: Clinic | None = None
) -> tuple[Instruction, ...]:
    """Return what this patient and their clinic do at visits: of the rules that speak of them, those that hold.

    What the profile goes without is left out.
    """
    facts = Facts(profile=profile, protocol=protocol, today=today, rules=rules, clinic=clinic)
    held = [(protocol.kind_of(name), visit.place) for name, visit in protocol.visits.items()]
    return tuple(
        one
        for one in rules.instructions
        if any(one.holds_at(kind, place) for kind, place in held)
        and applies(one.applies, facts).holds
        and evaluate(one.when, facts).holds
        and not is_declined(one, profile)
    )


def is_declined(one: Instruction, profile: Profile) -> bool:
    """Tell whether a profile goes without an instruction; nobody goes without those of a label."""
    return one.level != "label" and one.id in profile.tailoring.without


def source_text(key: str, sources: Mapping[str, Source]) -> str:
    """Return a source as findings and applied rules show it."""
    source = sources[key]
    link = f"doi:{source.doi}" if source.doi else f"PMID {source.pmid}" if source.pmid else source.registration
    return f"{source.cite} ({link})" if link else source.cite


def filled(text: str, facts: Facts) -> str:
    """Return a sentence with the values of the fields that it names in braces."""

    def value(match: re.Match[str]) -> str:
        found = facts.value(match[1])
        if isinstance(found, tuple):
            return listed(str(item) for item in found)
        return f"{found:g}" if isinstance(found, float) else str(found)

    return _PLACEHOLDER.sub(value, text)


def placeholders(text: str) -> tuple[str, ...]:
    """Return the fields that a sentence names in braces."""
    return tuple(_PLACEHOLDER.findall(text))


def key_of_rule(rule: ScreeningRule) -> str | None:
    """Return the profile's key that a finding of a rule is read from."""
    own = (name for name in fields_of(rule.when) if (known := derived(name)) is None or not known.of_protocol)
    keys = (key_of(name) for name in own)
    return rule.key or next((key for key in keys if key is not None), None)


def _asks(rule: ScreeningRule, facts: Facts) -> bool:
    return rule.ask and (rule.ask_when is None or evaluate(rule.ask_when, facts).holds is True)


def _finding(rule: ScreeningRule, facts: Facts, sources: Mapping[str, Source], override: Override | None) -> Finding:
    allowed = rule.outcome == "refuse-unless-overridden" or (rule.outcome == "warn" and bool(rule.holds))
    overridden = allowed and override is not None
    text = filled(rule.text, facts)
    if override is not None and overridden:
        text = f"{text} Overridden by {override.by} on {override.on.isoformat()}: {override.why}"
    elif override is not None:
        text = f"{text} {override.by}'s override does not count: this rule allows none."
    return Finding(
        rule=rule.id,
        level=rule.outcome,
        text=text,
        source=source_text(rule.source, sources),
        safety=rule.safety,
        key=key_of_rule(rule),
        change=rule.change,
        overridden=overridden,
        holds=rule.holds,
        verified=is_verified(rule.source, sources),
        task=rule.task.text if rule.task is not None else None,
        task_days=rule.task.due_days if rule.task is not None else 0,
    )


def _question(key: str, rules: Iterable[ScreeningRule], rulebook: Rulebook) -> Finding:
    """Return the finding that a key which rules need is left out."""
    asking = [rule.id for rule in rules]
    plain = Question(
        text=f"`{key}` is not stated: what depends on it is not screened.", change=f"Ask and state `{key}`"
    )
    question = rulebook.questions.get(key, plain)
    return Finding(
        rule=f"{NOT_SCREENED}.{key}",
        level="warn",
        text=question.text,
        source=f"needed by {listed(asking)}",
        key=key,
        change=question.change,
        not_screened=True,
        left_out=True,
        holds=question.holds,
    )


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings as they are told: notices, what refuses, what was overridden, is not screened, and warnings."""
    return tuple(sorted(findings, key=_rank))


def _rank(finding: Finding) -> int:
    ranks = (finding.safety, finding.refuses, finding.overridden, finding.not_screened)
    return next((rank for rank, holds in enumerate(ranks) if holds), len(ranks))
