"""Conditions: three outcomes, and which fields decide."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from support.rule_cases import Change, profile, taking

from kapplan.files.documents.protocols import load_protocol
from kapplan.files.library.rules import built_in, read_rulebook
from kapplan.files.toml.sources import SourceFile
from kapplan.model.rules import Applies, Condition, Test
from kapplan.planning.rules.conditions import Verdict, applies, evaluate, fields_of, words_of
from kapplan.planning.rules.facts import Facts, key_of

TODAY = date(2027, 1, 4)


def facts(changes: Change | None = None, protocol: str = "kap-standard", today: date | None = TODAY) -> Facts:
    """Return the well patient's facts, with some keys changed."""
    return Facts(
        profile=profile(changes or {}), protocol=load_protocol(protocol), today=today,
        rules=built_in(),
    )  # fmt: skip


def condition(toml: str) -> Condition:
    """Return a condition as a person writes it."""
    text = f"""
    [sources]
    s = {{ cite = "made up", mark = "D" }}
    [[screening]]
    id = "made-up"
    outcome = "warn"
    text = "made up"
    source = "s"
    {toml}
    """
    return read_rulebook(SourceFile.of_text(text), built_in("screening")).screening[0].when


def outcome(toml: str, **changes: Any) -> bool | None:
    """Return whether a condition holds of the well patient with some keys changed (``history__veteran=True``)."""
    return evaluate(condition(toml), facts({key.replace("__", "."): value for key, value in changes.items()})).holds


PREGNANT = 'when = { field = "history.pregnancy", is = "yes" }'


@pytest.mark.parametrize(("stated", "holds"), [("yes", True), ("no", False), (None, None)])
def test_a_test_has_three_outcomes(stated: str | None, holds: bool | None) -> None:
    """A test is true, false, or unknown where the profile leaves its field out."""
    assert outcome(PREGNANT, history__pregnancy=stated) is holds


@pytest.mark.parametrize(
    ("toml", "holds"),
    [
        ('when = { field = "symptoms.phq9", at_least = 14 }', True),
        ('when = { field = "symptoms.phq9", at_least = 15 }', False),
        ('when = { field = "symptoms.phq9", at_most = 14 }', True),
        ('when = { field = "symptoms.phq9", at_most = 13 }', False),
        ('when = { field = "symptoms.phq9", above = 13 }', True),
        ('when = { field = "symptoms.phq9", above = 14 }', False),
        ('when = { field = "symptoms.phq9", below = 15 }', True),
        ('when = { field = "symptoms.phq9", below = 14 }', False),
        ('when = { field = "symptoms.phq9", at_least = 14, at_most = 14 }', True),
        ('when = { field = "symptoms.phq9", at_least = 10, below = 14 }', False),
        ('when = { field = "history.veteran", is = false }', True),
        ('when = { field = "goals.primary", in = ["insight", "sobriety"] }', True),
        ('when = { field = "goals.primary", in = ["insight"] }', False),
        ('when = { field = "history.diagnoses", has_any = ["trd", "mdd"] }', True),
        ('when = { field = "history.diagnoses", has_all = ["trd", "mdd"] }', False),
        ('when = { field = "history.medications", stated = true }', True),
        ('when = { field = "history.conditions", nonempty = true }', False),
        ('when = { field = "history.conditions", nonempty = false }', True),
        ('when = { field = "symptoms.caps5", stated = false }', True),
        ('when = { field = "age", at_least = 39, below = 40 }', True),
        ('when = { field = "bp.systolic", is = 128 }', True),
        ('when = { field = "bp.diastolic", is = 82 }', True),
        ('when = { field = "days_since.symptoms", is = 2 }', True),
        ('when = { field = "protocol.route", is = "im" }', True),
        ('when = { field = "protocol.doses_a_week", is = 2 }', True),
        ('when = { field = "protocol.least_gap", is = 3 }', True),
        ('when = { field = "protocol.kinds", has_all = ["screening", "booster"] }', True),
        ('when = { field = "dosing.total", is = 180 }', True),
        ("", True),
    ],
)
def test_operators(toml: str, holds: bool) -> None:
    """Each thing that can be asked of a field holds at its limit and not beyond."""
    assert outcome(toml) is holds


