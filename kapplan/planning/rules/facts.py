"""What is known of a case, by the names that conditions use: the profile's fields, the protocol's, and what follows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from datetime import date
from functools import cached_property
from typing import NamedTuple

from kapplan.dataclass import dataclass
from kapplan.dates import DAYS_IN_WEEK
from kapplan.model.clinic import Clinic
from kapplan.model.profile import Medication, Profile
from kapplan.model.protocol import Protocol, Series
from kapplan.model.rules import Rulebook
from kapplan.model.terms import DOSES, INTEGRATIONS
from kapplan.model.visits import Minutes
from kapplan.planning.rules.drug_names import classes_of, drugs_in, told_unknown
from kapplan.planning.rules.kept import kept_of_few

DIAZEPAM_MG = 10
"""The milligrams of diazepam that equivalents are given for."""

Value = str | int | float | bool | tuple[str, ...] | tuple[int, ...]
"""What a field can hold; ``None`` stands for a field that is left out."""


class Derived(NamedTuple):
    """A field that is worked out: the profile's key that it needs (if any), its kind and what it is in words.

    One ``of_protocol`` says something of the protocol: its key only chooses or compares; no finding is read from it.
    One that ``counts_days`` changes by itself, from one day to the next.
    """

    key: str | None
    kind: str
    words: str
    of_protocol: bool = False
    counts_days: bool = False


DERIVED: Mapping[str, Derived] = {
    "age": Derived(
        "patient.birth_date",
        "number",
        "the patient's age in years on the first day a dose could fall on",
        counts_days=True,
    ),
    "days_since.symptoms": Derived("symptoms.on", "number", "days since the symptoms were asked for", counts_days=True),
    "bp.systolic": Derived("symptoms.bp", "number", "the first number of the blood pressure"),
    "bp.diastolic": Derived("symptoms.bp", "number", "the second number of the blood pressure"),
    "medications.names": Derived("history.medications", "list", "the medications as the profile names them"),
    "medications.classes": Derived("history.medications", "list", "the classes of the medications, by the rules"),
    "medications.unknown": Derived(
        "history.medications", "list", "the medications that stand nowhere, with the nearest name that does"
    ),
    "medications.unspoken": Derived("history.medications", "list", "the medications of which no rule speaks"),
    "medications.without_equivalent": Derived(
        "history.medications", "list", "the benzodiazepines for which no equivalent is known"
    ),
    "medications.diazepam_mg": Derived(
        "history.medications.daily_mg", "number", "the benzodiazepines of a day as milligrams of diazepam, at most"
    ),
    "medications.diazepam_mg_least": Derived(
        "history.medications.daily_mg", "number", "the same by the table that gives the least"
    ),
    "insurer.approvals": Derived("authorization", "number", "how many authorizations of an insurer the profile names"),
    "protocol.id": Derived(None, "word", "the protocol's id"),
    "protocol.lineage": Derived(None, "list", "the protocol's id and that of the one it extends"),
    "protocol.sourced": Derived(None, "flag", "whether it names a source: what a clinic writes for itself need not"),
    "protocol.drug": Derived(None, "word", "the protocol's drug"),
    "protocol.route": Derived("treatment.route", "word", "the route: the protocol's, or the profile's choice", True),
    "protocol.setting": Derived(None, "word", "clinic, home or inpatient"),
    "protocol.indications": Derived(None, "list", "the diagnoses that the protocol is for"),
    "protocol.indicated": Derived("history.diagnoses", "flag", "whether a diagnosis that it is for is stated", True),
    "protocol.off_label": Derived(None, "flag", "whether no product label covers it"),
    "protocol.stability_days": Derived(None, "number", "how long an antidepressant must have been stable"),
    "protocol.kinds": Derived(None, "list", "the kinds of visits of the protocol"),
    "protocol.dosing_places": Derived(None, "list", "where its doses are given: clinic, home"),
    "protocol.escort": Derived(None, "flag", "whether somebody must take the patient home after a dose"),
    "protocol.doses_a_week": Derived(None, "number", "the most doses that a treatment week can have"),
    "protocol.least_gap": Derived(None, "number", "the fewest days that the rules leave between two doses"),
    "protocol.follow_up_gaps": Derived(None, "numbers", "the days aimed at between doses of the follow-up"),
    "protocol.integrates": Derived(None, "flag", "whether every dose is followed by an integration before the next"),
    "dosing.monitor": Derived("clinic.minutes", "number", "minutes of monitoring at a dosing visit"),
    "dosing.total": Derived("clinic.minutes", "number", "minutes of a dosing visit in all"),
    "review.madrs": Derived(None, "number", "at a review: the MADRS of that day"),
    "review.cgi_s": Derived(None, "number", "at a review: the CGI-S of that day"),
    "review.phq9": Derived(None, "number", "at a review: the PHQ-9 of that day"),
    "review.improved_percent": Derived(
        None, "number", "at a review: the percentage of the baseline score that is lost"
    ),
    "review.worse_points": Derived(None, "number", "at a review: points that the PHQ-9 has risen since the last one"),
    "review.best_percent": Derived(
        None, "number", "at a review: the largest percentage of the baseline lost at any score since the first dose"
    ),
    "review.doses": Derived(None, "number", "at a review: how many doses were given"),
    "review.scored_doses": Derived(None, "number", "at a review: how many doses have a score after them"),
    "review.weeks": Derived(None, "number", "at a review: whole weeks since the first dose"),
    "review.every_days": Derived(None, "number", "at a review: the days between doses now"),
    "review.weeks_in_remission": Derived(None, "number", "at a review: for how many weeks scores are in remission"),
}
"""The fields that are worked out; those that name a drug or a class stand in ``BY_NAME``."""

BY_NAME: Mapping[str, Derived] = {
    "medications.daily_mg.": Derived(
        "history.medications.daily_mg", "number", "the daily milligrams of a drug, 0 where it is not taken"
    ),
    "medications.of.": Derived("history.medications", "list", "the medications of a class or a group of classes"),
    "medications.count.": Derived("history.medications", "number", "how many medications are of a class or a group"),
    "medications.days_since_start.": Derived(
        "history.medications.since", "number", "the days since the newest drug of a class was begun", counts_days=True
    ),
}


def derived(name: str) -> Derived | None:
    """Return what is known of a field that is worked out; ``None`` for a field of the profile."""
    for prefix, found in BY_NAME.items():
        if name.startswith(prefix):
            return found
    return DERIVED.get(name)


def key_of(name: str) -> str | None:
    """Return the profile's key that a field is read from; ``None`` where the profile has no say in it."""
    found = derived(name)
    return name if found is None else found.key


