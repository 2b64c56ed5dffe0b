"""What every book can do, whatever holds it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import unquote

from kapplan.dataclass import dataclass
from kapplan.errors import ChangedMeanwhileError, FileProblem
from kapplan.files.plans.store import StoredPlan
from kapplan.model.bookings import BookedPlan, ClinicAbsence, Overlap, PlanBookings
from kapplan.model.plan import Plan

_SERVER = re.compile(r"(?:(?P<user>[^/@]*)@)?(?P<hosts>[^/?]*)(?P<name>/[^?]*)?(?:\?(?P<options>.*))?", re.DOTALL)
"""What follows the scheme of an address, divided as PostgreSQL does: who it is ends with the first @."""
_HOST = re.compile(r"(?:\[[\da-fA-F:.]+(?:%\w+)?\]|[^][:@\s]*)(?::\d{0,5})?")
_NAME = re.compile(r"(?:/[^@:=&;#\s]*)?")
_FILE = re.compile(r"sqlite(?:\+\w+)?:///")
_SHOWN = re.compile(
    r"(?:application_name|channel_binding|client_encoding|connect_timeout|dbname|fallback_application_name|gss\w+"
    r"|host|hostaddr|keepalives\w*|krbsrvname|load_balance_hosts|m(?:ax|in)_protocol_version|mode|options|passfile|port"
    r"|requirepeer|require_auth|service|ssl(?!password)\w+|target_session_attrs|tcp_user_timeout|timeout|uri|user)"
    r"=.*",
    re.DOTALL,
)
"""The options of an address that may be shown: those that are known to be no secret."""
_HIDING = re.compile(
    r"user=.*:|port=(?![\d,]*$)|(?!(?:ssl)?password=)[^=]*=.*(?:passw\w*=|pwd=|://|:.*@)", re.DOTALL | re.IGNORECASE
)
"""An option in which another one stands, or whose value has a password in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookEntry:
    """A plan in a book by its name there (of a file without its ending), without being read."""

    name: str
    patient: str
    plan: str
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Damaged:
    """A plan in a book that cannot be read, or is in doubt although it is ``readable``, and why."""

    name: str
    problems: tuple[FileProblem, ...]
    readable: bool = False


class PlanToReplace(NamedTuple):
    """One of several plans that are written together: as it was read, as it is now, and the capacity of resources."""

    stored: StoredPlan
    plan: Plan
    capacity: Mapping[str, int]


class TakenError(ChangedMeanwhileError):
    """Somebody else has a room or a person at a time that a plan wants; nothing was written."""

    def __init__(self, overlaps: Sequence[Overlap], *, hint: str | None = None) -> None:
        whose = sorted({holder.patient for overlap in overlaps for holder in overlap.holders})
        visits = sorted({overlap.booking.visit for overlap in overlaps})
        super().__init__(
            f"{', '.join(visits)} would take what is booked for {', '.join(whose)}; nothing was written",
            hint=hint or "run the command again: it will place around what is booked now",
        )
        self.overlaps = tuple(overlaps)


def without_password(address: str) -> str:
    """Return the address of a book without the password that may stand in it, before its host or behind it.

    Of one that is no address of a server only the scheme is left, since anything in it may be part of a password.
    """
    scheme, mark, rest = address.partition("://")
    if not mark:
        return address
    scheme = re.sub(r".*[^\w+.-]", "", scheme, flags=re.DOTALL)
    if not is_plain(address):
        return f"{scheme}://"
    found = _parts(rest)
    user = "" if found["user"] is None else f"{found['user'].partition(':')[0]}@"
    shown = "&".join(one for one in _options(found) if _SHOWN.fullmatch(unquote(one)))
    return f"{scheme}://{user}{found['hosts']}{found['name'] or ''}{shown and '?'}{shown}"


def is_plain(address: str) -> bool:
    """Return whether it is certain where in the address of a database a password stands, if one does."""
    found = _parts(address.partition("://")[2])
    if any(_HIDING.match(unquote(one)) for one in _options(found)):
        return False
    if _FILE.match(address):
        return True
    user = (found["user"] or "").partition(":")[0]
    hosts = all(_HOST.fullmatch(one) and _HOST.fullmatch(unquote(one)) for one in found["hosts"].split(","))
    return hosts and ":" not in unquote(user) and _NAME.fullmatch(found["name"] or "") is not None


