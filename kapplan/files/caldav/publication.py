"""Publishing: look, decide, show or write, read back. A dry run is the same without the writing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from kapplan.dataclass import dataclass, derived, replace
from kapplan.errors import KapplanError, MachineError, UsageError
from kapplan.files.caldav.client import Client, Stored, may
from kapplan.files.caldav.conditional_writes import write
from kapplan.files.caldav.entries import FIRM, HARD, OWNED, CalendarEntry, entry_of, read_entry
from kapplan.files.caldav.ledger import Known, Ledger
from kapplan.files.caldav.lookup import by_uid, find_ours, read_back
from kapplan.files.caldav.patience import OutOfTimeError, Patience
from kapplan.files.caldav.steps import (
    KEPT_OTHERWISE,
    STOPPED,
    WRITES,
    PublishState,
    PublishStep,
    steps_of,
    too_many_disappear,
)
from kapplan.files.caldav.transport import CHANGED, UNAUTHORIZED, ServerRefusedError, UnreachableError
from kapplan.model.exports import CalendarObject, FieldDifference, OnConflict, Outcome, PublishResult

_RIGHTS = (
    (frozenset({"create"}), "bind", "add entries"),
    (frozenset({"update", "cancel"}), "write-content", "change entries"),
    (frozenset({"prune"}), "unbind", "remove entries"),
)
"""What each action needs, by the names of RFC 3744, and in words."""

GIVE_UP_AFTER = 2
"""After so many visits in a row without any answer the others are not tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishRequest:
    """How to publish: ``collection`` is the calendar's path, ``force`` allows that most appointments are called off."""

    collection: str
    now: datetime
    on_conflict: OnConflict = "stop"
    prune: bool = False
    force: bool = False
    dry_run: bool = False


def publish(
    server: Client,
    wanted: Sequence[CalendarObject],
    ledger: Ledger,
    asked: PublishRequest,
    patience: Patience,
) -> tuple[PublishResult, ...]:
    """Bring a calendar in step with a plan's visits and return what became of each.

    What fails is in the results; raised is only what stops everything before the first write: a server that cannot be
    asked, and ``UsageError`` where so many appointments would be called off that it looks like a mistake.
    """
    found = find_ours(server, wanted, ledger.known, patience)
    situation = derived(
        PublishState, asked, known=ledger.known, there=found.there, unclear=found.unclear, at_rest=found.at_rest
    )
    steps = steps_of(wanted, situation)
    if not asked.dry_run:
        _guard(steps, ledger.known, force=asked.force)
    results = {
        result.uid: result
        for result in (_untouched(steps) if asked.dry_run else _done(server, steps, ledger, patience))
    }
    return tuple(results[step.uid] for step in steps)


def missing_right(results: Sequence[PublishResult], rights: Collection[str] | None) -> str:
    """Return what one would have to be allowed to do in a calendar, and is not; nothing where it can be done."""
    wanted = {result.action for result in results if result.outcome == "pending"}
    lacking = [word for actions, right, word in _RIGHTS if wanted & actions and not may(rights, right)]
    return " and ".join(lacking)


def _guard(steps: Sequence[PublishStep], known: Mapping[str, Known], *, force: bool) -> None:
    number = too_many_disappear(steps, known)
    if number and not force:
        raise UsageError(
            f"{number} appointments would be called off at once; nothing was written",
            hint="look with --dry-run whether this is the right plan and the right calendar; --force does it",
        )


def _untouched(steps: Sequence[PublishStep]) -> Iterator[PublishResult]:
    for step in steps:
        yield _result(step, "pending" if step.action in WRITES else _at_rest(step))


def _at_rest(step: PublishStep) -> Outcome:
    if step.wrong:
        return "failed"
    return "stopped" if step.action in STOPPED else "unchanged"


def _result(step: PublishStep, outcome: Outcome, note: str | None = None) -> PublishResult:
    return derived(PublishResult, step, outcome=outcome, note=step.note if note is None else note)


