"""What rules can ask, worked out on small cases by hand: ages, drugs, equivalents, doses a week, lengths."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from support.protocols import HEAD, protocol_of

from kapplan.model.clinic import Clinic, MinutesChange
from kapplan.model.profile import Given, History, Medication, Patient, Profile, Symptoms, Treatment
from kapplan.model.protocol import Protocol
from kapplan.model.rules import Rulebook
from kapplan.planning.rules.facts import DERIVED, Facts, Value, derived, key_of, length

TODAY = date(2027, 3, 1)
BOOK = Rulebook(
    medications={"benzodiazepine": ("lorazepam", "diazepam", "mexazolam"), "opioid": ("morphine",)},
    common={"statin": ("simvastatin",), "opioid": ("codeine",)},
    groups={"sedative": ("benzodiazepine", "opioid")},
    brands={"ativan": "lorazepam"},
    equivalents={"lorazepam": (1.0, 2.0), "diazepam": (10.0,)},
)
ONE_DOSE = """
[[phases]]
id = "doses"
[[phases.series]]
visit = "dosing"
"""


def facts(
    *taken: Medication, protocol: str = ONE_DOSE, today: date | None = TODAY, clinic: Clinic | None = None, **more: Any
) -> Facts:
    """Return a case that takes some drugs; without any, that says that there are none."""
    given = {"history": History(medications=taken), "treatment": Treatment(protocol="made-up"), **more}
    patient = Profile(patient=Patient(id="p", birth_date=date(1990, 3, 1)), **given)
    return Facts(profile=patient, protocol=protocol_of(protocol), today=today, rules=BOOK, clinic=clinic)


def drug(name: str, daily_mg: float | None = None, since: date | None = None) -> Medication:
    """Return a drug as a profile names it."""
    return Medication(name=name, daily_mg=daily_mg, since=since)


UNSAID = History()


@pytest.mark.parametrize(
    ("name", "case", "value"),
    [
        ("age", facts(), 37),
        ("age", facts(today=date(2027, 2, 28)), 36),
        ("age", facts(today=None), None),
        ("age", facts(treatment=Treatment(protocol="made-up", start=date(2028, 3, 1))), 38),
        ("age", facts(treatment=Treatment(protocol="made-up", start=date(2020, 1, 1))), 37),
        ("age", facts(treatment=Treatment(protocol="made-up", first_dose=date(2029, 3, 1))), 39),
        ("age", facts(given=(Given(kind="dosing", on=date(2026, 3, 1)), Given(kind="review", on=TODAY))), 36),
        ("days_since.symptoms", facts(symptoms=Symptoms(on=date(2027, 2, 20))), 9),
        ("days_since.symptoms", facts(symptoms=Symptoms(on=date(2027, 2, 20)), today=None), None),
        ("days_since.symptoms", facts(), None),
        ("bp.systolic", facts(symptoms=Symptoms(bp="128/82")), 128),
        ("bp.diastolic", facts(symptoms=Symptoms(bp="128/82")), 82),
        ("bp.systolic", facts(), None),
        ("insurer.approvals", facts(), 0),
    ],
)
def test_what_is_known_of_the_patient(name: str, case: Facts, value: Value | None) -> None:
    """Ages count from the first day a dose could fall on, symptoms from the day they were asked for."""
    assert case.value(name) == value


TAKEN = (drug("Ativan", 2.0, date(2027, 2, 1)), drug("diazepam 5 mg", 5.0, date(2026, 3, 1)), drug("codeine", 30.0))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("medications.names", ("Ativan", "diazepam 5 mg", "codeine")),
        ("medications.classes", ("benzodiazepine", "opioid")),
        ("medications.of.benzodiazepine", ("Ativan", "diazepam 5 mg")),
        ("medications.of.sedative", ("Ativan", "diazepam 5 mg", "codeine")),
        ("medications.of.statin", ()),
        ("medications.count.sedative", 3),
        ("medications.daily_mg.lorazepam", 2.0),
        ("medications.daily_mg.morphine", 0),
        ("medications.days_since_start.benzodiazepine", 28),
        ("medications.days_since_start.opioid", None),
        ("medications.days_since_start.statin", None),
        ("medications.diazepam_mg", 25.0),
        ("medications.diazepam_mg_least", 15.0),
    ],
)
def test_what_is_known_of_drugs(name: str, value: Value | None) -> None:
    """Drugs count by name, by brand, by class and by groups of classes; what is not stated is unknown."""
    assert facts(*TAKEN).value(name) == value


@pytest.mark.parametrize(
    "name", ["medications.names", "medications.of.opioid", "medications.count.opioid", "medications.daily_mg.codeine"]
)
def test_a_profile_that_says_nothing_of_drugs_is_unknown(name: str) -> None:
    """No drugs stated is not the same as none taken."""
    assert facts(history=UNSAID).value(name) is None
    assert facts(history=UNSAID).equivalent(max) == 0
    assert facts().value(name) in ((), 0)


def test_a_dose_that_is_not_stated_leaves_the_sum_unknown() -> None:
    """Of two entries of one drug both must state their milligrams, also for the equivalent; other drugs need not."""
    both = facts(drug("lorazepam", 1.0), drug("Ativan"))
    assert both.value("medications.daily_mg.lorazepam") is None
    assert both.value("medications.diazepam_mg") is None
    assert facts(drug("lorazepam", 1.0), drug("Ativan", 2.0)).value("medications.daily_mg.lorazepam") == 3.0
    assert facts(drug("lorazepam", 1.0), drug("codeine")).value("medications.diazepam_mg") == 10.0


def test_drugs_of_no_class_are_told_with_the_nearest_name() -> None:
    """A name that stands nowhere is unknown, with what may be meant; a common drug of no rule is unspoken of."""
    case = facts(drug("simvastatin"), drug("lorazepan"), drug("xyz"), drug("mexazolam", 1.0), drug("codeine"))
    assert case.value("medications.unknown") == ("lorazepan (lorazepam?)", "xyz")
    assert case.value("medications.unspoken") == ("simvastatin",)
    assert case.value("medications.without_equivalent") == ("mexazolam",)


def test_the_newest_start_counts_where_all_are_known() -> None:
    """Days since the newest drug of a class was begun; one start left out, or no day to count from, is unknown."""
    newer = (drug("lorazepam", since=date(2027, 2, 1)), drug("diazepam", since=date(2027, 2, 20)))
    name = "medications.days_since_start.benzodiazepine"
    assert facts(*newer).value(name) == 9
    assert facts(*newer, drug("mexazolam")).value(name) is None
    assert facts(*newer, today=None).value(name) is None


def test_fields_of_the_profile_are_read_by_their_keys() -> None:
    """A key of the profile has its value, and a name that nobody has is an error."""
    case = facts()
    assert case.value("treatment.protocol") == "made-up"
    assert key_of("treatment.protocol") == "treatment.protocol"
    for name in ("treatment.nothing", "nothing.at_all", "medications.nothing.of"):
        with pytest.raises(KeyError):
            case.value(name)


@pytest.mark.parametrize("group", sorted({name.partition(".")[0] for name in DERIVED} - {"review"}))
def test_every_field_that_is_named_is_worked_out(group: str) -> None:
    """What the table of fields names has a value, where nothing is left out, and asks for no more than it says."""
    case = facts(*TAKEN, symptoms=Symptoms(on=TODAY, bp="120/80"), protocol=LADDER)
    case.profile.history.diagnoses  # noqa: B018  # left out: the only field that may be unknown is the one for it
    unknown = [name for name in DERIVED if name.startswith(group) and case.value(name) is None]
    assert set(unknown) <= {"protocol.indicated", "protocol.route", "protocol.stability_days"}


def test_what_grows_by_the_day_is_marked() -> None:
    """Findings are looked at again when counts of days change: exactly these fields count days."""
    names = [*DERIVED, "medications.days_since_start.opioid", "medications.daily_mg.codeine", "medications.of.opioid"]
    counting = {name for name in names if (field := derived(name)) is not None and field.counts_days}
    assert counting == {"age", "days_since.symptoms", "medications.days_since_start.opioid"}


# Protocols


LADDER = """
[[phases]]
id = "first"
[[phases.series]]
visit = "dosing"
count = 2
gap = { min = 3, max = 9 }
[[phases.series]]
visit = "integration"
each = { visit = "dosing" }
gap = { min = 1, max = 6 }
before_next = { min = 1 }
[[phases]]
id = "later"
follow_up = true
[[phases.series]]
visit = "dosing"
weeks = { from = 4, until = 12, every = 2 }
after = { last = "dosing" }
gap = { min = 10 }
[[phases.series]]
visit = "check-in"
weeks = { from = 4, until = 12, every = 3 }
after = { last = "dosing" }
gap = { min = 10 }
"""


def rows(*series: str, limits: str = "") -> str:
    """Return a protocol of one phase with these series of doses."""
    written = "".join(f'[[phases.series]]\nvisit = "dosing"\n{one}\n' for one in series)
    return f'{limits}[[phases]]\nid = "doses"\n{written}'


def capped(*caps: tuple[int, int, str]) -> str:
    """Return limits: so many visits of a kind in so many days."""
    return "".join(
        f'[[limits]]\nid = "cap-{number}"\ncap = {{ visits = ["{kind}"], max = {most}, every = {every} }}\n'
        for number, (most, every, kind) in enumerate(caps)
    )


APART = '[[limits]]\nid = "days-of-their-own"\napart = ["dosing", "review"]\n'
DAILY = "count = 9\ngap = { min = 1, max = 2 }"


@pytest.mark.parametrize(
    ("text", "week", "least"),
    [
        (ONE_DOSE, 1, None),
        (rows("gap = { min = 2, max = 9 }"), 1, None),
        (rows("count = 1\ngap = { min = 2, max = 9 }"), 1, None),
        (rows("doses = { min = 1, max = 9 }\ngap = { min = 2, max = 9 }"), 1, 2),
        (rows("count = 2\ngap = { min = 2, max = 9 }"), 2, 2),
        (rows("count = 9\ngap = { min = 2, max = 9 }"), 4, 2),
        (rows("count = 9\ngap = { min = 3, max = 9 }"), 3, 3),
        (rows("count = 9\ngap = { min = 6, max = 9 }"), 2, 6),
        (rows("count = 9\ngap = { min = 7, max = 9 }"), 1, 7),
        (rows("count = 9\ngap = { max = 9 }"), 1, None),
        (rows("count = 9\ngap = { min = 0, max = 9 }"), 7, None),
        (rows(DAILY), 7, 1),
        (rows(DAILY, "count = 3\nafter = { last = 'dosing' }\ngap = { min = 2, max = 9 }"), 7, 1),
        (rows("weeks = { until = 4, count = 2 }\ngap = { min = 3 }"), 2, 3),
        (rows("weeks = { until = 4, count = 2, every = 2 }\ngap = { min = 3 }"), 1, 3),
        (rows(DAILY, limits=capped((3, 7, "dosing"))), 3, 1),
        (rows(DAILY, limits=capped((3, 7, "dosing"), (2, 7, "dosing"))), 2, 1),
        (rows(DAILY, limits=capped((3, 14, "dosing"))), 7, 1),
        (rows(DAILY, limits=capped((3, 7, "integration"))), 7, 1),
        (rows(DAILY, limits=APART), 7, 1),
    ],
)
def test_how_many_doses_a_week_has_and_how_near_they_are(text: str, week: int, least: int | None) -> None:
    """Caps of a week say how many doses it has, else the tightest row does; a single dose has no gap."""
    case = facts(protocol=text)
    assert (case.value("protocol.doses_a_week"), case.value("protocol.least_gap")) == (week, least)


def test_what_is_known_of_a_protocol() -> None:
    """Kinds and places come in the order of the phases; gaps of the follow-up are those of its doses."""
    case = facts(protocol=LADDER)
    assert case.value("protocol.kinds") == ("dosing", "integration", "check-in")
    assert case.value("protocol.dosing_places") == ("clinic",)
    assert case.value("protocol.follow_up_gaps") == (14,)
    assert case.value("protocol.least_gap") == 3
    assert case.value("protocol.lineage") == ("made-up",)
    assert case.value("protocol.sourced") is False
    assert case.value("protocol.escort") is False


def test_only_doses_by_the_week_of_the_follow_up_have_gaps_there() -> None:
    """Doses by the week of the active course, and a row of doses later on, say nothing of the follow-up's weeks."""
    weekly = "weeks = { until = 4, every = 2 }\ngap = { min = 3 }"
    plain = "count = 2\nafter = { last = 'dosing' }\ngap = { min = 20, max = 40 }"
    text = rows(weekly) + rows(plain).replace('id = "doses"', 'id = "more"\nfollow_up = true')
    assert facts(protocol=text).value("protocol.follow_up_gaps") == ()