def _parts(rest: str) -> re.Match[str]:
    return next(_SERVER.finditer(rest))


def _options(found: re.Match[str]) -> list[str]:
    return (found["options"] or "").split("&")


def with_known(
    absences: Sequence[ClinicAbsence], learned: Sequence[ClinicAbsence], forgotten: Sequence[ClinicAbsence]
) -> tuple[ClinicAbsence, ...]:
    """Return absences with what is learned and without what is forgotten, each once and in order."""
    there = dict.fromkeys([*(one for one in absences if one not in forgotten), *learned])
    return tuple(sorted(there, key=lambda one: (one.from_, one.until, one.clinic, one.who, one.change, one.ended)))


class Book(Protocol):
    """Where a clinic's plans lie.

    Check and write are one step in ``add`` and ``replace``: a plan is never saved that newly takes what another plan
    has. ``capacity`` is how many visits a resource can have at a time, 1 where it is not named.
    """

    @property
    def address(self) -> str:
        """Return the folder or the address of the database, without a password."""

    @property
    def folder(self) -> Path:
        """Return the folder from which the paths in its plans count."""

    def entries(self) -> tuple[BookEntry | Damaged, ...]:
        """Return what lies in the book, in the order of the names."""

    def plans(self) -> Iterator[StoredPlan | Damaged]:
        """Read every plan, in the order of the names."""

    def load(self, name: str) -> StoredPlan:
        """Read a plan; ``UsageError`` where there is none of that name, ``InvalidFileError`` where it is damaged."""

    def text(self, name: str) -> bytes:
        """Return the bytes of a plan as they lie there, damaged or not."""

    def revisions(self, name: str) -> tuple[bytes, ...]:
        """Return every text of a plan that the book keeps, the oldest first; none where it keeps only the last."""

    def find(self, text: str) -> StoredPlan:
        """Read the plan that a person means: its name, its patient, or the start of either if only one fits."""

    def bookings(self, clinic: str, since: int = 0) -> tuple[PlanBookings, ...]:
        """Return what the plans of a clinic take that ends after the quarter ``since``; damaged plans are left out."""

    def listed(self) -> tuple[BookedPlan, ...]:
        """Return every plan that can be read with its visits, in the order of the names, without parsing it."""

    def unbooked(self) -> tuple[str, ...]:
        """Return the names of the plans whose times ``bookings`` does not know, since they cannot be read."""

    def damaged(self) -> tuple[Damaged, ...]:
        """Return the plans that cannot be read, and those in doubt: not as they were written, or there as copies."""

    def add(self, name: str, plan: Plan, capacity: Mapping[str, int]) -> StoredPlan:
        """Write a new plan; ``UsageError`` where the name is taken, ``TakenError`` where a time is."""

    def replace(self, stored: StoredPlan, plan: Plan, capacity: Mapping[str, int]) -> StoredPlan:
        """Write a changed plan; ``ChangedMeanwhileError`` where it is not what was read, ``TakenError`` as above."""

    def replace_all(
        self,
        changes: Sequence[PlanToReplace],
        *,
        learned: Sequence[ClinicAbsence] = (),
        forgotten: Sequence[ClinicAbsence] = (),
    ) -> tuple[StoredPlan, ...]:
        """Write changed plans, all of them or none; raises as ``replace`` does.

        With them the book comes to know of absences, and forgets others.
        """

    def absences(self) -> tuple[ClinicAbsence, ...]:
        """Return the absences of clinics and their staff that the book knows, whatever plans know of them."""

    def take_over(self, name: str, text: bytes, revisions: Sequence[bytes]) -> tuple[Overlap, ...]:
        """Write a plan of another book as it is, and return the overlaps that come with it.

        Raises ``UsageError`` where the name is taken and ``InvalidFileError`` where the text is no plan.
        """

    def kept_overlaps(self, plan: Plan, capacity: Mapping[str, int]) -> tuple[Overlap, ...]:
        """Return the overlaps with other plans that a plan has as it is saved."""
