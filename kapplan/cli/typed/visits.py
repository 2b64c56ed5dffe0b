"""Visits as people type them: ``dosing-1``, ``dose 1``, ``Dose 1``, ``d1``, ``next``, or a kind for its next one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kapplan.cli.session.environment import Edge
from kapplan.cli.session.options import LeftOut
from kapplan.cli.session.plans import read_plan
from kapplan.cli.typed.questions import chosen
from kapplan.errors import KapplanError, UsageError
from kapplan.planning.phrases.typed_days import is_month
from kapplan.planning.phrases.words import day_words, kind_words, visit_words

if TYPE_CHECKING:
    from datetime import datetime

    from kapplan.model.plan import Plan, PlannedVisit

_NUMBERED = re.compile(r"([^\W\d_][\w-]*?)-?(\d+)")
_FEWEST_LETTERS = 3
"""So many letters of a kind stand for it where no number follows."""


def asked_visit(edge: Edge, typed: Mapping[str, Any]) -> str:
    """Ask which visit of the plan that was named is meant, of those of which nothing is recorded; return its id."""
    plan = read_plan(edge, typed["plan"])
    return _picked(edge, sorted((visit for visit in plan.visits if visit.open), key=lambda visit: visit.start))


def asked_record(edge: Edge, typed: Mapping[str, Any]) -> str:
    """Ask which visit of the plan that was named is meant, of those of which something is recorded; return its id."""
    plan = read_plan(edge, typed["plan"])
    found = sorted((visit for visit in plan.visits if not visit.open), key=lambda visit: visit.start, reverse=True)
    return _picked(edge, found)


def _picked(edge: Edge, visits: Sequence[PlannedVisit]) -> str:
    if not visits:
        raise UsageError("this plan has no such visit")
    answers = [f"{visit_words(visit.id)}  {day_words(visit.start.date())} {visit.start:%H:%M}" for visit in visits]
    return visits[chosen(edge, "Which visit?", answers) or 0].id


def complete_visit(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the visits of the plan typed before whose ids begin so, for the shell; nothing where there is no plan."""
    plan = ctx.params.get("plan")
    try:
        visits = read_plan(Edge(), plan).visits if plan else ()
    except KapplanError:
        return []
    return [name for name in ("next", *(visit.id for visit in visits)) if name.startswith(incomplete)]


VisitArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="VISIT",
        autocompletion=complete_visit,
        help="A visit: dosing-1, dose 1, d1, next, or a kind for its next one.",
    ),
    LeftOut(lambda edge, typed: [asked_visit(edge, typed)]),
]
VisitAndWhenArgument = Annotated[
    str,
    typer.Argument(metavar="VISIT", autocompletion=complete_visit, help="dosing-1, dose 1, d1, next, or a kind."),
    LeftOut(asked_visit),
]
RecordedVisitArgument = Annotated[
    str,
    typer.Argument(metavar="VISIT", autocompletion=complete_visit, help="A visit of which something is recorded."),
    LeftOut(asked_record),
]
VisitsArgument = Annotated[
    list[str],
    typer.Argument(metavar="VISIT...", autocompletion=complete_visit, help="Visits: dosing-1, dose 2, next."),
    LeftOut(lambda edge, typed: [asked_visit(edge, typed)]),
]


def visit_of(plan: Plan, words: Sequence[str]) -> PlannedVisit:
    """Return the one visit that words name; raises ``UsageError`` where they name none, or more than one."""
    found = visits_of(plan, words)
    if len(found) != 1:
        raise UsageError(f"one visit is asked for, not {len(found)}: {', '.join(visit.id for visit in found)}")
    return found[0]


def visits_of(plan: Plan, words: Sequence[str]) -> list[PlannedVisit]:
    """Return the visits that words name, one after the other: ``dose 1 integration 1``."""
    found, rest = [], list(words)
    while rest:
        visit, rest = visit_and_rest(plan, rest)
        found.append(visit)
    return found


def visit_and_rest(plan: Plan, words: Sequence[str]) -> tuple[PlannedVisit, list[str]]:
    """Return the visit that the first words name, and the words behind it.

    A number belongs to the kind before it (``dose 2 3 feb``), unless it begins a day (``dose 2 feb``).
    """
    if len(words) > 1 and words[1].isdecimal() and words[0].replace("-", "").isalpha() and not _begins_day(words[1:]):
        return named_visit(plan, f"{words[0]} {words[1]}"), list(words[2:])
    return named_visit(plan, words[0]), list(words[1:])


