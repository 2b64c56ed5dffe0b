"""What was sent to a calendar, visit by visit: the memory of one plan and one calendar, kept beside the plan.

It holds digests and no text of any entry, and where the calendar is. It is written whole after each object, so that a
command that was killed goes on where it stopped; what is about to be sent is noted before, so that nothing that arrived
looks like a stranger's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import field, fields
from glob import escape
from pathlib import Path
from typing import Any

from kapplan.dataclass import dataclass
from kapplan.files.caldav.target import CalendarAddress
from kapplan.files.plans.atomic import reading_own, write_whole

FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of one entry: where it is, its ETag after we last wrote it, and digests of its fields.

    ``sent`` is what the plan said, ``stored`` what the server then gave back, ``pending`` what was about to be sent
    and may have arrived, ``agreed`` what somebody made of it and may stand. Fields named in ``theirs`` were
    carried along as somebody had changed them. A ``released`` one was removed by somebody and may stay away. It was
    sent for an ``audience``, where each has UIDs of its own.
    """

    visit: str
    href: str
    etag: str | None = None
    sequence: int = 0
    sent: Mapping[str, str] = field(default_factory=dict)
    stored: Mapping[str, str] = field(default_factory=dict)
    pending: Mapping[str, str] = field(default_factory=dict)
    agreed: Mapping[str, str] = field(default_factory=dict)
    theirs: tuple[str, ...] = ()
    audience: str = ""
    cancelled: bool = False
    released: bool = False

    @property
    def is_only_pending(self) -> bool:
        """Whether it was never seen to arrive."""
        return not self.sent


class Ledger:
    """The entries of one plan in one calendar, by UID; every change is on the disk before the call returns.

    ``address`` is the calendar's, ``user`` the name that its server was given; both are kept for whoever calls all of
    them off.
    """

    def __init__(
        self, path: Path, known: Mapping[str, Known] | None = None, *, address: str = "", user: str = ""
    ) -> None:
        self.path = path
        self.address, self.user = address, user
        self._written_at = "", ""
        self._known = dict(known or {})
        self._written = dict(self._known)
        self._texts = {uid: _text(each) for uid, each in self._known.items()}

    @property
    def known(self) -> Mapping[str, Known]:
        """What is known of each UID."""
        return self._known

    @property
    def audience(self) -> str:
        """For whom the calendar's entries are, where all of them are for the same; else nothing."""
        for_whom = {each.audience for each in self._known.values()}
        return for_whom.pop() if len(for_whom) == 1 else ""

    def note(self, uid: str, known: Known) -> None:
        """Remember an entry."""
        self.note_all({uid: known})

    def note_all(self, known: Mapping[str, Known]) -> None:
        """Remember several entries at once."""
        self._known |= known
        self._save()

    def forget(self, uid: str) -> None:
        """Remember an entry no longer."""
        self._known.pop(uid, None)
        self._save()

    def _save(self) -> None:
        where = self.address, self.user
        if self._known == self._written and self._written_at == where:
            return
        for uid in self._known.keys() | self._written.keys():
            if self._known.get(uid) != self._written.get(uid):
                self._texts[uid] = _text(self._known[uid]) if uid in self._known else ""
        entries = ",\n".join(f'"{uid}": {self._texts[uid]}' for uid in sorted(self._known))
        named = {name: value for name, value in (("address", self.address), ("user", self.user)) if value}
        head = json.dumps({"format": FORMAT, **named})[:-1]
        write_whole(self.path, f'{head}, "entries": {{\n{entries}\n}}}}\n'.encode())
        self._written, self._written_at = dict(self._known), where


def ledger_path(plan: Path, target: CalendarAddress) -> Path:
    """Return where the memory of a plan and a calendar lies: a hidden file beside the plan."""
    plan = plan.resolve()
    return plan.with_name(f".{plan.name}.{target.key}.json")


def ledgers_of(plan: Path) -> list[Ledger]:
    """Return the memories of all calendars of a plan; raises as ``open_ledger`` does."""
    plan = plan.resolve()
    return [open_ledger(path) for path in sorted(plan.parent.glob(f".{escape(plan.name)}.*.json"))]


def open_ledger(path: Path, *, address: str = "", user: str = "") -> Ledger:
    """Read a ledger; an empty one where there is none yet. Raises ``InvalidFileError`` where it is damaged.

    ``address`` and ``user``, where they are given, are noted with the next entry.
    """
    expected = "a file that `kapplan publish` wrote; remove it, and publish looks its entries up again"
    with suppress(FileNotFoundError), reading_own(path, "what was published to this calendar cannot be read", expected):
        data = json.loads(path.read_bytes())
        known = {str(uid): _known(entry) for uid, entry in {FORMAT: data}[data["format"]]["entries"].items()}
        noted = str(data.get("address", "")), str(data.get("user", ""))
        return Ledger(path, known, address=address or noted[0], user=user or noted[1])
    return Ledger(path, address=address, user=user)


def _known(entry: dict[str, Any]) -> Known:
    known = Known(**{**entry, "theirs": tuple(entry.get("theirs", ()))})
    if not (isinstance(known.href, str) and isinstance(known.sequence, int) and isinstance(known.sent, dict)):
        raise TypeError(entry)
    return known


def _text(known: Known) -> str:
    """Return an entry as JSON, without what is as it would be if left out."""
    told = {name: getattr(known, name) for name, default in _DEFAULTS.items() if getattr(known, name) != default}
    return json.dumps(told, sort_keys=True)


_DEFAULTS = {one.name: getattr(Known(visit="", href=""), one.name) for one in fields(Known)}
