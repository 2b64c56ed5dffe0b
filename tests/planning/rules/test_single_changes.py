"""One thing changed of a profile on the general course: it changes, a finding speaks, or a rule says why not."""

from __future__ import annotations

from datetime import date
from typing import get_args

import pytest
from support.rule_cases import Change, profile, taking

from kapplan.files.documents.protocols import load_protocol
from kapplan.files.library.rules import built_in
from kapplan.model.clinic import Clinic
from kapplan.model.plan import Finding
from kapplan.model.profile import Condition, Diagnosis
from kapplan.planning.rules.screening import screen, unspoken
from kapplan.planning.rules.tailoring import Tailored, tailor

TODAY = date(2027, 1, 4)
BOOK = built_in()
GENERAL = load_protocol("kap-standard")
BASE: Change = {"goals.primary": None, "history.prior_ketamine": "none"}

COURSE: dict[str, Change] = {
    "goal rapid relief": {"goals.primary": "rapid-relief"},
    "goal insight": {"goals.primary": "insight"},
    "goal trauma": {"goals.primary": "trauma"},
    "goal sobriety": {"goals.primary": "sobriety"},
    "goal maintain": {"goals.primary": "maintain"},
    "PHQ-9 20": {"symptoms.phq9": 20},
    "PHQ-9 25": {"symptoms.phq9": 25},
    "MADRS 35": {"symptoms.madrs": 35},
    "GAD-7 20": {"symptoms.gad7": 20},
    "QIDS-SR16 16": {"symptoms.qids_sr16": 16},
    "PCL-5 50": {"symptoms.pcl5": 50},
    "CAPS-5 40": {"symptoms.caps5": 40},
    "C-SSRS thoughts": {"symptoms.cssrs": "thoughts"},
    "age 70": {"patient.birth_date": date(1956, 6, 1)},
    "generalised anxiety": {"history.diagnoses": ["mdd", "gad"]},
    "social anxiety": {"history.diagnoses": ["mdd", "sad"]},
    "PTSD": {"history.diagnoses": ["mdd", "ptsd"]},
    "complex PTSD": {"history.diagnoses": ["mdd", "complex-ptsd"]},
    "bipolar depression": {"history.diagnoses": ["mdd", "bipolar-depression"]},
    "alcohol use disorder": {"history.diagnoses": ["mdd", "aud"]},
    "opioid use disorder": {"history.diagnoses": ["mdd", "oud"]},
    "eating disorder": {"history.diagnoses": ["mdd", "eating-disorder"]},
    "low weight": {"history.conditions": ["low-weight"]},
    "developmental trauma": {"history.conditions": ["developmental-trauma"]},
    "clonazepam 4 mg": taking("clonazepam", 4),
    "30 miles away": {"travel.distance_miles": 30},
    "escort still needed": {"travel.escort": "needed"},
    "lozenges": {"treatment.route": "sl"},
    "eight doses": {"treatment.doses": 8},
}
"""What changes the course itself: its visits, timing, measures or tasks."""

