"""What the rules propose, as records: open proposals first, each with its effect, its rule and its source."""

from __future__ import annotations

from collections.abc import Sequence

from kapplan.dataclass import replace
from kapplan.model.decisions import Proposal
from kapplan.model.plan import Finding, Plan
from kapplan.output.records.numbers import phase_words
from kapplan.output.records.records import Column, Records, cells
from kapplan.output.records.words import NOT_VERIFIED, count
from kapplan.planning.phrases.words import day_words, visit_words
from kapplan.planning.review.calendar_proposals import wish_of
from kapplan.planning.review.proposals import effect_of

NO_SOURCE = "no source: a clinician's judgement"

_COLUMNS = (
    Column(key="number", title="N", right=True, style="bold"),
    Column(key="state", title="State", style="yellow", brief=False),
    Column(key="text", title="Proposal"),
    Column(key="does", title="Accepting it"),
    Column(key="effect", brief=False),
    Column(key="visit", brief=False),
    Column(key="rule", brief=False),
    Column(key="source", title="Source"),
    Column(key="verified", brief=False),
)


def review_records(
    plan: Plan, notices: Sequence[Finding] = (), *, all_states: bool = False, name: str | None = None
) -> Records:
    """Return one record a proposal that waits for an answer; with ``all_states`` those that were settled too.

    ``name`` is the plan as it is typed, by default its patient.
    """
    shown = [one for one in plan.proposals if one.state == "open" or all_states]
    shown.sort(key=lambda one: (one.state != "open", one.number))
    return Records(
        columns=tuple(replace(one, brief=one.brief or (all_states and one.key == "state")) for one in _COLUMNS),
        rows=tuple(cells(_COLUMNS, one, does=effect_words(plan, one.effect), source=source_of(one)) for one in shown),
        schema="kapplan.review/1",
        name="proposals",
        title=count(len(shown), "proposal") if shown else None,
        safety=tuple(f"{notice.text} [{notice.source}]" for notice in notices),
        after=_after(name or plan.patient, shown),
        patient=plan.patient,
        extra={"plan_id": plan.id, "revision": plan.revision},
    )


def source_of(proposal: Proposal) -> str:
    """Return a proposal's source in words, with the mark of one that is not confirmed or not there."""
    if proposal.source is None:
        return NO_SOURCE
    return proposal.source if proposal.verified else f"{proposal.source} ({NOT_VERIFIED})"


def effect_words(plan: Plan, effect: str) -> str:
    """Return what accepting a proposal does, in a few words."""
    name, about = effect_of(effect)
    if name == "branch":
        phase = "the rest of the course" if about == "continue" else phase_words(about).lower()
        return f"calls off what follows and lays out {phase}"
    if name == "drop":
        return f"leaves out {', '.join(visit_words(visit) for visit in about.split(','))}"
    if name == "replace":
        return f"gives {visit_words(about)} later"
    if name in {"move", "cancel", "close"}:
        return _calendar_words(plan, effect, about)
    waiting = sum(visit.open and visit.provisional for visit in plan.visits)
    return {
        "confirm-following": f"makes provisional visits planned ({waiting} are provisional)",
        "stop": "calls off what follows",
        "hold": "holds the course",
        "note": "changes nothing",
    }[name]


def _calendar_words(plan: Plan, effect: str, about: str) -> str:
    """Return what taking over a change of a live calendar does."""
    wish = wish_of(plan, effect)
    if wish is None:
        return f"calls off {visit_words(about)}"
    if wish.visit is not None and wish.start is not None:
        return f"moves {visit_words(wish.visit)} to {day_words(wish.start.date())} {wish.start:%H:%M}"
    return f"closes the clinic {about.replace('..', ' to ')}"


def _after(name: str, shown: Sequence[Proposal]) -> tuple[str, ...]:
    waiting = [one.number for one in shown if one.state == "open"]
    if not waiting:
        return ("The rules propose nothing.",) if not shown else ()
    number = waiting[0]
    return (
        "Nothing happens by itself.",
        f"- to take it: kapplan accept {name} {number}",
        f"- to leave it: kapplan decline {name} {number}",
    )
