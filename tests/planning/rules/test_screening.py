"""Screening: all findings at once, in order, and what each state of a profile leads to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from support.rule_cases import Change, profile, taking

from kapplan.errors import RefusedError
from kapplan.files.documents.protocols import load_protocol, protocol_ids
from kapplan.files.library.rules import built_in
from kapplan.model.decisions import Override
from kapplan.model.plan import Finding
from kapplan.model.profile import Patient, Profile, Treatment
from kapplan.model.protocol import Source
from kapplan.model.rules import Condition, DueTask, Instruction, Question, ScreeningRule
from kapplan.planning.rules.facts import Facts
from kapplan.planning.rules.screening import (
    filled,
    instructions,
    is_declined,
    key_of_rule,
    refuse,
    screen,
    source_text,
    unfit,
)

TODAY = date(2027, 1, 4)
BOOK = built_in()
RESISTANT: Change = {"history.diagnoses": ["trd"], "history.failed_antidepressants": 2}
"""What the label of esketamine asks of a patient."""


def findings(changes: Change | None = None, protocol: str = "kap-standard", **tables: Any) -> tuple[Finding, ...]:
    """Return what is found about the well patient with some keys changed."""
    return screen(profile(changes or {}, **tables), load_protocol(protocol), TODAY, BOOK)


def test_all_findings_are_listed() -> None:
    """Every rule that fires is listed, whatever else refuses."""
    found = findings({
        "history.conditions": ["psychosis", "aneurysmal-vascular-disease", "porphyria"], "travel.escort": "none"
    })  # fmt: skip
    assert [finding.rule for finding in found] == [
        "aneurysmal-vascular-disease", "psychosis", "no-escort", "porphyria",
    ]  # fmt: skip


def test_safety_comes_first() -> None:
    """Safety notices stand before everything else, and what refuses before what warns."""
    found = findings({"symptoms.phq9_item9": 3, "history.conditions": ["psychosis"], "symptoms.bp": "150/95"})
    assert [finding.rule for finding in found] == ["phq9-item9", "psychosis", "blood-pressure"]
    assert [finding.safety for finding in found] == [True, False, False]


@pytest.mark.parametrize("answer", [1, 2, 3])
def test_item_nine_is_a_notice_whatever_the_total(answer: int) -> None:
    """Any answer but 0 to item 9 is a safety notice, even with a total near nothing."""
    (found,) = findings({"symptoms.phq9": answer, "symptoms.phq9_item9": answer})
    assert found.safety
    assert not found.refuses


@pytest.mark.parametrize("protocol", sorted({*protocol_ids()} - {"dwyer-2021"}))
def test_of_nothing_stated_nothing_refuses(protocol: str) -> None:
    """A profile that says nothing is refused by no course but the one for minors; what it leaves out is asked for."""
    empty = Profile(patient=Patient(id="p"), treatment=Treatment(protocol=protocol))
    found = screen(empty, load_protocol(protocol), TODAY, BOOK)
    assert not [finding for finding in found if finding.refuses]
    asked = {finding.key for finding in found if finding.not_screened}
    assert {"history.conditions", "history.medications", "symptoms.phq9_item9", "history.pregnancy"} <= asked


def test_what_is_left_out_is_asked_for_once() -> None:
    """A key that many rules need is one finding, with what to ask, and holds the doses."""
    (found,) = findings({"history.conditions": None})
    assert found.rule == "not-screened.history.conditions"
    assert found.not_screened
    assert found.level == "warn"
    assert found.holds == ("dosing", "booster")
    assert "psychosis" in found.source


def test_an_empty_list_says_none() -> None:
    """An empty list is an answer: nothing is asked, nothing is found."""
    assert findings({"history.conditions": [], "history.medications": []}) == ()


def test_what_no_rule_needs_is_not_asked() -> None:
    """REMS enrolment is asked for esketamine only, the YMRS only where bipolar disorder is known."""
    assert findings({"history.rems_enrolled": None, "symptoms.ymrs": None}) == ()
    asked = findings({"history.rems_enrolled": None, **RESISTANT}, protocol="esketamine-trd")
    assert [finding.key for finding in asked] == ["history.rems_enrolled"]
    bipolar = {"history.diagnoses": ["mdd", "bipolar-depression"], "symptoms.ymrs": None, **taking("lithium")}
    assert [finding.key for finding in findings(bipolar)] == ["symptoms.ymrs"]


def test_a_benzodiazepine_without_a_dose_is_asked_for() -> None:
    """A benzodiazepine without its dose is not screened for its threshold; bromazepam has no known equivalent."""
    without = {"history.medications": [{"name": "diazepam"}]}
    assert "not-screened.history.medications.daily_mg" in [finding.rule for finding in findings(without)]
    other = {"history.medications": [{"name": "bromazepam"}]}
    assert [finding.rule for finding in findings(other)] == ["benzodiazepine", "benzodiazepine-no-equivalent"]


def test_a_sentence_shows_what_was_stated() -> None:
    """Fields in braces are replaced by the profile's values."""
    (found,) = findings({"symptoms.bp": "141/70"})
    assert found.text.startswith("Blood pressure 141/70:")
    (unknown,) = findings({"history.medications": [{"name": "Zyloxol"}, {"name": "Elixir"}]})
    assert unknown.text == "Not screened, since no rule knows the name: Zyloxol and Elixir."


