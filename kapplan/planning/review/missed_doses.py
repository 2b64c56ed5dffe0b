"""Missed doses: what the protocol says of them beyond the schedule itself, and lapses that a clinician decides on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from kapplan.dataclass import replace
from kapplan.model.measures import Scale, is_response
from kapplan.model.plan import Plan, PlannedVisit
from kapplan.model.protocol import MissedRule, Phase, is_verified
from kapplan.model.review import Basis
from kapplan.model.terms import DOSES
from kapplan.planning.phrases.words import day_words, visit_words
from kapplan.planning.review.gates import denser, interval_of, review_rules
from kapplan.planning.review.proposals import Draft, effect_of, open_visits
from kapplan.planning.rules.facts import Facts
from kapplan.planning.rules.recorded_scores import Reading, baseline, doses_given, main_measure, readings, review_facts
from kapplan.planning.rules.screening import source_text
from kapplan.planning.rules.tailoring import is_told


def missed_drafts(plan: Plan, basis: Basis, today: date, *, weighed_until: date | None = None) -> Iterator[Draft]:
    """Yield what missed doses, worsening and lapses propose.

    Scores through ``weighed_until`` are those of a review whose proposal is open: whether the patient is worse by them
    is the review's to judge.
    """
    missed = [visit for visit in _missed(plan) if not _is_replaced(plan, visit)]
    for visit in missed:
        rule = basis.protocol.missed.get(visit.phase)
        if rule is not None and rule.then == "ask":
            yield _ask(basis, visit, rule)
    for visit in _partly_given(plan, basis):
        yield _ask_partial(basis, visit)
    lapse = _lapse(plan, basis, today)
    yield from lapse
    if not lapse:
        worse = list(_worse(plan, basis, today, weighed_until or date.min))
        yield from worse
        if not worse and weighed_until is None:
            yield from _ask_for_score(plan, basis, today)


def _missed(plan: Plan) -> list[PlannedVisit]:
    """Return the doses to which the patient did not come, the first one first."""
    doses = (visit for visit in plan.visits if visit.kind in DOSES and visit.status == "missed")
    return sorted(doses, key=lambda visit: visit.start)


def _partly_given(plan: Plan, basis: Basis) -> Iterator[PlannedVisit]:
    """Yield the doses given in part of which the protocol does not say whether they count."""
    for visit in plan.visits:
        rule = basis.protocol.missed.get(visit.phase)
        given_in_part = visit.kind in DOSES and visit.status == "completed" and visit.partial is not None
        if given_in_part and (rule is None or rule.partial == "ask") and not _is_replaced(plan, visit):
            yield visit


def _ask_partial(basis: Basis, visit: PlannedVisit) -> Draft:
    rule = basis.protocol.missed.get(visit.phase) or MissedRule()
    words = f"{visit_words(visit.id).capitalize()} was given in part ({visit.partial}): give it again?"
    text = f"{words} The protocol does not say whether it counts; it does until somebody says otherwise."
    return replace(_draft(basis, visit, rule, text, f"replace:{visit.id}"), rule=f"partial.{visit.phase}")


def _is_replaced(plan: Plan, visit: PlannedVisit) -> bool:
    return any(other.replaces == visit.id for other in plan.visits)


def _ask(basis: Basis, visit: PlannedVisit, rule: MissedRule) -> Draft:
    said = f" {rule.text}" if rule.text else " The protocol does not say what follows."
    text = f"{visit_words(visit.id).capitalize()} of {day_words(visit.start.date())} was missed: give it later?{said}"
    return _draft(basis, visit, rule, text, f"replace:{visit.id}")


def _draft(basis: Basis, visit: PlannedVisit, rule: MissedRule, text: str, effect: str) -> Draft:
    sources = basis.protocol.sources
    return Draft(
        rule=f"missed.{visit.phase}",
        text=text,
        effect=effect,
        source=None if rule.source is None else source_text(rule.source, sources),
        verified=is_verified(rule.source, sources),
        visit=visit.id,
    )


# Worse


def _worse(plan: Plan, basis: Basis, today: date, weighed_until: date) -> Iterator[Draft]:
    """Yield the step back to the denser schedule where the patient is worse, by the rules that reviews weigh.

    In the phases of which the protocol says so it stands on that; elsewhere in the follow-up on the rule itself.
    """
    phase = _phase_now(plan, basis)
    if phase is None or not doses_given(plan, today):
        return
    own = basis.protocol.missed.get(phase.id)
    recent = _missed_in(plan, phase, today)
    facts = Facts(
        profile=basis.profile,
        protocol=basis.protocol,
        today=today,
        rules=basis.rules,
        review=review_facts(plan, basis, today),
    )
    rules = [rule for rule in review_rules(basis) if basis.book.proposes[rule.id].to == "step-back"]
    speaking = next((rule for rule in rules if is_told(rule, facts)), None)
    scored = readings(plan, basis.measures, "phq9", today)
    if speaking is not None and scored and not _was_judged(plan, basis, scored[-1].on, weighed_until):
        sources = {**basis.book.sources, **basis.rules.sources}
        change = f"PHQ-9 from {scored[-2].value} to {scored[-1].value} on {day_words(scored[-1].on)}"
        said = f"{own.text or ''} " if own is not None and own.worse is not None and recent else ""
        yield Draft(
            rule=speaking.id,
            text=f"{change}. {said}{speaking.text}{_step_words(basis, phase, own)}",
            effect=_step(basis, phase, own),
            source=source_text(speaking.source, sources),
            verified=is_verified(speaking.source, sources),
            visit=recent[-1].id if recent else _last_dose(plan, scored[-1].on),
            on=scored[-1].on,
        )
        return
    yield from _worse_otherwise(plan, basis, today, phase, weighed_until)


def _missed_in(plan: Plan, phase: Phase, today: date) -> list[PlannedVisit]:
    """Return the doses of a phase to which the patient did not come by today and that nothing stands in for."""
    missed = (visit for visit in _missed(plan) if not _is_replaced(plan, visit))
    return [visit for visit in missed if visit.phase == phase.id and visit.start.date() <= today]


def _ask_for_score(plan: Plan, basis: Basis, today: date) -> Iterator[Draft]:
    """Yield that a score is wanted after a missed dose of which the protocol asks whether the patient is worse.

    That is the PHQ-9, else the measure that the course goes by; a score of either answers.
    """
    phase = _phase_now(plan, basis)
    own = None if phase is None else basis.protocol.missed.get(phase.id)
    missed = [] if phase is None else _missed_in(plan, phase, today)
    if own is None or own.worse is None or not missed or not doses_given(plan, today):
        return
    telling = [name for name in ("phq9", main_measure(plan, basis)) if name and readings(plan, basis.measures, name)]
    found = [one for name in telling for one in readings(plan, basis.measures, name, today)]
    if not any(one.on >= missed[-1].start.date() for one in found):
        measure = (*telling, "phq9")[0]
        title = basis.measures.measures[measure].title
        words = visit_words(missed[-1].id).capitalize()
        text = f"{words} was missed: record the {title} ({measure}), which tells whether the patient is worse."
        yield _draft(basis, missed[-1], own, f"{text} {own.text or ''}".strip(), "note")


def _worse_otherwise(plan: Plan, basis: Basis, today: date, phase: Phase, weighed_until: date) -> Iterator[Draft]:
    """Yield the step back where another measure than the PHQ-9 that the course records says that the patient is worse.

    By its own data: a change as large as the measure calls one, else a response to treatment that is lost again.
    """
    own = basis.protocol.missed.get(phase.id)
    for measure in dict.fromkeys(score.measure for score in plan.scores if score.measure != "phq9"):
        scored = readings(plan, basis.measures, measure, today)
        scale = basis.measures.measures.get(measure)
        if scale is None or scale.part_of is not None or len(scored) < 2:  # noqa: PLR2004  # a change needs two
            continue
        found = _worse_by(scale, baseline(plan, basis.measures, measure), scored[-2].value, scored[-1].value)
        if found is not None and not _was_judged(plan, basis, scored[-1].on, weighed_until):
            change = f"{scale.title} from {scored[-2].value} to {scored[-1].value} on {day_words(scored[-1].on)}"
            yield Draft(
                rule=f"worse.{measure}",
                text=f"{change}: {found[0]}.{_step_words(basis, phase, own)}",
                effect=_step(basis, phase, own),
                source=source_text(found[1], basis.measures.sources),
                verified=is_verified(found[1], basis.measures.sources),
                visit=_last_dose(plan, scored[-1].on),
                on=scored[-1].on,
            )


def _worse_by(scale: Scale, first: Reading | None, before: int, now: int) -> tuple[str, str] | None:
    """Return why a score is worse than the one before it, and the source that says so; ``None`` where it is not."""
    if scale.better != "lower" or scale.form != "score":
        return None
    for change in scale.change:
        if now - before >= change.points:
            return f"worse by {now - before}, where {change.points} are a {change.what} change", change.source
    if first is None:
        return None
    for response in scale.response:
        if is_response(first.value, before, response.fraction) and not is_response(first.value, now, response.fraction):
            return f"the response of before is lost, from {first.value} at the start", response.source
    return None


def _was_judged(plan: Plan, basis: Basis, scored: date, weighed_until: date) -> bool:
    """Tell whether a score is a review's, or was acted on already: two steps are never taken on one."""
    if scored <= weighed_until:
        return True
    gates = {visit.id for visit in plan.regimen.visits if visit.gate is not None}
    for proposal in plan.proposals:
        if proposal.state == "accepted" and effect_of(proposal.effect)[0] != "note":
            if proposal.on == scored:
                return True
            if proposal.visit in gates:
                until = plan.visit(proposal.visit).day + timedelta(days=basis.book.scores.days_after)
                if scored <= until:
                    return True
    return False