UNKNOWN = '{ field = "symptoms.caps5", at_least = 30 }'
TRUE = '{ field = "symptoms.phq9", at_least = 1 }'
FALSE = '{ field = "symptoms.phq9", at_least = 27 }'


@pytest.mark.parametrize(
    ("toml", "holds"),
    [
        (f"when.all = [{TRUE}, {UNKNOWN}]", None),
        (f"when.all = [{FALSE}, {UNKNOWN}]", False),
        (f"when.all = [{TRUE}, {TRUE}]", True),
        (f"when.any = [{TRUE}, {UNKNOWN}]", True),
        (f"when.any = [{FALSE}, {UNKNOWN}]", None),
        (f"when.any = [{FALSE}, {FALSE}]", False),
        (f"when.not = {UNKNOWN}", None),
        (f"when.not = {FALSE}", True),
        (f"when.all = [{{ any = [{FALSE}, {TRUE}] }}, {{ not = {FALSE} }}]", True),
        (f"when.any = [{{ all = [{TRUE}, {UNKNOWN}] }}, {{ not = {TRUE} }}]", None),
    ],
)
def test_logic_of_three_values(toml: str, holds: bool | None) -> None:
    """One false clause settles ``all``, one true clause settles ``any``, and nothing else hides what is unknown."""
    assert outcome(toml) is holds


def test_what_is_missing_is_named() -> None:
    """An unknown outcome names the fields that it waits for, and only those."""
    asked = condition(f"when.all = [{TRUE}, {UNKNOWN}, {{ field = 'symptoms.ymrs', below = 5 }}]")
    assert evaluate(asked, facts()) == Verdict(None, ("symptoms.caps5",))


@pytest.mark.parametrize(
    ("born", "age"), [(date(2009, 1, 4), 18), (date(2009, 1, 5), 17), (date(2008, 2, 29), 18), (date(1987, 3, 14), 39)]
)
def test_age_counts_from_the_birthday(born: date, age: int) -> None:
    """Age is whole years, one more on the birthday itself."""
    assert facts({"patient.birth_date": born, "treatment.start": None}).value("age") == age


@pytest.mark.parametrize(
    ("changes", "age"),
    [
        ({"treatment.start": date(2027, 1, 19)}, 17),
        ({"treatment.start": date(2027, 1, 20)}, 18),
        ({"treatment.start": date(2026, 1, 20)}, 17),
        ({"treatment.start": None}, 17),
        ({"treatment.first_dose": date(2027, 1, 20)}, 18),
    ],
)
def test_age_counts_on_the_first_dose(changes: dict[str, Any], age: int) -> None:
    """Age is that of the first dose: its fixed day, else the first day that it could fall on, never a past one."""
    assert facts({"patient.birth_date": date(2009, 1, 20), **changes}).value("age") == age


def test_age_counts_on_a_first_dose_that_was_given() -> None:
    """Of a patient in mid-course age counts on the first dose that was given."""
    given = [{"kind": "preparation", "on": date(2026, 1, 1)}, {"kind": "dosing", "on": date(2026, 12, 1)}]
    arrived = profile({"patient.birth_date": date(2008, 12, 1)}, given=given)
    assert Facts(profile=arrived, protocol=load_protocol("kap-standard"), today=TODAY).value("age") == 18


def test_ages_are_unknown_without_a_day() -> None:
    """Without a day to count from, ages and durations are unknown."""
    assert facts(today=None).value("age") is None


@pytest.mark.parametrize("name", ["Lorazepam", "lorazepam 1 mg", "LORAZEPAM-ratiopharm"])
def test_a_drug_is_known_by_its_word(name: str) -> None:
    """A medication is of a class where one of its words is a name of the class, whatever the case."""
    assert facts(taking(name, 2)).value("medications.classes") == ("benzodiazepine",)
    assert facts(taking(name, 2)).value("medications.daily_mg.lorazepam") == 2