def test_the_clinic_s_lengths_are_screened() -> None:
    """Monitoring cut short by a clinic is refused for esketamine, and no override helps."""
    from kapplan.model.clinic import Clinic, MinutesChange

    clinic = Clinic(minutes={"dosing": MinutesChange(monitor=60)})
    found = screen(profile(RESISTANT), load_protocol("esketamine-trd"), TODAY, BOOK, clinic)
    assert [(finding.rule, finding.level) for finding in found] == [("monitoring-too-short", "refuse")]


@pytest.mark.parametrize("level", ["refuse", "refuse-unless-overridden"])
def test_refusing_lists_every_reason(level: Any) -> None:
    """The error names each refusing rule, its sentence and what would change it; warnings alone raise nothing."""
    one = Finding(rule="one", level=level, text="First.", source="a", change="This")
    two = replace(one, rule="two", text="Second.")
    warning = replace(one, rule="three", level="warn")
    refuse([warning, replace(one, overridden=True), replace(one, not_screened=True)])
    with pytest.raises(RefusedError) as raised:
        refuse([warning, one, two])
    lines = raised.value.message.splitlines()
    assert [line.split(":")[0] for line in lines] == ["one", "two"]
    assert all("What would change it: This." in line for line in lines)
    assert raised.value.exit_code == 4


def test_instructions_are_those_of_the_course_and_the_patient() -> None:
    """Handouts are told what this drug, route and patient need, and nothing else."""
    book = built_in("screening", "instructions")

    def told(protocol: str, changes: Change | None = None) -> set[str]:
        return {one.id for one in instructions(profile(changes or {}), load_protocol(protocol), TODAY, book)}

    assert {"no-food", "no-drink", "no-nasal-spray", "site-and-staff"} <= told("esketamine-trd")
    assert "no-food" not in told("kap-standard")
    assert "fasting-solids" in told("kap-standard")
    assert "fasting-solids" not in told("journey-clinical")
    assert "somebody-at-home" in told("hull-2022")
    assert "blood-pressure-first" not in told("hull-2022")
    assert {"somebody-at-home", "blood-pressure-first", "ride-home"} <= told("r107-2024")
    assert "somebody-at-home" not in told("kap-standard")
    assert "hold-stimulant" in told("kap-standard", taking("methylphenidate"))
    assert "abstinent-at-the-visit" in told("kare-2022")


# Rules made up for one law each

OURS = Source(cite="Ours", mark="D")
ON = date(2027, 1, 3)


