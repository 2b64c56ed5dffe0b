"""How a database is spoken to: encrypted and named unless it is this machine, and with a password that nobody reads."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any
from urllib.parse import unquote

import pytest
from support.command_line import CommandLine
from support.generated_profiles import write_profiles

from kapplan.cli.session.book import password_of
from kapplan.cli.session.environment import Edge
from kapplan.errors import MachineError, UsageError
from kapplan.files.book.book import without_password
from kapplan.files.book.database import DatabaseBook
from kapplan.files.book.engines import server_of


@pytest.mark.parametrize(
    ("address", "mode"),
    [
        ("postgresql://clinic@db.example/kapplan", "verify-full"),
        ("postgresql://clinic@10.0.0.7/kapplan", "verify-full"),
        ("postgresql://clinic@localhost/kapplan", None),
        ("postgresql://clinic@127.0.0.1/kapplan", None),
        ("postgresql:///kapplan", None),
        ("postgresql://clinic@db.example/kapplan?sslmode=require", None),
        ("postgresql://clinic@/kapplan?host=db.example", "verify-full"),
        ("postgresql://clinic@/kapplan?host=/run/postgresql&hostaddr=10.0.0.7", "verify-full"),
        ("postgresql://clinic@/kapplan?host=/run/postgresql", None),
        ("postgresql://clinic@localhost,db.example/kapplan", "verify-full"),
    ],
)
def test_another_machine_must_show_who_it_is(monkeypatch: pytest.MonkeyPatch, address: str, mode: str | None) -> None:
    """A server elsewhere must have a certificate for its name, unless the address itself asks for something else."""
    asked: list[dict[str, Any]] = []
    _connecting(monkeypatch, asked, address)
    assert [options.get("sslmode") for options in asked] == [mode or _asked_for(address)] * 2


def test_the_host_of_the_environment_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address without a host goes to ``PGHOST``, and that server must show who it is."""
    asked: list[dict[str, Any]] = []
    monkeypatch.setenv("PGHOST", "db.example")
    _connecting(monkeypatch, asked, "postgresql:///kapplan")
    assert asked == [{"dbname": "kapplan", "sslmode": "verify-full", "prepare_threshold": None}] * 2