FINDING: dict[str, tuple[Change, str]] = {
    "PHQ-9 5": ({"symptoms.phq9": 5}, "mild-depression"),
    "PHQ-9 item 9": ({"symptoms.phq9_item9": 1}, "phq9-item9"),
    "PCL-5 50": ({"symptoms.pcl5": 50}, "ptsd-unstated"),
    "YMRS 8": ({"symptoms.ymrs": 8}, "ymrs"),
    "C-SSRS method": ({"symptoms.cssrs": "method"}, "suicidal-method"),
    "C-SSRS intent": ({"symptoms.cssrs": "intent"}, "suicidal-intent"),
    "earlier attempt": ({"symptoms.cssrs_behaviour": "past"}, "suicidal-behaviour-past"),
    "150/95": ({"symptoms.bp": "150/95"}, "blood-pressure"),
    "age 17": ({"patient.birth_date": date(2009, 6, 1)}, "age"),
    "depression with acute suicidal ideation": (
        {"history.diagnoses": ["mdd", "mdsi"]},
        "suicidal-depression-elsewhere",
    ),
    "OCD alone": ({"history.diagnoses": ["ocd"]}, "course-not-for"),
    "cocaine use disorder": ({"history.diagnoses": ["mdd", "cud"]}, "addiction-unclear"),
    "chronic pain alone": ({"history.diagnoses": ["chronic-pain"]}, "course-not-for"),
    "end of life alone": ({"history.diagnoses": ["end-of-life-distress"]}, "course-not-for"),
    "benzodiazepine": (taking("alprazolam", 0.25), "benzodiazepine"),
    "lamotrigine": (taking("lamotrigine", 200), "lamotrigine"),
    "monoamine oxidase inhibitor": (taking("phenelzine", 45), "maoi"),
    "stimulant": (taking("methylphenidate", 20), "stimulant"),
    "opioid": (taking("oxycodone", 20), "sedation"),
    "sedative": (taking("zolpidem", 5), "sedation"),
    "muscle relaxant": (taking("baclofen", 20), "sedation"),
    "antihistamine": (taking("hydroxyzine", 25), "sedation"),
    "cannabis": (taking("cannabis"), "alcohol-or-cannabis"),
    "naltrexone": (taking("naltrexone", 50), "naltrexone"),
    "inhibitor": (taking("clarithromycin", 500), "enzyme-inhibitor"),
    "inducer": (taking("carbamazepine", 400), "enzyme-inducer"),
    "antipsychotic": (taking("risperidone", 2), "antipsychotic"),
    "memantine": (taking("memantine", 10), "nmda-antagonist"),
    "new antidepressant": (taking("sertraline", 50, date(2026, 12, 20)), "antidepressant-new"),
    "unknown drug": (taking("Quxomab"), "medication-unknown"),
    "relapsed": ({"history.prior_ketamine": "relapsed"}, "earlier-relapse"),
    "no response": ({"history.prior_ketamine": "no-response"}, "earlier-non-response"),
    "adverse": ({"history.prior_ketamine": "adverse"}, "earlier-adverse-reaction"),
    "active use": ({"history.conditions": ["substance-use-active"]}, "active-substance-use"),
    "moderate hepatic impairment": (
        {"history.conditions": ["hepatic-impairment-moderate"]},
        "hepatic-impairment-moderate",
    ),
    "no escort": ({"travel.escort": "none"}, "no-escort"),
    "pregnancy possible": ({"history.pregnancy": "possible"}, "childbearing-potential"),
    "breastfeeding": ({"history.breastfeeding": True}, "breastfeeding"),
    "veteran with PTSD": ({"history.veteran": True, "history.diagnoses": ["ptsd"]}, "veteran-with-ptsd"),
}
"""What raises a finding, and which."""

SILENT: dict[str, tuple[Change, str, str]] = {
    "PHQ-9 15": ({"symptoms.phq9": 15}, "severe-weekly", "symptoms.phq9 ≥ 20"),
    "MADRS 10": ({"symptoms.madrs": 10}, "severe-weekly", "symptoms.madrs ≥ 35"),
    "GAD-7 4": ({"symptoms.gad7": 4}, "anxious", "symptoms.gad7 ≥ 15"),
    "QIDS-SR16 15": ({"symptoms.qids_sr16": 15, "symptoms.phq9": 14}, "severe-weekly", "symptoms.qids_sr16 ≥ 16"),
    "PCL-5 20": ({"symptoms.pcl5": 20, "symptoms.caps5": 10}, "trauma-scores", "symptoms.pcl5 ≥ 33"),
    "age 25": ({"patient.birth_date": date(2001, 6, 1)}, "older-ketamine", "age ≥ 65"),
    "responded": (
        {"history.prior_ketamine": "responded"},
        "review-before-third-dose",
        "sl, oral and kap-standard only",
    ),
    "ketamine-naive by injection": ({}, "review-before-third-dose", "sl, oral and kap-standard only"),
    "veteran with depression": ({"history.veteran": True}, "trauma-measure", "history.diagnoses has any of"),
    "2 miles away": ({"travel.distance_miles": 2}, "far-away", "travel.distance_miles > 20"),
    "a low dose of diazepam": (taking("diazepam", 5), "benzodiazepine-check", "medications.diazepam_mg > 8"),
}
"""What changes nothing, the rule that would, and what it asks."""


def tailored(changes: Change) -> Tailored:
    """Return the general course of the well patient with some keys changed."""
    return tailor(profile({**BASE, **changes}), GENERAL, Clinic(), BOOK, TODAY)


def found(changes: Change) -> dict[str, Finding]:
    """Return what is found of the well patient with some keys changed, by rule."""
    return {one.rule: one for one in screen(profile({**BASE, **changes}), GENERAL, TODAY, BOOK)}


