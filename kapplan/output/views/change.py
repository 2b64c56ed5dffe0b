"""What a change did to a plan: safety notices first, then what moved, what turned, what is new."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from shlex import quote
from typing import TYPE_CHECKING, Any

from kapplan.dataclass import dataclass, replace
from kapplan.model.plan import Finding, Objective, Plan, PlannedVisit
from kapplan.model.terms import NO_NAMES, MeasureNames
from kapplan.output.records.plain_data import told
from kapplan.output.records.records import Cell, Column, Records
from kapplan.output.records.words import count, dates_words, measure_words, status_words, time_words
from kapplan.planning.journal.diff import Difference, Move, difference
from kapplan.planning.phrases.words import day_words, days_words, listed, visit_words
from kapplan.planning.reports.verdicts import RecordVerdict, newly_recorded, not_given, verdicts

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from kapplan.model.protocol import Protocol
    from kapplan.planning.infeasibility.minimal_conflict import Clash
    from kapplan.planning.replan.remedies import Remedy
    from kapplan.planning.replan.request import Released, Revision

SCHEMA = "kapplan.change/1"
LISTED_AT_MOST = 4
"""So many moves are listed; of more, the next ones stand below a line that sums them up."""
RECORD_GONE = "(what it was read from is recorded no more)"
"""Why a notice is there no longer although nobody settled it."""
_LABEL = len("off target")
_VISIT = len("preparation 10")
_COLUMNS = (
    Column(key="what", title="What"),
    Column(key="visit", title="Visit", style="bold"),
    Column(key="from", title="From"),
    Column(key="to", title="To"),
    Column(key="days", title="Days"),
    Column(key="text", title="Notes"),
)


def change_records(
    changed: Difference, patient: str, found: Sequence[RecordVerdict] = (), released: Sequence[Released] = ()
) -> Records:
    """Return one record for each thing that is different: what was to stay and moved, verdicts on records, the rest."""
    loud = [("not held", one.visit, one.from_, one.to, _days(one), one.sentence) for one in released]
    judged = [("verdict", one.visit, None, None, None, one.sentence) for one in found]
    return Records(
        columns=_COLUMNS, rows=(*loud, *judged, *_rows(changed)), schema=SCHEMA, name="changes", patient=patient
    )


def _days(one: Released) -> int | None:
    return None if one.to is None else (one.to.date() - one.from_.date()).days


def _rows(changed: Difference) -> Iterator[tuple[Cell, ...]]:
    for move in changed.moved:
        yield ("moved", move.visit, move.from_, move.to, move.days, "confirmed" if move.confirmed else None)
    for turn in changed.turned:
        yield ("status", turn.visit, turn.from_, turn.to, None, None)
    for dated in changed.dated:
        yield ("dated", dated.visit, dated.from_, dated.to, None, None)
    for visit in changed.added:
        yield ("added", visit.id, None, visit.start, None, None)
    for visit in changed.cancelled:
        yield ("cancelled", visit.id, visit.start, None, None, None)
    for visit_id in changed.settled:
        yield ("settled", visit_id, "provisional", "planned", None, None)
    for visit_id in changed.provisional:
        yield ("provisional", visit_id, "planned", "provisional", None, None)
    yield from _rows_beside(changed)


def _rows_beside(changed: Difference) -> Iterator[tuple[Cell, ...]]:
    for off in changed.newly_off_target:
        yield ("off target", off.visit, None, None, off.after, f"{days_words(off.before)} before")
    for finding in changed.new_findings:
        yield ("finding", None, None, None, None, finding.text)
    for finding in changed.notices_settled:
        yield ("notice settled", None, None, None, None, finding.text)
    for finding in changed.notices_gone:
        yield ("notice gone", None, None, None, None, f"{finding.text} {RECORD_GONE}")
    for task in changed.tasks:
        yield ("task", task.visit, None, task.due, None, task.text)
    yield from _rows_of_tasks_and_scores(changed)
    for proposal in changed.proposals:
        yield ("proposal", proposal.visit, None, None, proposal.number, proposal.text)


def _rows_of_tasks_and_scores(changed: Difference) -> Iterator[tuple[Cell, ...]]:
    for turned in changed.tasks_changed:
        task, was = turned.task, turned.before
        if task.status != was.status:
            yield (f"task {task.status}", task.visit, was.due, task.done, None, task.text)
        else:
            yield ("task due", task.visit, was.due, task.due, (task.due - was.due).days, task.text)
    for score in changed.scores:
        yield ("score", score.visit, None, score.on, None, f"{score.measure} {score.value}")
    for score in changed.scores_gone:
        yield ("score gone", score.visit, score.on, None, None, f"{score.measure} {score.value}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChange:
    """A change of a plan and all that is told of it; ``notices`` are what its latest scores warn of.

    ``name`` is what the plan is typed as; by ``protocol`` and ``today`` it is told what follows from a dose not given.
    Two plans that are only compared are neither ``saved`` nor a ``dry_run``.
    """

    before: Plan
    after: Plan
    revision: Revision
    notices: tuple[Finding, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    clashes: tuple[Clash, ...] = ()
    name: str = ""
    dry_run: bool = False
    saved: bool = True
    protocol: Protocol | None = None
    today: date | None = None

    @property
    def difference(self) -> Difference:
        """What is different between the two plans."""
        return difference(self.before, self.after)

    @property
    def verdicts(self) -> tuple[RecordVerdict, ...]:
        """What is to be said of each record that this change made."""
        recorded = newly_recorded(self.before, self.after)
        held = [verdict for visit in recorded for verdict in verdicts(self.after, visit)]
        if self.protocol is not None and self.today is not None:
            held += not_given(self.before, self.after, self.protocol, self.today)
        return tuple(held)

    @property
    def safety(self) -> tuple[Finding, ...]:
        """The safety notices of the plan and those that its latest scores give, each once."""
        found = [finding for finding in (*self.after.findings, *self.notices) if finding.safety]
        return tuple({(finding.rule, finding.text): finding for finding in found}.values())


def change_document(change: PlanChange) -> dict[str, Any]:
    """Return what is different as JSON data; ``safety`` comes first after ``schema``."""
    from kapplan.output.records.json_records import records_data
    from kapplan.output.views.clash import clash_data

    before, after, changed, revision = change.before, change.after, change.difference, change.revision
    listed_changes = records_data(change_records(changed, after.patient, change.verdicts, revision.released))["changes"]
    refit = revision.refit()
    return {
        "schema": SCHEMA,
        "safety": [finding.text for finding in change.safety],
        "notices": [finding.text for finding in change.notices if not finding.safety],
        "plan_id": after.id,
        "patient": after.patient,
        "from_revision": before.revision,
        "revision": after.revision,
        "dry_run": change.dry_run,
        "placed": revision.placed,
        "not_held": [one.sentence for one in revision.released],
        "kept": changed.kept,
        "changes": listed_changes,
        "objective": {"before": _objective(before.objective), "after": _objective(after.objective)},
        "refit": None if refit is None else _objective(refit),
        "loosened": [{"visit": each.visit, "text": each.reason.text, "days": each.days} for each in revision.loosened],
        "clash": list(revision.clash.sentences()) if revision.clash is not None else [],
        "clashes": [clash_data(clash) for clash in change.clashes],
        "repairs": [repair.words for repair in revision.repairs],
        "remedies": [{"text": remedy.words, "command": ["kapplan", *remedy.command]} for remedy in change.remedies],
    }


_OBJECTIVE = (
    "confirmed_moves", "announced_moves", "disturbance", "follow_up_disturbance", "deviation", "follow_up_deviation",
    "days_moved", "preference", "sooner", "proven", "bound", "ended",
)  # fmt: skip


def _objective(objective: Objective) -> Mapping[str, Any]:
    return told(objective, _OBJECTIVE, bound=dict(objective.bound) or None)


def change_view(change: PlanChange, *, measures: MeasureNames = NO_NAMES, one_by_one: bool = False) -> RenderableType:
    """Return what is different as people read it, with what ``--refit`` would give.

    Many moves are summed up in a line, unless ``one_by_one`` asks for each.
    """
    from rich.console import Group
    from rich.text import Text

    from kapplan.output.course.heading import safety_lines
    from kapplan.output.terminal.trimmed import Trimmed

    before, after, changed, revision = change.before, change.after, change.difference, change.revision
    what = after.history[-1].text if change.saved and after.history else _compared(before, after)
    would_be = "Would be: " if change.dry_run else ""
    title = f"{after.patient}: {would_be}{what[:1].upper()}{what[1:]}"
    shown = replace(after, findings=change.safety)
    lines: list[RenderableType] = [*safety_lines(shown), *_not_held(change), Text(title, style="bold")]
    lines += [Text(f"! {notice.text}", style="yellow") for notice in change.notices if not notice.safety]
    lines += [_verdict_line(verdict) for verdict in change.verdicts]
    lines += list(_lines(changed, measures, one_by_one=one_by_one))
    lines += [Text(f"{visit_words(each.visit)}: {each.reason.text}", style="yellow") for each in revision.loosened]
    lines += list(_closing(change))
    if len(changed.moved) > LISTED_AT_MOST and not one_by_one:
        lines.append(Text(f"All {len(changed.moved)} moves: {_all_moves(change)}", style="dim"))
    if change.dry_run:
        lines.append(Text("Nothing was written (--dry-run)."))
    elif change.saved:
        name = f" {quote(change.name)}" if change.name else ""
        lines.append(Text(f"Saved as revision {after.revision}. To take it back: kapplan undo{name}", style="dim"))
    return Trimmed(Group(*lines))


def _not_held(change: PlanChange) -> Iterator[Text]:
    from rich.text import Text

    for one in change.revision.released:
        way = f" To give it one: kapplan move {quote(change.name)} {one.visit}"
        yield Text(f"! {one.sentence}{way if one.to is None and change.name else ''}", style="bold red")


def difference_lines(change: PlanChange, measures: MeasureNames, *, one_by_one: bool) -> Iterator[RenderableType]:
    """Yield what is different in one of several plans that are changed together; one without dates is summed up."""
    from rich.text import Text

    changed = change.difference
    yield from _not_held(change)
    if change.revision.placed:
        yield from _lines(changed, measures, one_by_one=one_by_one)
        yield from (Text(f"{visit_words(each.visit)}: {each.reason.text}") for each in change.revision.loosened)
        return
    open_visits = [visit for visit in change.after.visits if visit.status == "unresolved"]
    unresolved = f"no dates keep every rule; {count(len(open_visits), 'open visit')} keep theirs, unresolved"
    yield _told("no dates", "bold red", unresolved)
    yield from _beside(changed, measures)


def _all_moves(change: PlanChange) -> str:
    """Return what shows every move: the same command with ``--list``, or once it is saved a difference."""
    if change.dry_run or not change.name:
        return "the same with --list"
    name = quote(change.name)
    return f"kapplan diff {quote(f'{change.name}@{change.before.revision}')} {name}"


def _told(label: str, style: str, words: str) -> RenderableType:
    """Return a line that begins with what sort it is of; its further lines hang below its words."""
    from kapplan.output.terminal.hanging import labelled

    return labelled(f"{label:<{_LABEL}}", style, words)


def _of(visit: str, words: str) -> str:
    return f"{visit_words(visit):<{_VISIT}} {words}"


def _verdict_line(verdict: RecordVerdict) -> RenderableType:
    style = "green" if verdict.judgement == "valid" else "yellow"
    return _told("verdict", style, _of(verdict.visit, verdict.sentence))


def _compared(before: Plan, after: Plan) -> str:
    whose = "" if before.patient == after.patient else f"{before.patient} "
    return f"{whose}revision {before.revision} and revision {after.revision}"


def _lines(changed: Difference, measures: MeasureNames, *, one_by_one: bool) -> Iterator[RenderableType]:
    yield from _moves(changed.moved, one_by_one=one_by_one)
    yield from _turns(changed, one_by_one=one_by_one)
    for dated in changed.dated:
        before, after = _moment_or_none(dated.from_), _moment_or_none(dated.to)
        if before != after:
            yield _told("dated", "cyan", _of(dated.visit, f"{before} → {after}"))
    for visit in changed.added:
        yield _told("added", "green", _of(visit.id, _moment(visit.start)))
    yield from _called_off(changed, one_by_one=one_by_one)
    yield from _beside(changed, measures)


def _turns(changed: Difference, *, one_by_one: bool) -> Iterator[RenderableType]:
    """Yield changed statuses; many visits whose status changed alike are one line, those called off have their own."""
    called_off = {visit.id for visit in _listed_as_called_off(changed)}
    alike: dict[tuple[str, str], list[str]] = {}
    for turn in changed.turned:
        if turn.visit not in called_off:
            alike.setdefault((status_words(turn.from_), status_words(turn.to)), []).append(turn.visit)
    for (before, after), visits in alike.items():
        if len(visits) > LISTED_AT_MOST and not one_by_one:
            others = count(len(visits) - 1, "other visit")
            yield _told("status", "cyan", f"{visit_words(visits[0])} and {others}: {before} → {after}")
            continue
        for visit in visits:
            yield _told("status", "cyan", _of(visit, f"{before} → {after}"))


def _listed_as_called_off(changed: Difference) -> list[PlannedVisit]:
    moved = {move.visit for move in changed.moved}
    return [visit for visit in changed.cancelled if visit.id not in moved]


def _called_off(changed: Difference, *, one_by_one: bool) -> Iterator[RenderableType]:
    """Yield the visits that are called off, with their days; many of them are one line."""
    visits = _listed_as_called_off(changed)
    if len(visits) > LISTED_AT_MOST and not one_by_one:
        first, last = min(visit.day for visit in visits), max(visit.day for visit in visits)
        others = count(len(visits) - 1, "other visit")
        yield _told("cancelled", "red", f"{visit_words(visits[0].id)} and {others}, {dates_words(first, last)}")
        return
    for visit in visits:
        yield _told("cancelled", "red", _of(visit.id, _moment(visit.start)))


def _beside(changed: Difference, measures: MeasureNames) -> Iterator[RenderableType]:
    if changed.settled:
        yield _told("settled", "green", f"no longer provisional: {listed(map(visit_words, changed.settled))}")
    if changed.provisional:
        yield _told("waits", "yellow", f"provisional now: {listed(map(visit_words, changed.provisional))}")
    for off in changed.newly_off_target:
        was = f" ({days_words(off.before)} before)" if off.before else ""
        yield _told("off target", "yellow", _of(off.visit, f"by {days_words(off.after)}{was}"))
    for finding in changed.new_findings:
        if not finding.safety:
            yield _told("finding", "red", finding.text)
    for finding in changed.notices_settled:
        yield _told("settled", "green", finding.text)
    for finding in changed.notices_gone:
        yield _told("gone", "red", f"{finding.text} {RECORD_GONE}")
    yield from _tasks_and_scores(changed, measures)
    for proposal in (one for one in changed.proposals if one.state == "open"):
        yield _told("proposal", "magenta", f"{proposal.number}. {proposal.text}")


def _tasks_and_scores(changed: Difference, measures: MeasureNames) -> Iterator[RenderableType]:
    for task in changed.tasks:
        yield _told("task", "cyan", f"by {day_words(task.due)}: {task.text}")
    for turned in changed.tasks_changed:
        task, was = turned.task, turned.before
        if task.status == "done" and task.done is not None:
            yield _told("task", "green", f"done on {day_words(task.done)}: {task.text}")
        elif task.status != was.status:
            yield _told("task", "cyan", f"{task.status}: {task.text}")
    for score in changed.scores_gone:
        same = [one for one in changed.scores if one.visit and (one.visit, one.measure) == (score.visit, score.measure)]
        words = [f"{one.value} of {day_words(one.on)}" for one in (score, *same)]
        said = f"{measure_words([score.measure], measures)} {' → '.join(words)}"
        yield _told("score" if same else "score gone", "cyan" if same else "red", said)


def _moves(moves: Sequence[Move], *, one_by_one: bool) -> Iterator[RenderableType]:
    """Yield moves; of many, a line that sums them up, and the next of them."""
    from kapplan.output.views.moves import moves_words

    summed_up = len(moves) > LISTED_AT_MOST and not one_by_one
    if summed_up:
        yield _told("moved", "yellow", f"{moves_words(moves)}; the next of them:")
    for move in sorted(moves, key=lambda move: move.to)[: LISTED_AT_MOST if summed_up else None]:
        days = f"{move.days:+d} d" if move.days else "same day"
        note = "  confirmed before" if move.confirmed else ""
        yield _told("moved", "yellow", _of(move.visit, f"{_moment(move.from_)} → {_moment(move.to)}  {days}{note}"))


def _moment_or_none(moment: datetime | None) -> str:
    return "not held" if moment is None else _moment(moment)


def _closing(change: PlanChange) -> Iterator[Text]:
    from rich.text import Text

    after, changed = change.after, change.difference
    if changed.nothing:
        compared = not (change.saved or change.dry_run)
        yield Text("No visit, status or task is different." if compared else "Every visit stays where it is.")
    elif changed.kept:
        yield Text(f"{count(changed.kept, 'open visit')} kept where {'it was' if changed.kept == 1 else 'they were'}.")
    fit = change.revision.fit()
    if fit is not None and (fit.objective.deviation, fit.objective.follow_up_deviation) < (
        after.objective.deviation, after.objective.follow_up_deviation
    ):  # fmt: skip
        less = fit.then.in_all < fit.now.in_all
        days = f": {days_words(fit.then.in_all)} off target instead of {fit.now.in_all}" if less else ""
        yield Text(f"Placed afresh (--refit) the course would be nearer its protocol{days}.")


def _moment(moment: datetime) -> str:
    return f"{day_words(moment.date())} {time_words(moment)}"
