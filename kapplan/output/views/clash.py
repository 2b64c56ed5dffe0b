"""No plan: the rules that stand against each other, and the single changes that would each help."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import join

from kapplan.output.records.records import Cell, Column, Records
from kapplan.output.records.words import clean
from kapplan.planning.infeasibility.minimal_conflict import Clash
from kapplan.planning.infeasibility.repairs import Repair
from kapplan.planning.replan.remedies import Remedy

NO_DATES = "No dates keep every rule of this course."
_CLASH = "These cannot all be kept; without any one of them this clash is gone (another may remain):"
_REPAIRS = "Any one of these changes makes the course fit, the least first:"
_HOW = (
    "Where: a start or a first dose stands in the profile's [treatment], a patient's day in its [availability], a "
    "clinic's day in the clinic's file, a rule in a protocol of your own that extends this one (docs/protocols.md)."
)
_NO_REPAIR = "No single change makes the course fit: it takes several, or another start."
_COMMANDS = "What would help, the least first; each command works as it stands:"
_IN_ANY_CASE = "A visit has no day at all that the calendars allow, whatever rule is dropped."


def clash_text(clash: Clash | None, repairs: Sequence[Repair]) -> str:
    """Return why there is no plan and what would help, as plain lines, nothing cut."""
    members = [f"- {clean(sentence)}" for sentence in clash.sentences()] if clash else []
    changes = [f"{number}. {clean(repair.words)}" for number, repair in enumerate(repairs, 1)]
    lines = [NO_DATES, _CLASH if members else _IN_ANY_CASE, *members, _REPAIRS if changes else _NO_REPAIR, *changes]
    lines += [_HOW] if changes else []
    return "".join(f"{line}\n" for line in lines)


def unresolved_text(clash: Clash | None, remedies: Sequence[Remedy]) -> str:
    """Return why open visits have no dates and which commands would help, as plain lines, nothing cut."""
    members = [f"- {clean(sentence)}" for sentence in clash.sentences()] if clash and clash.members else []
    return "\n".join([_CLASH if members else _IN_ANY_CASE, *members, ways_text(remedies)])


def ways_text(remedies: Sequence[Remedy]) -> str:
    """Return the commands that would help, as plain lines; nothing where there are none."""
    ways = [f"{number}. {clean(one.words).rstrip('.')}: {command_words(one)}" for number, one in enumerate(remedies, 1)]
    return "\n".join([_COMMANDS, *ways]) if ways else ""


def command_words(remedy: Remedy) -> str:
    """Return the command of a remedy as it is typed."""
    return f"kapplan {join(remedy.command)}"


def clash_records(clash: Clash | None, repairs: Sequence[Repair]) -> Records:
    """Return one record for each member of the clash and each repair."""
    rows: list[tuple[Cell, ...]] = []
    if clash is not None:
        rows += [("clash", member.kind, clean(member.words), None, (), member.id) for member in clash.members]
    rows += [
        ("repair", repair.kind, clean(repair.words), repair.amount, repair.targets, repair.rule) for repair in repairs
    ]
    keys = ("role", "kind", "text", "amount", "visits", "rule")
    return Records(
        columns=tuple(Column(key=key) for key in keys),
        rows=tuple(rows),
        schema="kapplan.clash/1",
        name="members",
        title=NO_DATES,
    )
