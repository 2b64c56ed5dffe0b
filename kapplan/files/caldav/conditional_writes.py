"""One visit written surely: on the condition that nobody changed it, and again where no answer came."""

from __future__ import annotations

from kapplan.dataclass import replace
from kapplan.errors import MachineError
from kapplan.files.caldav.client import Client, Stored, condition
from kapplan.files.caldav.entries import ALARMS, OWNED, entry_of, read_entry
from kapplan.files.caldav.ledger import Ledger
from kapplan.files.caldav.patience import Patience
from kapplan.files.caldav.steps import PublishStep
from kapplan.files.caldav.transport import CHANGED, GONE, NOT_FOUND, ServerRefusedError


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
        stored = server.get_if_there(step.href)
        return create() if stored is None else _landed(step, stored)

    try:
        return patience.call(create, again)
    except ServerRefusedError as error:
        if error.status != CHANGED or error.condition:
            raise
        stored = patience.call(lambda: server.get_if_there(step.href))
        if stored is not None:
            return _landed(step, stored)
    return patience.call(lambda: server.create_unconditionally(step.href, step.data))


def _update(server: Client, step: PublishStep, patience: Patience) -> str | None:
    etag = step.etag or _learned(server, step, patience)

    def update() -> str | None:
        return server.update(step.href, step.data, etag)

    def again() -> str | None:
        stored = server.get_if_there(step.href)
        return update() if stored is not None and stored.etag == etag else _landed(step, stored)

    try:
        return patience.call(update, again)
    except ServerRefusedError as error:
        if error.status != CHANGED:
            raise
        stored = patience.call(lambda: server.get_if_there(step.href))
    if stored is None or stored.etag != etag:
        return _landed(step, stored)
    return _update_in_its_words(server, step, etag, patience)


def _update_in_its_words(server: Client, step: PublishStep, etag: str, patience: Patience) -> str | None:
    """Write on the condition of an ETag without quotes, for a server that writes them so and refused it with them."""
    try:
        return patience.call(lambda: server.update(step.href, step.data, etag.strip('"')))
    except ServerRefusedError as error:
        if error.status != CHANGED:
            raise
        raise _unconditional() from None


def _learned(server: Client, step: PublishStep, patience: Patience) -> str:
    """Return the ETag of an entry that the calendar's list gives none for; without one nothing may be overwritten."""
    stored = patience.call(lambda: server.get(step.href))
    if stored.etag is None:
        raise _unconditional()
    return stored.etag


def _unconditional() -> MachineError:
    return MachineError("the server gives no strong ETag, so a change by somebody else could be overwritten")


def _landed(step: PublishStep, stored: Stored | None) -> str | None:
    """Return the ETag of an entry that is what was sent; raise that somebody changed it where it is not."""
    entry = None if stored is None else entry_of(stored.data)
    meant = read_entry(step.data)
    if stored is not None and entry is not None and entry.uid.lower() == step.uid.lower():
        told = (entry.hashes[name] == meant.hashes[name] or entry.lost(name) for name in (*OWNED, ALARMS))
        if all(told):
            return stored.etag
    raise ServerRefusedError(CHANGED)


def _prune(server: Client, step: PublishStep, patience: Patience) -> None:
    def delete() -> None:
        server.delete(step.href, step.etag or _learned(server, step, patience))

    try:
        patience.call(delete)
    except ServerRefusedError as error:
        if error.status != NOT_FOUND:
            raise


def remove_all(server: Client, ledger: Ledger, patience: Patience) -> int:
    """Remove every entry that a ledger knows, changed by somebody or not, and return how many there were.

    Each is forgotten once it is gone, so that who is interrupted goes on where they stopped. Raises ``MachineError``
    where the server gives no answer, refuses, or cannot say which entry is meant.
    """
    removed = 0
    for uid, known in list(ledger.known.items()):
        path = server.target.path_of(known.href)
        if patience.call(lambda path=path: _removed(server, path)):  # type: ignore[misc]
            removed += 1
        ledger.forget(uid)
    return removed


def _removed(server: Client, path: str) -> bool:
    """Remove an entry as it is now; tell whether there was one."""
    there = server.get_if_there(path)
    if there is None:
        return False
    etag = condition(there.etag)
    if etag is None:
        raise MachineError(f"{server.target.host} does not say which version of an entry is removed")
    try:
        server.delete(path, etag)
    except ServerRefusedError as error:
        if error.status not in {NOT_FOUND, GONE}:
            raise
    return True
