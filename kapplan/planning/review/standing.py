"""Safety as it stands: a plan screened afresh, over all that was ever recorded of the patient.

A notice is what asks for a person: a safety finding, a refusal that appears in mid-course, an alert of a measure. It is
read from evidence, and stands until somebody settles it, or until the record that it was read from is taken back: a
later, calmer answer does not silence it. To settle is to acknowledge; a refusal still holds the doses.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import cache

from kapplan.dataclass import replace
from kapplan.dates import days_between
from kapplan.model.clinic import Clinic, ClinicAlert
from kapplan.model.decisions import Evidence, Screened, Settlement
from kapplan.model.measures import Alert, Measures, Scale
from kapplan.model.plan import Finding, Plan, PlannedVisit, Reason
from kapplan.model.profile import History, Profile
from kapplan.model.protocol import is_verified
from kapplan.model.review import Basis
from kapplan.model.rules import ScreeningRule
from kapplan.model.terms import DOSES
from kapplan.planning.amend.tasks import tasks_after
from kapplan.planning.phrases.words import day_words, listed, short_day_words
from kapplan.planning.review.stated import SYMPTOMS, Stated, key_of_measure, key_of_note, recorded_days, stated_on
from kapplan.planning.rules.conditions import evaluate, fields_of, holds_of, places_of, witnesses
from kapplan.planning.rules.facts import Facts, derived, key_of
from kapplan.planning.rules.kept import kept_of_few
from kapplan.planning.rules.scoring import alerts
from kapplan.planning.rules.screening import filled, screen, source_text

LONGEST = timedelta(days=90)
"""For how long findings are said to stay as they are, at most."""

_THE_CLINIC = "the clinic's file"


def screened(plan: Plan, basis: Basis, today: date) -> Plan:
    """Return the plan with its findings as they stand today, and its open visits waiting for what holds them."""
    findings = standing_findings(plan, basis, today)
    visits = tuple(_waiting(plan, visit, findings) if visit.open else visit for visit in plan.visits)
    tasks = plan.tasks
    if _asked(findings) != _asked(plan.findings):
        tasks = tuple(tasks_after(plan, visits, findings, today))
    until = _until(plan, basis, findings, today)
    return replace(plan, findings=findings, visits=visits, tasks=tasks, screened=Screened(on=today, until=until))


def notices(plan: Plan) -> tuple[Finding, ...]:
    """Return the notices of a plan that nobody has settled yet."""
    return tuple(finding for finding in plan.findings if finding.safety)


def refusals(plan: Plan) -> tuple[Finding, ...]:
    """Return what refuses further doses as the plan stands, settled or not."""
    return tuple(finding for finding in plan.findings if finding.refuses)


def standing_findings(plan: Plan, basis: Basis, today: date) -> tuple[Finding, ...]:
    """Return every finding of a plan on a day: what nobody has settled first, then what screening says."""
    now = _Screening(plan, basis, today)
    current = [now.with_evidence(finding) for finding in now.findings()]
    past = list(_past(plan, basis, today, [finding for finding in current if finding.evidence]))
    spoken_of = {
        (one.key, one.on) for finding in (*current, *past) if finding.safety for one in finding.evidence
    }  # fmt: skip
    alerts = [(one.evidence[0], one) for one in _alerts(plan, basis.measures, today, basis.clinic)]
    sounding = [finding for read, finding in alerts if (read.key, read.on) not in spoken_of]
    told = [_as_settled(finding, plan.settlements) for finding in (*current, *past[::-1], *sounding[::-1])]
    unsettled = [finding for finding in told if finding.safety]
    lasting = [finding for finding in told[: len(current)] if not finding.safety]
    return (*sorted(unsettled, key=lambda finding: not finding.refuses), *lasting)


class _Screening:
    """One day's screening of a plan."""

    def __init__(self, plan: Plan, basis: Basis, day: date) -> None:
        self.plan, self.basis, self.day = plan, basis, day
        self.stated = stated_on(plan, basis.profile, day)
        self.facts = _facts(self.stated, basis, day)
        self.rules = _by_id(basis.rules.screening)

    def findings(self) -> Iterator[Finding]:
        """Yield what screening says, and what of it is not screened since only a part was answered again."""
        basis, profile = self.basis, self.stated.profile
        found = screen(profile, basis.protocol, self.day, basis.rules, basis.clinic)
        yield from found
        known = {finding.rule for finding in found}
        for finding in (*self._unanswered(), *self._never_asked()):
            if finding.rule not in known:
                yield finding

    def with_evidence(self, finding: Finding) -> Finding:
        """Return a finding that asks for a person as a notice, with what it was read from; others as they are."""
        rule = self.rules.get(finding.rule)
        if rule is None or not (finding.safety or finding.refuses):
            return finding
        holds = DOSES if finding.refuses else finding.holds
        return replace(finding, safety=True, holds=holds, evidence=self.evidence(rule))

    def evidence(self, rule: ScreeningRule) -> tuple[Evidence, ...]:
        """Return what a rule that holds was read from: its keys of the profile, with their values and days.

        A key of which nothing is stated, where the rule holds for want of it, has the value ``none``.
        """
        found: dict[str, list[str]] = {}
        for test in witnesses(rule.when, self.facts):
            key = key_of(test.field or "")
            if key is not None:
                found.setdefault(key, []).extend(self._values(key, test.field or "", test.has_any))
        return tuple(
            Evidence(key=key, value=listed(dict.fromkeys(values) or ("none",)), on=self.stated.day_of(key, values))
            for key, values in found.items()
        )

    def _values(self, key: str, field: str, wanted: tuple[str, ...] | None) -> list[str]:
        if wanted is None and key.startswith(SYMPTOMS):
            field = key
        value = self.facts.value(field) if key != "patient.birth_date" else self.facts.profile.patient.birth_date
        values = value if isinstance(value, tuple) else (value,)
        return [str(one) for one in values if one is not None and (wanted is None or one in wanted)]

    def _unanswered(self) -> Iterator[Finding]:
        """Yield that a part was not asked when its whole was scored again."""
        days, symptoms = self.stated.days, self.stated.profile.symptoms
        for part, scale in self.basis.measures.measures.items():
            on, whole = days.get(f"{SYMPTOMS}{part}"), days.get(f"{SYMPTOMS}{scale.part_of}")
            if on is not None and whole is not None and on < whole:
                without = replace(self.stated.profile, symptoms=replace(symptoms, **{part: None}))
                for finding in self._missing(without, f"{SYMPTOMS}{part}"):
                    yield replace(finding, holds=())

    def _never_asked(self) -> Iterator[Finding]:
        """Yield that the rest of a list was never asked where a note alone speaks of it."""
        first, now = self.basis.profile.history, self.stated.profile.history
        if first.conditions is None and now.conditions is not None:
            yield from self._missing(self._with(replace(now, conditions=None)), "history.conditions")
        if first.medications is None and now.medications is not None:
            yield from self._missing(self._with(replace(now, medications=None)), "history.medications")

    def _with(self, history: History) -> Profile:
        return replace(self.stated.profile, history=history)

    def _missing(self, profile: Profile, key: str) -> Iterator[Finding]:
        found = screen(profile, self.basis.protocol, self.day, self.basis.rules, self.basis.clinic)
        return (finding for finding in found if finding.left_out and finding.key == key)