@pytest.mark.parametrize(
    ("series", "all_of_them"),
    [
        ('each = { visit = "dosing" }\nbefore_next = { min = 1 }', True),
        ('each = { visit = "dosing" }', False),
        ('each = { visit = "dosing", numbers = [1] }\nbefore_next = { min = 1 }', False),
        ("count = 2", False),
    ],
)
def test_a_course_integrates_where_each_dose_is_talked_over_before_the_next(series: str, all_of_them: bool) -> None:
    """Integrations of some doses, or at some time after them, are not that; nor are other visits with each dose."""
    text = f'{rows(DAILY)}[[phases.series]]\nvisit = "integration"\ngap = {{ min = 1, max = 6 }}\n{series}\n'
    assert facts(protocol=text).value("protocol.integrates") is all_of_them
    assert facts(protocol=text.replace('"integration"', '"review"')).value("protocol.integrates") is False


def test_the_shortest_dosing_visit_counts() -> None:
    """Of two types of doses the shorter one says how long is monitored; a protocol without doses says nothing."""
    head = HEAD + '[visits.long]\nkind = "dosing"\nminutes = { administer = 90, monitor = 120 }\n'
    two = protocol_of(
        ONE_DOSE + '[[phases.series]]\nvisit = "long"\nafter = { last = "dosing" }\ngap = { min = 3 }\n', head
    )
    case = Facts(profile=facts().profile, protocol=two, today=TODAY)
    assert (case.value("dosing.monitor"), case.value("dosing.total")) == (60, 120)
    head = HEAD.replace("[visits.dosing]", '[visits.group]\nkind = "review"')
    talks = protocol_of('[[phases]]\nid = "talks"\n[[phases.series]]\nvisit = "review"\n', head)
    assert Facts(profile=facts().profile, protocol=talks, today=TODAY).value("dosing.total") is None


