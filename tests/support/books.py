"""Books of every kind for the tests, small plans to put into them, and a checker that shares no code with them."""

from __future__ import annotations

import sqlite3
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5
from zoneinfo import ZoneInfo

from support.plans import ZONE, sample_plan

from kapplan.model.plan import ClinicCard, Plan, PlannedVisit
from kapplan.model.terms import Status
from kapplan.model.visits import Minutes, Part

KINDS = ("folder", "sqlite", "postgres")
MONDAY = datetime(2027, 1, 4, 9, 0, tzinfo=ZoneInfo(ZONE))
QUARTERS = Minutes(prepare=15, administer=15, monitor=15, clear=15)
CLINIC = ClinicCard(name="Aspen House")


def small_plan(
    patient: str,
    times: Sequence[datetime],
    *,
    room: str | None = "blue",
    staff: Sequence[str] = ("okafor",),
    status: Status = "planned",
    clinic: ClinicCard = CLINIC,
    minutes: int = 60,
    parts: tuple[Part, ...] = (),
) -> Plan:
    """Return a plan of a patient with a visit of an hour at each time; with ``parts`` the staff is there for these.

    Its parts are a quarter of an hour each.
    """
    whole = sample_plan()
    like = next(visit for visit in whole.visits if visit.kind == "integration")
    regimen = next(visit for visit in whole.regimen.visits if visit.kind == "integration")
    visits = tuple(
        replace(like, id=f"integration-{number}", number=number, start=start, end=start + timedelta(minutes=minutes),
                room=room, staff=tuple(staff), minutes=QUARTERS, status=status,
                parts={person: parts for person in staff if parts},
                provisional=False, awaits=(), timing=(), because=(),
                actual=start if status == "completed" else None)
        for number, start in enumerate(times, 1)
    )  # fmt: skip
    return replace(
        whole,
        id=str(uuid5(NAMESPACE_URL, patient)),
        patient=patient,
        clinic=clinic,
        visits=visits,
        regimen=replace(
            whole.regimen,
            visits=tuple(replace(regimen, id=visit.id, number=visit.number) for visit in visits),
            timing=(),
            limits=(),
        ),
        tasks=(),
        scores=(),
        proposals=(),
        history=whole.history[:1],
    )


def moved(plan: Plan, times: Sequence[datetime]) -> Plan:
    """Return a plan with its visits at other times, one revision later."""

    def at(visit: PlannedVisit, start: datetime) -> PlannedVisit:
        return replace(visit, start=start, end=start + (visit.end - visit.start))

    visits = tuple(at(visit, start) for visit, start in zip(plan.visits, times, strict=True))
    return replace(plan, visits=visits, revision=plan.revision + 1)


@contextmanager
def address(kind: str, folder: Path, postgres: str | None) -> Iterator[str]:
    """Yield the address at which a new book of a kind can be made."""
    if kind == "folder":
        yield str(folder / "book")
    elif kind == "sqlite":
        yield f"sqlite:///{folder / 'clinic.db'}"
    else:
        assert postgres is not None
        with _database(postgres) as where:
            yield where


_EMPTIED: dict[str, list[str]] = {}
"""The databases of each server that a test has left and the next one can have."""


@contextmanager
def _database(server: str) -> Iterator[str]:
    """Yield the address of an empty database: making and removing one for each test took a minute of them all."""
    import psycopg

    if free := _EMPTIED.setdefault(server, []):
        where = free.pop()
    else:
        name = f"book_{uuid4().hex[:12]}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        where = server.replace("/postgres?", f"/{name}?")
    yield where
    with psycopg.connect(where, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        for words in ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public", "GRANT USAGE ON SCHEMA public TO public"):
            connection.execute(words)
    free.append(where)


def double_bookings(where: str, places: Mapping[str, int] | None = None) -> list[tuple[str, int]]:
    """Return every room and person with the quarters that more open visits take than it has places, 1 where none say.

    Files are parsed as TOML, tables are asked in SQL: nothing of kapplan reads them.
    """
    texts = _texts(where)
    taken: Counter[tuple[str, int]] = Counter()
    for text in texts:
        data = tomllib.loads(text)
        common = data.get("common", {}).get("visits", {})
        for row in data["visits"]:
            visit = {**common.get(row["kind"], {}), **row}
            if visit.get("status", "planned") not in {"planned", "confirmed", "unresolved", "completed"}:
                continue
            first, until = int(visit["start"].timestamp()) // 900, -(-int(visit["end"].timestamp()) // 900)
            if "room" in visit:
                taken.update((f"room:{visit['room']}", quarter) for quarter in range(first, until))
            for person in visit.get("staff", ()):
                taken.update((f"staff:{person}", quarter) for quarter in _quarters_of(visit, person, first, until))
    return sorted(spot for spot, count in taken.items() if count > (places or {}).get(spot[0], 1))


def _quarters_of(visit: dict[str, Any], person: str, first: int, until: int) -> set[int]:
    """Return the quarters in which somebody is at a visit, minute by minute."""
    wanted = visit.get("parts", {}).get(person)
    if wanted is None:
        return set(range(first, until))
    lengths = visit.get("minutes", {})
    minutes = [part for part in ("prepare", "administer", "monitor", "clear") for _ in range(lengths.get(part, 0))]
    begins = int(visit["start"].timestamp())
    return {(begins + 60 * number) // 900 for number, part in enumerate(minutes) if part in wanted}


def _texts(where: str) -> list[str]:
    if where.startswith("sqlite:///"):
        with sqlite3.connect(where.removeprefix("sqlite:///")) as connection:
            return [text for (text,) in connection.execute("SELECT text FROM plans")]
    if where.startswith("postgresql://"):
        import psycopg

        with psycopg.connect(where) as server:
            return [text for (text,) in server.execute("SELECT text FROM plans")]
    return [path.read_text("utf-8") for path in Path(where).glob("*.plan.toml")]


def index_of(folder: Path) -> str:
    """Return the text of a folder's index."""
    return (folder / ".kapplan-index.json").read_text("utf-8")
