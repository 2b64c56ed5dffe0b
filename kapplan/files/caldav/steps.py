"""What publishing would do, visit by visit, decided before any write from the plan, the ledger and the server."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime

from kapplan.dataclass import dataclass, replace
from kapplan.files.caldav.client import Stored
from kapplan.files.caldav.entries import (
    ALARMS,
    FIRM,
    HARD,
    OWNED,
    SOFT,
    CalendarEntry,
    Hashes,
    called_off,
    joined,
    read_entry,
)
from kapplan.files.caldav.ledger import Known
from kapplan.model.exports import Action, CalendarObject, FieldDifference, OnConflict

WRITES = frozenset({"create", "update", "cancel", "prune"})
STOPPED = frozenset({"conflict", "gone"})

KEPT_OTHERWISE = "the server keeps it otherwise than it was sent"

_MOST_DISAPPEARING = 0.3
_FEW = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishStep:
    """What is done for one visit: where, with which bytes, on which condition, and what is remembered afterwards.

    ``known`` is what the ledger holds once it is done; ``None`` leaves it as it is, and ``forget`` takes the entry
    out of it. ``note`` says more; ``wrong`` says that nothing is done although something is not as it should be.
    """

    action: Action
    uid: str
    visit: str
    start: datetime | None
    audience: str = ""
    href: str = ""
    etag: str | None = None
    data: bytes = b""
    known: Known | None = None
    forget: bool = False
    differences: tuple[FieldDifference, ...] = ()
    note: str = ""
    wrong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishState:
    """What steps are decided from: what is known, what is on the server by UID, and what was asked for.

    ``unclear`` are the entries of which the server does not say whether they are there, each with what it says instead.
    Those ``at_rest`` are as they were left, and the plan says nothing new of them.
    """

    known: Mapping[str, Known]
    there: Mapping[str, Stored]
    collection: str
    now: datetime
    on_conflict: OnConflict = "stop"
    prune: bool = False
    unclear: Mapping[str, str] = field(default_factory=dict)
    at_rest: Collection[str] = ()


def steps_of(wanted: Sequence[CalendarObject], situation: PublishState) -> tuple[PublishStep, ...]:
    """Return a step for each visit, and for each entry of ours that the plan knows no longer, or by another UID."""
    return (
        *(_step(each, situation) for each in wanted),
        *(step for each in wanted for step in _renamed(each, situation)),
        *_orphans(wanted, situation),
    )


def too_many_disappear(steps: Sequence[PublishStep], known: Mapping[str, Known]) -> int:
    """Return how many appointments would be called off at once, where that looks like a mistake; else 0.

    More than three in ten, or all of them; one or two of several are nothing unusual.
    """
    called = sum(1 for step in steps if step.action == "cancel")
    return called if looks_mistaken(called, known) else 0


def looks_mistaken(number: int, known: Mapping[str, Known]) -> bool:
    """Tell whether so many of the appointments in a calendar at once are more than people call off."""
    live = sum(1 for each in known.values() if not each.cancelled and not each.released)
    many = number > _FEW and number > live * _MOST_DISAPPEARING
    return bool(live) and (many or number >= live)


def _step(wanted: CalendarObject, situation: PublishState) -> PublishStep:
    known, stored = situation.known.get(wanted.uid), situation.there.get(wanted.uid)
    if wanted.uid in situation.unclear:
        note = f"not looked at: {situation.unclear[wanted.uid]}"
        return replace(_base(wanted, "unchanged", note=note), wrong=True)
    if stored is None:
        return _absent(wanted, known, situation)
    if wanted.uid in situation.at_rest:
        return _base(wanted, "unchanged", stored)
    try:
        theirs = read_entry(stored.data)
    except ValueError:
        return _base(wanted, "conflict", stored, note="the entry in the calendar cannot be read")
    return _Comparison(wanted, known, stored, theirs, situation).step()


def _base(wanted: CalendarObject, action: Action, stored: Stored | None = None, *, note: str = "") -> PublishStep:
    href, etag = (stored.href, stored.etag) if stored is not None else ("", None)
    return PublishStep(
        action=action, uid=wanted.uid, visit=wanted.visit, start=wanted.start, audience=wanted.audience, href=href,
        etag=etag, note=note,
    )  # fmt: skip


def _absent(wanted: CalendarObject, known: Known | None, situation: PublishState) -> PublishStep:
    """Return the step for a visit that is not on the server: new, never needed there, or removed by somebody."""
    if wanted.cancelled:
        return replace(_base(wanted, "unchanged"), forget=True)
    hashes = read_entry(wanted.data).hashes
    href = f"{situation.collection}{wanted.uid}.ics"
    new = Known(
        visit=wanted.visit, href=href, audience=wanted.audience, sequence=wanted.sequence, sent=hashes, stored=hashes
    )  # fmt: skip
    if known is None or known.is_only_pending:
        return replace(_base(wanted, "create"), href=href, data=wanted.data, known=new)
    return _removed(wanted, known, new, situation)


def _removed(wanted: CalendarObject, known: Known, new: Known, situation: PublishState) -> PublishStep:
    """Return the step for a visit that somebody removed from the calendar: it comes back on demand alone."""
    released = replace(known, released=True, pending={}, sent=new.sent)
    stays_away = known.released and all(known.sent.get(name) == new.sent[name] for name in FIRM)
    if stays_away or wanted.end < situation.now:
        return replace(_base(wanted, "unchanged"), known=released)
    if situation.on_conflict == "theirs":
        return replace(_base(wanted, "unchanged", note="removed in the calendar; left away"), known=released)
    if situation.on_conflict == "stop" and not wanted.stays:
        return _base(wanted, "gone", note="removed in the calendar")
    sequence = max(wanted.sequence, known.sequence + 1)
    data = joined(wanted.data, None, (), sequence)
    return replace(
        _base(wanted, "create", note="removed in the calendar; put back"),
        href=new.href, data=data, known=replace(new, sequence=sequence),
    )  # fmt: skip


class _Comparison:
    """One visit three ways: what the plan says, what was last written, and what the server holds."""

    def __init__(
        self,
        wanted: CalendarObject,
        known: Known | None,
        stored: Stored,
        theirs: CalendarEntry,
        situation: PublishState,
    ) -> None:
        self.wanted, self.stored, self.theirs, self.situation = wanted, stored, theirs, situation
        self.ours = read_entry(wanted.data)
        self.want, self.have = self.ours.hashes, theirs.hashes
        self.known = None if known is not None and known.is_only_pending and not self._arrived(known) else known
        self.sent, self.base = self._bases()
        self.by_them = {name for name in (*OWNED, ALARMS) if self.have[name] != self.base.get(name)}
        self.by_us = {name for name in (*OWNED, ALARMS) if self.want[name] != self.sent.get(name)}
        self.apart = {name for name in OWNED if self.want[name] != self.have[name]}

    def _bases(self) -> tuple[Hashes, Hashes]:
        """Return what was last sent, and what the server made of it; nothing where nobody remembers."""
        known = self.known
        if known is None:
            return {}, {}
        if self._arrived(known):
            return known.pending, self.have
        if known.etag is not None and known.etag == self.stored.etag:
            return known.sent, {**self.have, **{name: known.stored[name] for name in known.theirs}}
        return known.sent, known.stored

    def _arrived(self, known: Known) -> bool:
        """Tell whether what was about to be sent is there, but for what the server leaves out or keeps its own way."""
        return bool(known.pending) and all(
            self.have[name] == known.pending.get(name) or self._as_the_server_keeps_it(name, known) for name in OWNED
        )

    def _as_the_server_keeps_it(self, name: str, known: Known) -> bool:
        """Tell whether a field is otherwise than was about to be sent only as this server keeps such fields."""
        if known.is_only_pending:
            return self.theirs.lost(name)
        sent, stored = known.sent.get(name), known.stored.get(name)
        return self.have[name] == stored and (sent != stored or known.pending.get(name) == sent)

    def step(self) -> PublishStep:
        """Return what is done."""
        if self._can_be_pruned():
            return replace(_base(self.wanted, "prune", self.stored), forget=True)
        conflicts, declined = self._conflicts(), self._declined()
        if conflicts - declined and self.situation.on_conflict == "stop":
            return replace(_base(self.wanted, "conflict", self.stored), differences=self._differences(conflicts))
        theirs = conflicts if self.situation.on_conflict == "theirs" else set()
        to_write = self._to_write(conflicts) - theirs
        if not to_write:
            return self._told(self._nothing(theirs))
        return self._write(theirs, to_write, conflicts)

    def _can_be_pruned(self) -> bool:
        over = self.wanted.cancelled and self.wanted.end < self.situation.now
        return self.situation.prune and over and self.known is not None and not self.by_them & {*FIRM, *SOFT}

    def _conflicts(self) -> set[str]:
        """Return the fields that somebody changed and that cannot be left so without asking."""
        agreed = self.known.agreed if self.known is not None else {}
        changed = self.apart & self.by_them
        settled = {name for name in changed if name not in self.by_us and agreed.get(name) == self.have[name]}
        firm = changed & set(FIRM) - self._accepted()
        if self.known is None and not firm:
            return set()  # the same appointment in other words: nobody remembers whose they are, so they stay
        return (firm | (changed & self.by_us & set(SOFT))) - settled

    def _accepted(self) -> set[str]:
        """Return the times that somebody changed, if the plan took that move over and went on from there."""
        taken = "start" in self.by_us and self.theirs.start in self.wanted.accepted
        return self._times() if taken else set()

    def _times(self) -> set[str]:
        """Return the times that were changed where a visit was moved as a whole, else its start."""
        start, end = self.theirs.start, self.theirs.end
        if not isinstance(start, datetime) or not isinstance(end, datetime):
            return {"start"}
        return {"start", "end"} if end - start == self.wanted.end - self.wanted.start else {"start"}

    def _declined(self) -> set[str]:
        """Return what somebody changed and somebody else then declined: it is put right without another question."""
        if self.situation.on_conflict != "stop":
            return set()
        removed = {"status", "transp"} if self.theirs.cancelled and self.wanted.stays else set()
        return removed | (self._times() if self.theirs.start in self.wanted.declined else set())

    def _to_write(self, conflicts: set[str]) -> set[str]:
        """Return what the plan changed since it was sent; what the server only keeps its own way is not sent again."""
        if self.known is None and not conflicts:
            return set()
        wrong = self.apart & set(HARD) if self.situation.on_conflict == "ours" else set()
        return (self.apart & self.by_us) | conflicts | wrong | self._alarms_to_write()

    def _told(self, step: PublishStep) -> PublishStep:
        """Return a step that says so where the server keeps another time than it was sent."""
        wrong = (self.apart & set(HARD)) - self.by_them - self.by_us
        if self.known is None or not wrong:
            return step
        return replace(step, note=KEPT_OTHERWISE, differences=self._differences(wrong), wrong=True)

    def _alarms_to_write(self) -> set[str]:
        mine = ALARMS in self.by_us and ALARMS not in self.by_them and self.want[ALARMS] != self.have[ALARMS]
        return {ALARMS} if mine else set()

    def _nothing(self, theirs: set[str]) -> PublishStep:
        """Return the step that writes nothing but remembers what is there."""
        note = "left as it was changed in the calendar" if theirs else ""
        step = _base(self.wanted, "unchanged", self.stored, note=note)
        agreed = {name: self.have[name] for name in theirs}
        if self.known is not None and not self.known.is_only_pending:
            known = replace(
                self.known,
                href=self.stored.href,
                pending={},
                released=False,
                sent={**self.sent, **({name: self.want[name] for name in OWNED})},
                stored={**self.base, **{name: self.have[name] for name in OWNED if name not in self.apart}},
                agreed={**self.known.agreed, **agreed},
                cancelled=self.wanted.cancelled,
            )
            return replace(step, known=known)
        return replace(step, known=self._adopted(agreed))

    def _adopted(self, agreed: Hashes) -> Known:
        """Return what is remembered of an entry of ours that nobody remembered; what differs is somebody's change."""
        return Known(
            visit=self.wanted.visit, href=self.stored.href, audience=self.wanted.audience,
            etag=self.stored.etag if self.want == self.have else None, sequence=self.theirs.sequence, sent=self.want,
            stored=self.want, agreed=agreed, cancelled=self.wanted.cancelled,
        )  # fmt: skip

    def _write(self, theirs: set[str], to_write: set[str], conflicts: set[str]) -> PublishStep:
        keep = ((self.apart & self.by_them) - to_write) | theirs
        calls_off = self.wanted.cancelled and not self.theirs.cancelled
        if ALARMS in self.by_them and not self.wanted.cancelled:
            keep.add(ALARMS)
        told = any(name in self.apart and name not in keep for name in FIRM)
        sequence = max(self.wanted.sequence, self.theirs.sequence + (1 if told else 0))
        data = joined(self.wanted.data, self.theirs, keep, sequence)
        stored = read_entry(data).hashes
        base = {name: self.base.get(name, self.want[name]) if name in keep else stored[name] for name in stored}
        known = Known(
            visit=self.wanted.visit, href=self.stored.href, audience=self.wanted.audience, sequence=sequence,
            sent=self.want, stored=base, agreed={name: self.have[name] for name in theirs}, theirs=tuple(sorted(keep)),
            cancelled=self.wanted.cancelled,
        )  # fmt: skip
        note = "written over what was changed in the calendar" if conflicts - theirs else ""
        if note and conflicts <= self._declined():
            note = "declined before, so put right in the calendar"
        return replace(
            _base(self.wanted, "cancel" if calls_off else "update", self.stored, note=note),
            data=data, known=known, differences=self._differences(conflicts),
        )  # fmt: skip

    def _differences(self, names: set[str]) -> tuple[FieldDifference, ...]:
        return tuple(
            FieldDifference(name, self.ours.fields[name], self.theirs.fields[name]) for name in OWNED if name in names
        )


