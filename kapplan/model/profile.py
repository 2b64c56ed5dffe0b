"""The profile: one patient's history, symptoms, goals and availability, as a person wrote it.

Three states are kept apart throughout: stated, stated as none (an empty list), and left out (``None``).
"""

from __future__ import annotations

from dataclasses import field
from datetime import date
from typing import Annotated, Literal

from kapplan.dataclass import dataclass
from kapplan.dates import Weekday
from kapplan.model.clinic import Away, Clinic, ExtraHours, WeeklyHours
from kapplan.model.decisions import Authorization, Override, Widening
from kapplan.model.fields import Bounds, Email, Hours, Id, Language, Pattern, Positive, PreferredTime, Whole, ZoneName
from kapplan.model.terms import Kind, Priority, Route

Diagnosis = Literal[
    "trd", "mdd", "mdsi", "gad", "sad", "ptsd", "complex-ptsd", "bipolar-depression", "aud", "oud", "cud",
    "ocd", "eating-disorder", "chronic-pain", "end-of-life-distress",
]  # fmt: skip
Condition = Literal[
    "aneurysmal-vascular-disease", "arteriovenous-malformation", "intracerebral-haemorrhage",
    "ketamine-hypersensitivity",
    "psychosis", "schizophrenia-spectrum", "mania", "hypomania",
    "hypertension-controlled", "hypertension-uncontrolled", "recent-myocardial-infarction", "recent-stroke",
    "unstable-cardiovascular", "raised-intracranial-pressure", "raised-intraocular-pressure",
    "hepatic-impairment-moderate", "hepatic-impairment-severe",
    "seizure-disorder-uncontrolled", "severe-sleep-apnoea", "porphyria", "hyperthyroidism-uncontrolled",
    "ketamine-cystitis", "urinary-symptoms", "haematuria",
    "substance-use-active", "intoxicated", "positive-drug-screen", "abstinent-24h", "detoxified",
    "childbearing-potential", "contraception-documented", "pregnancy-test-negative", "developmental-trauma", "dementia",
    "low-weight", "severe-coronary-disease", "stroke", "cerebral-trauma", "eclampsia",
]  # fmt: skip
Goal = Literal["rapid-relief", "insight", "trauma", "sobriety", "maintain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """Who the patient is: a pseudonym, and what else the clinic's own views may show."""

    id: Id
    name: str | None = None
    birth_date: date | None = None
    email: Email | None = None
    timezone: ZoneName | None = None
    language: Language | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """Which protocol, from when, and what it leaves open."""

    protocol: str = "kap-standard"
    route: Route | None = None
    start: date | None = None
    start_within: Whole = 14
    first_dose: date | None = None
    doses: Positive | None = None
    assume: Literal["responds", "no-response"] = "responds"
    maintenance_months: Whole = 6
    maintenance_every: Positive | None = None
    therapist: str | None = None
    priority: Priority = "routine"
    devices_per_visit: Positive | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Medication:
    """One drug the patient takes now."""

    name: str
    daily_mg: Annotated[float, Bounds(ge=0)] | None = None
    since: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Diagnoses, conditions, drugs and what else screening asks."""

    diagnoses: tuple[Diagnosis, ...] | None = None
    conditions: tuple[Condition, ...] | None = None
    other: tuple[str, ...] = ()
    failed_antidepressants: Whole | None = None
    medications: tuple[Medication, ...] | None = None
    pregnancy: Literal["no", "possible", "yes", "not-applicable"] | None = None
    breastfeeding: bool | None = None
    prior_ketamine: Literal["none", "responded", "relapsed", "no-response", "adverse"] | None = None
    veteran: bool | None = None
    rems_enrolled: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptoms:
    """Scores on the day ``on``, the baseline that gates compare with."""

    on: date | None = None
    phq9: Annotated[int, Bounds(0, 27)] | None = None
    phq9_item9: Annotated[int, Bounds(0, 3)] | None = None
    gad7: Annotated[int, Bounds(0, 21)] | None = None
    pcl5: Annotated[int, Bounds(0, 80)] | None = None
    madrs: Annotated[int, Bounds(0, 60)] | None = None
    qids_sr16: Annotated[int, Bounds(0, 27)] | None = None
    caps5: Annotated[int, Bounds(0, 80)] | None = None
    ymrs: Annotated[int, Bounds(0, 60)] | None = None
    cssrs: Literal["none", "wish", "thoughts", "method", "intent", "intent-with-plan"] | None = None
    cssrs_behaviour: Literal["never", "past", "last-3-months"] | None = None
    bp: Annotated[str, Pattern(r"\d{2,3}/\d{2,3}", "128/82")] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Goals:
    """What the patient hopes for; ``notes`` are for the clinic's eyes and never leave the profile."""

    primary: Goal | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefer:
    """Days and a time of day that the patient would rather have."""

    days: tuple[Weekday, ...] = ()
    time: PreferredTime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Avoid:
    """Days that the patient would rather not have."""

    days: tuple[Weekday, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientHours(ExtraHours):
    """Hours in which the patient can come beside those of the week, ``despite_away`` even while they are away.

    With ``escort`` whoever takes the patient home can do so within them, whatever their own hours are.
    """

    despite_away: bool = False
    escort: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """When the patient can come; with no weekday at all, any time."""

    mon: tuple[Hours, ...] | None = None
    tue: tuple[Hours, ...] | None = None
    wed: tuple[Hours, ...] | None = None
    thu: tuple[Hours, ...] | None = None
    fri: tuple[Hours, ...] | None = None
    sat: tuple[Hours, ...] | None = None
    sun: tuple[Hours, ...] | None = None
    also: tuple[PatientHours, ...] = ()
    away: tuple[Away, ...] = ()
    prefer: Prefer = Prefer()
    avoid: Avoid = Avoid()

    @property
    def weekly(self) -> WeeklyHours | None:
        """The hours by weekday, or ``None`` where no weekday is named and any time will do."""
        named = {"mon": self.mon, "tue": self.tue, "wed": self.wed, "thu": self.thu, "fri": self.fri, "sat": self.sat,
                 "sun": self.sun}  # fmt: skip
        weekly: WeeklyHours = {day: hours for day, hours in named.items() if hours is not None}  # type: ignore[misc]
        return weekly or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Travel:
    """How the patient comes and who takes them home."""

    distance_miles: Annotated[float, Bounds(ge=0)] | None = None
    escort: Literal["arranged", "needed", "none"] | None = None
    escort_hours: WeeklyHours | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tailoring:
    """Tailoring rules, and instructions, that this patient's course goes without.

    ``frame = "none"`` leaves out all rules of the frame.
    """

    without: tuple[str, ...] = ()
    frame: Literal["none"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A visit held before this plan was made."""

    kind: Kind
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicOfProfile(Clinic):
    """The clinic of a profile: its file, or its own keys inline."""

    file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One patient's profile, with the tables and keys of the file."""

    patient: Patient
    treatment: Treatment
    history: History = field(default_factory=History)
    symptoms: Symptoms = field(default_factory=Symptoms)
    goals: Goals = field(default_factory=Goals)
    availability: Availability = field(default_factory=Availability)
    travel: Travel = field(default_factory=Travel)
    tailoring: Tailoring = field(default_factory=Tailoring)
    given: tuple[Given, ...] = ()
    authorization: tuple[Authorization, ...] = ()
    override: tuple[Override, ...] = ()
    widen: tuple[Widening, ...] = ()
    clinic: ClinicOfProfile | None = None
