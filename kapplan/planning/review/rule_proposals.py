"""The rules that reviews weigh beside the protocol's gates: little improvement, spacing, remission that lasts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from kapplan.model.plan import Plan, PlannedVisit
from kapplan.model.protocol import is_verified
from kapplan.model.review import Basis, Proposes
from kapplan.model.rules import TailoringRule
from kapplan.planning.phrases.words import listed, visit_words
from kapplan.planning.review.gates import review_rules
from kapplan.planning.review.proposals import Draft, open_visits
from kapplan.planning.rules.facts import Facts
from kapplan.planning.rules.recorded_scores import doses_given, main_measure, review_facts
from kapplan.planning.rules.screening import source_text
from kapplan.planning.rules.tailoring import is_told


def rule_drafts(plan: Plan, basis: Basis, today: date) -> Iterator[Draft]:
    """Yield what the rules propose that hold of the scores, but for what gates decide by and stepping back."""
    facts = Facts(
        profile=basis.profile,
        protocol=basis.protocol,
        today=today,
        rules=basis.rules,
        review=review_facts(plan, basis, today),
    )
    for rule in review_rules(basis):
        leads_to = basis.book.proposes[rule.id].to
        if not _matters(plan, basis, rule) or not is_told(rule, facts):
            continue
        if leads_to == "leave-out":
            yield _leave_out(plan, basis, rule, today)
        elif leads_to == "note":
            yield _draft(basis, rule, _with_proxy(plan, basis, rule.text), "note")
        elif leads_to in {"lengthen", "shorten"}:
            yield from _check_ins(plan, basis, rule, leads_to)


def _draft(
    basis: Basis, rule: TailoringRule, text: str, effect: str, *, visit: str | None = None, on: date | None = None
) -> Draft:
    sources = {**basis.book.sources, **basis.rules.sources}
    return Draft(
        rule=rule.id,
        text=text,
        effect=effect,
        source=source_text(rule.source, sources),
        verified=is_verified(rule.source, sources),
        visit=visit,
        on=on,
    )


def _with_proxy(plan: Plan, basis: Basis, text: str) -> str:
    """Return a sentence with the word that it was judged by a stand-in, where it was."""
    measure = main_measure(plan, basis)
    proxy = next((proxy for proxy in basis.book.proxies if proxy.measure == measure), None)
    return text if proxy is None else f"{text} (Proxy: judged by the {basis.measures.measures[proxy.measure].title}.)"


def _leave_out(plan: Plan, basis: Basis, rule: TailoringRule, today: date) -> Draft:
    """Return the proposal to leave out the doses of the active course that are still ahead."""
    ahead = [visit for visit in open_visits(plan) if visit.kind == "dosing" and visit.tier == "course"]
    text = _with_proxy(plan, basis, rule.text)
    on = max((score.on for score in plan.scores if score.on <= today), default=None)
    if not ahead:
        return _draft(basis, rule, text, "note", on=on)
    words = listed(visit_words(visit.id) for visit in ahead)
    effect = f"drop:{','.join(visit.id for visit in ahead)}"
    return _draft(basis, rule, f"{text} Leave out {words}?", effect, on=on)


def _matters(plan: Plan, basis: Basis, rule: TailoringRule) -> bool:
    """Tell whether a rule is told as the course stands."""
    ahead = {visit.tier for visit in open_visits(plan) if visit.kind == "dosing"}
    later = any(phase.follow_up and _has_doses(basis, phase.id) for phase in basis.protocol.phases)
    told = {
        "always": True,
        "doses-ahead": bool(ahead),
        "course-doses-ahead": "course" in ahead,
        "no-later-doses": not later,
    }
    return told[basis.book.proposes[rule.id].while_]


def _has_doses(basis: Basis, phase_id: str) -> bool:
    phase = next(phase for phase in basis.protocol.phases if phase.id == phase_id)
    return any(basis.protocol.kind_of(series.visit) == "dosing" for series in phase.series)


def _check_ins(plan: Plan, basis: Basis, rule: TailoringRule, leads_to: Proposes) -> Iterator[Draft]:
    """Yield that check-ins of the follow-up come at longer or shorter intervals, where no doses are ahead to space."""
    ahead = open_visits(plan)
    check_ins = [visit for visit in ahead if visit.kind == "check-in"]
    judged = _last_scored(plan)
    if not check_ins or judged is None or any(visit.kind == "dosing" for visit in ahead):
        return
    if leads_to == "shorten":
        text = f"{rule.text} Add a check-in before {visit_words(check_ins[0].id)} (`kapplan add PLAN check-in`)."
        yield _draft(basis, rule, text, "note", visit=judged.id)
    elif len(check_ins) > 1:
        spared = check_ins[0:-1:2]
        words = listed(visit_words(visit.id) for visit in spared)
        text = f"{rule.text} Leave out {words}?"
        yield _draft(basis, rule, text, f"drop:{','.join(visit.id for visit in spared)}", visit=judged.id)


def _last_scored(plan: Plan) -> PlannedVisit | None:
    """Return the last check-in or review that was held after the last dose."""
    doses = doses_given(plan, date.max)
    last = doses[-1].day if doses else date.min
    held = [
        visit
        for visit in plan.visits
        if visit.kind in {"check-in", "review"} and visit.status == "completed" and visit.day > last
    ]
    return max(held, key=lambda visit: visit.day) if held else None