def _renamed(wanted: CalendarObject, situation: PublishState) -> Iterator[PublishStep]:
    """Yield what is done about a visit's entries under its former UIDs: they make way for the one under its new UID.

    One that somebody changed stays where it is, as a conflict, until somebody says whose side counts.
    """
    ours = read_entry(wanted.data)
    for uid in wanted.former:
        stored, known = situation.there.get(uid), situation.known.get(uid)
        if stored is None:
            if known is not None and uid not in situation.unclear:
                yield replace(_base(wanted, "unchanged"), uid=uid, forget=True)
            continue
        step = replace(_base(wanted, "prune", stored, note="under its new name now"), uid=uid, forget=True)
        apart = _changed_in(stored, known, ours)
        if apart and situation.on_conflict == "stop":
            step = replace(step, action="conflict", forget=False, differences=apart, note="under its former name")
        yield step


def _changed_in(stored: Stored, known: Known | None, ours: CalendarEntry) -> tuple[FieldDifference, ...]:
    """Return what somebody made of an entry of ours, or all that is otherwise in it where nobody remembers it."""
    theirs = read_entry(stored.data)
    base = {} if known is None else known.stored
    return tuple(
        FieldDifference(name, ours.fields[name], theirs.fields[name])
        for name in FIRM
        if ours.fields[name] != theirs.fields[name] and theirs.hashes[name] != base.get(name)
    )


