"""How long publishing takes, to real servers on this machine: all visits new, nothing changed, one visit moved.

By the clock, since most of the work is the server's; and in processor time of this side alone, which other work on the
machine does not change.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from support.calendar_plans import local, plan, visit
from support.dav_servers import PASSWORD, SERVERS, USER, Calendar, missing, running
from support.publishing import moved

from benchmarks.measure import Table
from kapplan.files.caldav.client import Client
from kapplan.files.caldav.credentials import Credentials
from kapplan.files.caldav.ledger import open_ledger
from kapplan.files.caldav.patience import Patience
from kapplan.files.caldav.publication import PublishRequest, publish
from kapplan.files.caldav.target import target_of
from kapplan.model.plan import Plan
from kapplan.output.calendar.ics import calendar_objects

VISITS = 60
MOST_SECONDS = 4.0
MOST_PROCESSOR_SECONDS = 1.5


def publishing() -> Table:
    """Publish 60 visits to each server that is installed."""
    table = Table(
        f"publish of {VISITS} visits, seconds by the clock and of this side's processor"
        f" (all new: {MOST_SECONDS:g} and {MOST_PROCESSOR_SECONDS:g} allowed)",
        ("server", "all new", "nothing changed", "one moved"),
    )
    first = local("2027-01-04 09:00")
    course = plan(*(visit(first + timedelta(days=2 * n), number=n + 1) for n in range(VISITS)))
    for name in SERVERS:
        if reason := missing(name):
            table.add(name, f"skipped: {reason}", "", "")
            continue
        with tempfile.TemporaryDirectory() as folder, running(name, Path(folder)) as server:
            calendar, memory = server.calendar(), Path(folder) / "ledger.json"
            later = moved(course, "integration-30", hours=2)
            times = [_seconds(calendar, memory, each) for each in (course, course, later)]
            if len(calendar.state()) != VISITS:
                raise AssertionError(f"{name}: not every visit arrived")
        (clock, processor), *_ = times
        told = (f"{seconds:.2f} / {used:.2f}" for seconds, used in times)
        table.add(name, *told, met=clock <= MOST_SECONDS and processor <= MOST_PROCESSOR_SECONDS)
    return table


def _seconds(calendar: Calendar, memory: Path, course: Plan) -> tuple[float, float]:
    """Publish once; return how long it took by the clock, and of this process's processor time."""
    start, used = time.perf_counter(), time.process_time()
    target = target_of(calendar.url)
    wanted, _ = calendar_objects(course)
    asked = PublishRequest(collection=target.path, now=datetime(2026, 12, 23, tzinfo=UTC))
    with closing(Client(target, Credentials(USER, PASSWORD))) as client:
        results = publish(client, wanted, open_ledger(memory), asked, Patience())
    if not {one.outcome for one in results} <= {"done", "unchanged"}:
        raise AssertionError("something failed")
    return time.perf_counter() - start, time.process_time() - used
