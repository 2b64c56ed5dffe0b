"""Who asks, and with what password: from a command, the environment, the keyring or a question, never from a file.

A password belongs to one server. The environment's is given to the calendar that a command names, and to others only
where ``KAPPLAN_CALDAV_URL`` names their server, since a clinic's file may name any address.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import field

from kapplan.dataclass import dataclass
from kapplan.errors import MachineError, UsageError
from kapplan.files.caldav.target import CalendarAddress, target_of

USER, PASSWORD = "KAPPLAN_CALDAV_USER", "KAPPLAN_CALDAV_PASSWORD"
COMMAND, ADDRESS = "KAPPLAN_CALDAV_PASSWORD_COMMAND", "KAPPLAN_CALDAV_URL"
SERVICE = "kapplan"
"""The service under which a keyring keeps passwords, followed by a blank and the server's origin."""

COMMAND_SECONDS = 60
WHERE_FROM = f"--password-command, ${PASSWORD} or the keyring"

Ask = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Credentials:
    """A name and a password; the password shows in no message."""

    user: str | None = None
    password: str | None = field(default=None, repr=False)


def find_credentials(
    target: CalendarAddress,
    env: Mapping[str, str],
    *,
    user: str | None = None,
    command: str | None = None,
    named: bool = True,
) -> Credentials:
    """Return what a server is asked with, as far as it is known without asking anybody.

    The command comes first, then the environment, then the keyring. ``named`` says that a person named this address
    in the command itself. Raises ``MachineError`` where the command gives no password; what it printed is not shown.
    """
    if not _may_have(target, env, named=named):
        return Credentials(user, password_in_keyring(target.origin, user))
    name = user or env.get(USER)
    if command or env.get(COMMAND):
        return Credentials(name, password_by(command or env[COMMAND]))
    return Credentials(name, env.get(PASSWORD) or password_in_keyring(target.origin, name))


def asked(target: CalendarAddress, known: Credentials, ask: Ask, *, token: bool = False) -> Credentials:
    """Return the credentials with what was missing, as a person types it; ``ask`` does not echo.

    A ``token`` belongs to no name.
    """
    if token:
        return Credentials(known.user, ask(f"Password (a token) for {target.host}: "))
    user = known.user or ask(f"User name for {target.host}: ").strip()
    return Credentials(user, ask(f"Password of {user} for {target.host}: "))


def _may_have(target: CalendarAddress, env: Mapping[str, str], *, named: bool) -> bool:
    """Tell whether the environment's secrets are this server's."""
    address = env.get(ADDRESS)
    return named if not address else target_of(address).origin == target.origin


def password_by(command: str) -> str:
    """Return the first line that a command prints.

    Raises ``UsageError`` where it cannot be read, ``MachineError`` where it gives none; what it printed is not shown.
    """
    try:
        words = shlex.split(command, posix=os.name != "nt")
    except ValueError:
        raise UsageError("the password command cannot be read: a quotation mark is missing") from None
    try:
        ran = subprocess.run(words, capture_output=True, timeout=COMMAND_SECONDS, check=True, text=True)  # noqa: S603
    except (OSError, IndexError):
        raise MachineError("the password command could not be started") from None
    except subprocess.TimeoutExpired:
        raise MachineError(f"the password command gave no answer in {COMMAND_SECONDS} seconds") from None
    except subprocess.CalledProcessError as error:
        raise MachineError(f"the password command failed with exit code {error.returncode}") from None
    first = next(iter(ran.stdout.splitlines()), "")
    if not first:
        raise MachineError("the password command printed nothing")
    return first


def password_in_keyring(origin: str, user: str | None) -> str | None:
    """Return the password that the system's keyring keeps for a user of a server, if there is one."""
    if user is None:
        return None
    try:
        import keyring
    except ImportError:
        return None
    try:
        found: str | None = keyring.get_password(f"{SERVICE} {origin}", user)
    except Exception:  # noqa: BLE001  # whatever a keyring's backend raises: there is no password to be had from it
        return None
    return found