@kept_of_few
def _by_id(rules: tuple[ScreeningRule, ...]) -> dict[str, ScreeningRule]:
    return {rule.id: rule for rule in rules}


def _facts(stated: Stated, basis: Basis, day: date) -> Facts:
    return Facts(
        profile=stated.profile, protocol=basis.protocol, today=day, rules=basis.rules, clinic=basis.clinic
    )  # fmt: skip


# What earlier answers said


def _past(plan: Plan, basis: Basis, today: date, current: Sequence[Finding]) -> Iterator[Finding]:
    """Yield the notices of earlier answers, the earliest first; what still holds by the same answers is told already.

    Of an earlier refusal a notice is left: whether doses are refused is for the last answer to say.
    """
    days = recorded_days(plan, today)
    if not days:
        return
    rules = [(rule, _keys(rule)) for rule in basis.rules.screening if rule.safety or rule.outcome != "warn"]
    told = [(finding.rule, set(finding.evidence)) for finding in current]
    for day in days:
        then: _Screening | None = None
        for rule, keys in rules:
            answered = keys & _answered(plan, day)
            if not answered:
                continue
            then = then or _Screening(plan, basis, day)
            if not holds_of(rule, then.facts).holds:
                continue
            evidence = then.evidence(rule)
            new = any(one.key in answered and one.on == day for one in evidence)
            if new and not any(name == rule.id and set(evidence) <= known for name, known in told):
                told.append((rule.id, set(evidence)))
                yield Finding(
                    rule=rule.id,
                    level="warn",
                    text=f"{day_words(day)}: {filled(rule.text, then.facts)}",
                    source=source_text(rule.source, basis.rules.sources),
                    safety=True,
                    verified=is_verified(rule.source, basis.rules.sources),
                    evidence=evidence,
                )