def _orphans(wanted: Sequence[CalendarObject], situation: PublishState) -> Iterator[PublishStep]:
    """Yield what is done about entries of ours that the plan no longer knows: they are called off, never removed."""
    ours = {uid for each in wanted for uid in (each.uid, *each.former)}
    others = {each.audience for each in wanted} - {""}
    for uid, known in situation.known.items():
        if uid in ours or known.is_only_pending or (known.audience and known.audience not in others):
            continue
        stored = situation.there.get(uid)
        step = PublishStep(action="unchanged", uid=uid, visit=known.visit, start=None, href=known.href, known=known)
        if stored is None:
            continue
        try:
            theirs = read_entry(stored.data)
        except ValueError:
            continue
        if theirs.cancelled:
            yield step
            continue
        changed = known.etag != stored.etag and any(theirs.hashes[name] != known.stored.get(name) for name in FIRM)
        if changed and situation.on_conflict == "stop":
            yield replace(step, action="conflict", note="no longer in the plan, and changed in the calendar")
        elif not (changed and situation.on_conflict == "theirs"):
            data = called_off(theirs, stored.data)
            hashes = read_entry(data).hashes
            after = replace(known, sent=hashes, stored=hashes, sequence=theirs.sequence + 1, cancelled=True)
            yield replace(
                step, action="cancel", href=stored.href, etag=stored.etag, data=data, known=after,
                note="no longer in the plan",
            )  # fmt: skip
