"""The rules of the package: each is sourced, fires where it should and no sooner, and can be overridden or declined."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.library_data import IDS, measures
from support.rule_cases import (
    ALWAYS,
    INSTRUCTIONS,
    REVIEW,
    SCREENING,
    TAILORING,
    TODAY,
    TOLD_ALWAYS,
    RuleCase,
    profile,
    protocol_with,
)
from support.rule_tables import rules_tables

from kapplan.files.documents.protocol_checks import protocol_faults
from kapplan.files.library.package_data import LIBRARY
from kapplan.files.library.rules import FILES, built_in, built_in_measures, built_in_review, read_rulebook
from kapplan.files.toml.sources import SourceFile
from kapplan.model.clinic import Clinic, MinutesChange
from kapplan.model.decisions import AppliedRule
from kapplan.model.plan import Finding
from kapplan.model.profile import Profile
from kapplan.model.protocol import Protocol
from kapplan.model.rules import Instruction, Rulebook, ScreeningRule, TailoringRule
from kapplan.planning.regimen.layout import lay_out
from kapplan.planning.rules.conditions import holds_of
from kapplan.planning.rules.facts import Facts
from kapplan.planning.rules.screening import instructions, screen
from kapplan.planning.rules.tailoring import Tailored, is_told, tailor

BOOK = built_in()
REVIEWS = built_in_review()
EVERYTHING = built_in(*FILES, "instructions")
DOCS = Path(__file__).parents[2] / "docs" / "rules.md"

Side = tuple[Mapping[str, Any], Protocol, Clinic]


def sides(case: RuleCase) -> tuple[Side, Side]:
    """Return profile changes, protocol and clinic of the case that fires, and of the one that does not."""
    minutes = case.minutes or (None, None)
    clinics = [
        Clinic() if monitor is None else Clinic(minutes={"dosing": MinutesChange(monitor=monitor)})
        for monitor in minutes
    ]
    firing = protocol_with(case.protocol, case.change)
    missing = protocol_with(case.other or case.protocol, case.unchanged)
    return (case.fires, firing, clinics[0]), (case.misses, missing, clinics[1])


def found(side: Side, rule: str, **tables: Any) -> list[Finding]:
    """Return what one rule finds."""
    changes, protocol, clinic = side
    findings = screen(profile(changes, **tables), protocol, TODAY, BOOK, clinic)
    return [finding for finding in findings if finding.rule == rule]


screening_cases = pytest.mark.parametrize(
    ("rule", "case"), [(rule, case) for rule, cases in SCREENING.items() for case in cases]
)
tailoring_cases = pytest.mark.parametrize(
    ("rule", "case"), [(rule, case) for table in (TAILORING, REVIEW) for rule, cases in table.items() for case in cases]
)


instruction_cases = pytest.mark.parametrize(
    ("name", "case"), [(name, case) for name, cases in INSTRUCTIONS.items() for case in cases]
)


def screening_rule(rule_id: str) -> ScreeningRule:
    """Return a screening rule of the package."""
    return next(rule for rule in BOOK.screening if rule.id == rule_id)


def tailoring_rule(rule_id: str) -> TailoringRule:
    """Return a tailoring rule of the package."""
    return next(rule for rule in (*BOOK.tailoring, *REVIEWS.rules) if rule.id == rule_id)


def test_every_screening_rule_has_cases() -> None:
    """No screening rule of the package is without a case that fires it and one that does not."""
    assert SCREENING.keys() == {rule.id for rule in BOOK.screening}


def test_every_tailoring_rule_has_cases() -> None:
    """No tailoring rule of the package is without a case that fires it and one that does not."""
    assert TAILORING.keys() == {rule.id for rule in BOOK.tailoring}


def test_every_rule_of_reviews_has_cases() -> None:
    """No rule of review.toml is without a case that fires it and one that does not."""
    assert REVIEW.keys() == {rule.id for rule in REVIEWS.rules}


def test_every_instruction_has_cases() -> None:
    """No instruction is without a case in which it is told and one in which it is not."""
    assert INSTRUCTIONS.keys() == {one.id for one in EVERYTHING.instructions}


@pytest.mark.parametrize("table", [SCREENING, TAILORING, REVIEW, INSTRUCTIONS])
def test_every_rule_has_three_tests(table: Mapping[str, list[RuleCase]]) -> None:
    """Each rule has a case, and of each case the side that fires differs from the one that just does not.

    The tests below take every case three times: it fires, it just does not, it is overridden or declined.
    """
    for rule, cases in table.items():
        assert cases, rule
        for case in cases:
            (fires, *firing), (misses, *missing) = sides(case)
            differs = (fires, *firing, case.review) != (misses, *missing, case.no_review)
            assert differs or rule in ALWAYS | TOLD_ALWAYS, rule


def test_nothing_is_found_about_a_well_patient() -> None:
    """The patient from whom all cases begin has no finding."""
    assert screen(profile(), protocol_with("kap-standard", None), TODAY, BOOK) == ()


@screening_cases
def test_a_screening_rule_fires(rule: str, case: RuleCase) -> None:
    """The rule finds something where its condition is just met, at the level that it states."""
    (finding,) = found(sides(case)[0], rule)
    assert finding.level == screening_rule(rule).outcome
    assert not finding.not_screened
    assert "{" not in finding.text


@screening_cases
def test_a_screening_rule_just_does_not_fire(rule: str, case: RuleCase) -> None:
    """The rule finds nothing where its condition is just not met."""
    assert found(sides(case)[1], rule) == []


@screening_cases
def test_a_screening_rule_is_overridden_only_where_it_may_be(rule: str, case: RuleCase) -> None:
    """An override counts where the rule refuses or holds visits, and the finding stays; else it does not count."""
    by = {"rule": rule, "by": "Dr. Okafor", "on": TODAY, "why": "stable for two years"}
    (finding,) = found(sides(case)[0], rule, override=[by])
    allowed = screening_rule(rule).outcome == "refuse-unless-overridden" or bool(screening_rule(rule).holds)
    assert finding.overridden == allowed
    assert finding.refuses == (screening_rule(rule).outcome == "refuse")
    assert not finding.overridden or "Dr. Okafor" in finding.text


def considered(side: Side, rule: str, **tables: Any) -> tuple[AppliedRule, Tailored, Profile]:
    """Return what became of a tailoring rule, the whole course, and the profile."""
    changes, protocol, clinic = side
    patient = profile(changes, **tables)
    tailored = tailor(patient, protocol, clinic, BOOK, TODAY)
    (applied,) = [applied for applied in tailored.rules if applied.rule == rule]
    return applied, tailored, patient


def facts_of(case: RuleCase, *, firing: bool, **tables: Any) -> Facts:
    """Return what is known of one side of a case."""
    changes, protocol, clinic = sides(case)[0 if firing else 1]
    review = (case.review if firing else case.no_review) or {}
    return Facts(
        profile=profile(changes, **tables), protocol=protocol, today=TODAY, rules=BOOK, clinic=clinic, review=review
    )


def holds(case: RuleCase, rule: str, *, firing: bool) -> bool | None:
    """Tell whether a rule speaks of a case."""
    return holds_of(tailoring_rule(rule), facts_of(case, firing=firing)).holds


@tailoring_cases
def test_a_tailoring_rule_fires(rule: str, case: RuleCase) -> None:
    """The rule speaks of a case where its condition is just met, and changes a new plan where that is its use."""
    assert holds(case, rule, firing=True) is True
    if tailoring_rule(rule).used_by == "tailor":
        applied, _, _ = considered(sides(case)[0], rule)
        assert applied.state == "applied"
        assert case.effect in applied.effect


@tailoring_cases
def test_a_tailoring_rule_just_does_not_fire(rule: str, case: RuleCase) -> None:
    """The rule is silent where its condition is just not met."""
    if rule in ALWAYS:
        return
    assert holds(case, rule, firing=False) is not True
    if tailoring_rule(rule).used_by == "tailor":
        applied, _, _ = considered(sides(case)[1], rule)
        assert applied.state == "not-applicable"


@tailoring_cases
def test_a_tailoring_rule_can_be_declined(rule: str, case: RuleCase) -> None:
    """Turned off in the profile a rule changes nothing, and says what it would have changed."""
    if tailoring_rule(rule).used_by != "tailor":
        turned_off = {"tailoring": {"without": [rule]}}
        assert is_told(tailoring_rule(rule), facts_of(case, firing=True))
        assert not is_told(tailoring_rule(rule), facts_of(case, firing=True, **turned_off))
        return
    every = [one.id for one in BOOK.tailoring]
    applied, tailored, patient = considered(sides(case)[0], rule, tailoring={"without": every})
    assert applied.state == "declined"
    assert case.effect in applied.effect
    assert tailored.regimen == lay_out(sides(case)[0][1], patient, sides(case)[0][2])


def told(side: Side, **tables: Any) -> dict[str, Instruction]:
    """Return what is told around the visits of a case, by its names."""
    changes, protocol, clinic = side
    found = instructions(profile(changes, **tables), protocol, TODAY, EVERYTHING, clinic)
    return {one.id: one for one in found}


@instruction_cases
def test_an_instruction_is_told(name: str, case: RuleCase) -> None:
    """The instruction is told where its condition is just met."""
    assert name in told(sides(case)[0])


@instruction_cases
def test_an_instruction_just_is_not_told(name: str, case: RuleCase) -> None:
    """The instruction is not told where its condition is just not met; what every dose has is told of both."""
    assert (name in told(sides(case)[1])) == (name in TOLD_ALWAYS)


@instruction_cases
def test_an_instruction_is_declined_unless_it_is_the_label_s(name: str, case: RuleCase) -> None:
    """A profile goes without an instruction by its name; without one of a label it never goes."""
    fires = sides(case)[0]
    without = {"tailoring": {"without": [name]}}
    assert (name in told(fires, **without)) == (told(fires)[name].level == "label")
    assert told(fires).keys() - told(fires, **without).keys() <= {name}


@tailoring_cases
def test_a_tailored_protocol_is_a_protocol(rule: str, case: RuleCase) -> None:
    """What rules make of a protocol contradicts nothing in it, so that a plan's own copy of it can be read again."""
    if tailoring_rule(rule).used_by == "tailor":
        _, tailored, _ = considered(sides(case)[0], rule)
        assert list(protocol_faults(tailored.protocol, measures().measures)) == []


