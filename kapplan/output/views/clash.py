"""No plan: the rules that stand against each other, and the single changes that would each help."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from shlex import join
from typing import Any

from kapplan.dataclass import dataclass
from kapplan.output.records.records import Cell, Column, Records
from kapplan.output.records.words import clean
from kapplan.planning.infeasibility.minimal_conflict import Clash
from kapplan.planning.replan.remedies import Remedy
from kapplan.planning.schedule.written_repairs import WrittenRepair

NO_DATES = "No dates keep every rule of this course."
_CLASH = "These cannot all be kept"
_NOR = "Nor can these"
_ANY = "without any one of them, the course would fit"
_SOME = "without one that is marked [fits] the course would fit, without another a further clash remains"
_NONE = "and whichever of them is dropped, a further clash remains"
_UNSURE = "what would become of the course without one of them took too much work to find out"
_SOME_UNSURE = "without one that is marked [fits] the course would fit; of the others not all could be tried"
_MARK = " [fits]"
_MORE = "To see every clash, add --all."
_NO_ONE = "Nothing stands in every clash: no single rule or closing that is dropped makes the course fit."
_REPAIRS = "Any one of these changes makes the course fit, the least first:"
_NO_REPAIR = "No single change makes the course fit: it takes several, or another start."
_NO_REPAIR_TOLD = "No single change was found that makes the course fit; to try every one took too much work."
_NOT_EVERY = "Whether others do, perhaps lesser ones, took too much work to find out."
_COMMANDS = "What would help, the least first; each command works as it stands:"
_NOT_MINIMAL = "It took too much work to tell whether each of these lines is needed."
_GIVEN = "The clinic's regular hours are taken as they are"
_UNTOLD = "Which rules stand in the way took too much work to find out."
_NOT_TOLD = f"{_UNTOLD[:-1]}, and there may be dates that keep them all."
_IN_ANY_CASE = "A visit has no day at all that the calendars allow, whatever rule is dropped."


@dataclass(frozen=True, slots=True, kw_only=True)
class WhereWritten:
    """Where repairs are typed: the ``command`` that found no dates, the names of its files, and what they have inline.

    ``inline`` are the keys of lists that a file has as one line of values, to which no table can be added.
    """

    command: tuple[str, ...] = ("plan", "PROFILE")
    profile: str = "the profile"
    clinic: str = "the clinic's file"
    inline: frozenset[str] = frozenset()

    def file(self, repair: WrittenRepair) -> str | None:
        """Return the name of the file into which a repair is written, if it is."""
        return None if repair.file is None else self.profile if repair.file == "profile" else self.clinic

    def typed(self, repair: WrittenRepair) -> tuple[str, ...]:
        """Return the words of the command with a repair's option; none where it is written into a file."""
        return ("kapplan", *self.command, *repair.option) if repair.option else ()

    def lines(self, repair: WrittenRepair) -> tuple[str, ...]:
        """Return the lines of a file that a repair is."""
        found: list[str] = []
        for table in repair.tables:
            pairs = [f"{name} = {value}" for name, value in table]
            if repair.replaces:
                found += pairs
            elif repair.key in self.inline:
                found.append(f"{{ {', '.join(pairs)} }}")
            else:
                found += [f"[[{repair.key}]]", *pairs]
        return tuple(found)


def clash_text(
    clashes: Sequence[Clash],
    repairs: Sequence[WrittenRepair],
    where: WhereWritten | None = None,
    *,
    all_tried: bool = True,
) -> str:
    """Return why there is no plan and what would help, as plain lines, nothing cut.

    Where not every change was tried nothing is said of the others.
    """
    changes = [
        line
        for number, repair in enumerate(repairs, 1)
        for line in _change_lines(number, repair, where or WhereWritten())
    ]
    none = _NO_REPAIR if all_tried else _NO_REPAIR_TOLD
    lines = [NO_DATES, *_clash_lines(clashes), _REPAIRS if changes else none, *changes]
    if changes and not all_tried:
        lines.append(_NOT_EVERY)
    return "".join(f"{line}\n" for line in lines)


def _change_lines(number: int, written: WrittenRepair, where: WhereWritten) -> Iterator[str]:
    """Yield a repair in words, and below it what is typed."""
    words, typed = clean(written.repair.words), where.typed(written)
    if typed:
        yield f"{number}. {words}"
        yield f"   {join(typed)}"
        return
    place = where.file(written)
    if written.replaces:
        place = f"{place}, in [{written.key}] in place of what it says"
    elif written.key in where.inline:
        place = f"{place}, one more of `{written.key}`"
    yield f"{number}. {words} In {place}:"
    yield from (f"   {line}" for line in where.lines(written))


