"""One visit written surely: on the condition that nobody changed it, and again where no answer came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kapplan.errors import MachineError
from kapplan.files.caldav.client import CHANGED, NOT_FOUND, Client, ServerRefusedError, Stored
from kapplan.files.caldav.entries import CalendarEntry, read_entry
from kapplan.files.caldav.ledger import Ledger
from kapplan.files.caldav.patience import Patience
from kapplan.files.caldav.steps import PublishStep


def write(server: Client, step: PublishStep, ledger: Ledger, patience: Patience) -> None:
    """Write one step and remember it; raises what the server says, or does not say."""
    if step.action == "prune":
        _prune(server, step, patience)
        ledger.forget(step.uid)
        return
    etag = _create(server, step, patience) if step.action == "create" else _update(server, step, patience)
    if step.known is not None:
        ledger.note(step.uid, replace(step.known, etag=etag, pending={}))


def _create(server: Client, step: PublishStep, patience: Patience) -> str | None:
    def create() -> str | None:
        return server.create(step.href, step.data)

    def again() -> str | None:
        stored = server.fetch([step.href])
        return create() if not stored else _landed(step, stored)

    try:
        return patience.call(create, again)
    except ServerRefusedError as error:
        if error.status != CHANGED or error.condition:
            raise
        return _landed(step, patience.call(lambda: server.fetch([step.href])))


def _update(server: Client, step: PublishStep, patience: Patience) -> str | None:
    etag = step.etag or _learned(server, step, patience)

    def update() -> str | None:
        return server.update(step.href, step.data, etag)

    def again() -> str | None:
        stored = server.fetch([step.href])
        untouched = any(each.etag == etag for each in stored.values())
        return update() if untouched else _landed(step, stored)

    try:
        return patience.call(update, again)
    except ServerRefusedError as error:
        if error.status != CHANGED:
            raise
        return _landed(step, patience.call(lambda: server.fetch([step.href])))


def _learned(server: Client, step: PublishStep, patience: Patience) -> str:
    """Return the ETag of an entry that the calendar's list gives none for; without one nothing may be overwritten."""
    stored = patience.call(lambda: server.get(step.href))
    if stored.etag is None:
        raise MachineError("the server gives no strong ETag, so a change by somebody else could be overwritten")
    return stored.etag


def _landed(step: PublishStep, stored: Mapping[str, Stored]) -> str | None:
    """Return the ETag of an entry that is what was sent; raise that somebody changed it where it is not."""
    for each in stored.values():
        entry = entry_of(each)
        if entry is not None and entry.uid == step.uid and entry.hashes == read_entry(step.data).hashes:
            return each.etag
    raise ServerRefusedError(CHANGED)


def _prune(server: Client, step: PublishStep, patience: Patience) -> None:
    def delete() -> None:
        server.delete(step.href, step.etag or _learned(server, step, patience))

    try:
        patience.call(delete)
    except ServerRefusedError as error:
        if error.status != NOT_FOUND:
            raise


def entry_of(stored: Stored) -> CalendarEntry | None:
    """Return what an entry says; ``None`` where it cannot be read."""
    try:
        return read_entry(stored.data)
    except ValueError:
        return None