def _keys(rule: ScreeningRule) -> set[str]:
    return {key for name in fields_of(rule.when) if (key := key_of(name)) is not None}


def _answered(plan: Plan, day: date) -> set[str]:
    """Return the keys that were answered on a day."""
    scored = {key_of_measure(score.measure) for score in plan.scores if score.on == day}
    return scored | {key_of_note(one) for one in plan.noted if one.on == day}


def with_alerts(plan: Plan, measures: Measures, today: date) -> Plan:
    """Return a plan that cannot be screened with what its scores ask of somebody, before all other findings."""
    known = set(plan.findings)
    found = [_as_settled(finding, plan.settlements) for finding in _alerts(plan, measures, today)]
    new = (finding for finding in reversed(found) if finding.safety and finding not in known)
    return replace(plan, findings=(*new, *plan.findings))


def _alerts(plan: Plan, measures: Measures, today: date, clinic: Clinic | None = None) -> Iterator[Finding]:
    """Yield what each recorded score asks of somebody by the measures' data and the clinic's, the earliest first."""
    own = () if clinic is None else clinic.alerts
    for score in sorted(plan.scores, key=lambda score: score.on):
        scale = measures.measures.get(score.measure)
        if scale is None or score.on > today:
            continue
        more = (_of_clinic(alert, scale) for alert in own if alert.measure == score.measure)
        for alert in alerts(scale, score.value, more):
            yield Finding(
                rule=f"alert-{score.measure}",
                level="warn",
                text=f"{scale.title} {score.value} on {short_day_words(score.on)}: {alert.text}",
                source=_THE_CLINIC if alert.source == _THE_CLINIC else source_text(alert.source, measures.sources),
                safety=True,
                verified=alert.source == _THE_CLINIC or is_verified(alert.source, measures.sources),
                evidence=(Evidence(key=key_of_measure(score.measure), value=str(score.value), on=score.on),),
            )


def _of_clinic(alert: ClinicAlert, scale: Scale) -> Alert:
    """Return a clinic's threshold as one of the measure's own."""
    unit = scale.unit or ""
    high = "" if alert.at_least is None else f"{alert.at_least}{unit} or more"
    low = "" if alert.below is None else f"below {alert.below}{unit}"
    said = f"The clinic's own threshold is {' or '.join(part for part in (high, low) if part)}."
    text = said if alert.text is None else f"{alert.text} {said}"
    return Alert(text=text, source=_THE_CLINIC, at_least=alert.at_least, below=alert.below)


# Settling