def test_a_part_of_a_word_is_no_drug() -> None:
    """``lithium`` is not named by ``lithiumish``."""
    assert facts(taking("lithiumish")).value("medications.unknown") == ("lithiumish (lithium?)",)


def test_a_dose_left_out_is_unknown_and_a_drug_not_taken_is_none() -> None:
    """The milligrams of a drug are unknown without a dose, and 0 where it is not taken."""
    without = {"history.medications": [{"name": "diazepam"}]}
    assert facts(without).value("medications.daily_mg.diazepam") is None
    assert facts().value("medications.daily_mg.diazepam") == 0
    assert facts({"history.medications": None}).value("medications.daily_mg.diazepam") is None


def test_the_newest_of_a_class_counts() -> None:
    """Of two drugs of a class the one begun last counts; if one's beginning is unknown, so is the whole."""
    two: list[dict[str, Any]] = [
        {"name": "sertraline", "since": date(2026, 1, 1)}, {"name": "bupropion", "since": date(2026, 12, 25)}
    ]  # fmt: skip
    assert facts({"history.medications": two}).value("medications.days_since_start.antidepressant") == 10
    del two[0]["since"]
    assert facts({"history.medications": two}).value("medications.days_since_start.antidepressant") is None


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        (Applies(), True),
        (Applies(drugs=("ketamine",), routes=("im", "iv")), True),
        (Applies(drugs=("esketamine",)), False),
        (Applies(settings=("home",)), False),
        (Applies(protocols=("kap-standard", "feder-2025")), True),
    ],
)
def test_to_whom_a_rule_applies(rule: Applies, holds: bool) -> None:
    """A rule applies where drug, route, setting and protocol are all among those that it names."""
    assert applies(rule, facts()).holds is holds


def test_a_protocol_counts_as_the_one_it_extends() -> None:
    """A rule for a protocol applies to those that extend it."""
    assert applies(Applies(protocols=("murrough-2013",)), facts(protocol="shiroma-2014")).holds is True


def test_a_route_left_open_is_unknown() -> None:
    """Where neither protocol nor profile says the route, a rule for a route is unknown."""
    assert applies(Applies(routes=("sl",)), facts({"treatment.route": None})) == Verdict(None, ("protocol.route",))
    assert key_of("protocol.route") == "treatment.route"


def test_fields_and_words_of_a_condition() -> None:
    """A condition tells which fields it asks for and which words it looks for, in its order."""
    asked = condition(
        'when.all = [{ field = "history.conditions", has_any = ["mania"] }, { not = { field = "age", below = 18 } }]'
    )
    assert fields_of(asked) == ("history.conditions", "age")
    assert words_of(asked) == ("mania",)


def test_an_unknown_field_is_no_value() -> None:
    """A field that there is not is a mistake of the program, not a fact that is left out."""
    with pytest.raises(KeyError):
        facts().value("history.nothing")


def test_only_common_drugs_that_no_rule_speaks_of_are_unspoken() -> None:
    """A drug of a class with a rule is spoken of, a common drug is not; a name that nobody knows is neither."""
    common = next(names[0] for key, names in built_in().common.items() if key not in built_in().medications)
    stated = [{"name": name} for name in ("lorazepam", common, "no-such-drug")]
    assert facts({"history.medications": stated}).unspoken == (common,)


def test_below_another_field_means_less_than_it_and_says_nothing_of_words() -> None:
    """A number is below another only where it is less; words are below nothing."""
    known = facts()
    assert evaluate(Test(field="dosing.monitor", below_field="dosing.total"), known).holds is True
    assert evaluate(Test(field="dosing.total", below_field="dosing.total"), known).holds is False
    assert evaluate(Test(field="protocol.drug", below_field="dosing.total"), known).holds is False
    assert evaluate(Test(field="dosing.total", below_field="protocol.drug"), known).holds is False