def _asked_for(address: str) -> str | None:
    return address.partition("sslmode=")[2] or None


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://u:p%2Bq+r@h1:1,h2:2/a%20b?application_name=x+y", "postgresql://u:a/b@h/d",
        "postgresql+psycopg://u:se%40c?ret@[::1]:5/d?connect_timeout=3", "postgresql://u@/d?host=/run/a&port=6",
    ],
)  # fmt: skip
def test_an_address_is_read_alike_by_who_reads_and_who_writes(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Both go to the same server as the same user with the same password, or neither does."""
    asked: list[dict[str, Any]] = []
    if "a/b" in address:
        with pytest.raises(UsageError, match="postgresql:// is no address"):
            DatabaseBook(address)
        return
    _connecting(monkeypatch, asked, address)
    assert asked[0] == asked[1]
    assert {"user", "dbname"} <= set(asked[0])


def _connecting(monkeypatch: pytest.MonkeyPatch, asked: list[dict[str, Any]], address: str) -> None:
    """Note with which options a server is connected to by who reads, and by who writes."""

    def connect(*_: object, connect_args: dict[str, Any] | None = None, **options: Any) -> None:
        asked.append(options if connect_args is None else connect_args)
        raise MachineError("that is enough")

    monkeypatch.setattr("psycopg.connect", connect)
    monkeypatch.setattr("sqlalchemy.create_engine", connect)
    with pytest.raises(MachineError, match="enough"):
        DatabaseBook(address).entries()
    with pytest.raises(MachineError, match="enough"):
        assert DatabaseBook(address).engine


KEYRING = {("kapplan postgresql://db.example:5432", "clinic"): "from-keyring"}


@pytest.mark.parametrize(
    ("address", "env", "password"),
    [
        ("postgresql://clinic@db.example/kapplan", {}, "from-keyring"),
        ("postgresql://clinic@db.example:5433/kapplan", {}, None),
        ("postgresql://db.example/kapplan", {"PGUSER": "clinic"}, "from-keyring"),
        ("postgresql://db.example/kapplan", {}, None),
        ("postgresql://clinic@db.example/kapplan", {"KAPPLAN_BOOK_PASSWORD": "given"}, "given"),
        (
            "postgresql://clinic@db.example/kapplan",
            {"KAPPLAN_BOOK_PASSWORD": "given", "KAPPLAN_BOOK_PASSWORD_COMMAND": "printf printed"},
            "printed",
        ),
        ("sqlite:///clinic.db", {"KAPPLAN_BOOK_PASSWORD": "given"}, None),
        ("plans", {"KAPPLAN_BOOK_PASSWORD": "given"}, None),
    ],
)
def test_where_a_password_comes_from(
    monkeypatch: pytest.MonkeyPatch, address: str, env: dict[str, str], password: str | None
) -> None:
    """A command comes before the environment, the environment before the keyring; only a server is given any."""
    module = ModuleType("keyring")
    module.get_password = lambda service, user: KEYRING.get((service, user))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", module)
    assert password_of(Edge(env=env), address) == password


def test_a_command_that_gives_no_password_says_so(kapplan_in: CommandLine) -> None:
    """What a password command does wrong is told without what it printed."""
    address = "postgresql://clinic@db.example/kapplan"
    ran = kapplan_in("today", "--book", address, env={"KAPPLAN_BOOK_PASSWORD_COMMAND": "false"})
    assert ran.code == 1
    assert "the password command failed with exit code 1" in ran.err


def test_no_password_stands_in_a_clinics_file(kapplan_in: CommandLine) -> None:
    """A password in the clinic's file is refused, wherever it would have led, and is not shown."""
    kapplan_in.write("clinic.toml", '[clinic]\nname = "A"\nbook = "postgresql://clinic:hunter2@localhost/kapplan"\n')
    ran = kapplan_in("today")
    assert ran.code == 2
    assert "password in clear" in ran.err
    assert "hunter2" not in ran.err


def test_a_clinics_file_that_names_another_book_hinders_no_named_one(kapplan_in: CommandLine) -> None:
    """A password in it is nobody's matter where ``--book`` says which book is meant: what is saved is told as ever."""
    kapplan_in.write("clinic.toml", '[clinic]\nname = "A"\nbook = "postgresql://clinic:hunter2@localhost/kapplan"\n')
    write_profiles(kapplan_in.folder / "in", [1])
    (kapplan_in.folder / "in" / "p-00001.toml").rename(kapplan_in.folder / "in" / "p.toml")
    today = ("--today", "2026-12-28")
    assert kapplan_in("plan", "in/p.toml", "-o", "in/p.plan.toml", "--book", "in", *today).code == 0
    assert kapplan_in("book", "init", "sqlite:///made.db").code == 0
    assert kapplan_in("plan", "in/p.toml", "-o", "sqlite:///made.db", *today).code == 0
    ran = kapplan_in("away", "--who", "clinic", "2027-01-11..2027-01-12", "--book", "in", *today)
    assert ran.code == 0, ran.err
    assert "undo" in ran.err
    assert "hunter2" not in ran.err


def test_a_password_is_told_to_nobody() -> None:
    """A password of the environment goes into the connection and never into the address that messages show."""
    book = DatabaseBook("postgresql://clinic@db.example/kapplan", "hunter2")
    assert server_of(book.given, book.password)["password"] == "hunter2"  # noqa: S105
    assert "hunter2" not in repr(book.engine)
    assert "hunter2" not in book.address
    assert "hunter2" not in book.given
    for address in (
        "postgresql://clinic:hunter2@db.example/kapplan",
        "postgresql://db/kapplan?password=hunter2&user=c",
    ):
        assert "hunter2" not in DatabaseBook(address).address


@pytest.mark.parametrize(
    "address",
    [
        "sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite://host/a.db", "sqlite:///a.db?timeout=abc",
        "sqlite:///a.db?mode=memory&uri=true", "sqlite:///%3Amemory%3A", "postgresql+://h/d",
        "mysql://h/d", "sqlite+aiosqlite:///a.db", "postgresql+asyncpg://h/d", "http://h/d", "nosuch://h",
    ],
)  # fmt: skip
def test_an_address_under_which_no_book_can_be_kept_is_wrong_usage(kapplan_in: CommandLine, address: str) -> None:
    """What is no file and no server of a kind that is known, or would be lost with the program, is refused by name."""
    for words in (("book", "init", address), ("today", "--book", address)):
        ran = kapplan_in(*words)
        assert ran.code == 2, ran.err
        assert address in ran.err


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://u:p%zsecret@h/db", "postgresql://u@h/db"),
        ("postgresql://u:se cret@localhost:1/db", "postgresql://u@localhost:1/db"),
        ("postgresql://h/db?password=sec%ret", "postgresql://h/db"),
        ("postgresql://u@x:secret@h/db", "postgresql://"),
        ("postgresql://u:se@cret@h/db", "postgresql://"),
        ("postgresql://u:secret", "postgresql://"),
        ("postgresql://u:secret/@h/db", "postgresql://"),
        ("postgresql://u:12/secret@h/db", "postgresql://"),
        ("postgresql://u:1234567", "postgresql://"),
        ("postgresql://u/secret@h/db", "postgresql://"),
        ("postgresql:///u:secret@h/db", "postgresql://"),
        ("postgresql://u%3Asecret@h/db", "postgresql://"),
        ("postgresql://u%3Asecret%40h/db", "postgresql://"),
        ("postgresql://[::secret]/db", "postgresql://"),
        ("postgresql://h:port/d", "postgresql://"),
        ("postgresql://[::1/d", "postgresql://"),
        ("postgresql://h/db&password=secret", "postgresql://"),
        ("postgresql://h/db;password=secret", "postgresql://"),
        ("postgresql://h/db#password=secret", "postgresql://"),
        ("postgresql://h/db?sslmode=require;password=secret", "postgresql://"),
        ("postgresql://h/db?application_name=a%26password=secret", "postgresql://"),
        ("postgresql://h/db?host=u:secret@h", "postgresql://"),
        ("postgresql://h/db?user=u:secret", "postgresql://"),
        ("postgresql://h/db?port=secret", "postgresql://"),
        ("postgresql://h/db?pwd=secret", "postgresql://h/db"),
        ("postgresql://h/db?secret", "postgresql://h/db"),
        ("postgresql://u:p%00secret@h/db", "postgresql://u@h/db"),
    ],
)
def test_an_address_that_cannot_be_read_is_refused_without_its_password(
    kapplan_in: CommandLine, address: str, shown: str
) -> None:
    """What is refused is named as far as it is certain that no password stands there, never in a driver's words."""
    assert without_password(address) == shown
    for words in (("board", "--book", address), ("book", "init", address)):
        ran = kapplan_in(*words)
        assert ran.code == 2, ran.err
        assert f"{shown} is no address of a database" in ran.err
        assert "percent-encode what is special in it" in ran.err
        assert not any(part in ran.text + ran.err for part in ("secret", "cret", "sec%", "1234567"))


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://h:5432/db?application_name=a@b", None),
        ("postgresql://h:5432/db?password=s@x", "postgresql://h:5432/db"),
        ("postgresql://h/db?pass%77ord=x&port=5", "postgresql://h/db?port=5"),
        ("postgresql://u:a?b#c@h1:1,[::1]:2/d?sslpassword=x&port=5", "postgresql://u@h1:1,[::1]:2/d?port=5"),
        ("postgresql://%2Frun%2Fpg/db", None),
        ("sqlite:////srv/a:b@c/clinic.db", None),
        ("plans", None),
    ],
)  # fmt: skip
def test_an_address_is_shown_as_it_is_but_for_its_password(address: str, shown: str | None) -> None:
    """An @ or a colon elsewhere takes nothing away, and a password nothing but itself."""
    assert without_password(address) == (shown or address)


