"""What gates propose: to go on, to go another way, to stop, or to record first what they are read from."""

from __future__ import annotations

from collections.abc import Iterator

from kapplan.dataclass import dataclass
from kapplan.model.plan import Plan, PlannedVisit
from kapplan.model.regimen import RegimenVisit
from kapplan.model.review import Basis
from kapplan.model.visits import Gate
from kapplan.planning.phrases.words import source_words, visit_words
from kapplan.planning.regimen.branches import phases_from
from kapplan.planning.residual.happened import settled_gates
from kapplan.planning.review.gates import GateReading, gates_held, read_gate
from kapplan.planning.review.proposals import Draft, effect_of, key_of, open_visits
from kapplan.planning.rules.screening import source_text


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """A gate whose review lies behind."""

    plan: Plan
    basis: Basis
    visit: RegimenVisit
    gate: Gate
    held: PlannedVisit

    @property
    def rule(self) -> str:
        return f"{self.visit.phase}.{self.visit.type}.gate"

    @property
    def awaiting(self) -> list[PlannedVisit]:
        """The visits that wait for this gate."""
        return [visit for visit in open_visits(self.plan) if self.visit.id in visit.awaits]

    @property
    def answered(self) -> bool:
        """Whether somebody took one of the gate's proposals."""
        return any(
            proposal.state == "accepted"
            and proposal.effect != "note"
            and proposal.answers == self.rule
            and proposal.visit == self.visit.id
            for proposal in self.plan.proposals
        )


def gate_drafts(plan: Plan, basis: Basis) -> Iterator[Draft]:
    """Yield what each gate that is reached and not yet answered proposes."""
    opened = settled_gates(plan)
    for visit, held in gates_held(plan):
        gate = visit.gate
        if gate is None or (visit.id in opened and gate.then != "stop"):
            continue
        reached = _Held(plan=plan, basis=basis, visit=visit, gate=gate, held=held)
        if not reached.answered and _is_latest(reached):
            yield from _drafts(reached)


def _is_latest(reached: _Held) -> bool:
    """Tell whether a gate still has a say: something waits for it, or no later review of the course was held."""
    later = [
        visit
        for visit in reached.plan.visits
        if visit.kind == reached.held.kind and visit.status == "completed" and visit.start > reached.held.start
    ]
    return bool(reached.awaiting) or not later


def _drafts(reached: _Held) -> Iterator[Draft]:
    reading = read_gate(reached.plan, reached.basis, reached.gate, reached.held)
    if reading.outcome == "not-held":
        draft = _not_held(reached)
    elif reading.outcome == "missing":
        draft = _missing(reached, reading)
    else:
        draft = _proposed(reached, reading)
    if draft is None:
        return
    yield draft
    yield from _by_judgement(reached, reading)
    if _was_turned_down(reached, draft):
        yield from _other_ways(reached, draft.effect)


def _was_turned_down(reached: _Held, draft: Draft) -> bool:
    """Tell whether somebody settled a proposal without going its way: the other ways are then theirs to choose."""
    return any(
        key_of(proposal) == key_of(draft)
        and (proposal.state == "declined" or (proposal.state == "accepted" and proposal.effect == "note"))
        for proposal in reached.plan.proposals
    )


def _not_held(reached: _Held) -> Draft | None:
    if not reached.awaiting:
        return None
    words = visit_words(reached.visit.id)
    text = (
        f"{words.capitalize()} was not held ({reached.held.status}): what waits for it stays provisional. Hold another."
    )
    return _draft(reached, text, "note")


def _missing(reached: _Held, reading: GateReading) -> Draft | None:
    scale = reached.basis.measures.measures.get(reading.wanted or "")
    title = scale.title if scale is not None else reading.wanted
    known = f" Known: {reading.words}." if reading.words else ""
    if reading.baseline:
        first = f"Record the {title} from before the first dose (`kapplan score PLAN {reading.wanted}=N --on DAY`)"
    else:
        first = f"Record {title} first ({reading.wanted})"
    words = f"{first}: {visit_words(reached.visit.id)} decides by it.{known}"
    return _draft(reached, f"{words}{_says(reached)}", "note")


