"""Our entries found in a calendar, wherever in it they lie; what is not seen is asked for before it counts as gone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import field
from urllib.parse import unquote

from kapplan.dataclass import dataclass
from kapplan.files.caldav.client import Client, Stored
from kapplan.files.caldav.entries import uid_of
from kapplan.files.caldav.ledger import Known
from kapplan.files.caldav.patience import Patience
from kapplan.files.caldav.transport import UNAUTHORIZED, ServerRefusedError


@dataclass(frozen=True, slots=True)
class FoundEntries:
    """The entries of ours by UID, and those of which the server does not say whether it has them, with its words."""

    there: Mapping[str, Stored]
    unclear: Mapping[str, str] = field(default_factory=dict)


def find_ours(server: Client, uids: Collection[str], known: Mapping[str, Known], patience: Patience) -> FoundEntries:
    """Return what the calendar holds under our UIDs; of other entries no more than the UID is read.

    A list may leave out what is there, so an entry that was sent and is not seen is asked for by itself: only one that
    the server then does not find is gone.
    """
    ours = {uid.lower(): uid for uid in (*uids, *known)}
    listed = {unquote(href): href for href in patience.call(server.listing)}
    remembered = {path for each in known.values() if (path := unquote(each.href)) in listed}
    there = by_uid(patience.call(lambda: server.fetch([listed[path] for path in sorted(remembered)])), ours)
    others = [href for path, href in listed.items() if path not in remembered]
    if others and len(there) < len(ours):
        held = by_uid(patience.call(lambda: server.uids(others)), ours)
        more = [stored.href for uid, stored in held.items() if uid not in there]
        there |= by_uid(patience.call(lambda: server.fetch(more)), ours) if more else {}
    unclear: dict[str, str] = {}
    for uid, each in known.items():
        if uid not in there and not each.is_only_pending and not each.released:
            stored, why = _asked_for(server, uid, each.href, patience)
            there |= {uid: stored} if stored is not None else {}
            unclear |= {uid: why} if why else {}
    return FoundEntries(there, unclear)


def by_uid(entries: Mapping[str, Stored], ours: Mapping[str, str]) -> dict[str, Stored]:
    """Return those entries that are ours, by our spelling of their UIDs; ``ours`` has it by theirs in small letters."""
    found = {}
    for stored in entries.values():
        uid = ours.get((uid_of(stored.data) or "").lower())
        if uid is not None:
            found[uid] = stored
    return found


def _asked_for(server: Client, uid: str, href: str, patience: Patience) -> tuple[Stored | None, str]:
    """Return an entry that is asked for alone, if it is there, or why that is not known."""
    try:
        stored = patience.call(lambda: server.get_if_there(href))
    except ServerRefusedError as error:
        if error.status == UNAUTHORIZED:
            raise
        return None, error.message
    is_ours = stored is not None and (uid_of(stored.data) or "").lower() == uid.lower()
    return stored if is_ours else None, ""