@pytest.mark.parametrize("name", [*FILES, "instructions"])
def test_the_package_s_rules_pass_the_strict_reader(name: str) -> None:
    """What is read in haste from the package is what the strict reader makes of it."""
    path = LIBRARY / f"{name}.toml"
    before = FILES[: FILES.index(name)] if name in FILES else FILES
    under = built_in(*before) if before else None
    strict = read_rulebook(SourceFile(name=path.name, data=path.read_bytes()), under)
    hasty = built_in(name)
    bare_of_sources: dict[str, Any] = {
        "sources": {}, "screening": (), "tailoring": (), "instructions": (), "elsewhere": (), "known_by": {}
    }  # fmt: skip
    assert replace(strict, **bare_of_sources) == replace(hasty, **bare_of_sources)
    assert {what: key.partition(":")[2] for what, key in hasty.known_by.items()} == strict.known_by
    for rows in ("screening", "tailoring", "instructions", "elsewhere"):
        bare = [replace(row, source=row.source.partition(":")[2]) for row in getattr(hasty, rows)]
        assert bare == list(getattr(strict, rows))
    assert {key.partition(":")[2]: source for key, source in hasty.sources.items()} == strict.sources


def test_measures_read_in_haste_are_those_of_the_strict_reader() -> None:
    """The package's measures are the same by either way of reading."""
    assert built_in_measures() == measures()