def named_visit(plan: Plan, name: str) -> PlannedVisit:
    """Return the visit of a name as people say or shorten it.

    ``next`` is the oldest one of which nothing is recorded yet, a kind alone the oldest such of the kind. Raises
    ``UsageError`` that says what comes nearest.
    """
    asked = _plain(name)
    if asked == "next":
        if plan.next_visit is None:
            raise UsageError("every visit of this plan is recorded already")
        return plan.next_visit
    exact = [visit for visit in plan.visits if asked in {_plain(visit.id), _plain(visit_words(visit.id))}]
    found = exact or _numbered(plan, asked) or _of_kind(plan, asked)
    if len(found) == 1:
        return found[0]
    if found:
        names = " or ".join(visit.id for visit in found)
        raise UsageError(f"{name} could be more than one visit", hint=f"write {names}")
    raise _unknown(plan, name, asked)


def was_words(visit: PlannedVisit, now: datetime | None = None) -> str:
    """Return what was recorded of a visit before, in words; nothing where nothing was, or the same as ``now``.

    ``now`` is the moment on which it is said to have been held.
    """
    if visit.open:
        return ""
    if visit.status == "completed" and visit.actual is not None:
        if now is None or visit.day != now.date():
            return f" (was: held on {day_words(visit.day)})"
        return "" if visit.actual == now else f" (was: held at {visit.actual:%H:%M})"
    from kapplan.output.records.words import state_words

    return f" (was: {state_words(visit)})"


def refuse_recorded(plan: str, visit: PlannedVisit, verb: str) -> None:
    """Raise ``UsageError`` where something is recorded of a visit, of which then nothing can be changed."""
    if not visit.open:
        from kapplan.output.records.words import state_words

        words = f"{visit_words(visit.id)} is {state_words(visit)}"
        raise UsageError(
            f"{words}: only what is still open can be {verb}",
            hint=f"if the record is wrong: kapplan correct {quote(plan)} {visit.id} --reopen",
        )


def _begins_day(words: Sequence[str]) -> bool:
    """Return whether a number is that of a day with its month, as in ``2 feb``; in ``2 feb 3`` it is not."""
    _, month, *behind = (*words, "")
    return is_month(month) and not (behind and re.fullmatch(r"\d{1,2}", behind[0]))


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", "-", name.strip().casefold())


def _names_of(visit: PlannedVisit) -> set[str]:
    """Return what the kind of a visit is called: as its id begins, and as people say it."""
    spoken = _plain(kind_words(visit.kind))
    return {_plain(visit.kind), spoken, spoken.replace("-", "")}


def _numbered(plan: Plan, asked: str) -> list[PlannedVisit]:
    """Return the visits of ``d1``: of that number, of a kind whose name begins so."""
    match = _NUMBERED.fullmatch(asked)
    if match is None:
        return []
    numbered = [visit for visit in plan.visits if visit.number == int(match[2])]
    return [visit for visit in numbered if any(name.startswith(match[1]) for name in _names_of(visit))]


def _of_kind(plan: Plan, asked: str) -> list[PlannedVisit]:
    """Return the oldest visit of a kind of which nothing is recorded; of several kinds, where they begin alike."""
    if len(asked) < _FEWEST_LETTERS or any(character.isdigit() for character in asked):
        return []
    oldest: dict[str, PlannedVisit] = {}
    for visit in sorted((one for one in plan.visits if one.open), key=lambda one: one.start):
        if any(name.startswith(asked) for name in _names_of(visit)):
            oldest.setdefault(visit.kind, visit)
    return list(oldest.values())


def _unknown(plan: Plan, name: str, asked: str) -> UsageError:
    from difflib import get_close_matches

    from kapplan.files.library.rules import built_in_measures

    ids = [visit.id for visit in plan.visits]
    recorded = [visit.id for visit in plan.visits if asked in _names_of(visit)]
    if recorded:
        return UsageError(f"every {asked} is recorded already", hint=f"name one: {', '.join(recorded)}")
    if scales := [key for key in built_in_measures().measures if key == asked.replace("-", "")]:
        hint = f"to record a score alone: kapplan score {plan.patient} {scales[0]} VALUE"
        return UsageError(f"the plan has no visit {name}", hint=hint)
    near = get_close_matches(asked, ids, n=1)
    hint = f"did you mean {near[0]}?" if near else f"its visits are {', '.join(ids)}"
    return UsageError(f"the plan has no visit {name}", hint=hint)
