"""No dead end: where there are no dates, what stands in the way and the commands that help, tried as they are typed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from kapplan.dataclass import replace
from kapplan.errors import KapplanError, NoScheduleError

if TYPE_CHECKING:
    from kapplan.cli.casework.case import Case
    from kapplan.cli.session.environment import Edge
    from kapplan.files.plans.store import StoredPlan
    from kapplan.model.plan import Plan
    from kapplan.output.views.clash import WhereWritten
    from kapplan.planning.infeasibility.minimal_conflict import Clash
    from kapplan.planning.replan.remedies import Remedy
    from kapplan.planning.replan.request import Refusal, Revision, Sources
    from kapplan.planning.schedule.course import Unplaceable


MOST_NEAREST = 3
_LOOKED_AROUND = 14
"""How many days before and after the one asked for are tried for a visit that is added."""


class Unresolved(NoScheduleError):  # noqa: N818  # named for what it tells
    """No dates keep every rule for what is open: one clash or more, and what would help.

    What was done is ``saved``, would be, or (``None``) is refused.
    """

    def __init__(self, plan: Plan, clashes: Sequence[Clash], ways: tuple[Remedy, ...], *, saved: bool | None) -> None:
        from kapplan.output.views.clash import unresolved_text

        what = {
            True: "What happened is saved; the open visits keep their dates, unresolved, since",
            False: "This would be saved; the open visits would keep their dates, unresolved, since",
            None: "Nothing was changed:",
        }[saved]
        found = "no dates keep every rule" if clashes else "no dates were found that keep every rule"
        super().__init__(f"{plan.patient}: {what} {found}.\n{unresolved_text(clashes, ways)}")


def tell_no_course(
    edge: Edge, error: Unplaceable, case: Case, command: tuple[str, ...], *, form: str | None, every: bool
) -> None:
    """Let an error say what is typed to get a course, in the files of its case; print it as JSON where that is asked.

    ``command`` are the words of the command that found none; ``every`` clash is told, or the first.
    """
    from kapplan.cli.session.views import show_records
    from kapplan.output.views.clash import clash_records, clash_text
    from kapplan.planning.schedule.written_repairs import written_repairs

    if every:
        error.told = error.every_clash()
    written = () if error.setting is None else written_repairs(error.setting, error.repairs)
    where = _where_written(case, command)
    if form == "json":
        show_records(edge, clash_records(error.told, written, where, patient=case.profile.patient.id), form)
    all_tried = error.all_tried and bool(written) == bool(error.repairs)
    error.words = f"{case.profile.patient.id}: {clash_text(error.told, written, where, all_tried=all_tried)}"


def _where_written(case: Case, command: tuple[str, ...]) -> WhereWritten:
    """Return in which files repairs of a case are written."""
    from pathlib import Path

    from kapplan.output.views.clash import WhereWritten

    profile, own = case.source.name, case.profile.clinic
    clinic = case.inputs.clinic if case.inputs.clinic is not None and not (own and own.open) else None
    texts = {"profile": case.source.data.decode("utf-8-sig")}
    texts["clinic"] = texts["profile"] if clinic is None else Path(clinic).read_text(encoding="utf-8-sig")
    lists = {
        "availability.also": ("profile", case.profile.availability.also),
        "widen": ("profile", case.profile.widen),
        "clinic.open": ("clinic", case.clinic.open),
    }
    inline = (key for key, (file, there) in lists.items() if there and f"[[{key}]]" not in texts[file])
    return WhereWritten(command=command, profile=profile, clinic=clinic or profile, inline=frozenset(inline))


class OnHold(NoScheduleError):  # noqa: N818  # named for what it tells
    """The course is held: what gives it dates has to wait until it is resumed."""

    def __init__(self, stored: StoredPlan) -> None:
        from shlex import quote

        super().__init__(
            f"{stored.plan.patient}: the course is on hold; nothing was changed.",
            hint=f"1. Resume it first: kapplan resume {quote(name_of(stored))}",
        )


class MoveRefused(NoScheduleError):  # noqa: N818  # named for what it tells
    """A visit cannot be where it was asked for: why not, and the commands that would put it there or near it."""

    def __init__(self, stored: StoredPlan, plan: Plan, sources: Sources, revision: Revision, now: datetime) -> None:
        from kapplan.output.views.clash import ways_text

        refused = revision.refused
        if refused is not None and all(one.id != refused.asked.visit for one in stored.plan.visits):
            refused = replace(refused, nearest=tuple(islice(_days_to_add(stored, sources, refused, now), MOST_NEAREST)))
        elif refused is not None:
            refused = replace(refused, nearest=tuple(_days_to_move(stored, sources, refused, now)))
        ways = () if refused is None else tuple(_ways(stored, plan, sources, refused, now))
        super().__init__("\n".join([*_refusal_lines(plan.patient, refused), ways_text(ways)]))


def ways_out(
    stored: StoredPlan,
    plan: Plan,
    sources: Sources,
    revision: Revision,
    now: datetime,
    *,
    again: tuple[str, ...] | None = None,
) -> tuple[Remedy, ...]:
    """Return the commands that would give a plan dates again, each tried on the plan as it is saved.

    Where nothing is saved, ``again`` is the command that is typed again.
    """
    from kapplan.planning.replan.remedies import remedies, with_plan

    return tuple(with_plan(remedy, name_of(stored)) for remedy in remedies(plan, sources, now, revision, again))


def ways_after(
    stored: StoredPlan, plan: Plan, sources: Callable[[], Sources], revision: Revision, now: datetime
) -> tuple[Remedy, ...]:
    """Return what ``ways_out`` does for a plan that is saved already; nothing where its sources do not answer again."""
    try:
        return ways_out(stored, plan, sources(), revision, now)
    except KapplanError:
        return ()


def name_of(stored: StoredPlan) -> str:
    """Return by which words a command finds a plan again: its path, or its name in a book."""
    return "PLAN" if stored.path is None and stored.name is None else stored.typed


def _refusal_lines(patient: str, refused: Refusal | None) -> Iterator[str]:
    """Yield why a visit cannot be where it was asked for, and which days near it work."""
    from kapplan.planning.phrases.words import day_words, visit_words

    if refused is None:
        return
    asked = refused.asked
    yield f"{patient}: {visit_words(asked.visit)} cannot be on {day_words(asked.day)}; nothing was changed."
    for obstacle in refused.obstacles:
        source = f" ({obstacle.source})" if obstacle.source else ""
        named = "" if obstacle.level in {None, "label"} else f" [--override {obstacle.rule}]"
        yield f"- {obstacle.text}{source}{named}"
    if refused.nearest:
        yield f"Days near it that work: {', '.join(day_words(day) for day in refused.nearest)}."


def _days_to_add(stored: StoredPlan, sources: Sources, refused: Refusal, now: datetime) -> Iterator[date]:
    """Yield the days nearest to the one asked for on which a visit could be added, each tried as it is typed."""
    from kapplan.planning.amend.add_visit import add_visit
    from kapplan.planning.phrases.words import parts_of_id
    from kapplan.planning.replan.replan import can_be_dated
    from kapplan.planning.replan.request import Asked, Options

    kind, wanted = parts_of_id(refused.asked.visit)[0], refused.asked.day
    for days in sorted(range(-_LOOKED_AROUND, _LOOKED_AROUND + 1), key=abs):
        day = wanted + timedelta(days=days)
        if day > now.date():
            new = add_visit(stored.plan, sources.protocol, kind, clinic=sources.clinic, day=day)
            asked = Asked(visit=new.visit, day=day)
            if can_be_dated(new.plan, sources, now, Options(), asked=asked):
                yield day


def _days_to_move(stored: StoredPlan, sources: Sources, refused: Refusal, now: datetime) -> Iterator[date]:
    """Yield the days near the one asked for that work, each tried as it is typed: without what this command held."""
    from kapplan.planning.replan.replan import can_be_dated
    from kapplan.planning.replan.request import Asked, Options

    for day in refused.nearest:
        if can_be_dated(stored.plan, sources, now, Options(), asked=Asked(visit=refused.asked.visit, day=day)):
            yield day


def _ways(stored: StoredPlan, plan: Plan, sources: Sources, refused: Refusal, now: datetime) -> Iterator[Remedy]:
    """Yield the commands that help where a visit was refused: the days that work, overrides, what to record instead."""
    from kapplan.planning.phrases.words import day_words, parts_of_id, visit_words
    from kapplan.planning.replan.remedies import REASON, Remedy, let_go, tried_with

    name, visit = name_of(stored), refused.asked.visit
    there = any(one.id == visit for one in stored.plan.visits)
    verb = ("move", name, visit) if there else ("add", name, parts_of_id(visit)[0])
    words = visit_words(visit)
    if any(obstacle.behind for obstacle in refused.obstacles):
        yield Remedy(words=f"Record that {words} was held", command=("done", name, visit))
        yield Remedy(words=f"Record that {words} was missed", command=("missed", name, visit))
        return
    for day in refused.nearest:
        yield Remedy(words=f"{words} on {day_words(day)}", command=(*verb, day.isoformat()))
    yield from let_go(plan, sources, now, refused, verb)
    rules = tuple(dict.fromkeys(obstacle.rule for obstacle in refused.obstacles))
    of_label = any(obstacle.level == "label" for obstacle in refused.obstacles)
    if not of_label and tried_with(plan, sources, now, rules, refused.asked):
        overrides = [word for rule in rules for word in ("--override", rule)]
        command = (*verb, refused.asked.day.isoformat(), *overrides, "--why", REASON)
        yield Remedy(words=f"{words} on that day all the same, by your name", command=command)
    elif not refused.nearest:
        yield Remedy(words="Hold the course until it is clear what follows", command=("hold", name))
