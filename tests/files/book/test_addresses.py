"""How a database is spoken to: encrypted and named unless it is this machine, and with a password that nobody reads."""

from __future__ import annotations

from typing import Any

import pytest

from kapplan.files.book import engines
from kapplan.files.book.database import DatabaseBook


@pytest.mark.parametrize(
    ("address", "mode"),
    [
        ("postgresql://clinic@db.example/kapplan", "verify-full"),
        ("postgresql://clinic@10.0.0.7/kapplan", "verify-full"),
        ("postgresql://clinic@localhost/kapplan", None),
        ("postgresql://clinic@127.0.0.1/kapplan", None),
        ("postgresql:///kapplan", None),
        ("postgresql://clinic@db.example/kapplan?sslmode=require", None),
    ],
)
def test_another_machine_must_show_who_it_is(monkeypatch: pytest.MonkeyPatch, address: str, mode: str | None) -> None:
    """A server elsewhere must have a certificate for its name, unless the address itself asks for something else."""
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(engines, "create_engine", lambda _, **options: asked.append(options["connect_args"]))
    engines.engine_of(engines.url_of(address))
    assert [options.get("sslmode") for options in asked] == [mode]


def test_a_password_is_told_to_nobody() -> None:
    """A password of the environment goes into the connection and never into the address that messages show."""
    book = DatabaseBook("postgresql://clinic@db.example/kapplan", "hunter2")
    assert book.url.password == "hunter2"  # noqa: S105
    assert "hunter2" not in book.address
    assert "hunter2" not in book.given