@dataclass(frozen=True)
class Facts:
    """A case as conditions see it.

    ``today`` is the day from which ages and durations count: they are unknown without it. ``rules`` know the names of
    drugs; ``review`` gives what only a review knows, by its fields.
    """

    profile: Profile
    protocol: Protocol
    today: date | None
    rules: Rulebook = field(default_factory=Rulebook)
    clinic: Clinic | None = None
    review: Mapping[str, Value] = field(default_factory=dict)

    def value(self, name: str) -> Value | None:
        """Return the value of a field; ``None`` where the profile leaves it out. ``KeyError`` where there is none."""
        known = self._known
        if name not in known:
            known[name] = self._found(name)
        return known[name]

    @cached_property
    def first_dose(self) -> date | None:
        """The first day that a dose could fall on: one given, the one that is fixed, the asked start, ``today``."""
        given = [one.on for one in self.profile.given if one.kind in DOSES]
        treatment = self.profile.treatment
        if given or treatment.first_dose is not None:
            return min(given, default=treatment.first_dose)
        return self.today if self.today is None or treatment.start is None else max(self.today, treatment.start)

    @cached_property
    def _known(self) -> dict[str, Value | None]:
        return {}

    def _found(self, name: str) -> Value | None:
        if name.startswith("medications."):
            _, what, *of = name.split(".", 2)
            work = {"daily_mg": self._daily_mg, "days_since_start": self._days, "of": self._of, "count": self._count}
            if of and what in work:
                return work[what](of[0])
        if name in DERIVED:
            group, _, _ = name.partition(".")
            found = _GROUPS[group](self)
            self._known.update(found)
            return found.get(name)
        table, _, key = name.partition(".")
        try:
            value: Value | None = getattr(getattr(self.profile, table), key)
        except AttributeError:
            raise KeyError(name) from None
        return value

    # Medications

    @cached_property
    def taken(self) -> tuple[tuple[Medication, tuple[str, ...]], ...] | None:
        """The medications with their classes; ``None`` where the profile says nothing of them."""
        medications = self.profile.history.medications
        if medications is None:
            return None
        return tuple((one, classes_of(one.name, self.rules)) for one in medications)

    @cached_property
    def unspoken(self) -> tuple[str, ...]:
        """The medications that are common drugs, of no class that the package's rules speak of."""
        common = self.rules.common.keys() - self.rules.medications.keys()
        return tuple(one.name for one, classes in self.taken or () if classes and common >= set(classes))

    def _daily_mg(self, drug: str) -> Value | None:
        if self.taken is None:
            return None
        doses = [one.daily_mg for one, _ in self.taken if drug in drugs_in(one.name, (drug,), self.rules)]
        known = [dose for dose in doses if dose is not None]
        return sum(known) if len(known) == len(doses) else None

    def equivalent(self, choose: Callable[[Iterable[float]], float]) -> float | None:
        """Return the milligrams of diazepam that the benzodiazepines of a day equal, by the tables chosen.

        Those without an equivalent are left out; ``None`` where a dose that is needed is not stated.
        """
        total = 0.0
        for one, _ in self.taken or ():
            for drug in drugs_in(one.name, tuple(self.rules.equivalents), self.rules):
                if one.daily_mg is None:
                    return None
                total += choose(one.daily_mg * DIAZEPAM_MG / equal for equal in self.rules.equivalents[drug])
        return total

    def _of(self, group: str) -> Value | None:
        if self.taken is None:
            return None
        wanted = {group, *self.rules.groups.get(group, ())}
        return tuple(one.name for one, classes in self.taken if wanted & set(classes))

    def _count(self, group: str) -> Value | None:
        named = self._of(group)
        return len(named) if isinstance(named, tuple) else None

    def _days(self, group: str) -> Value | None:
        begun = [one.since for one, classes in self.taken or () if group in classes]
        today = self.today
        known = [(today - since).days for since in begun if since is not None and today is not None]
        return min(known) if known and len(known) == len(begun) else None