def _proposed(reached: _Held, reading: GateReading) -> Draft | None:
    target = reading.target or "continue"
    effect = _effect(reached, target)
    if effect is None:
        return None
    words = f"{reading.words}. " if reading.words else ""
    if reading.proxy is not None:
        words = f"Proxy: {words}{_sentence(reading.proxy.text)} "
    draft = _draft(reached, f"{words}{_way_words(reached, effect)}{_says(reached)}", effect)
    if reading.proxy is None:
        return draft
    own = source_text(reading.proxy.source, reached.basis.book.sources)
    both = "; ".join(part for part in (draft.source, f"proxy: {own}") if part)
    return Draft(rule=draft.rule, text=draft.text, effect=draft.effect, source=both, verified=False, visit=draft.visit)


def _effect(reached: _Held, target: str) -> str | None:
    """Return what leads the course to a target from how it is laid out now; ``None`` where it ends there anyway."""
    awaiting = reached.awaiting
    if target == "stop":
        return "stop" if awaiting or open_visits(reached.plan) else "note"
    way = phases_from(reached.basis.protocol, target, reached.visit.phase)
    if way and any(visit.phase == way[0].id for visit in awaiting):
        return "confirm-following"
    if not way:
        return "confirm-following" if awaiting else None
    return f"branch:{target}"


def _way_words(reached: _Held, effect: str) -> str:
    name, target = effect_of(effect)
    waiting = reached.awaiting
    if name == "confirm-following":
        return f"Go on: {_freed_words(reached, waiting)}."
    if name == "stop":
        return f"Stop: {_count(len(waiting))} called off." if waiting else "Stop: what still follows is called off."
    if name == "note":
        return "Treatment stops here."
    way = phases_from(reached.basis.protocol, target, reached.visit.phase)
    title = (way[0].title or way[0].id) if way else target
    instead = f" in place of {_count(len(waiting))}" if waiting else ""
    return f"Go on with \N{LEFT DOUBLE QUOTATION MARK}{title}\N{RIGHT DOUBLE QUOTATION MARK}{instead}."


def _freed_words(reached: _Held, waiting: list[PlannedVisit]) -> str:
    freed = [visit for visit in waiting if visit.awaits == (reached.visit.id,)]
    rest = len(waiting) - len(freed)
    words = f"{_count(len(freed))} {'is' if len(freed) == 1 else 'are'} provisional no more"
    return f"{words}, {rest} more {'waits' if rest == 1 else 'wait'} for something else" if rest else words


def _count(visits: int) -> str:
    return f"{visits} visit{'' if visits == 1 else 's'}"


def _by_judgement(reached: _Held, reading: GateReading) -> Iterator[Draft]:
    """Yield the way that the protocol leaves to a clinician's judgement beside what the gate's rule leads to."""
    target = {"passes": reached.gate.then_or, "fails": reached.gate.otherwise_or}.get(reading.outcome)
    effect = None if target is None else _effect(reached, target)
    if effect is not None:
        text = f"By a clinician's judgement instead: {_way_words(reached, effect)}"
        yield _draft(reached, text, effect).going_another_way()


def _other_ways(reached: _Held, turned_down: str) -> Iterator[Draft]:
    """Yield the ways of a gate that its rule does not propose, once that was turned down."""
    for target in dict.fromkeys((reached.gate.then, reached.gate.otherwise)):
        effect = _effect(reached, target)
        if effect is not None and effect not in {turned_down, "note"}:
            text = f"Not by the rule: {_way_words(reached, effect)}"
            own = Draft(rule=reached.rule, text=text, effect=effect, verified=False, visit=reached.visit.id)
            yield own.going_another_way()


def _says(reached: _Held) -> str:
    return f" {_sentence(reached.gate.text)}" if reached.gate.text else ""


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _draft(reached: _Held, text: str, effect: str) -> Draft:
    gate, sources = reached.gate, reached.plan.regimen.sources
    return Draft(
        rule=reached.rule,
        text=text,
        effect=effect,
        source=source_words(gate.source, sources),
        verified=reached.plan.regimen.is_verified(gate.source),
        visit=reached.visit.id,
    )