@pytest.mark.parametrize("name", ["my%20clinic.db", "50%25.db", "a%3Fb.db", "a+b.db", "50%.db"])
def test_a_file_with_a_percent_sign_in_its_address_is_found_again(kapplan_in: CommandLine, name: str) -> None:
    """What an address of a file means is one thing to who makes a book, and to who reads it."""
    for words in (("book", "init", f"sqlite:///{name}"), ("book", "check", f"sqlite:///{name}")):
        ran = kapplan_in(*words)
        assert ran.code == 0, ran.err
    assert [path.name for path in kapplan_in.folder.glob("*.db")] == [unquote(name)]


@pytest.mark.parametrize(
    ("package", "address", "extra"),
    [("sqlalchemy", "sqlite:///clinic.db", "book"), ("psycopg", "postgresql://localhost/kapplan", "postgres")],
)
def test_a_package_that_is_not_there_is_named(
    kapplan_in: CommandLine, monkeypatch: pytest.MonkeyPatch, package: str, address: str, extra: str
) -> None:
    """Where the package for a database is not installed it is said how to get it, and nothing is made."""
    monkeypatch.setitem(sys.modules, package, None)
    ran = kapplan_in("book", "init", address)
    assert ran.code == 2
    assert f"{package} is not installed" in ran.err
    assert f"kapplan[{extra}]" in ran.err
    assert list(kapplan_in.folder.glob("*.db")) == []
