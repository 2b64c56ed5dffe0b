"""What other people's calendars know of a visit: its lasting id, its state, and when a change is a new revision.

A calendar updates an entry that it already holds by three things: the same UID, a SEQUENCE that is not lower, and a
later DTSTAMP (RFC 5546, 2.1.5). They live with the plan, so that an export needs no memory and no clock. A calendar
hears of days alone: at what hour somebody made a plan or changed it is nobody's there.
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Literal, get_args
from uuid import UUID, uuid5

from kapplan.dataclass import dataclass, replace
from kapplan.model.exports import Audience, plan_secret
from kapplan.model.plan import CalendarIdentity, ClinicCard, Plan, PlannedVisit

CalendarStatus = Literal["TENTATIVE", "CONFIRMED", "CANCELLED"]

_NAMESPACE = UUID("b6f1f2a4-6c0e-5d52-9a55-2f6d5a0c7e11")
"""Ours, for ever: another one would double every entry in every calendar."""


@dataclass(frozen=True, slots=True)
class CardChange:
    """What the clinic tells of itself, before and after a change."""

    before: ClinicCard
    after: ClinicCard


def calendar_uid(plan_id: str, *path: str) -> str:
    """Return the UID that is made of a plan's ids alone, such as ``calendar_uid(plan.id, "visit", "dosing-3")``.

    A bare UUID: the same for life, and silent about date, title, kind and patient. Who has a plan's id, or guesses what
    that is made of, can tell whose it is: see ``entry_uid``.
    """
    return str(uuid5(_NAMESPACE, "\n".join((plan_id, *path))))


def entry_uid(plan: Plan, audience: Audience, *path: str) -> str:
    """Return the UID under which an audience's calendars know something of a plan.

    With the plan's secret it cannot be guessed back whose it is, and each audience has its own: many servers refuse
    one UID in two calendars of an account. A plan without a secret has the UID of its ids for every audience.
    """
    return _uid_by(plan.identity.secret, plan.id, audience, path)


def former_uids(plan: Plan, audience: Audience, *path: str) -> tuple[str, ...]:
    """Return the UIDs that something of a plan had before the plan's entries were renewed."""
    return tuple(_uid_by(secret, plan.id, audience, path) for secret in plan.identity.former)


def calendar_uids(plan: Plan) -> frozenset[str]:
    """Return all UIDs that any calendar knows of a plan's visits, withdrawn ones with them."""
    audiences: tuple[Audience, ...] = get_args(Audience)
    return frozenset(
        _uid_by(secret, plan.id, audience, ("visit", visit.id))
        for visit in (*plan.visits, *plan.withdrawn)
        for secret in (plan.identity.secret, *plan.identity.former)
        for audience in audiences
    )


def renewed(plan: Plan, seed: str) -> Plan:
    """Return a plan whose entries have new UIDs in calendars; it still knows the ones of before."""
    identity = plan.identity
    secret = plan_secret(seed, f"{plan.id}\n{len(identity.former) + 1}")
    return replace(plan, identity=CalendarIdentity(secret=secret, former=(*identity.former, identity.secret)))


def never_forgotten(before: CalendarIdentity, after: CalendarIdentity) -> CalendarIdentity:
    """Return ``after`` with every name that calendars may know from before, also where an undo went back over it."""
    known = dict.fromkeys((*before.former, before.secret, *after.former))
    known.pop(after.secret, None)
    return after if before == after else replace(after, former=tuple(known))


def _uid_by(secret: str, plan_id: str, audience: Audience, path: tuple[str, ...]) -> str:
    if not secret:
        return calendar_uid(plan_id, *path)
    digest = hmac.new(secret.encode(), "\n".join((plan_id, audience, *path)).encode(), sha256).digest()
    return str(UUID(bytes=digest[:16], version=4))


def calendar_status(visit: PlannedVisit) -> CalendarStatus:
    """Return a visit's state in the words of RFC 5545.

    What was missed, cancelled or left out stays as cancelled: a visit that merely vanished from a file would stay in
    every calendar that had imported it. A date that no rule allows any more (``unresolved``) is tentative.
    """
    if visit.status in {"missed", "cancelled", "omitted"}:
        return "CANCELLED"
    if visit.status == "completed":
        return "CONFIRMED"
    return "TENTATIVE" if visit.provisional or visit.status == "unresolved" else "CONFIRMED"


def bump(
    previous: PlannedVisit | None, current: PlannedVisit, revised: datetime, *, card: CardChange | None = None
) -> PlannedVisit:
    """Return ``current`` with the sequence and the time of revision that calendars should see.

    ``previous`` is the visit in the plan's last saved revision, also after an undo (which is a new revision);
    ``None`` for a new visit. The sequence rises by one where start, end, calendar status or a distant location
    changes (RFC 5546, 2.1.4), and neither it nor the time of revision ever falls. The time of revision becomes
    ``revised`` where anything shown of the appointment changes; reasons and slack explain it and are no part of it.
    ``card`` is given where the clinic's address or contact changed.
    """
    if previous is None:
        return replace(current, revised=revised)
    significant = _significant(previous) != _significant(current) or _address_moved(current, card)
    shown = significant or card is not None or _shown(previous) != _shown(current)
    return replace(
        current,
        sequence=previous.sequence + 1 if significant else previous.sequence,
        revised=max(revised, previous.revised) if shown else previous.revised,
    )


def told_day(moment: datetime) -> datetime:
    """Return the day of a moment, in UTC: all that a calendar is told of when something was made."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def told_revision(plan: Plan, revised: datetime) -> datetime:
    """Return the time of revision that calendars are told: the day, and a second for each change of the plan on it.

    It rises with each change as the instant itself does, and does not tell the instant.
    """
    day, changes = told_day(revised), 0
    for entry in plan.history:
        changes += told_day(entry.at) == day
        if entry.at == revised:
            break
    return day + timedelta(seconds=min(changes, _LAST_SECOND))


_LAST_SECOND = 24 * 60 * 60 - 1


def _significant(visit: PlannedVisit) -> tuple[object, ...]:
    return visit.start.astimezone(UTC), visit.end.astimezone(UTC), calendar_status(visit), visit.place


def _shown(visit: PlannedVisit) -> tuple[object, ...]:
    return (
        (visit.status, visit.provisional, visit.escort),
        (visit.title, visit.kind, visit.number, visit.phase),
        (visit.staff, visit.room, visit.measures),
    )


def _address_moved(visit: PlannedVisit, card: CardChange | None) -> bool:
    return card is not None and visit.place == "clinic" and card.before.address != card.after.address
