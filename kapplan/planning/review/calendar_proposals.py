"""What people did in a live calendar, as proposed changes of the plan.

Effects, beside those of ``proposing``: ``move:VISIT:WHEN`` (local date and time), ``cancel:VISIT`` and
``close:FROM..UNTIL`` (both days included). Such a proposal stays open until it is answered, the calendar says
otherwise, or the plan agrees with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Literal

from kapplan.dataclass import dataclass, derived, replace
from kapplan.model.decisions import Proposal
from kapplan.model.plan import Plan, PlannedVisit
from kapplan.planning.availability.timezones import zone
from kapplan.planning.phrases.words import day_words, visit_words
from kapplan.planning.review.proposals import Draft, does, key_of

_MOVED, _REMOVED, _CLOSED = "calendar.moved", "calendar.removed", "calendar.closed"
SOURCE = "the live calendar"

_DAY, _MOMENT = "%Y-%m-%d", "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What accepting a proposal of the calendar asks for: a visit at a time, or days on which the clinic is closed."""

    visit: str | None = None
    start: datetime | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen(Wish):
    """Something that somebody did in a calendar.

    A ``moved`` visit starts at ``start``, an instant with a zone; a ``removed`` one is gone or called off.
    ``closed`` is a new entry from the day ``first`` through ``last``.
    """

    what: Literal["moved", "removed", "closed"]


def with_seen(plan: Plan, seen: Sequence[Seen], today: date) -> Plan:
    """Return the plan with what was seen as its open proposals; what the calendar says no longer has lapsed.

    What was answered is not proposed again, but for a visit that was called off, came back and was removed again.
    """
    drafts = {key_of(draft): draft for one in seen if (draft := _draft(plan, one, today)) is not None}
    kept: list[Proposal] = []
    for old in plan.proposals:
        same = drafts.pop(key_of(old), None) if old.state in {"open", "declined"} or _is_lasting(old) else None
        lapsed = is_of_calendar(old) and old.state == "open" and same is None
        kept.append(replace(old, state="lapsed") if lapsed else old)
    first = max((old.number for old in plan.proposals), default=0) + 1
    taken = {key_of(old) for old in kept if old.state == "accepted"}
    new = (replace(draft, on=today) if key_of(draft) in taken else draft for draft in drafts.values())
    return replace(plan, proposals=(*kept, *(draft.numbered(number) for number, draft in enumerate(new, start=first))))


def calendar_drafts(plan: Plan, today: date) -> Iterator[Draft]:
    """Yield the open proposals of the calendar that still mean something, so that a review keeps them."""
    for proposal in plan.proposals:
        if is_of_calendar(proposal) and proposal.state == "open" and _means_something(plan, proposal, today):
            yield derived(Draft, proposal, verified=True, instead_of=None)


def is_of_calendar(proposal: Proposal) -> bool:
    """Tell whether a proposal says what somebody did in a live calendar."""
    return does(proposal, "move", "cancel", "close")


def accepted_starts(plan: Plan, visit_id: str) -> frozenset[datetime]:
    """Return the instants to which a visit was moved in a calendar and that the plan took over, whatever came after."""
    return _starts(plan, visit_id, "accepted")


def declined_starts(plan: Plan, visit_id: str) -> frozenset[datetime]:
    """Return the instants to which a visit was moved in a calendar and that somebody declined."""
    return _starts(plan, visit_id, "declined")


def stays(plan: Plan, visit_id: str) -> bool:
    """Tell whether somebody declined that a visit which was removed from a calendar is called off."""
    return any(does(one, "cancel") and one.state == "declined" and one.visit == visit_id for one in plan.proposals)


def _starts(plan: Plan, visit_id: str, state: Literal["accepted", "declined"]) -> frozenset[datetime]:
    wishes = (
        wish_of(plan, one.effect)
        for one in plan.proposals
        if does(one, "move") and one.state == state and one.visit == visit_id
    )
    return frozenset(wish.start.astimezone(UTC) for wish in wishes if wish is not None and wish.start is not None)


def wish_of(plan: Plan, effect: str) -> Wish | None:
    """Return what an effect asks for beyond the plan's records; ``None`` for every other effect."""
    name, _, about = effect.partition(":")
    if name == "move":
        visit, _, when = about.partition(":")
        return Wish(visit=visit, start=datetime.fromisoformat(when).replace(tzinfo=zone(plan.timezone)))
    if name == "close":
        first, _, last = about.partition("..")
        return Wish(first=date.fromisoformat(first), last=date.fromisoformat(last))
    return None


def _draft(plan: Plan, seen: Seen, today: date) -> Draft | None:
    if seen.what == "closed":
        return _closed(seen, today)
    visit = next((one for one in plan.visits if one.id == seen.visit and one.open), None)
    if visit is None:
        return None
    return _removed(visit) if seen.what == "removed" else _moved(plan, visit, seen)


def _closed(seen: Seen, today: date) -> Draft | None:
    if seen.first is None or seen.last is None or seen.last < today:
        return None
    days = day_words(seen.first) if seen.first == seen.last else f"{day_words(seen.first)} to {day_words(seen.last)}"
    return Draft(
        rule=_CLOSED, text=f"The calendar has a new entry for the whole day: {days}", source=SOURCE,
        effect=f"close:{seen.first:{_DAY}}..{seen.last:{_DAY}}",
    )  # fmt: skip


def _removed(visit: PlannedVisit) -> Draft:
    text = f"{visit_words(visit.id).capitalize()} was removed from the calendar or called off there"
    return Draft(rule=_REMOVED, text=text, effect=f"cancel:{visit.id}", source=SOURCE, visit=visit.id)


def _moved(plan: Plan, visit: PlannedVisit, seen: Seen) -> Draft | None:
    if seen.start is None or seen.start == visit.start:
        return None
    local = seen.start.astimezone(zone(plan.timezone))
    text = f"{visit_words(visit.id).capitalize()} was moved in the calendar to {day_words(local.date())} {local:%H:%M}"
    return Draft(rule=_MOVED, text=text, effect=f"move:{visit.id}:{local:{_MOMENT}}", source=SOURCE, visit=visit.id)


def _is_lasting(proposal: Proposal) -> bool:
    """Tell whether a proposal that was accepted says no more when the calendar still says the same."""
    return proposal.state == "accepted" and not does(proposal, "cancel")


def _means_something(plan: Plan, proposal: Proposal, today: date) -> bool:
    wish = wish_of(plan, proposal.effect)
    if wish is not None and wish.last is not None:
        return wish.last >= today
    visit = next((one for one in plan.visits if one.id == proposal.visit), None)
    if visit is None or not visit.open:
        return False
    return wish is None or wish.start != visit.start
