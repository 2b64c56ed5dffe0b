"""The history's chain: each entry holds a digest of itself and of all before it, so that none can be lost unseen.

Entries of before (plans of 0.1.0) have none; the first that has one covers all of them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256

from kapplan.dataclass import replace
from kapplan.model.plan import Entry, Plan
from kapplan.planning.journal.patch import data_of


def chained(before: Sequence[Entry], entry: Entry) -> Entry:
    """Return a new entry as the next link after those before it."""
    return replace(entry, chain=_link(before, entry))


def with_login(plan: Plan, login: str) -> Plan:
    """Return a plan whose last entry says by whose login it was made; its link is made anew where it has one."""
    *before, last = plan.history
    entry = replace(last, login=login)
    return replace(plan, history=(*before, entry if last.chain is None else chained(before, entry)))


def first_broken(history: Sequence[Entry]) -> int | None:
    """Return the revision of the first entry that does not follow from those before it; ``None`` where all do."""
    for number, entry in enumerate(history):
        if entry.chain is None:
            if number and history[number - 1].chain is not None:
                return entry.revision
        elif entry.chain != _link(history[:number], entry):
            return entry.revision
    return None


def _link(before: Sequence[Entry], entry: Entry) -> str:
    last = before[-1].chain if before else None
    earlier = [last] if last is not None else [data_of(one) for one in before]
    content = [earlier, data_of(replace(entry, chain=None))]
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode("utf-8", "replace")).hexdigest()
