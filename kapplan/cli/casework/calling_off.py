"""Calling off all that a plan has given out before it is erased: live calendars, subscriptions, mails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kapplan.cli.session.environment import Edge
from kapplan.dataclass import replace
from kapplan.errors import KapplanError, PartlyFailedError

if TYPE_CHECKING:
    from kapplan.cli.session.server import Access
    from kapplan.files.caldav.ledger import Ledger
    from kapplan.files.plans.erasing import Outlets
    from kapplan.files.plans.store import StoredPlan

_BY_HAND = "or remove them by hand and add --calendars-done"


def call_off(edge: Edge, stored: StoredPlan, access: Access, *, dry_run: bool) -> None:
    """Take a plan's entries out of all that it was given out by; where that fails nothing is to be erased.

    ``access`` says how servers are reached, whatever its address. Raises ``PartlyFailedError``.
    """
    from kapplan.cli.session.book import reason_of
    from kapplan.files.plans.erasing import outlets_of

    try:
        ledgers, outlets = list(_ledgers(stored)), outlets_of(stored)
        if dry_run:
            _tell(edge, ledgers, outlets)
            return
        for ledger in ledgers:
            _out_of_calendar(edge, ledger, access)
        for file in outlets.feeds:
            _emptied(edge, file)
        for folder in outlets.mails:
            _by_mail(edge, stored, folder)
    except PartlyFailedError:
        raise
    except KapplanError as error:
        raise PartlyFailedError(
            f"{reason_of(error).rstrip('.')}; nothing was erased", hint=f"try again later, {_BY_HAND}"
        ) from error
    except OSError as error:
        raise PartlyFailedError(f"{error.filename}: {error.strerror}; nothing was erased", hint=_BY_HAND) from error


def _tell(edge: Edge, ledgers: Sequence[Ledger], outlets: Outlets) -> None:
    for ledger in ledgers:
        edge.note(f"Would remove {_entries(len(ledger.known))} from {ledger.address or 'a calendar'}")
    for file in outlets.feeds:
        edge.note(f"Would empty {file}")
    for folder in outlets.mails:
        edge.note(f"Would write cancellations into {folder}, and remove its earlier mails")


def _entries(number: int) -> str:
    return f"{number} entry" if number == 1 else f"{number} entries"


def _ledgers(stored: StoredPlan) -> Iterator[Ledger]:
    """Yield the memories of a plan's calendars that know of any entry; raise where one is damaged."""
    from kapplan.files.caldav.ledger import ledgers_of

    if stored.path is None:
        return
    for ledger in ledgers_of(stored.path):
        if ledger.known:
            yield ledger


def _out_of_calendar(edge: Edge, ledger: Ledger, access: Access) -> None:
    from kapplan.cli.session.server import reached
    from kapplan.files.caldav.conditional_writes import remove_all

    number = len(ledger.known)
    if not ledger.address:
        raise PartlyFailedError(
            f"the address of a live calendar that holds {_entries(number)} is not known; nothing was erased",
            hint=f"publish the plan to it once more, which notes the address; {_BY_HAND}",
        )
    there = replace(access, address=ledger.address, user=access.user or ledger.user or None)
    with reached(edge, there) as (client, patience):
        removed = remove_all(client, ledger, patience)
    edge.note(f"Removed {_entries(removed)} from the calendar at {client.target.host}.")


def _emptied(edge: Edge, file: Path) -> None:
    from kapplan.files.plans.atomic import write_whole
    from kapplan.output.calendar.ics import empty_feed

    if file.exists():
        write_whole(file, empty_feed())
        edge.note(f"Emptied {file}: whoever subscribed loses the entries; remove it once they have.")


def _by_mail(edge: Edge, stored: StoredPlan, folder: Path) -> None:
    from kapplan.cli.session.invitations import call_off_by_mail

    if not folder.is_dir():
        return
    for mail in call_off_by_mail(edge, stored, folder):
        edge.note(f"Wrote {mail}: send it, then remove it.")
