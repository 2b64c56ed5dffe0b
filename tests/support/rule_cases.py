"""For each rule of the package, a case that fires it and one that just does not, and the patient of both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import tomli_w

from kapplan.files.documents.protocols import load_protocol
from kapplan.files.documents.readers import read_profile
from kapplan.files.toml.sources import SourceFile
from kapplan.model.profile import Profile
from kapplan.model.protocol import Protocol, Series, Window

TODAY = date(2027, 1, 4)

Change = Mapping[str, Any]

WELL: dict[str, dict[str, Any]] = {
    "patient": {"id": "river-0412", "birth_date": date(1987, 3, 14), "timezone": "America/Denver"},
    "treatment": {"protocol": "kap-standard", "route": "im", "start": date(2027, 1, 11)},
    "history": {
        "diagnoses": ["mdd"],
        "conditions": [],
        "failed_antidepressants": 1,
        "medications": [],
        "pregnancy": "no",
        "breastfeeding": False,
        "prior_ketamine": "responded",
        "veteran": False,
        "rems_enrolled": True,
    },
    "symptoms": {
        "on": date(2027, 1, 2),
        "phq9": 14,
        "phq9_item9": 0,
        "gad7": 8,
        "madrs": 25,
        "ymrs": 2,
        "cssrs": "none",
        "cssrs_behaviour": "never",
        "bp": "128/82",
    },
    "goals": {"primary": "sobriety"},
    "travel": {"distance_miles": 5, "escort": "arranged"},
}
"""A patient of whom everything that rules ask for is stated, and of whom no rule says anything."""


def profile(changes: Change = {}, **tables: Any) -> Profile:  # noqa: B006  # never changed
    """Return the well patient with some keys changed (``"history.pregnancy": "yes"``; ``None`` leaves one out)."""
    data: dict[str, Any] = {table: dict(keys) for table, keys in WELL.items()} | tables
    for path, value in changes.items():
        if path == "authorization":
            data[path] = value
            continue
        table, key = path.split(".")
        data[table][key] = value
        if value is None:
            del data[table][key]
    return read_profile(SourceFile.of_text(tomli_w.dumps(data), "river.toml"))


def protocol_with(protocol_id: str, change: Callable[[Protocol], Protocol] | None) -> Protocol:
    """Return a built-in protocol, changed."""
    read = load_protocol(protocol_id)
    return read if change is None else change(read)


def with_series(wanted: Callable[[Series], bool], change: Callable[[Series], Series]) -> Callable[[Protocol], Protocol]:
    """Return a change of all series of a protocol that are wanted."""

    def changed(protocol: Protocol) -> Protocol:
        phases = tuple(
            replace(phase, series=tuple(change(series) if wanted(series) else series for series in phase.series))
            for phase in protocol.phases
        )
        return replace(protocol, phases=phases)

    return changed


def is_dosing(series: Series) -> bool:
    """Tell whether a series is of doses with a gap between them."""
    return series.visit == "dosing" and series.gap is not None


def closer(days: int) -> Callable[[Protocol], Protocol]:
    """Return a change that lets doses come so many days apart."""

    def change(series: Series) -> Series:
        return replace(series, gap=replace(series.gap or Window(), min=days))

    return with_series(is_dosing, change)


def capped(most: int) -> Callable[[Protocol], Protocol]:
    """Return a change that caps the doses of a week."""

    def change(protocol: Protocol) -> Protocol:
        limits = tuple(
            replace(limit, cap=replace(limit.cap, max=most)) if limit.cap else limit for limit in protocol.limits
        )
        return replace(protocol, limits=limits)

    return change


def every_weeks(count: int) -> Callable[[Protocol], Protocol]:
    """Return a change that spaces the doses of the follow-up."""

    def change(series: Series) -> Series:
        return replace(series, weeks=replace(series.weeks, every=count)) if series.weeks is not None else series

    return with_series(lambda series: is_dosing(series) and series.joins, change)


@dataclass(frozen=True, kw_only=True)
class RuleCase:
    """What fires a rule, and what just does not, with the protocol that both are screened for.

    ``review`` holds what only a review knows. ``other`` is the protocol of the case that does not fire, where the rule
    turns on the protocol.
    """

    fires: Change = field(default_factory=dict)
    misses: Change = field(default_factory=dict)
    protocol: str = "kap-standard"
    other: str | None = None
    change: Callable[[Protocol], Protocol] | None = None
    unchanged: Callable[[Protocol], Protocol] | None = None
    minutes: tuple[int, int] | None = None
    review: Change | None = None
    no_review: Change | None = None
    effect: str = ""


def conditions(fires: str, misses: str = "hypertension-controlled", **more: Any) -> RuleCase:
    """Return the case of a condition, and of one that is another."""
    return RuleCase(fires={"history.conditions": [fires]}, misses={"history.conditions": [misses]}, **more)


def drug(name: str, other: str, **more: Any) -> RuleCase:
    """Return the case of a drug among the medications, and of one that is of another class."""

    def taking(drug_name: str) -> Change:
        return {"history.medications": [{"name": drug_name, "daily_mg": 1.0, "since": date(2020, 1, 1)}]}

    return RuleCase(fires=taking(name), misses=taking(other), **more)


def taking(name: str, daily_mg: float = 1.0, since: date = date(2020, 1, 1)) -> Change:
    """Return the change of a patient who takes one drug."""
    return {"history.medications": [{"name": name, "daily_mg": daily_mg, "since": since}]}


def diagnosis(fires: list[str], misses: list[str], **more: Any) -> RuleCase:
    """Return the case of some diagnoses, and of others."""
    return RuleCase(fires={"history.diagnoses": fires}, misses={"history.diagnoses": misses}, **more)


def together(*names: str) -> Change:
    """Return the change of a patient who takes several drugs."""
    return {"history.medications": [{"name": name, "daily_mg": 1.0, "since": date(2020, 1, 1)} for name in names]}


SCREENING: dict[str, list[RuleCase]] = {
    "suicidal-method": [RuleCase(fires={"symptoms.cssrs": "method"}, misses={"symptoms.cssrs": "thoughts"})],
    "suicidal-depression-elsewhere": [
        diagnosis(["mdd", "mdsi"], ["mdd"]),
        RuleCase(
            fires={"history.diagnoses": ["mdsi"]}, misses={"history.diagnoses": ["mdsi"]}, other="esketamine-mdsi"
        ),
    ],
    "suicidal-behaviour-past": [
        RuleCase(fires={"symptoms.cssrs_behaviour": "past"}, misses={"symptoms.cssrs_behaviour": "never"}),
    ],
    "phq9-item9": [RuleCase(fires={"symptoms.phq9_item9": 1}, misses={"symptoms.phq9_item9": 0})],
    "suicidal-intent": [
        RuleCase(fires={"symptoms.cssrs": "intent"}, misses={"symptoms.cssrs": "method"}),
        RuleCase(fires={"symptoms.cssrs_behaviour": "last-3-months"}, misses={"symptoms.cssrs_behaviour": "past"}),
        RuleCase(fires={"symptoms.cssrs": "intent"}, misses={"symptoms.cssrs": "intent"}, other="esketamine-mdsi"),
    ],
    "suicidal-intent-mdsi": [
        RuleCase(
            fires={"symptoms.cssrs": "intent-with-plan"}, misses={"symptoms.cssrs": "method"},
            protocol="esketamine-mdsi",
        ),
    ],
    "aneurysmal-vascular-disease": [
        conditions("aneurysmal-vascular-disease"), conditions("arteriovenous-malformation", protocol="esketamine-trd"),
    ],
    "intracerebral-haemorrhage": [conditions("intracerebral-haemorrhage")],
    "hypersensitivity": [conditions("ketamine-hypersensitivity")],
    "label-indication": [
        diagnosis(["gad"], ["mdsi"], protocol="esketamine-mdsi"),
        diagnosis([], ["trd"], protocol="esketamine-trd"),
        diagnosis(["mdd"], ["mdd"], protocol="esketamine-trd", other="kap-standard"),
    ],
    "course-not-for": [
        diagnosis(["ocd"], ["ocd", "ptsd"]),
        diagnosis(["mdd"], ["mdd"], protocol="kare-2022", other="esketamine-trd"),
    ],
    "label-two-failures": [
        RuleCase(
            fires={"history.diagnoses": ["trd"], "history.failed_antidepressants": 1},
            misses={"history.diagnoses": ["trd"], "history.failed_antidepressants": 2},
            protocol="esketamine-trd",
        ),
        RuleCase(
            fires={"history.diagnoses": ["trd"]}, misses={"history.diagnoses": ["trd"]},
            protocol="esketamine-trd", other="elekt-d-2023",
        ),
    ],
    "label-oral-antidepressant": [
        RuleCase(
            fires={"history.diagnoses": ["mdsi"]},
            misses={"history.diagnoses": ["mdsi"], **taking("sertraline", 50)},
            protocol="esketamine-mdsi",
        ),
        RuleCase(
            fires=taking("lithium", 900), misses=taking("lithium", 900), protocol="esketamine-mdsi",
            other="esketamine-trd",
        ),
    ],
    "only-after-relapse": [
        RuleCase(
            fires={"history.prior_ketamine": "none"}, misses={"history.prior_ketamine": "relapsed"},
            protocol="esketamine-reinduction",
        ),
        RuleCase(
            fires={"history.prior_ketamine": "responded"}, misses={"history.prior_ketamine": "none"},
            protocol="esketamine-reinduction", other="esketamine-trd",
        ),
    ],
    "only-after-response": [
        RuleCase(
            fires={"history.prior_ketamine": "none"}, misses={"history.prior_ketamine": "relapsed"},
            protocol="glue-2018",
        ),
    ],
    "age": [
        RuleCase(fires={"patient.birth_date": date(2009, 1, 12)}, misses={"patient.birth_date": date(2009, 1, 11)}),
        RuleCase(
            fires={"patient.birth_date": date(2009, 1, 20), "treatment.first_dose": date(2027, 1, 19)},
            misses={"patient.birth_date": date(2009, 1, 20), "treatment.first_dose": date(2027, 1, 20)},
        ),
    ],
    "pregnancy": [RuleCase(fires={"history.pregnancy": "yes"}, misses={"history.pregnancy": "possible"})],
    "breastfeeding": [RuleCase(fires={"history.breastfeeding": True}, misses={"history.breastfeeding": False})],
    "pregnancy-test-each-infusion": [
        conditions("childbearing-potential", "contraception-documented", protocol="feder-2025"),
        RuleCase(
            fires={"history.pregnancy": "possible"},
            misses={"history.pregnancy": "possible", "history.conditions": ["pregnancy-test-negative"]},
            protocol="feder-2025",
        ),
    ],
    "childbearing-potential": [
        RuleCase(
            fires={"history.conditions": ["childbearing-potential"]},
            misses={"history.conditions": ["childbearing-potential", "contraception-documented"]},
        ),
    ],
    "psychosis": [conditions("psychosis"), conditions("schizophrenia-spectrum")],
    "mania": [conditions("hypomania")],
    "ymrs": [RuleCase(fires={"symptoms.ymrs": 6}, misses={"symptoms.ymrs": 5})],
    "blood-pressure": [
        RuleCase(fires={"symptoms.bp": "141/80"}, misses={"symptoms.bp": "140/90"}),
        RuleCase(fires={"symptoms.bp": "120/91"}, misses={"symptoms.bp": "120/90"}),
    ],
    "cardiovascular-risk": [conditions("hypertension-uncontrolled"), conditions("raised-intracranial-pressure")],
    "ketalar-uk": [conditions("stroke"), conditions("severe-coronary-disease", protocol="esketamine-trd")],
    "recent-infarction-or-stroke": [conditions("recent-stroke")],
    "hepatic-impairment-severe": [conditions("hepatic-impairment-severe", "hepatic-impairment-moderate")],
    "hepatic-impairment-moderate": [conditions("hepatic-impairment-moderate", "hepatic-impairment-severe")],
    "no-escort": [
        RuleCase(fires={"travel.escort": "none"}, misses={"travel.escort": "needed"}),
        RuleCase(fires={"travel.escort": "none"}, misses={"travel.escort": "none"}, other="hull-2022"),
    ],
    "escort-needed": [RuleCase(fires={"travel.escort": "needed"}, misses={"travel.escort": "arranged"})],
    "monitoring-too-short": [
        RuleCase(protocol="esketamine-trd", minutes=(119, 120)),
        RuleCase(protocol="esketamine-mdsi", minutes=(60, 150)),
    ],
    "rems-enrolment": [
        RuleCase(
            fires={"history.rems_enrolled": False}, misses={"history.rems_enrolled": True}, protocol="esketamine-trd"
        ),
        RuleCase(
            fires={"history.rems_enrolled": False}, misses={"history.rems_enrolled": False}, protocol="esketamine-trd",
            other="kap-standard",
        ),
    ],
    "consecutive-days": [
        RuleCase(protocol="singh-2016-twice", change=closer(1), unchanged=closer(2)),
        RuleCase(protocol="esketamine-trd", change=closer(1), other="r107-2024"),
    ],
    "esketamine-doses-a-week": [RuleCase(protocol="esketamine-trd", change=capped(3), unchanged=capped(2))],
    "lozenge-doses-a-week": [RuleCase(protocol="journey-clinical", change=capped(3), unchanged=capped(2))],
    "maintenance-interval": [
        RuleCase(protocol="esketamine-trd", change=every_weeks(3), unchanged=every_weeks(4)),
        RuleCase(protocol="esketamine-trd", change=every_weeks(5), unchanged=every_weeks(2)),
    ],
    "active-substance-use": [
        conditions("substance-use-active"),
        conditions("substance-use-active", "substance-use-active", other="kare-2022"),
    ],
    "intoxicated": [conditions("intoxicated"), conditions("positive-drug-screen", protocol="kare-2022")],
    "abstinent-for-a-day": [
        RuleCase(
            fires={"history.conditions": ["substance-use-active"]},
            misses={"history.conditions": ["substance-use-active", "abstinent-24h"]},
            protocol="kare-2022",
        ),
    ],
    "haematuria": [conditions("haematuria", "urinary-symptoms")],
    "ketamine-cystitis": [conditions("ketamine-cystitis", "urinary-symptoms")],
    "urinary-symptoms": [conditions("urinary-symptoms", "haematuria")],
    "mild-depression": [
        RuleCase(
            fires={"symptoms.phq9": 9, "history.prior_ketamine": "none"},
            misses={"symptoms.phq9": 10, "history.prior_ketamine": "none"},
        ),
        RuleCase(
            fires={"symptoms.phq9": 4, "history.prior_ketamine": "none"},
            misses={"symptoms.phq9": 4, "history.prior_ketamine": "none", "goals.primary": "maintain"},
        ),
        RuleCase(
            fires={"symptoms.phq9": 4, "history.prior_ketamine": "none"}, misses={"symptoms.phq9": 4},
        ),
    ],
    "ptsd-unstated": [
        RuleCase(fires={"symptoms.pcl5": 33}, misses={"symptoms.pcl5": 32}),
        RuleCase(
            fires={"symptoms.pcl5": 50}, misses={"symptoms.pcl5": 50, "history.diagnoses": ["mdd", "complex-ptsd"]}
        ),
    ],
    "raised-intraocular-pressure": [conditions("raised-intraocular-pressure", "porphyria")],
    "seizures-uncontrolled": [conditions("seizure-disorder-uncontrolled", "porphyria")],
    "severe-sleep-apnoea": [conditions("severe-sleep-apnoea", "porphyria")],
    "porphyria": [conditions("porphyria", "severe-sleep-apnoea")],
    "hyperthyroidism-uncontrolled": [conditions("hyperthyroidism-uncontrolled", "porphyria")],
    "eating-disorder-frail": [
        RuleCase(
            fires={"history.diagnoses": ["eating-disorder"], "symptoms.bp": "89/60"},
            misses={"history.diagnoses": ["eating-disorder"], "symptoms.bp": "90/60"},
        ),
        RuleCase(
            fires={"history.diagnoses": ["eating-disorder"], "symptoms.bp": "90/59"},
            misses={"symptoms.bp": "88/54"},
        ),
        RuleCase(
            fires={"history.diagnoses": ["eating-disorder"], "history.conditions": ["low-weight"]},
            misses={"history.conditions": ["low-weight"]},
        ),
    ],
    "addiction-unclear": [
        RuleCase(
            fires={"history.diagnoses": ["mdd", "aud"]},
            misses={"history.diagnoses": ["mdd", "aud"], "history.conditions": ["abstinent-24h"]},
        ),
        RuleCase(
            fires={"history.diagnoses": ["mdd", "oud"]},
            misses={"history.diagnoses": ["mdd", "oud"], "history.conditions": ["substance-use-active"]},
        ),
    ],
    "dementia": [conditions("dementia")],
    "nobody-at-home": [
        RuleCase(fires={"travel.escort": "none"}, misses={"travel.escort": "needed"}, protocol="hull-2022"),
        RuleCase(
            fires={"travel.escort": "none"}, misses={"travel.escort": "none"}, protocol="r107-2024",
            other="kap-standard",
        ),
    ],
    "somebody-at-home-needed": [
        RuleCase(fires={"travel.escort": "needed"}, misses={"travel.escort": "arranged"}, protocol="r107-2024"),
    ],
    "at-home": [
        RuleCase(protocol="hull-2022", other="journey-clinical"), RuleCase(protocol="r107-2024", other="kap-standard"),
    ],
    "home-evaluation": [
        RuleCase(protocol="hull-2022", other="journey-clinical"), RuleCase(protocol="r107-2024", other="kap-standard"),
    ],
    "earlier-non-response": [
        RuleCase(fires={"history.prior_ketamine": "no-response"}, misses={"history.prior_ketamine": "responded"}),
    ],
    "earlier-relapse": [
        RuleCase(fires={"history.prior_ketamine": "relapsed"}, misses={"history.prior_ketamine": "responded"}),
    ],
    "adolescent-course": [RuleCase(protocol="dwyer-2021", other="zarate-2006")],
    "earlier-adverse-reaction": [
        RuleCase(fires={"history.prior_ketamine": "adverse"}, misses={"history.prior_ketamine": "no-response"}),
    ],
    "veteran-with-ptsd": [
        RuleCase(
            fires={"history.veteran": True, "history.diagnoses": ["ptsd"]}, misses={"history.diagnoses": ["ptsd"]},
            protocol="feder-2021",
        ),
        RuleCase(
            fires={"history.veteran": True, "history.diagnoses": ["ptsd"]},
            misses={"history.veteran": True, "history.diagnoses": ["ptsd"]},
            other="elekt-d-2023",
        ),
    ],
    "bipolar-without-stabiliser": [
        RuleCase(
            fires={"history.diagnoses": ["bipolar-depression"]},
            misses={"history.diagnoses": ["bipolar-depression"], **taking("Lithium")},
        ),
    ],
    "bipolar-esketamine": [
        RuleCase(
            fires={"history.diagnoses": ["bipolar-depression"]}, misses={"history.diagnoses": ["trd"]},
            protocol="esketamine-trd",
        ),
    ],
    "depressants-with-apnoea": [
        RuleCase(
            fires={"history.conditions": ["severe-sleep-apnoea"], **taking("oxycodone")},
            misses={"history.conditions": ["severe-sleep-apnoea"], **taking("sertraline")},
        ),
    ],
    "several-depressants": [
        RuleCase(fires=together("oxycodone", "zolpidem"), misses=together("oxycodone", "sertraline")),
        RuleCase(fires=together("baclofen", "Xanax"), misses=together("cetirizine", "zolpidem")),
    ],
    "maoi-and-stimulant": [
        RuleCase(fires=together("Parnate", "Adderall XR"), misses=together("sertraline", "Adderall XR")),
    ],
    "pressure-and-drugs": [
        RuleCase(
            fires={"history.conditions": ["hypertension-controlled"], **taking("methylphenidate")},
            misses=taking("methylphenidate"),
        ),
        RuleCase(
            fires={"symptoms.bp": "141/80", **taking("phenelzine")},
            misses={"symptoms.bp": "140/90", **taking("phenelzine")},
        ),
    ],
    "lithium-level": [
        RuleCase(fires=together("lithium", "ibuprofen"), misses=together("lithium", "acetaminophen")),
    ],
    "nmda-antagonist": [drug("Namenda", "sertraline")],
    "theophylline": [drug("theophylline", "montelukast")],
    "benzodiazepine-no-equivalent": [drug("bromazepam", "lorazepam")],
    "medication-unknown": [drug("Zyloxol", "Zyloprim"), drug("lisinoprl", "lisinopril")],
    "benzodiazepine": [drug("Alprazolam 0.5 mg", "zolpidem")],
    "benzodiazepine-much": [
        RuleCase(fires=taking("diazepam", 8.5), misses=taking("diazepam", 8)),
        RuleCase(fires=taking("Diazepam", 20), misses=taking("zolpidem", 20)),
        RuleCase(fires=taking("clonazepam", 0.5), misses=taking("clonazepam", 0.4)),
        RuleCase(fires=taking("alprazolam", 6), misses=taking("alprazolam", 0.25)),
        RuleCase(fires=taking("lorazepam", 1), misses=taking("lorazepam", 0.75)),
    ],
    "lorazepam-much": [RuleCase(fires=taking("lorazepam", 2.5), misses=taking("lorazepam", 2))],
    "lamotrigine": [drug("Lamotrigine XR", "lithium")],
    "maoi": [drug("tranylcypromine", "sertraline")],
    "stimulant": [drug("methylphenidate ER", "sertraline")],
    "sedation": [drug("oxycodone", "sertraline"), drug("hydroxyzine", "sertraline")],
    "alcohol-or-cannabis": [drug("cannabis", "sertraline")],
    "naltrexone": [drug("Naltrexone", "bupropion"), drug("naltrexone/bupropion", "bupropion")],
    "enzyme-inhibitor": [drug("clarithromycin", "sertraline")],
    "enzyme-inducer": [drug("St John's wort", "sertraline")],
    "antipsychotic": [drug("clozapine", "quetiapine")],
    "antidepressant-new": [
        RuleCase(
            fires=taking("sertraline", 50, date(2026, 12, 8)), misses=taking("sertraline", 50, date(2026, 12, 7))
        ),
    ],
    "antidepressant-not-stable": [
        RuleCase(
            fires=taking("sertraline", 50, date(2026, 11, 6)),
            misses=taking("sertraline", 50, date(2026, 11, 5)),
            protocol="shiroma-2014",
        ),
    ],
}  # fmt: skip
"""For each screening rule, the cases of ``TODAY``."""


def at_review(fires: Change, misses: Change, **more: Any) -> RuleCase:
    """Return a case of what only a review knows."""
    return RuleCase(review=fires, no_review=misses, **more)


TAILORING: dict[str, list[RuleCase]] = {
    "twice-a-week": [
        RuleCase(
            fires={"goals.primary": "rapid-relief"}, misses={"goals.primary": "trauma"}, effect="aimed at 3 to 4 days"
        ),
    ],
    "insight-spacing": [
        RuleCase(fires={"goals.primary": "insight"}, misses={"goals.primary": "maintain"}, effect="7 to 14 days"),
        RuleCase(fires={"goals.primary": "insight"}, misses={"goals.primary": "insight"}, other="elekt-d-2023"),
    ],
    "trauma-preparation": [
        diagnosis(["ptsd"], ["mdd"], effect="3 preparation visits rather than 2"),
        conditions("developmental-trauma", effect="weight 8"),
    ],
    "anxiety-measure": [diagnosis(["sad"], ["ptsd"], effect="gad7 at dosing visits")],
    "trauma-measure": [diagnosis(["ptsd"], ["gad"], effect="pcl5 at review and check-in visits")],
    "alcohol-reminders": [diagnosis(["trd", "aud"], ["trd"], protocol="esketamine-trd", effect="Remind the patient")],
    "severe-weekly": [
        RuleCase(fires={"symptoms.phq9": 20}, misses={"symptoms.phq9": 19}, effect="phq9 every 7 days"),
        RuleCase(fires={"symptoms.madrs": 35}, misses={"symptoms.madrs": 34}, effect="phq9 every 7 days"),
        RuleCase(fires={"symptoms.qids_sr16": 16}, misses={"symptoms.qids_sr16": 15}, effect="phq9 every 7 days"),
    ],
    "benzodiazepine-check": [
        RuleCase(
            fires={"goals.primary": "insight", **taking("diazepam", 9)}, misses=taking("diazepam", 8),
            effect="first check-in after 7 days",
        ),
        RuleCase(
            fires={"goals.primary": "insight", **taking("Klonopin", 4)}, misses=taking("Klonopin", 0.4),
            effect="first check-in after 7 days",
        ),
    ],
    "review-before-third-dose": [
        RuleCase(
            fires={"history.prior_ketamine": "none", "treatment.route": "sl"},
            misses={"history.prior_ketamine": "none", "treatment.route": "im"},
            effect="review visits more",
        ),
        RuleCase(
            fires={"history.prior_ketamine": "none", "treatment.route": "oral"}, misses={"treatment.route": "oral"}
        ),
    ],
    "insight-preparation": [
        RuleCase(
            fires={"goals.primary": "insight"}, misses={"goals.primary": "maintain"},
            effect="3 preparation visits rather than 2; meq30 at integration visits",
        ),
    ],
    "goal-trauma": [
        RuleCase(
            fires={"goals.primary": "trauma"}, misses={"goals.primary": "trauma", "history.diagnoses": ["ptsd"]},
            effect="pcl5 at screening, review and check-in visits",
        ),
    ],
    "goal-sobriety": [
        RuleCase(misses={"goals.primary": "insight"}, effect="first check-in after 7 days"),
        RuleCase(
            fires={"goals.primary": "insight", "history.diagnoses": ["mdd", "aud"]},
            misses={"goals.primary": "insight"}, effect="Ask about use",
        ),
    ],
    "goal-maintain": [
        RuleCase(
            fires={"goals.primary": "maintain"}, misses={"goals.primary": "insight"},
            effect="check-in visits in other weeks",
        ),
    ],
    "thoughts-watch": [
        RuleCase(
            fires={"symptoms.cssrs": "wish"}, misses={"symptoms.cssrs": "none"},
            effect="cssrs at preparation, integration and check-in visits",
        ),
    ],
    "anxious": [
        RuleCase(fires={"symptoms.gad7": 15}, misses={"symptoms.gad7": 14}, effect="gad7 at dosing and integration"),
        RuleCase(
            fires={"symptoms.gad7": 20}, misses={"symptoms.gad7": 20, "history.diagnoses": ["gad"]}, effect="gad7"
        ),
    ],
    "trauma-scores": [
        RuleCase(fires={"symptoms.pcl5": 33}, misses={"symptoms.pcl5": 32}, effect="pcl5 at review and check-in"),
        RuleCase(fires={"symptoms.caps5": 30}, misses={"symptoms.caps5": 29}, effect="pcl5"),
    ],
    "older-ketamine": [
        RuleCase(
            fires={"patient.birth_date": date(1962, 1, 11)}, misses={"patient.birth_date": date(1962, 1, 12)},
            effect="the risk of falls",
        ),
    ],
    "eating-disorder-watch": [
        diagnosis(["mdd", "eating-disorder"], ["mdd"], effect="Weight before the dose"),
        conditions("low-weight", effect="Weight before the dose"),
    ],
    "no-escort-yet": [
        RuleCase(
            fires={"travel.escort": "needed"}, misses={"travel.escort": "arranged"}, effect="who takes the patient home"
        ),
    ],
    "liver-tests-weekly": [
        RuleCase(protocol="esketamine-trd", other="esketamine-mdsi", effect="Liver tests"),
    ],
    "liver-tests-three-months": [RuleCase(protocol="glue-2018", other="kads-2023", effect="Liver tests")],
    "severe-ect": [
        RuleCase(fires={"symptoms.phq9": 20}, misses={"symptoms.phq9": 19}),
        RuleCase(fires={"symptoms.qids_sr16": 16}, misses={"symptoms.qids_sr16": 15}),
    ],
    "maybe-resistant": [
        RuleCase(fires={"history.failed_antidepressants": 2}, misses={"history.failed_antidepressants": 1}),
        RuleCase(
            fires={"history.failed_antidepressants": 3},
            misses={"history.failed_antidepressants": 3, "history.diagnoses": ["mdd", "trd"]},
        ),
    ],
    "label-alone": [
        RuleCase(
            fires={"history.diagnoses": ["trd"], "history.failed_antidepressants": 2},
            misses={
                "history.diagnoses": ["trd"], "history.failed_antidepressants": 2, **taking("sertraline", 50),
            },
        ),
    ],
    "frame-intake": [
        RuleCase(protocol="murrough-2013", other="kap-standard", effect="screening visits more"),
        RuleCase(protocol="wilkinson-2017", other="montreal-2023", effect="screening visits more"),
    ],
    "frame-intake-urgent": [
        RuleCase(protocol="esketamine-mdsi", other="esketamine-trd", effect="screening visits more"),
    ],
    "frame-intake-before-preparation": [
        RuleCase(protocol="field-trip-2023", other="murrough-2013", effect="screening visits more"),
        RuleCase(protocol="rodriguez-2013", other="kare-2022", effect="screening visits more"),
    ],
    "frame-intake-before-therapy": [
        RuleCase(protocol="montreal-2023", other="rodriguez-2013", effect="screening visits more"),
        RuleCase(protocol="kare-2022", other="wilkinson-2017", effect="screening visits more"),
    ],
    "frame-consent": [RuleCase(effect="Consent is signed")],
    "frame-mood": [
        RuleCase(effect="phq9 and cssrs at dosing and booster visits"),
        RuleCase(protocol="murrough-2013", effect="cssrs"),
    ],
    "frame-closing-review": [
        RuleCase(protocol="murrough-2013", other="elekt-d-2023", effect="review visits more"),
        RuleCase(protocol="glue-2018", other="kare-2022", effect="review visits more"),
    ],
    "frame-closing-review-therapy": [
        RuleCase(protocol="kare-2022", other="wilkinson-2021", effect="with the psychotherapy visits"),
        RuleCase(protocol="krupitsky-2007", other="murrough-2013", effect="review visits more"),
    ],
    "frame-closing-review-last": [
        RuleCase(protocol="singh-2016-twice", other="murrough-2013", effect="review visits more"),
        RuleCase(protocol="singh-2016-thrice", other="elekt-d-2023", effect="review visits more"),
        RuleCase(protocol="canbind-2020", other="wilkinson-2021", effect="review visits more"),
    ],
    "frame-booster-integration": [
        RuleCase(other="murrough-2013", effect="integration visits more, with the booster visits"),
    ],
    "oxygen": [RuleCase(protocol="esketamine-trd", other="elekt-d-2023", effect="spo2 at dosing visits")],
    "far-away-transport": [
        RuleCase(
            fires={"travel.distance_miles": 20.5}, misses={"travel.distance_miles": 20}, effect="Arrange the transport"
        ),
        RuleCase(
            fires={"travel.distance_miles": 90}, misses={"travel.distance_miles": 90}, other="hull-2022",
            effect="Arrange the transport",
        ),
    ],
    "pregnancy-test": [
        RuleCase(
            fires={"history.pregnancy": "no"}, misses={"history.pregnancy": "not-applicable"}, protocol="feder-2025",
            effect="Negative pregnancy test",
        ),
        RuleCase(
            fires={"history.pregnancy": None}, misses={"history.pregnancy": "no"}, protocol="feder-2025",
            other="feder-2021", effect="Negative pregnancy test",
        ),
    ],
    "far-away": [
        RuleCase(
            fires={"travel.distance_miles": 20.5}, misses={"travel.distance_miles": 20}, effect="by video or telephone"
        ),
    ],
    "older": [
        RuleCase(
            fires={"patient.birth_date": date(1962, 1, 11)}, misses={"patient.birth_date": date(1962, 1, 12)},
            protocol="esketamine-trd", effect="titration",
        ),
    ],
    "liver-longer": [
        conditions(
            "hepatic-impairment-moderate", protocol="esketamine-trd",
            effect="dosing visits of 180 minutes rather than 160",
        ),
    ],
    "mania-check": [diagnosis(["bipolar-depression"], ["mdd"], protocol="crtce-2021", effect="ymrs at dosing")],
    "suicidality-each-visit": [RuleCase(protocol="esketamine-trd", other="kap-standard", effect="cssrs at dosing")],
    "urinalysis": [RuleCase(other="dakwar-2019", effect="Urinalysis before the first dose")],
    "liver-tests": [
        RuleCase(fires={"treatment.route": "oral"}, misses={"treatment.route": "iv"}, effect="Liver tests"),
    ],
    "cognition": [RuleCase(other="dakwar-2019", effect="cognitive test")],
    "misuse-screen": [RuleCase(other="dakwar-2019", effect="Screen for misuse")],
    "misuse-screen-again": [
        RuleCase(fires={"authorization": [{"visits": 4}]}, misses={"authorization": []}, effect="misuse"),
    ],
    "label-course": [
        RuleCase(
            fires={"history.diagnoses": ["trd"], "history.failed_antidepressants": 2},
            misses={"history.diagnoses": ["trd"]},
        ),
    ],
    "suicidal-depression": [diagnosis(["mdsi"], ["mdd"])],
    "fast-course": [RuleCase(fires={"goals.primary": "rapid-relief"}, misses={"goals.primary": "insight"})],
    "psychotherapy-and-depression": [
        RuleCase(fires={"goals.primary": "insight"}, misses={"goals.primary": "rapid-relief"}),
    ],
    "civilian-ptsd": [
        RuleCase(
            fires={"history.diagnoses": ["ptsd"]}, misses={"history.diagnoses": ["ptsd"], "history.veteran": True}
        ),
    ],
    "veteran-ptsd": [
        RuleCase(
            fires={"history.diagnoses": ["ptsd"], "history.veteran": True}, misses={"history.diagnoses": ["ptsd"]}
        ),
    ],
    "refractory-anxiety": [diagnosis(["gad"], ["mdd"])],
    "alcohol": [
        RuleCase(
            fires={"history.diagnoses": ["aud"], "history.conditions": ["abstinent-24h"]},
            misses={"history.diagnoses": ["aud"]},
        ),
    ],
    "cocaine": [diagnosis(["cud"], ["aud"])],
    "opioids": [
        RuleCase(
            fires={"history.diagnoses": ["oud"], "history.conditions": ["detoxified"]},
            misses={"history.diagnoses": ["oud"]},
        ),
    ],
    "relapse-after-response": [
        RuleCase(fires={"history.prior_ketamine": "relapsed"}, misses={"history.prior_ketamine": "responded"}),
    ],
    "bipolar-protocols": [diagnosis(["bipolar-depression"], ["mdd"])],
    "canmat-levels": [diagnosis(["mdd"], ["ptsd"])],
    "weekday-pair": [RuleCase()],
    "no-goal": [RuleCase(fires={"goals.primary": None}, misses={"goals.primary": "insight"})],
    "thin-out": [at_review({"review.madrs": 12}, {"review.madrs": 13}, protocol="esketamine-trd")],
    "stay-weekly": [at_review({"review.madrs": 13}, {"review.madrs": 12}, protocol="esketamine-trd")],
    "phq9-proxy-lengthen": [
        at_review({"review.phq9": 4}, {"review.phq9": 5}),
        at_review({"review.phq9": 4}, {"review.phq9": 4, "review.madrs": 9}),
    ],
    "phq9-proxy-hold": [
        at_review({"review.phq9": 5}, {"review.phq9": 4}), at_review({"review.phq9": 9}, {"review.phq9": 10}),
    ],
    "phq9-proxy-shorten": [
        at_review({"review.phq9": 10}, {"review.phq9": 9, "review.worse_points": 4}),
        at_review({"review.phq9": 8, "review.worse_points": 5}, {"review.phq9": 8, "review.worse_points": 4}),
    ],
    "cgi-s-lengthen": [
        at_review({"review.cgi_s": 3}, {"review.cgi_s": 4}, protocol="esketamine-trd"),
        at_review({"review.cgi_s": 3}, {"review.cgi_s": 3, "review.madrs": 20}, protocol="esketamine-trd"),
        at_review({"review.cgi_s": 3}, {"review.cgi_s": 3}, protocol="esketamine-trd", other="kap-standard"),
    ],
    "cgi-s-shorten": [
        at_review({"review.cgi_s": 4}, {"review.cgi_s": 3}, protocol="esketamine-trd"),
        at_review({"review.cgi_s": 4}, {"review.cgi_s": 4, "review.madrs": 9}, protocol="esketamine-trd"),
    ],
    "monthly-doses": [
        at_review(
            {"review.every_days": 14, "review.weeks_in_remission": 12},
            {"review.every_days": 14, "review.weeks_in_remission": 11},
            protocol="esketamine-trd",
        ),
    ],
    "infusion-maintenance": [
        at_review({"review.improved_percent": 50}, {"review.improved_percent": 49}, protocol="phillips-2019"),
    ],
    "one-step-up": [at_review({"review.worse_points": 5}, {"review.worse_points": 4})],
    "little-after-four": [
        at_review(
            {"review.doses": 4, "review.improved_percent": 19}, {"review.doses": 4, "review.improved_percent": 20},
            protocol="phillips-2019",
        ),
        at_review(
            {"review.doses": 4, "review.improved_percent": 10}, {"review.doses": 3, "review.improved_percent": 10},
            protocol="phillips-2019",
        ),
    ],
    "finish-the-course": [
        at_review(
            {"review.doses": 3, "review.improved_percent": 50}, {"review.doses": 4, "review.improved_percent": 50}
        ),
    ],
}  # fmt: skip
"""For each tailoring rule, the cases of ``TODAY``."""

REVIEW: dict[str, list[RuleCase]] = {
    "little-after-each-of-three": [
        at_review(
            {"review.doses": 3, "review.scored_doses": 3, "review.best_percent": 19},
            {"review.doses": 3, "review.scored_doses": 3, "review.best_percent": 20},
            protocol="phillips-2019",
        ),
        at_review(
            {"review.doses": 3, "review.scored_doses": 3, "review.best_percent": 0},
            {"review.doses": 3, "review.scored_doses": 2, "review.best_percent": 0},
            protocol="phillips-2019",
        ),
        at_review(
            {"review.doses": 3, "review.scored_doses": 3, "review.best_percent": 0},
            {"review.doses": 4, "review.scored_doses": 3, "review.best_percent": 0},
            protocol="phillips-2019",
        ),
    ],
    "booster-when-worse": [
        at_review(
            {"review.best_percent": 50, "review.worse_points": 5}, {"review.best_percent": 49, "review.worse_points": 5}
        ),
        at_review(
            {"review.best_percent": 50, "review.worse_points": 5},
            {"review.best_percent": 50, "review.worse_points": 4, "review.phq9": 9},
        ),
        at_review(
            {"review.best_percent": 50, "review.phq9": 10},
            {"review.best_percent": 50, "review.phq9": 10},
            other="field-trip-2023",
        ),
    ],
    "not-spaced-by-month-two": [
        at_review({"review.weeks": 8, "review.every_days": 6}, {"review.weeks": 7, "review.every_days": 6}),
        at_review({"review.weeks": 8, "review.every_days": 6}, {"review.weeks": 8, "review.every_days": 7}),
        at_review(
            {"review.weeks": 8, "review.every_days": 6}, {"review.weeks": 8, "review.every_days": 6},
            other="esketamine-trd",
        ),
    ],
}  # fmt: skip
"""For each rule of ``review.toml``, the cases of ``TODAY``."""

ALWAYS = {"weekday-pair", "frame-consent", "frame-mood"}
"""Rules that speak of everybody."""


def drives_alone(protocol: Protocol) -> Protocol:
    """Return a protocol none of whose visits asks that somebody takes the patient home."""
    return replace(protocol, visits={name: replace(visit, escort=False) for name, visit in protocol.visits.items()})


ESKETAMINE = RuleCase(protocol="esketamine-trd", other="kap-standard")

INSTRUCTIONS: dict[str, list[RuleCase]] = {
    "blood-pressure-first": [RuleCase(other="hull-2022"), RuleCase(protocol="r107-2024", other="hull-2022")],
    "ride-home": [RuleCase(unchanged=drives_alone), RuleCase(other="hull-2022")],
    "no-driving-until-rested": [RuleCase()],
    "site-and-staff": [ESKETAMINE],
    "no-food": [ESKETAMINE],
    "no-drink": [ESKETAMINE],
    "no-nasal-spray": [ESKETAMINE],
    "fasting-solids": [
        RuleCase(misses={"treatment.route": "sl"}),
        RuleCase(fires={"treatment.route": "iv"}, misses={"treatment.route": "sc"}),
        RuleCase(other="esketamine-trd"),
    ],
    "fasting-liquids": [
        RuleCase(misses={"treatment.route": "oral"}),
        RuleCase(fires={"treatment.route": "iv"}, misses={"treatment.route": "sc"}),
        RuleCase(other="esketamine-trd"),
    ],
    "day-after": [RuleCase(other="esketamine-trd")],
    "no-alcohol-or-cannabis": [RuleCase()],
    "abstinent-at-the-visit": [
        RuleCase(protocol="kare-2022", other="krupitsky-2007"),
        RuleCase(protocol="dakwar-2020", other="dakwar-2019"),
    ],
    "pregnancy-test": [
        conditions("childbearing-potential", protocol="feder-2025"),
        RuleCase(fires={"history.pregnancy": "possible"}, protocol="feder-2025"),
        RuleCase(
            fires={"history.pregnancy": "possible"}, misses={"history.pregnancy": "possible"},
            protocol="feder-2025", other="feder-2021",
        ),
    ],
    "somebody-at-home": [RuleCase(protocol="hull-2022", other="kap-standard")],
    "hold-stimulant": [drug("methylphenidate", "sertraline"), drug("modafinil", "melatonin")],
    "hold-sedative": [
        drug("oxycodone", "paracetamol"),
        drug("zolpidem", "melatonin"),
        drug("tizanidine", "ibuprofen"),
        drug("diphenhydramine", "loratadine"),
    ],
    "hold-benzodiazepine": [drug("lorazepam", "buspirone")],
}  # fmt: skip
"""For each instruction, what has it told, and what just has not."""

TOLD_ALWAYS = {"no-driving-until-rested", "no-alcohol-or-cannabis"}
"""Instructions of every dose."""
