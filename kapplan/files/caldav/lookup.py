"""Our entries found in a calendar, wherever in it they lie; what is not seen is asked for before it counts as gone.

What is there as it was when it was last read, and of which the plan says nothing new, is not read again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from urllib.parse import unquote

from kapplan.dataclass import dataclass
from kapplan.files.caldav.client import Client, Stored
from kapplan.files.caldav.entries import HARD, entry_of, read_entry, uid_of
from kapplan.files.caldav.ledger import Known
from kapplan.files.caldav.patience import Patience
from kapplan.files.caldav.transport import UNAUTHORIZED, ServerRefusedError
from kapplan.model.exports import CalendarObject


@dataclass(frozen=True, slots=True)
class FoundEntries:
    """The entries of ours by UID, and those of which the server does not say whether it has them, with its words.

    Those that are ``at_rest`` were not read: they are as they were left, and are to stay so.
    """

    there: Mapping[str, Stored]
    unclear: Mapping[str, str] = field(default_factory=dict)
    at_rest: frozenset[str] = frozenset()


def find_ours(
    server: Client, wanted: Sequence[CalendarObject], known: Mapping[str, Known], patience: Patience
) -> FoundEntries:
    """Return what the calendar holds under our UIDs; of other entries no more than the UID is read.

    A list may leave out what is there, so an entry that was sent and is not seen is asked for by itself: only one that
    the server then does not find is gone.
    """
    ours = {uid.lower(): uid for uid in (*_names(wanted, known), *known)}
    etags = patience.call(server.listing)
    listed = {unquote(href): href for href in etags}
    remembered = {path: uid for uid, each in known.items() if (path := unquote(each.href)) in listed}
    meant = {each.uid: each for each in wanted}
    resting = {
        uid: Stored(listed[path], etags[listed[path]])
        for path, uid in remembered.items()
        if uid in meant and _is_at_rest(meant[uid], known[uid], etags[listed[path]])
    }
    unread = [listed[path] for path, uid in sorted(remembered.items()) if uid not in resting]
    there = resting | (by_uid(patience.call(lambda: server.fetch(unread)), ours) if unread else {})
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
    return FoundEntries(there, unclear, frozenset(resting))


def _names(wanted: Sequence[CalendarObject], known: Mapping[str, Known]) -> list[str]:
    """Return the UIDs under which entries of ours may be: former ones too, until the new ones were seen to arrive."""
    arrived = {uid for uid, each in known.items() if not each.is_only_pending}
    former = [uid for each in wanted if each.uid not in arrived for uid in each.former]
    return [*(each.uid for each in wanted), *former]


def _is_at_rest(wanted: CalendarObject, known: Known, etag: str | None) -> bool:
    """Tell whether an entry is as it was when it was last read, and its visit too, so that nothing is to be done.

    A visit that was called off may be to be pruned, and one that the server keeps at another time is told of every
    time: both are looked at.
    """
    hashes = read_entry(wanted.data).hashes
    same = etag is not None and known.etag == etag and known.sent == hashes and not known.pending
    return same and not wanted.cancelled and all(known.stored.get(name) == hashes[name] for name in HARD)


def read_back(server: Client, written: Mapping[str, Stored], patience: Patience) -> dict[str, Stored]:
    """Return the entries that were just written as the server has them, by path.

    ``written`` are they as they were sent, each with the ETag that the server answered. Where it gives one at a time
    only, the first is read: if it has that as it was sent, it has the others so, too (an ETag in the answer says just
    that, RFC 4791, 5.3.4). What was answered without one is read in any case.
    """
    found = patience.call(lambda: server.several(written))
    if found is None:
        first, *_ = written
        sample = patience.call(lambda: server.fetch([first]))
        found = {**_as_sent(written, sample.get(first)), **sample}
    else:
        found = dict(found)
    given = {unquote(path) for path in found}
    missing = [path for path in written if unquote(path) not in given]
    return found | (patience.call(lambda: server.one_by_one(missing)) if missing else {})


def _as_sent(written: Mapping[str, Stored], sample: Stored | None) -> dict[str, Stored]:
    """Return what needs no reading, where one entry of those that were written was read."""
    there = None if sample is None else entry_of(sample.data)
    if sample is None or there is None:
        return {}
    meant = written[sample.href]
    kept = meant.etag == sample.etag and there.fields == read_entry(meant.data).fields
    return {path: one for path, one in written.items() if kept and one.etag is not None}


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
