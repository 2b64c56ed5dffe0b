"""What is written into a book's tables: a plan with its places, its revisions and what lists ask for; absences."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from kapplan.files.book.tables import ABSENCES, BOOKINGS, PLANS, REVISIONS, TASKS, VISITS
from kapplan.files.plans.store import StoredPlan
from kapplan.model.bookings import ClinicAbsence
from kapplan.model.plan import Plan
from kapplan.planning.bookings.allotment import BookingRow
from kapplan.planning.bookings.plan_bookings import booked_plan, clinic_key


def write_plan(connection: Connection, stored: StoredPlan, rows: tuple[BookingRow, ...], *, new: bool = False) -> None:
    """Write a plan's text and whatever stands beside it: its places, its revisions, and what lists ask for."""
    write_text(connection, stored, new=new)
    write_rows(connection, stored, rows)


def write_text(connection: Connection, stored: StoredPlan, *, new: bool = False) -> None:
    """Write the text of a plan, and what its own row says beside it."""
    plan, listed = stored.plan, booked_plan(stored.plan)
    columns = {
        "name": stored.name,
        "patient": listed.patient,
        "clinic": listed.clinic,
        "revision": listed.revision,
        "digest": stored.digest,
        "timezone": listed.timezone,
        "held": listed.held,
        "safety": listed.safety,
        "proposals": listed.proposals,
        "text": stored.source.data.decode(),
    }
    if new:
        connection.execute(insert(PLANS).values(id=plan.id, **columns))
    else:
        connection.execute(update(PLANS).where(PLANS.c.id == plan.id).values(**columns))


def remove_plan(connection: Connection, name: str) -> None:
    """Remove a plan with its rows and every revision."""
    connection.execute(delete(PLANS).where(PLANS.c.name == name))


def free_places(connection: Connection, plans: Sequence[str]) -> None:
    """Give up what plans take."""
    connection.execute(delete(BOOKINGS).where(BOOKINGS.c.plan.in_(plans)))


def write_absences(connection: Connection, absences: Sequence[ClinicAbsence]) -> None:
    """Write the absences that a book knows; those of before are gone."""
    connection.execute(delete(ABSENCES))
    _insert(
        connection,
        ABSENCES,
        [
            {"clinic": one.clinic, "who": one.who, "first": one.from_.isoformat(), "last": one.until.isoformat(),
             "change": one.change, "ended": one.ended}
            for one in absences
        ],
    )  # fmt: skip


def write_revisions(connection: Connection, plan: Plan, texts: Sequence[bytes]) -> None:
    """Write texts of a plan behind those that are there, but for one that is the last already."""
    query = select(REVISIONS.c.number, REVISIONS.c.digest).where(REVISIONS.c.plan == plan.id)
    last = connection.execute(query.order_by(REVISIONS.c.number.desc()).limit(1)).one_or_none()
    number, known = (0, None) if last is None else last
    for text in texts:
        digest = sha256(text).hexdigest()
        if digest != known:
            number, known = number + 1, digest
            row = {"plan": plan.id, "number": number, "digest": digest, "text": text.decode()}
            connection.execute(insert(REVISIONS).values(**row))


def write_rows(connection: Connection, stored: StoredPlan, rows: tuple[BookingRow, ...]) -> None:
    """Write what stands beside a plan's text: its places, its revisions, and what lists ask for."""
    plan = stored.plan
    connection.execute(delete(BOOKINGS).where(BOOKINGS.c.plan == plan.id))
    write_revisions(connection, plan, [stored.source.data])
    held = {visit.id for visit in plan.visits if visit.status == "completed"}
    _insert(
        connection,
        BOOKINGS,
        [
            {"clinic": clinic_key(plan), "resource": row.resource, "place": row.place, "quarter": row.quarter,
             "plan": plan.id, "visit": row.visit, "held": row.visit in held}
            for row in rows
        ],
    )  # fmt: skip
    write_lists(connection, plan)


def write_lists(connection: Connection, plan: Plan) -> None:
    """Write what lists ask for of a plan's visits and tasks."""
    for table in (VISITS, TASKS):
        connection.execute(delete(table).where(table.c.plan == plan.id))
    _insert(
        connection,
        VISITS,
        [
            {"plan": plan.id, "visit": visit.id, "kind": visit.kind, "status": visit.status,
             "provisional": visit.provisional, "begins": visit.begins, "ends": visit.ends, "place": visit.place,
             "room": visit.room, "staff": " ".join(visit.staff), "parts": json.dumps(visit.parts), "number": number}
            for number, visit in enumerate(booked_plan(plan).visits)
        ],
    )  # fmt: skip
    _insert(
        connection,
        TASKS,
        [{"plan": plan.id, "task": task.id, "due": task.due.isoformat(), "status": task.status} for task in plan.tasks],
    )


def _insert(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)