def unresolved_text(clashes: Sequence[Clash], remedies: Sequence[Remedy]) -> str:
    """Return why open visits have no dates and which commands would help, as plain lines, nothing cut."""
    return "\n".join([*(_clash_lines(clashes) if clashes else (_NOT_TOLD,)), ways_text(remedies)])


def _clash_lines(clashes: Sequence[Clash]) -> Iterator[str]:
    """Yield what cannot all be kept, and what becomes of the course without one of it: never more than is true."""
    if not clashes:
        yield _UNTOLD
        return
    if not any(clash.members for clash in clashes):
        yield _IN_ANY_CASE
        yield from (f"- {clean(words)}" for clash in clashes for words in clash.lacking)
        return
    for number, clash in enumerate(clashes, 1):
        mending = [bool(clash.mending.intersection(member.id for member in alike)) for alike in clash.alike]
        if clash.unsure:
            said = _SOME_UNSURE if any(mending) else _UNSURE
        else:
            said = _ANY if all(mending) else _SOME if any(mending) else _NONE
        which = f" (clash {number} of {len(clashes)})" if len(clashes) > 1 else ""
        yield f"{_CLASH if number == 1 else _NOR}{which}; {said}:"
        marks = [_MARK if fits and not all(mending) else "" for fits in mending]
        yield from (f"- {clean(words)}{mark}" for words, mark in zip(clash.sentences(), marks, strict=True))
        if clash.given:
            yield f"{_GIVEN}: {clean('; '.join(clash.given))}."
        if not clash.minimal:
            yield _NOT_MINIMAL
    if len(clashes) == 1 and not all(mending):
        yield _MORE
    elif len(clashes) > 1 and not frozenset.intersection(*(frozenset(clash.groups) for clash in clashes)):
        yield _NO_ONE


def ways_text(remedies: Sequence[Remedy]) -> str:
    """Return the commands that would help, as plain lines; nothing where there are none."""
    ways = [f"{number}. {clean(one.words).rstrip('.')}: {command_words(one)}" for number, one in enumerate(remedies, 1)]
    return "\n".join([_COMMANDS, *ways]) if ways else ""


def command_words(remedy: Remedy) -> str:
    """Return the command of a remedy as it is typed."""
    return f"kapplan {join(remedy.command)}"


def clash_records(
    clashes: Sequence[Clash],
    repairs: Sequence[WrittenRepair],
    where: WhereWritten | None = None,
    *,
    patient: str | None = None,
) -> Records:
    """Return one record for each member of the clashes and each repair.

    ``clash`` counts the clashes; the clinic's hours that are ``given`` with one are no member, and not in question.
    ``fits`` says of a member whether the course would fit without what its line says, if that is known. A repair is
    typed as a ``command``, or written into the ``file`` as its ``lines``: added to the list ``key``, or in place of
    what that table has.
    """
    places = where or WhereWritten()
    nowhere: tuple[Cell, ...] = ((), None, None, ())
    rows: list[tuple[Cell, ...]] = [
        ("clash", one.kind, clean(one.words), None, (), one.id, number, clash.fits_without(one.id), *nowhere)
        for number, clash in enumerate(clashes, 1)
        for one in clash.members
    ]
    rows += [
        ("given", "clinic-weekday", clean(words), None, (), None, number, False, *nowhere)
        for number, clash in enumerate(clashes, 1)
        for words in clash.given
    ]
    for written in repairs:
        repair = written.repair
        known = ("repair", repair.kind, clean(repair.words), repair.amount, repair.targets, repair.rule, None, True)
        typed = (places.typed(written), places.file(written), written.key or None, places.lines(written))
        rows.append((*known, *typed))
    keys = ("role", "kind", "text", "amount", "visits", "rule", "clash", "fits", "command", "file", "key", "lines")
    return Records(
        columns=tuple(Column(key=key) for key in keys),
        rows=tuple(rows),
        schema="kapplan.clash/1",
        name="members",
        title=NO_DATES,
        patient=patient,
    )


def clash_data(clash: Clash) -> list[dict[str, Any]]:
    """Return the lines of a clash as JSON data; ``fits`` whether the course would fit without them, or null."""
    return [
        {"text": text, "groups": [one.id for one in alike], "fits": clash.fits_without(alike[0].id)}
        for text, alike in zip(clash.sentences(), clash.alike, strict=True)
    ]