def _done(server: Client, steps: Sequence[PublishStep], ledger: Ledger, patience: Patience) -> Iterator[PublishResult]:
    """Do the steps and yield what became of each, those that were written last, once they are read back."""
    ledger.note_all({step.uid: _about_to(step, ledger.known.get(step.uid)) for step in steps if step.data})
    written: dict[str, PublishStep] = {}
    silent, refused = 0, ""
    for step in steps:
        if step.action not in WRITES:
            _remember(step, ledger)
            yield _result(step, _at_rest(step))
            continue
        if silent >= GIVE_UP_AFTER or refused:
            yield _result(step, "failed", refused or "not tried: the server gives no answer")
            continue
        try:
            write(server, step, ledger, patience)
        except ServerRefusedError as error:
            refused = error.message if error.status == UNAUTHORIZED else ""
            yield _refused(step, error)
        except MachineError as error:
            silent += isinstance(error, (UnreachableError, OutOfTimeError))
            yield _result(step, "failed", error.message)
            continue
        else:
            written[step.uid] = step
        silent = 0
    yield from _read_back(server, written, ledger, patience)


def _about_to(step: PublishStep, known: Known | None) -> Known:
    pending = read_entry(step.data).hashes
    return replace(known or Known(visit=step.visit, href=step.href, audience=step.audience), pending=pending)


def _remember(step: PublishStep, ledger: Ledger) -> None:
    if step.forget:
        ledger.forget(step.uid)
    elif step.known is not None:
        ledger.note(step.uid, step.known)


def _refused(step: PublishStep, error: ServerRefusedError) -> PublishResult:
    if error.status == CHANGED:
        return replace(_result(step, "stopped", error.message), action="conflict")
    return _result(step, "failed", error.message)


def _read_back(
    server: Client, written: Mapping[str, PublishStep], ledger: Ledger, patience: Patience
) -> Iterator[PublishResult]:
    """Read all that was written in one go, compare it with what was meant, and remember what the server made of it."""
    sent = {uid: step for uid, step in written.items() if step.data}
    yield from (_result(step, "done") for step in written.values() if not step.data)
    if not sent:
        return
    try:
        meant = {step.href: Stored(step.href, ledger.known[uid].etag, step.data) for uid, step in sent.items()}
        found = by_uid(read_back(server, meant, patience), {uid.lower(): uid for uid in sent})
    except KapplanError as error:
        yield from (_result(step, "failed", f"written, but not read back: {error.message}") for step in sent.values())
        return
    learned: dict[str, Known] = {}
    results = [_checked(step, found.get(uid), ledger.known[uid], learned) for uid, step in sent.items()]
    ledger.note_all(learned)
    yield from results


def _checked(step: PublishStep, stored: Stored | None, known: Known, learned: dict[str, Known]) -> PublishResult:
    """Compare what the server has with what was sent, and learn what it made of it.

    Where its ETag is not the one that the write was answered with, somebody else may have been quicker: then only what
    it merely leaves out is the server's doing.
    """
    there = None if stored is None else entry_of(stored.data)
    if stored is None or there is None:
        return _result(step, "failed", "the server took it, but does not have it")
    meant = read_entry(step.data)
    apart = {name for name in OWNED if meant.fields[name] != there.fields[name]}
    firm = {name for name in apart if name in FIRM and not there.lost(name) and name != "location"}
    untouched = known.etag == stored.etag or (known.etag is None and not firm)
    if known.etag not in {None, stored.etag} and firm:
        changed = replace(_result(step, "stopped", "changed in the calendar meanwhile"), action="conflict")
        return replace(changed, differences=_differences(meant, there, firm))
    if untouched:
        kept = {name: known.stored[name] for name in known.theirs}
        learned[step.uid] = replace(known, etag=stored.etag, stored={**there.hashes, **kept})
    elif known.etag is not None:
        theirs = {*known.theirs, *(name for name in apart if not there.lost(name) and name != "location")}
        kept = {name: known.stored[name] for name in theirs}
        stored_now = {**there.hashes, **kept}
        learned[step.uid] = replace(known, etag=stored.etag, stored=stored_now, theirs=tuple(sorted(theirs)))
    if firm & set(HARD):
        return replace(_result(step, "failed", KEPT_OTHERWISE), differences=_differences(meant, there, firm))
    lost = sorted(apart & {"status", "location"})
    return _result(step, "done", f"the server keeps its own form of: {', '.join(lost)}" if lost else None)


def _differences(meant: CalendarEntry, there: CalendarEntry, names: set[str]) -> tuple[FieldDifference, ...]:
    return tuple(FieldDifference(name, meant.fields[name], there.fields[name]) for name in FIRM if name in names)