def _step(basis: Basis, phase: Phase, own: MissedRule | None) -> str:
    """Return the effect of being worse: back to the denser phase, where the course has one and may go there."""
    back = denser(basis.protocol, phase.id)
    allowed = phase.follow_up if own is None else own.worse == "step-back" or (own.worse is None and phase.follow_up)
    return f"branch:{back.id}" if back is not None and allowed else "note"


def _step_words(basis: Basis, phase: Phase, own: MissedRule | None) -> str:
    name, target = effect_of(_step(basis, phase, own))
    if name == "note":
        return ""
    title = next(one.title or one.id for one in basis.protocol.phases if one.id == target)
    return f" Go on with \N{LEFT DOUBLE QUOTATION MARK}{title}\N{RIGHT DOUBLE QUOTATION MARK}."


def _phase_now(plan: Plan, basis: Basis) -> Phase | None:
    """Return the phase of the next dose, or of the last one where none is ahead."""
    ahead = [visit for visit in open_visits(plan) if visit.kind in DOSES]
    behind = doses_given(plan, date.max)
    visit = ahead[0] if ahead else behind[-1] if behind else None
    phases = basis.protocol.phases
    return None if visit is None else next((phase for phase in phases if phase.id == visit.phase), None)


def _last_dose(plan: Plan, by: date) -> str | None:
    given = doses_given(plan, by)
    return given[-1].id if given else None


