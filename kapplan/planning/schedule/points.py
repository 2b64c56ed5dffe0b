"""What speaks for and against a course for a patient: rules, whom it was studied in, what trials did not find."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from kapplan.dataclass import dataclass
from kapplan.model.fields import Strength
from kapplan.model.plan import Finding
from kapplan.model.profile import Profile
from kapplan.model.protocol import Protocol, Source, is_verified
from kapplan.model.rules import Rulebook, TailoringRule
from kapplan.planning.phrases.words import listed
from kapplan.planning.rules.facts import Facts, Value
from kapplan.planning.rules.screening import filled, source_text
from kapplan.planning.rules.tailoring import is_told

_ADULT = 18
"""Years of age at which one is no adolescent any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One thing that speaks for or against a protocol, its source and how strong that is.

    ``weighs`` tells whether it is evidence against the course for patients such as this one, and so counts in the
    order; what is only told does not.
    """

    side: Literal["for", "against"]
    about: str
    text: str
    source: str
    strength: Strength | None = None
    verified: bool = True
    weighs: bool = False


def of_rules(facts: Facts, rules: Rulebook) -> Iterator[Point]:
    """Yield what the rules for suggestions say of a protocol."""
    protocol = facts.protocol.id
    for rule in rules.tailoring:
        named = protocol in rule.favours or protocol in rule.against
        if rule.used_by == "suggest" and named and is_told(rule, facts):
            yield point_of(rule, facts, rules, against=protocol in rule.against)


def point_of(rule: TailoringRule, facts: Facts, rules: Rulebook, *, against: bool = False) -> Point:
    """Return what a rule says as a point, for or against."""
    return Point(
        side="against" if against else "for",
        about=rule.id,
        text=filled(rule.text, facts),
        source=source_text(rule.source, rules.sources),
        strength=rules.sources[rule.source].strength,
        verified=is_verified(rule.source, rules.sources),
        weighs=rules.sources[rule.source].mark != "D",
    )


def of_study(profile: Profile, protocol: Protocol, age: Value | None) -> Iterator[Point]:
    """Yield how the patient compares with those for whom the course was made or studied."""
    main = _main_source(protocol)
    source, verified = ("", False) if main is None else (_cited(main), main.verified)

    def point(side: Literal["for", "against"], about: str, text: str, *, weighs: bool = False) -> Point:
        return Point(
            side=side, about=about, text=text, source=source, strength=protocol.strength, verified=verified,
            weighs=weighs,
        )  # fmt: skip

    diagnoses, goal = profile.history.diagnoses, profile.goals.primary
    both = [name for name in diagnoses or () if name in protocol.indications]
    if both:
        yield point("for", "indication", f"It is for {listed(both)}, which is stated.")
    elif diagnoses is not None and protocol.indications:
        stated = f"{listed(diagnoses)} is stated" if diagnoses else "no diagnosis is"
        yield point("against", "indication", f"It is for {listed(protocol.indications)}; {stated}.")
    suits = protocol.suits
    if goal is not None and suits.goals:
        fits = goal in suits.goals
        text = f"Its aim is {listed(suits.goals)}" + (", as the patient's." if fits else f"; the patient's is {goal}.")
        yield point("for" if fits else "against", "goal", text)
    prior, veteran = profile.history.prior_ketamine, profile.history.veteran
    if prior is not None and suits.prior_ketamine:
        fits = prior in suits.prior_ketamine
        who = f"It was made for patients with prior ketamine: {listed(suits.prior_ketamine)}"
        text = f"{who}, as here." if fits else f"{who}; here: {prior}."
        yield point("for" if fits else "against", "prior-ketamine", text, weighs=not fits)
    if veteran is not None and suits.veteran is not None:
        fits = veteran == suits.veteran
        who = "veterans" if suits.veteran else "civilians"
        text = f"It was studied in {who}, as the patient is." if fits else f"It was studied in {who} only."
        yield point("for" if fits else "against", "veteran", text, weighs=not fits)
    if suits.under_18 and not (isinstance(age, int) and age < _ADULT):
        yield point("against", "age", "It was studied in adolescents only.", weighs=True)
    if protocol.result is not None:
        found = protocol.result.finding
        yield point("against", "result", f"Its own trial was {found}: {protocol.result.text}", weighs=found != "mixed")


def of_null_trials(protocol: Protocol, route: str | None, doses: int, protocols: Iterable[Protocol]) -> Iterator[Point]:
    """Yield what trials of courses like this one did not find: told beside what speaks for it, and not weighed.

    A course is like another that gives the same drug by the same route more than once for one of its diagnoses.
    """
    for other in protocols:
        result, source = other.result, _main_source(other)
        if result is None or result.finding == "mixed" or other.id == protocol.id or source is None:
            continue
        alike = (other.drug, other.route) == (protocol.drug, route) and doses > 1
        if alike and set(other.indications) & set(protocol.indications):
            yield Point(
                side="against", about=other.id, text=result.text, source=_cited(source), strength=other.strength,
                verified=source.verified,
            )  # fmt: skip


def _main_source(protocol: Protocol) -> Source | None:
    """Return the source that gives a protocol its strength, else its first."""
    sources = list(protocol.sources.values())
    return next((source for source in sources if source.strength == protocol.strength), next(iter(sources), None))


def _cited(source: Source) -> str:
    return source_text("", {"": source})


def of_route(profile: Profile, protocol: Protocol) -> Iterator[Point]:
    """Yield that another route is asked for than the course is given by."""
    asked = profile.treatment.route
    known = (protocol.route,) if protocol.route is not None else protocol.routes
    if asked is not None and known and asked not in known:
        text = f"It is given {listed(known)}; {asked} is asked for."
        yield Point(side="against", about="route", text=text, source="the profile")


def of_findings(findings: Iterable[Finding]) -> Iterator[Point]:
    """Yield what screening warns of, and what refuses; what is not screened speaks for nothing."""
    for finding in findings:
        if not finding.safety and not finding.not_screened and not finding.overridden:
            yield Point(
                side="against", about=finding.rule, text=finding.text, source=finding.source, verified=finding.verified
            )