def rule(name: str, outcome: Any = "warn", **rest: Any) -> ScreeningRule:
    """Return a rule that always holds, unless ``when`` says otherwise."""
    return ScreeningRule(id=name, outcome=outcome, text=f"{name} is so.", source="ours", **rest)


def told(*rules: ScreeningRule, overridden: str | None = None, **rest: Any) -> tuple[Finding, ...]:
    """Return what made-up rules find about the well patient."""
    book = replace(BOOK, screening=rules, sources={"ours": OURS}, questions=rest.pop("questions", {}))
    patient = profile(rest)
    if overridden is not None:
        patient = replace(patient, override=(Override(rule=overridden, by="Dr. A", on=ON, why="Seen."),))
    return screen(patient, load_protocol("kap-standard"), TODAY, book)


def test_findings_are_told_by_what_they_ask_of_their_reader() -> None:
    """Notices first, then what refuses, what was overridden, what is not screened, and last what warns."""
    missing = rule("e", when=Condition(field="symptoms.phq9", at_least=3), ask=True)
    found = told(
        rule("z"), missing, rule("y", "refuse-unless-overridden"), rule("x", "refuse"), rule("w", safety=True),
        overridden="y", **{"symptoms.phq9": None},
    )  # fmt: skip
    assert [one.rule for one in found] == ["w", "x", "y", "not-screened.symptoms.phq9", "z"]
    assert [one.refuses for one in found] == [False, True, False, False, False]


def test_a_refusal_tells_the_notices_with_it_and_no_warning() -> None:
    """Whoever is refused still reads what is urgent."""
    with pytest.raises(RefusedError) as raised:
        refuse(told(rule("z"), rule("x", "refuse"), rule("w", safety=True)))
    assert [line.partition(":")[0] for line in raised.value.message.splitlines()] == ["SAFETY", "x"]
    refuse(told(rule("z"), rule("w", safety=True)))


@pytest.mark.parametrize(
    ("outcome", "holds", "counts"),
    [
        ("refuse-unless-overridden", (), True),
        ("warn", ("dosing",), True),
        ("warn", (), False),
        ("refuse", (), False),
        ("refuse", ("dosing",), False),
    ],
)
def test_an_override_counts_where_the_rule_allows_one_and_else_says_so(
    outcome: str, holds: tuple[str, ...], counts: bool
) -> None:
    """Who, when and why stand beside the finding; one that does not count changes nothing but its words."""
    (found,) = told(rule("x", outcome, holds=holds), overridden="x")
    assert found.overridden == counts
    if counts:
        assert found.text == "x is so. Overridden by Dr. A on 2027-01-03: Seen."
        assert not found.refuses
    else:
        assert found.text == "x is so. Dr. A's override does not count: this rule allows none."
    (plain,) = told(rule("x", outcome, holds=holds), overridden="another")
    assert (plain.text, plain.overridden) == ("x is so.", False)


def test_a_warning_that_another_finding_says_is_left_out_and_a_refusal_never() -> None:
    """Only a rule that holds covers others, and it covers warnings alone."""
    covers = rule("all", covers=("one", "two"))
    assert [one.rule for one in told(rule("one"), rule("two", "refuse"), covers)] == ["two", "all"]
    never = replace(covers, when=Condition(field="symptoms.phq9", at_least=99))
    assert [one.rule for one in told(rule("one"), never)] == ["one"]


@pytest.mark.parametrize(
    ("ask", "ask_when", "is_asked"),
    [
        (True, None, True),
        (False, None, False),
        (True, Condition(field="symptoms.gad7", at_least=3), True),
        (True, Condition(field="symptoms.gad7", at_least=21), False),
        (True, Condition(field="symptoms.ymrs", at_least=3), False),
    ],
)
def test_what_is_left_out_is_asked_for_where_the_rule_says_so(
    ask: bool, ask_when: Condition | None, is_asked: bool
) -> None:
    """A rule asks where its own condition for asking is known to hold; one finding names all rules that need a key."""
    needs = {"when": Condition(field="symptoms.phq9", at_least=3), "ask": ask, "ask_when": ask_when}
    found = told(rule("a", **needs), rule("b", **needs), **{"symptoms.phq9": None, "symptoms.ymrs": None})
    assert bool(found) == is_asked
    if is_asked:
        (asked,) = found
        assert asked.text == "`symptoms.phq9` is not stated: what depends on it is not screened."
        assert (asked.key, asked.change) == ("symptoms.phq9", "Ask and state `symptoms.phq9`")
        assert asked.source == "needed by a and b"
        assert (asked.not_screened, asked.left_out, asked.holds) == (True, True, ("dosing", "booster"))


