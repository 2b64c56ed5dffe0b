"""How commands reach a calendar on a server: the options that say where and by whom, and the password."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kapplan.cli.session.environment import Edge
from kapplan.cli.session.views import ShowFormat
from kapplan.dataclass import dataclass
from kapplan.errors import UsageError

if TYPE_CHECKING:
    from kapplan.files.caldav.client import Client
    from kapplan.files.caldav.credentials import Credentials
    from kapplan.files.caldav.ledger import Ledger
    from kapplan.files.caldav.patience import Patience
    from kapplan.files.caldav.target import CalendarAddress
    from kapplan.files.plans.store import StoredPlan

NEW_CALENDAR = "Appointments"
"""What a calendar is called that ``--create`` makes."""

UserOption = Annotated[str | None, typer.Option(metavar="NAME", help="User name (else $KAPPLAN_CALDAV_USER).")]
CommandOption = Annotated[
    str | None,
    typer.Option(
        metavar="COMMAND", help="Prints the password (else $KAPPLAN_CALDAV_PASSWORD, the keyring, a question)."
    ),
]
CaOption = Annotated[Path | None, typer.Option(metavar="FILE", help="Certificates to trust, for your own authority.")]
DeadlineOption = Annotated[float, typer.Option(metavar="SECONDS", min=1, help="How long it may take in all.")]
FormatOption = Annotated[ShowFormat | None, typer.Option("--format", help="How to print what is done.")]


@dataclass(frozen=True)
class Access:
    """How a calendar is reached: its address, by whom, and how long it may take in seconds."""

    address: str
    user: str | None = None
    password_command: str | None = None
    ca_file: Path | None = None
    deadline: float = 300


def ledger_of(stored: StoredPlan, target: CalendarAddress) -> Ledger:
    """Return the memory of what was published from a plan's file to a calendar."""
    from kapplan.files.caldav.ledger import ledger_path, open_ledger

    if stored.path is None:
        raise UsageError("a plan from standard input cannot be published", hint="save it to a file first")
    return open_ledger(ledger_path(stored.path, target))


@contextmanager
def reached(edge: Edge, access: Access, *, create: bool = False) -> Iterator[tuple[Client, Patience]]:
    """Reach a calendar with the right password, and make sure that it is one; make it where ``create`` is given."""
    from kapplan.files.caldav.client import UNAUTHORIZED, ServerRefusedError
    from kapplan.files.caldav.credentials import asked, find_credentials
    from kapplan.files.caldav.patience import Patience
    from kapplan.files.caldav.target import target_of

    target, patience = target_of(access.address), Patience(access.deadline)
    known = find_credentials(target, edge.env, user=access.user, command=access.password_command)
    client = _client(target, known, access)
    try:
        try:
            _make_sure(client, patience, create=create)
        except ServerRefusedError as error:
            if error.status != UNAUTHORIZED or known.password is not None or not edge.interactive:
                raise
            client.close()
            client = _client(target, asked(target, known, _question(edge)), access)
            _make_sure(client, patience, create=create)
        yield client, patience
    finally:
        client.close()


def _client(target: CalendarAddress, credentials: Credentials, access: Access) -> Client:
    from kapplan.files.caldav.client import Client

    if access.ca_file is not None and not access.ca_file.is_file():
        raise UsageError(f"there is no file {access.ca_file}")
    return Client(target, credentials, ca_file=None if access.ca_file is None else str(access.ca_file))


def _make_sure(client: Client, patience: Patience, *, create: bool) -> None:
    """Raise ``UsageError`` where an address leads to no calendar, and name those that lie below it."""
    from kapplan.files.caldav.client import NOT_FOUND, ServerRefusedError

    try:
        found = patience.call(client.look)
    except ServerRefusedError as error:
        if error.status != NOT_FOUND:
            raise
        if not create:
            raise UsageError(
                f"{client.target.host} has no calendar at this address",
                hint="--create makes an empty one, without --dry-run",
            ) from None
        patience.call(lambda: client.make_calendar(NEW_CALENDAR))
        return
    if not found.is_calendar:
        below = ", ".join(client.target.origin + path for path in found.calendars)
        hint = f"calendars here: {below}" if below else "give the address of one calendar"
        raise UsageError("this address leads to no calendar", hint=hint)


def _question(edge: Edge) -> Callable[[str], str]:
    """Return what asks a person on the terminal: a name as it is typed, a password unseen."""
    from getpass import getpass

    def ask(question: str) -> str:
        if question.startswith("Password"):
            return getpass(question)
        edge.note(question, end="")
        return edge.read_line()

    return ask
