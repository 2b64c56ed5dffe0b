"""Where passwords come from, to whom they go, and where they never show."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from kapplan.errors import MachineError, UsageError
from kapplan.files.caldav.credentials import Credentials, asked, find_credentials
from kapplan.files.caldav.target import target_of

HERE, ELSEWHERE = target_of("https://cal.example/a/"), target_of("https://evil.example/a/")
ENV = {"KAPPLAN_CALDAV_USER": "ann", "KAPPLAN_CALDAV_PASSWORD": "from-env"}


@pytest.fixture(autouse=True)
def keyring(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], str]:
    """Put a keyring of the test's own in the place of the system's."""
    kept: dict[tuple[str, str], str] = {}
    module = ModuleType("keyring")
    module.get_password = lambda service, user: kept.get((service, user))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", module)
    return kept


def printing(text: str, code: int = 0) -> str:
    """Return a command that prints a text and ends with a code."""
    return f'"{sys.executable}" -c "print({text!r}); raise SystemExit({code})"'.replace("\\", "/")


def test_a_command_comes_before_the_environment() -> None:
    """The first line that the command prints is the password."""
    found = find_credentials(HERE, ENV, command=printing("from-command"))
    assert (found.user, found.password) == ("ann", "from-command")


def test_the_environment_may_name_a_command() -> None:
    """The command can stand in the environment, so that no password does."""
    env = {"KAPPLAN_CALDAV_PASSWORD_COMMAND": printing("from-command")}
    assert find_credentials(HERE, env, user="ann") == Credentials("ann", "from-command")


def test_the_environment_comes_before_the_keyring(keyring: dict[tuple[str, str], str]) -> None:
    """What the environment says is taken before what the keyring holds."""
    keyring["kapplan https://cal.example", "ann"] = "from-keyring"
    assert find_credentials(HERE, ENV) == Credentials("ann", "from-env")
    assert find_credentials(HERE, {}, user="ann") == Credentials("ann", "from-keyring")
    assert find_credentials(ELSEWHERE, {}, user="ann").password is None


def test_a_server_that_a_file_names_gets_no_password_of_the_environment() -> None:
    """Only the server that the environment itself names gets its password unasked."""
    assert find_credentials(ELSEWHERE, ENV, named=False).password is None
    env = {**ENV, "KAPPLAN_CALDAV_URL": "https://cal.example/"}
    assert find_credentials(HERE, env, named=False) == Credentials("ann", "from-env")
    assert find_credentials(ELSEWHERE, env, named=False).password is None
    assert find_credentials(ELSEWHERE, env).password is None


def test_a_broken_keyring_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A keyring that is not installed, or fails, has no password."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert find_credentials(HERE, {}, user="ann").password is None


@pytest.mark.parametrize("command", [printing("s3cret", 3), "no-such-program-s3cret", printing("")])
def test_a_command_that_fails_shows_nothing_of_what_it_printed(command: str) -> None:
    """A command that fails or prints nothing is an error in words that hold no secret."""
    with pytest.raises(MachineError) as raised:
        find_credentials(HERE, {}, user="ann", command=command)
    assert "s3cret" not in f"{raised.value.message} {raised.value.hint} {raised.value.__cause__}"


def test_a_command_that_cannot_be_read() -> None:
    """A quotation mark that is not closed is wrong usage."""
    with pytest.raises(UsageError):
        find_credentials(HERE, {}, command='print "x')


def test_asking_fills_in_what_is_missing() -> None:
    """A person is asked for the name only where none is known, and for the password always."""
    questions: list[str] = []

    def answer(question: str) -> str:
        questions.append(question)
        return "typed"

    assert asked(HERE, Credentials("ann"), answer) == Credentials("ann", "typed")
    assert asked(HERE, Credentials(), answer) == Credentials("typed", "typed")
    assert len(questions) == 3


def test_a_password_does_not_show() -> None:
    """Printed by mistake, credentials show the name alone."""
    assert "s3cret" not in repr(Credentials("ann", "s3cret"))