def _of_patient(facts: Facts) -> dict[str, Value | None]:
    born, day = facts.profile.patient.birth_date, facts.first_dose
    if born is None or day is None:
        return {}
    return {"age": day.year - born.year - ((day.month, day.day) < (born.month, born.day))}


def _of_days(facts: Facts) -> dict[str, Value | None]:
    asked, today = facts.profile.symptoms.on, facts.today
    return {} if asked is None or today is None else {"days_since.symptoms": (today - asked).days}


def _of_pressure(facts: Facts) -> dict[str, Value | None]:
    reading = facts.profile.symptoms.bp
    if reading is None:
        return {}
    systolic, diastolic = reading.split("/")
    return {"bp.systolic": int(systolic), "bp.diastolic": int(diastolic)}


def _of_medications(facts: Facts) -> dict[str, Value | None]:
    if facts.taken is None:
        return {}
    return {
        "medications.names": tuple(one.name for one, _ in facts.taken),
        "medications.classes": tuple(dict.fromkeys(group for _, classes in facts.taken for group in classes)),
        "medications.unknown": tuple(
            told_unknown(one.name, facts.rules) for one, classes in facts.taken if not classes
        ),
        "medications.unspoken": facts.unspoken,
        "medications.without_equivalent": tuple(
            one.name
            for one, classes in facts.taken
            if "benzodiazepine" in classes and not drugs_in(one.name, tuple(facts.rules.equivalents), facts.rules)
        ),
        "medications.diazepam_mg": facts.equivalent(max),
        "medications.diazepam_mg_least": facts.equivalent(min),
    }


def _of_protocol(facts: Facts) -> dict[str, Value | None]:
    route = facts.protocol.route or facts.profile.treatment.route
    return {**_of_protocol_alone(facts.protocol), "protocol.route": route, "protocol.indicated": _indicated(facts)}


@kept_of_few
def _of_protocol_alone(protocol: Protocol) -> dict[str, Value | None]:
    """Return what a protocol says whoever the patient is."""
    return {
        "protocol.id": protocol.id,
        "protocol.lineage": (protocol.id, *([protocol.extends] if protocol.extends else [])),
        "protocol.sourced": bool(protocol.sources),
        "protocol.drug": protocol.drug,
        "protocol.setting": protocol.setting,
        "protocol.indications": protocol.indications,
        "protocol.off_label": protocol.off_label,
        "protocol.stability_days": protocol.stability_days,
        "protocol.kinds": tuple(dict.fromkeys(protocol.kind_of(series.visit) for series, _ in _series(protocol))),
        "protocol.dosing_places": tuple(dict.fromkeys(protocol.visits[one.visit].place for one in _doses(protocol))),
        "protocol.escort": any(visit.escort for visit in protocol.visits.values()),
        "protocol.doses_a_week": _doses_a_week(protocol),
        "protocol.least_gap": min((least for least in map(_least_gap, _doses(protocol)) if least), default=None),
        "protocol.follow_up_gaps": tuple(_follow_up_gaps(protocol)),
        "protocol.integrates": _integrates(protocol),
    }