@pytest.mark.parametrize(
    ("minutes", "total"),
    [
        ({}, 120),
        ({"dosing": MinutesChange(monitor=0)}, 60),
        ({"dosing": MinutesChange(prepare=20, clear=0)}, 120),
        ({"review": MinutesChange(monitor=200)}, 120),
    ],
)
def test_a_clinic_s_lengths_stand_before_the_protocol_s(minutes: dict[str, MinutesChange], total: int) -> None:
    """What a clinic says of a part holds, also that there is none; what it leaves out is the protocol's."""
    protocol: Protocol = protocol_of(ONE_DOSE)
    assert length(protocol, Clinic(minutes=minutes), "dosing").total == total
    assert facts(clinic=Clinic(minutes=minutes)).value("dosing.total") == total


def test_a_clinic_can_name_a_type_or_its_kind() -> None:
    """The length of a kind holds for each of its types that the clinic does not name itself."""
    protocol = protocol_of(ONE_DOSE, HEAD + '[visits.first]\nkind = "dosing"\nminutes = { administer = 90 }\n')
    of_kind = {"dosing": MinutesChange(administer=30)}
    assert length(protocol, Clinic(minutes=of_kind), "first").administer == 30
    assert (
        length(protocol, Clinic(minutes={**of_kind, "first": MinutesChange(administer=50)}), "first").administer == 50
    )
    assert length(protocol, None, "first").administer == 90
