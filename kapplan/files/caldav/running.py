"""Publishing: look, decide, show or write, read back. A dry run is the same without the writing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import unquote

from kapplan.dataclass import dataclass
from kapplan.errors import KapplanError, MachineError, UsageError
from kapplan.files.caldav.client import CHANGED, UNAUTHORIZED, Client, ServerRefusedError, Stored, UnreachableError
from kapplan.files.caldav.entries import FIRM, read_entry, uid_of
from kapplan.files.caldav.ledger import Known, Ledger
from kapplan.files.caldav.patience import OutOfTimeError, Patience
from kapplan.files.caldav.steps import (
    STOPPED,
    WRITES,
    PublishState,
    PublishStep,
    steps_of,
    too_many_disappear,
)
from kapplan.files.caldav.writing import entry_of, write
from kapplan.model.publishing import CalendarObject, FieldDifference, OnConflict, Outcome, PublishResult

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
    there = entries_of_ours(server, {each.uid for each in wanted}, ledger.known, patience)
    situation = PublishState(
        known=ledger.known, there=there, collection=asked.collection, now=asked.now,
        on_conflict=asked.on_conflict, prune=asked.prune,
    )  # fmt: skip
    steps = steps_of(wanted, situation)
    if not asked.dry_run:
        _guard(steps, ledger.known, force=asked.force)
    results = {
        result.uid: result
        for result in (_untouched(steps) if asked.dry_run else _done(server, steps, ledger, patience))
    }
    return tuple(results[step.uid] for step in steps)


def entries_of_ours(
    server: Client, uids: set[str], known: Mapping[str, Known], patience: Patience
) -> dict[str, Stored]:
    """Return what the calendar holds under our UIDs, wherever in it; of other entries no more than the UID is read."""
    listed = {unquote(href): href for href in patience.call(server.listing)}
    remembered = {path: uid for uid, each in known.items() if (path := unquote(each.href)) in listed}
    found = _by_uid(patience.call(lambda: server.fetch([listed[path] for path in remembered])))
    missing = (uids | set(known)) - set(found)
    others = [href for path, href in listed.items() if path not in remembered]
    if missing and others:
        held = _by_uid(patience.call(lambda: server.uids(others)))
        ours = [stored.href for uid, stored in held.items() if uid in missing]
        found |= _by_uid(patience.call(lambda: server.fetch(ours))) if ours else {}
    return {uid: stored for uid, stored in found.items() if uid in uids or uid in known}


def _by_uid(entries: Mapping[str, Stored]) -> dict[str, Stored]:
    return {uid: stored for stored in entries.values() if (uid := uid_of(stored.data))}


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
    return "stopped" if step.action in STOPPED else "unchanged"


def _result(step: PublishStep, outcome: Outcome, note: str | None = None) -> PublishResult:
    return PublishResult(
        uid=step.uid, visit=step.visit, start=step.start, action=step.action, outcome=outcome,
        differences=step.differences, note=step.note if note is None else note,
    )  # fmt: skip


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
    return replace(known or Known(visit=step.visit, href=step.href), pending=pending)


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
        found = _by_uid(patience.call(lambda: server.fetch([step.href for step in sent.values()])))
    except KapplanError as error:
        yield from (_result(step, "failed", f"written, but not read back: {error.message}") for step in sent.values())
        return
    learned: dict[str, Known] = {}
    results = [_checked(step, found.get(uid), ledger.known[uid], learned) for uid, step in sent.items()]
    ledger.note_all(learned)
    yield from results


def _checked(step: PublishStep, stored: Stored | None, known: Known, learned: dict[str, Known]) -> PublishResult:
    there = None if stored is None else entry_of(stored)
    if stored is None or there is None:
        return _result(step, "failed", "the server took it, but does not have it")
    meant = read_entry(step.data)
    apart = tuple(
        FieldDifference(name, meant.fields[name], there.fields[name])
        for name in FIRM
        if meant.fields[name] != there.fields[name]
    )
    if known.etag is None or known.etag == stored.etag:
        kept = {name: known.stored[name] for name in known.theirs}
        base = known.stored if known.etag is None and apart else {**there.hashes, **kept}
        learned[step.uid] = replace(known, etag=None if apart and known.etag is None else stored.etag, stored=base)
    elif apart:
        changed = replace(_result(step, "stopped", "changed in the calendar meanwhile"), action="conflict")
        return replace(changed, differences=apart)
    if apart:
        return replace(_result(step, "failed", "the server keeps it otherwise than it was sent"), differences=apart)
    return _result(step, "done")