def _indicated(facts: Facts) -> bool | None:
    """Tell whether the patient has what the protocol is for; ``None`` where no diagnosis is stated at all."""
    diagnoses, indications = facts.profile.history.diagnoses, facts.protocol.indications
    return None if diagnoses is None else not indications or any(one in indications for one in diagnoses)


def _of_dosing(facts: Facts) -> dict[str, Value | None]:
    protocol = facts.protocol
    dosing = [name for name in protocol.visits if protocol.kind_of(name) == "dosing"]
    lengths = [length(protocol, facts.clinic, name) for name in dosing]
    if not lengths:
        return {}
    return {
        "dosing.monitor": min(minutes.monitor for minutes in lengths),
        "dosing.total": min(minutes.total for minutes in lengths),
    }


_GROUPS: Mapping[str, Callable[[Facts], dict[str, Value | None]]] = {
    "age": _of_patient,
    "days_since": _of_days,
    "bp": _of_pressure,
    "medications": _of_medications,
    "insurer": lambda facts: {"insurer.approvals": len(facts.profile.authorization)},
    "protocol": _of_protocol,
    "dosing": _of_dosing,
    "review": lambda facts: dict(facts.review),
}


def length(protocol: Protocol, clinic: Clinic | None, name: str) -> Minutes:
    """Return the length of a type of visit: the clinic's where it says so, else the protocol's."""
    visit = protocol.visits[name]
    changes = clinic.minutes if clinic is not None else {}
    change = changes.get(name) or changes.get(protocol.kind_of(name))
    parts = {part: getattr(visit.minutes, part) for part in ("prepare", "administer", "monitor", "clear")}
    if change is not None:
        parts |= {part: minutes for part in parts if (minutes := getattr(change, part)) is not None}
    return Minutes(**parts)


def _series(protocol: Protocol) -> Iterator[tuple[Series, bool]]:
    """Yield every series with whether it belongs to the follow-up."""
    for phase in protocol.phases:
        for series in phase.series:
            yield series, phase.follow_up


def _doses(protocol: Protocol) -> Iterator[Series]:
    for series, _ in _series(protocol):
        if protocol.kind_of(series.visit) == "dosing":
            yield series


def _least_gap(series: Series) -> int | None:
    """Return the fewest days between two doses of a series that can have more than one."""
    several = (series.count or 1) > 1 or series.doses is not None or series.weeks is not None
    return series.gap.min if several and series.gap is not None else None


def _doses_a_week(protocol: Protocol) -> int:
    """Return the most doses of a treatment week: what caps allow, else what counts and gaps do."""
    caps = [
        limit.cap.max
        for limit in protocol.limits
        if limit.cap is not None and limit.cap.every == DAYS_IN_WEEK and "dosing" in limit.cap.visits
    ]
    if caps:
        return min(caps)
    counts = [1]
    for series in _doses(protocol):
        gap = _least_gap(series)
        if series.weeks is not None and series.weeks.every == 1:
            counts.append(series.weeks.count)
        elif gap is not None:
            counts.append(min(series.count or 1, (DAYS_IN_WEEK - 1) // max(gap, 1) + 1))
    return max(counts)


def _follow_up_gaps(protocol: Protocol) -> Iterator[int]:
    for series, follow_up in _series(protocol):
        if follow_up and protocol.kind_of(series.visit) == "dosing" and series.weeks is not None:
            yield series.weeks.every * DAYS_IN_WEEK


def _integrates(protocol: Protocol) -> bool:
    """Tell whether each series of several doses has its integrations, all of them before the next dose."""
    return any(
        protocol.kind_of(series.visit) in INTEGRATIONS
        and series.each is not None
        and series.each.visit == "dosing"
        and series.each.numbers is None
        and series.before_next is not None
        for series, _ in _series(protocol)
    )