@pytest.mark.parametrize("change", COURSE)
def test_what_changes_the_course(change: str) -> None:
    """The course is another than that of the unchanged profile, and an applied rule or the profile itself says why."""
    before, after = tailored({}), tailored(COURSE[change])
    assert after.regimen != before.regimen
    applied = {rule.rule for rule in after.rules if rule.state == "applied"}
    assert (
        applied - {rule.rule for rule in before.rules if rule.state == "applied"} or "treatment.doses" in COURSE[change]
    )


@pytest.mark.parametrize("change", FINDING)
def test_what_raises_a_finding(change: str) -> None:
    """The finding is there, and was not before."""
    changes, rule = FINDING[change]
    assert rule in found(changes)
    assert rule not in found({})


@pytest.mark.parametrize("change", SILENT)
def test_what_changes_nothing_says_why(change: str) -> None:
    """The rule that would change the course says which part of what it asks does not hold."""
    changes, rule, why = SILENT[change]
    (said,) = [one for one in tailored(changes).rules if one.rule == rule]
    assert said.state == "not-applicable"
    assert said.effect.startswith("does not apply: it ")
    assert why in said.effect


QUIET_DIAGNOSES = {"trd": "depression, for which the course is", "mdd": "the same"}
QUIET_CONDITIONS = {
    "hypertension-controlled": "what is controlled is no danger", "abstinent-24h": "said of good",
    "detoxified": "the same", "contraception-documented": "the same", "pregnancy-test-negative": "the same",
}  # fmt: skip
QUIET_CLASSES = {
    "lithium": "no interaction is known; beside what raises its level a finding speaks", "mood-stabiliser": "the same",
    "antidepressant": "one that is stable is what trials asked for",
}  # fmt: skip


def speaks(changes: Change) -> bool:
    """Tell whether a change alters the course, raises a finding, or is told as that of which no rule speaks."""
    told = unspoken(profile({**BASE, **changes}), GENERAL, BOOK)
    altered = tailored(changes).regimen != tailored({}).regimen
    return altered or found(changes).keys() > found({}).keys() or bool(told)


@pytest.mark.parametrize("diagnosis", get_args(Diagnosis))
def test_every_diagnosis_speaks_or_is_quiet_for_a_reason(diagnosis: str) -> None:
    """Each diagnosis that a profile knows changes the course or raises a finding, or the plan says that none speaks."""
    assert speaks({"history.diagnoses": ["mdd", diagnosis]}) is (diagnosis not in QUIET_DIAGNOSES)


@pytest.mark.parametrize("condition", get_args(Condition))
def test_every_condition_speaks_or_is_quiet_for_a_reason(condition: str) -> None:
    """Each condition that a profile knows does, but for those that are no danger."""
    assert speaks({"history.conditions": [condition]}) is (condition not in QUIET_CONDITIONS)


@pytest.mark.parametrize("drugs", BOOK.medications)
def test_every_class_of_drugs_speaks_or_is_quiet_for_a_reason(drugs: str) -> None:
    """Each class of drugs of which the rules know something does, but for those that are what trials asked for."""
    assert speaks(taking(BOOK.medications[drugs][0])) is (drugs not in QUIET_CLASSES)


@pytest.mark.parametrize(
    ("diagnoses", "course", "told"),
    [
        (["mdd", "ocd"], "kap-standard", ["This course is not for ocd, and no rule here speaks of that."]),
        (["ptsd", "chronic-pain", "ocd"], "kap-standard",
         ["This course is not for chronic-pain and ocd, and no rule here speaks of that."]),
        (["ocd"], "kap-standard", []),
        (["ocd", "mdd"], "rodriguez-2013", []),
        (["trd", "mdd"], "singh-2016-twice", []),
        (["mdd", "bipolar-depression"], "kap-standard", []),
    ],
)  # fmt: skip
def test_what_the_course_is_not_for_is_told(diagnoses: list[str], course: str, told: list[str]) -> None:
    """Beside what a course is for, a diagnosis of which no rule speaks is told; alone, a finding says it."""
    patient = profile({**BASE, "history.diagnoses": diagnoses})
    assert list(unspoken(patient, load_protocol(course), BOOK)) == told


def test_the_table_is_long_enough() -> None:
    """Forty-five single changes or more are looked at."""
    assert len(COURSE) + len(FINDING) + len(SILENT) >= 45