def settled(plan: Plan, rule: str, *, by: str, on: date, why: str) -> Plan:
    """Return the plan with the notices of a rule acknowledged, by name and for what was read then.

    ``KeyError`` where no notice of that rule waits.
    """
    evidence = [one for finding in notices(plan) if finding.rule == rule for one in finding.evidence]
    if all(finding.rule != rule for finding in notices(plan)):
        raise KeyError(rule)
    new = Settlement(rule=rule, by=by, on=on, why=why, evidence=tuple(dict.fromkeys(evidence)))
    return replace(plan, settlements=(*plan.settlements, new))


def _as_settled(finding: Finding, settlements: Iterable[Settlement]) -> Finding:
    """Return a notice as one that was seen to, where a settlement covers all that it was read from."""
    if not finding.safety:
        return finding
    own = [one for one in settlements if one.rule == finding.rule]
    covered = {evidence for one in own for evidence in one.evidence}
    if not own or not set(finding.evidence) <= covered:
        return finding
    last = own[-1]
    text = f"{finding.text} Settled by {last.by} on {last.on.isoformat()}: {last.why}"
    return replace(finding, safety=False, settled=True, text=text)


# What findings hold


def _waiting(plan: Plan, visit: PlannedVisit, findings: Sequence[Finding]) -> PlannedVisit:
    """Return an open visit as it waits for the gates that it has and for the findings that hold its kind."""
    gates = {one.id for one in plan.regimen.visits}
    holding = [finding for finding in findings if visit.kind in finding.holds and not finding.overridden]
    awaits = (*(one for one in visit.awaits if one in gates), *dict.fromkeys(finding.rule for finding in holding))
    if awaits == visit.awaits:
        return visit
    found_before = {one for one in visit.awaits if one not in gates}
    kept = (reason for reason in visit.because if reason.rule not in found_before)
    new = (
        Reason(
            rule=finding.rule, text=f"Provisional until this is settled: {finding.text}", source=finding.source,
            verified=finding.verified,
        )
        for finding in holding
    )  # fmt: skip
    return replace(visit, awaits=awaits, provisional=bool(awaits), because=(*kept, *new))


def _asked(findings: Iterable[Finding]) -> set[tuple[object, ...]]:
    """Return what of findings makes tasks."""
    return {
        (finding.rule, finding.task, finding.change, finding.not_screened, finding.holds)
        for finding in findings
        if finding.task is not None or finding.not_screened
    }


# How long it stays so


def _until(plan: Plan, basis: Basis, findings: Sequence[Finding], today: date) -> date:
    """Return the last day through which findings are what they are today as long as nothing is recorded.

    What is counted in days changes by itself, and only grows: so the first day on which a count stands elsewhere among
    the numbers that rules compare it with is found by halving. A score that lies ahead speaks on its day.
    """
    counting = _counting(basis.rules.screening)
    told = {finding.rule for finding in findings}
    if any(rule.id in told and "{" in rule.text for rule in counting):
        return today
    stated = stated_on(plan, basis.profile, today)
    ahead = [day for day in (*(one.on for one in plan.scores), *(one.on for one in plan.noted)) if day > today]
    days = days_between(today, min([today + LONGEST, *(day - timedelta(days=1) for day in ahead)]))

    @cache
    def facts(day: date) -> Facts:
        return _facts(stated, basis, day)

    def places(day: date) -> list[tuple[int, ...]]:
        return [places_of(rule.when, facts(day)) for rule in counting]

    @cache
    def verdicts(day: date) -> list[bool | None]:
        return [evaluate(rule.when, facts(day)).holds for rule in counting]

    at = 0
    while at < len(days):
        now = places(days[at])
        if places(days[-1]) == now:
            return days[-1]
        at = bisect_left(days, True, lo=at, key=lambda day: places(day) != now)
        if at < len(days) and verdicts(days[at]) != verdicts(today):
            break
    return days[at - 1]


@kept_of_few
def _counting(rules: tuple[ScreeningRule, ...]) -> list[ScreeningRule]:
    """Return the rules that ask for what is counted in days."""
    return [rule for rule in rules if any(map(_is_counted, fields_of(rule.when)))]


def _is_counted(name: str) -> bool:
    field = derived(name)
    return field is not None and field.counts_days