# Lapses


def _lapse(plan: Plan, basis: Basis, today: date) -> list[Draft]:
    """Return the two ways after a lapse, where a dose was not held and the next comes too long after the last one."""
    given = doses_given(plan, today)
    phase = _phase_now(plan, basis)
    rule = None if phase is None else basis.protocol.missed.get(phase.id)
    if not given or rule is None or rule.lapse_days is None:
        return []
    last = given[-1].day
    lost = [
        visit for visit in plan.visits if visit.kind in DOSES and visit.is_lost and last < visit.start.date() <= today
    ]
    ahead = [visit.start.date() for visit in open_visits(plan) if visit.kind in DOSES]
    days = (max(today, ahead[0] if ahead else today) - last).days
    if not lost or days <= rule.lapse_days:
        return []
    first = next(one for one in basis.protocol.phases if interval_of(basis.protocol, one.id) is not None)
    words = f"{days} days between the dose of {day_words(last)} and the next (more than {rule.lapse_days})."
    said = f" {rule.text}" if rule.text else ""
    resume = f"{words} Resume where the course stands?{said}"
    title = first.title or first.id
    anew = f"{words} Begin anew with \N{LEFT DOUBLE QUOTATION MARK}{title}\N{RIGHT DOUBLE QUOTATION MARK}?{said}"
    return [
        _draft(basis, lost[-1], rule, resume, "note"),
        _draft(basis, lost[-1], rule, anew, f"branch:{first.id}"),
    ]
