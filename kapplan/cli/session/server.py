"""How commands reach a calendar on a server: the options that say where and by whom, and the password."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, get_args

import typer

from kapplan.cli.session.environment import Edge
from kapplan.cli.session.views import ShowFormat
from kapplan.dataclass import dataclass
from kapplan.errors import UsageError
from kapplan.model.exports import Audience

if TYPE_CHECKING:
    from kapplan.files.caldav.client import Client, NamedCalendar
    from kapplan.files.caldav.credentials import Credentials
    from kapplan.files.caldav.ledger import Ledger
    from kapplan.files.caldav.patience import Patience
    from kapplan.files.caldav.target import CalendarAddress
    from kapplan.files.plans.store import StoredPlan

NEW_CALENDAR = "Appointments"
"""What a calendar is called that ``--create`` makes."""

_NOT_THERE = frozenset({404, 405, 410})
"""How servers say that nothing lies at an address; those without WebDAV there know no PROPFIND."""

UserOption = Annotated[str | None, typer.Option(metavar="NAME", help="User name (else $KAPPLAN_CALDAV_USER).")]
CommandOption = Annotated[
    str | None,
    typer.Option(
        metavar="COMMAND", help="Prints the password (else $KAPPLAN_CALDAV_PASSWORD, the keyring, a question)."
    ),
]
CaOption = Annotated[Path | None, typer.Option(metavar="FILE", help="Certificates to trust, for your own authority.")]
AudienceOption = Annotated[
    Audience | None,
    typer.Option("--for", help="Who reads it: patient or clinic; else for whom it was published there, or patient."),
]
AuthOption = Annotated[
    Literal["basic", "digest", "bearer"] | None,
    typer.Option("--auth", help="How to show the password; else as the server asks. A bearer's token is the password."),
]
DeadlineOption = Annotated[float, typer.Option(metavar="SECONDS", min=1, help="How long it may take in all.")]
FormatOption = Annotated[ShowFormat | None, typer.Option("--format", help="How to print what is done.")]


@dataclass(frozen=True)
class Access:
    """How a calendar is reached: its address, by whom, how that is shown, and how long it may take in seconds."""

    address: str
    user: str | None = None
    password_command: str | None = None
    ca_file: Path | None = None
    deadline: float = 300
    auth: Literal["basic", "digest", "bearer"] | None = None


def ledger_of(stored: StoredPlan, target: CalendarAddress, user: str | None = None) -> Ledger:
    """Return the memory of what was published from a plan's file to a calendar, by which ``user`` if one is named."""
    from kapplan.files.caldav.ledger import ledger_path, open_ledger

    if stored.path is None:
        raise UsageError("a plan from standard input cannot be published", hint="save it to a file first")
    return open_ledger(ledger_path(stored.path, target), address=target.url, user=user or "")


def audience_of(asked: Audience | None, ledger: Ledger) -> Audience:
    """Return for whom a calendar is: as asked, else as it was published before, else for the patient."""
    known = next((one for one in get_args(Audience) if one == ledger.audience), None)
    found: Audience = asked or known or "patient"
    return found


@contextmanager
def reached(edge: Edge, access: Access, *, create: bool = False) -> Iterator[tuple[Client, Patience]]:
    """Reach a calendar with the right password, and make sure that it is one; make it where ``create`` is given."""
    from kapplan.files.caldav.credentials import asked, find_credentials
    from kapplan.files.caldav.patience import Patience
    from kapplan.files.caldav.target import target_of
    from kapplan.files.caldav.transport import UNAUTHORIZED, ServerRefusedError

    target, patience = target_of(access.address), Patience(access.deadline, target_of(access.address).host)
    known = find_credentials(target, edge.env, user=access.user, command=access.password_command)
    client = _client(target, known, access)
    try:
        try:
            _make_sure(edge, client, patience, create=create)
        except ServerRefusedError as error:
            if error.status != UNAUTHORIZED or known.password is not None or not edge.interactive:
                raise
            client.close()
            client = _client(target, asked(target, known, _question(edge), token=access.auth == "bearer"), access)
            _make_sure(edge, client, patience, create=create)
        yield client, patience
    finally:
        client.close()


def _client(target: CalendarAddress, credentials: Credentials, access: Access) -> Client:
    from kapplan.files.caldav.client import Client

    if access.ca_file is not None and not access.ca_file.is_file():
        raise UsageError(f"there is no file {access.ca_file}")
    ca_file = None if access.ca_file is None else str(access.ca_file)
    return Client(target, credentials, scheme=access.auth, ca_file=ca_file)


def _make_sure(edge: Edge, client: Client, patience: Patience, *, create: bool) -> None:
    """Go to the calendar of an address; where it leads to none, let a person choose, or raise with those there are."""
    from kapplan.files.caldav.transport import UNAUTHORIZED, ServerRefusedError

    missing: ServerRefusedError | None = None
    try:
        found = patience.call(client.look)
    except ServerRefusedError as error:
        if error.status == UNAUTHORIZED:
            raise
        missing = error
    if missing is None and found.is_calendar:
        return
    if missing is not None and create and missing.status in _NOT_THERE:
        patience.call(lambda: client.make_calendar(NEW_CALENDAR))
        return
    calendars = found.calendars if missing is None else ()
    if not calendars:
        from kapplan.files.caldav.discovery import calendars_of

        calendars = patience.call(lambda: calendars_of(client))
    if calendars and edge.interactive:
        client.use(_chosen(edge, client, calendars).path)
        patience.call(client.look)
        return
    if missing is not None and missing.status not in _NOT_THERE and not calendars:
        raise missing
    nowhere = f"{client.target.host} has no calendar at this address"
    none_here = "this address leads to no calendar" if missing is None else nowhere
    raise UsageError(none_here, hint=_hint(client, calendars, missing))


def _hint(client: Client, calendars: tuple[NamedCalendar, ...], missing: object) -> str:
    listed = [f"{client.target.origin}{one.path}{f' ({one.name})' if one.name else ''}" for one in calendars]
    told = [f"calendars there: {', '.join(listed)}"] if listed else []
    if missing is not None:
        told.append("--create makes an empty one, without --dry-run")
    return "; ".join(told) or "give the address of one calendar"


def _chosen(edge: Edge, client: Client, calendars: tuple[NamedCalendar, ...]) -> NamedCalendar:
    """Return the calendar that a person names by its number on the terminal."""
    edge.note(f"Calendars of {client.target.host}:")
    for number, one in enumerate(calendars, start=1):
        edge.note(f"  {number}  {one.name or one.path}   {client.target.origin}{one.path}")
    while True:
        edge.note(f"Which one (1-{len(calendars)})? ", end="")
        answer = edge.read_line().strip()
        if answer.isdecimal() and 1 <= int(answer) <= len(calendars):
            return calendars[int(answer) - 1]


def _question(edge: Edge) -> Callable[[str], str]:
    """Return what asks a person on the terminal: a name as it is typed, a password unseen."""
    from getpass import getpass

    def ask(question: str) -> str:
        if question.startswith("Password"):
            return getpass(question)
        edge.note(question, end="")
        return edge.read_line()

    return ask