def sourced(book: Rulebook) -> list[Any]:
    """Return everything of a file of rules that has a source."""
    return [*book.screening, *book.instructions, *book.elsewhere, *book.tailoring]


def test_every_rule_has_a_source_with_a_mark() -> None:
    """Each rule names a source that cites something and says how well it is known."""
    for rule in sourced(EVERYTHING):
        source = EVERYTHING.sources[rule.source]
        assert source.cite.strip()
        assert source.mark in {"C", "S", "M", "D"}


def test_no_source_is_unused() -> None:
    """Each source of the rules' files is the source of some rule, or of the drugs' classes and equivalents."""
    used = {rule.source for rule in sourced(EVERYTHING)} | {*EVERYTHING.known_by.values()}
    assert EVERYTHING.sources.keys() == used


def test_only_contraindications_of_the_label_allow_no_override() -> None:
    """What refuses without an override is a rule of the label."""
    assert {rule.level for rule in BOOK.screening if rule.outcome == "refuse"} == {"label"}


def test_a_default_of_ours_claims_no_publication() -> None:
    """A rule of level protocol never rests on a default of ours."""
    for rule in BOOK.screening:
        mark = BOOK.sources[rule.source].mark
        assert rule.level != "protocol" or mark != "D", rule.id


def test_every_fact_is_encoded() -> None:
    """H1 to H30, M1 to M10, T1 to T32 and the later facts each have a rule, or a place that holds them.

    Codes for bills (N20) and a guidance of which only the date is known (N24) lead to nothing that is planned.
    """
    wanted = {f"H{n}" for n in range(1, 31)} | {f"M{n}" for n in range(1, 11)} | {f"T{n}" for n in range(1, 33)}
    wanted |= {f"N{n}" for n in range(1, 25)} - {"N20", "N24"}
    assert wanted <= {fact for rule in sourced(EVERYTHING) for fact in rule.facts}


def test_what_rules_name_is_there() -> None:
    """Protocols, measures and questions that rules name exist."""
    applied = [rule.applies for rule in EVERYTHING.screening]
    applied += [rule.applies for rule in EVERYTHING.tailoring]
    applied += [one.applies for one in EVERYTHING.instructions]
    assert {protocol for applies in applied for protocol in applies.protocols} <= set(IDS)
    for one in BOOK.tailoring:
        assert {*one.favours, *one.against} <= set(IDS)
        for effect in one.effects:
            more = effect.measures.add if effect.measures is not None else ()
            often = effect.often.measures if effect.often is not None else ()
            assert {*more, *often} <= measures().measures.keys()


def test_no_sentence_names_a_dose_to_give() -> None:
    """No rule tells a starting dose; milligrams appear only where they are what the patient takes already, or a cap."""
    for rule in BOOK.tailoring:
        assert not re.search(r"\d+ mg", rule.text) or "diazepam" in rule.text


def test_the_documentation_lists_every_rule(request: pytest.FixtureRequest) -> None:
    """The tables of docs/rules.md are those that the data make; ``pytest --update`` makes them anew."""
    begin, end = "<!-- rules: made from the data -->\n", "\n<!-- end of rules -->"
    before, _, rest = DOCS.read_text(encoding="utf-8").partition(begin)
    shown, _, after = rest.partition(end)
    made = rules_tables(EVERYTHING)
    if request.config.getoption("--update"):
        DOCS.write_text(f"{before}{begin}{made}{end}{after}", encoding="utf-8", newline="\n")
        return
    assert shown == made