def test_a_question_has_its_own_words() -> None:
    """Where the book knows how to ask for a key, it is asked so, and holds what the question holds."""
    question = Question(text="How low?", change="Ask for it", holds=("preparation",))
    needs = rule("a", when=Condition(field="symptoms.phq9", at_least=3), ask=True)
    (found,) = told(needs, questions={"symptoms.phq9": question}, **{"symptoms.phq9": None})
    assert (found.text, found.change, found.holds) == ("How low?", "Ask for it", ("preparation",))


def test_a_finding_carries_its_task_its_source_and_what_it_says_of_whom_the_course_is_for() -> None:
    """All that a rule says reaches its finding; ours is never told as verified."""
    x = rule("x", task=DueTask(text="Call", due_days=-3), change="Rest", unfit="criteria")
    (found,) = told(x)
    assert (found.task, found.task_days, found.change, found.source, found.verified) == (
        "Call", -3, "Rest", "Ours", False,
    )  # fmt: skip
    (plain,) = told(rule("y"))
    assert (plain.task, plain.task_days, plain.key) == (None, 0, None)
    book = replace(BOOK, screening=(x, rule("y")))
    assert unfit([found, plain], book) == {"criteria"}
    assert unfit([plain], book) == frozenset()


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (Source(cite="A", mark="S", doi="10.1/x", pmid="7"), "A (doi:10.1/x)"),
        (Source(cite="A", mark="S", pmid="7", registration="NCT1"), "A (PMID 7)"),
        (Source(cite="A", mark="S", registration="NCT1"), "A (NCT1)"),
        (Source(cite="A", mark="S"), "A"),
    ],
)
def test_a_source_is_shown_with_its_best_link(source: Source, words: str) -> None:
    """A DOI before a PMID before a registration; without any, as it is cited."""
    assert source_text("a", {"a": source}) == words


@pytest.mark.parametrize(
    ("field", "key", "found"),
    [
        ("symptoms.phq9", None, "symptoms.phq9"),
        ("symptoms.phq9", "history.conditions", "history.conditions"),
        ("protocol.indicated", None, None),
    ],
)
def test_a_finding_leads_to_the_key_it_is_read_from(field: str, key: str | None, found: str | None) -> None:
    """The rule's own key first, else that of its condition; what is the protocol's is no key of a profile."""
    assert key_of_rule(rule("a", when=Condition(field=field, stated=True), key=key)) == found


def test_nobody_goes_without_what_a_label_asks() -> None:
    """A profile declines an instruction by its name, unless it is the label's."""
    patient = profile({"tailoring.without": ["a"]}, tailoring={})
    ours = Instruction(id="a", text="Rest.", source="ours")
    assert is_declined(ours, patient)
    assert not is_declined(replace(ours, id="b"), patient)
    assert not is_declined(replace(ours, level="label"), patient)


def test_numbers_and_lists_are_filled_in_as_they_are_said() -> None:
    """A list with an and, a whole number without a point."""
    patient = profile({"history.diagnoses": ["mdd", "ptsd"], "travel.distance_miles": 12})
    facts = Facts(profile=patient, protocol=load_protocol("kap-standard"), today=TODAY, rules=BOOK)
    assert filled("{history.diagnoses}; {symptoms.phq9}; {travel.distance_miles}.", facts) == "mdd and ptsd; 14; 12."
