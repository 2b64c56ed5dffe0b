"""Who acts. In a plan's history: the name that is given, and beside it the login where that is another.

And in the access log, on request: who looked at or changed whose plan, when and by which command; no content.
``KAPPLAN_AUDIT`` names its file. A line is one JSON object; the lines of a command that reads many plans are appended
in one write. The file is its owner's alone, or whatever it was made to be before. That it cannot be written is said and
stops nobody: a patient is more than a log.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from kapplan.cli.session.environment import Edge
from kapplan.errors import InvalidFileError, UsageError

if TYPE_CHECKING:
    from kapplan.model.plan import Plan

VARIABLE = "KAPPLAN_AUDIT"


def log_access(edge: Edge, *patients: str) -> None:
    """Add a line for each patient to the access log, where one is asked for; a command has one line for each patient.

    What the shell asks while somebody types is no command.
    """
    file = edge.env.get(VARIABLE)
    new = [patient for patient in dict.fromkeys(patients) if patient not in edge.logged]
    if not file or not new or not edge.command:
        return

    from kapplan.output.records.json_records import json_line

    edge.logged.update(new)
    named = edge.env.get("KAPPLAN_BY")
    about = {"at": edge.instant().isoformat(), "login": edge.login, "command": edge.command}
    by = {"by": named} if named and named != edge.login else {}
    lines = "".join(json_line({**about, "patient": patient, **by}) for patient in new)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, lines.encode())
        finally:
            os.close(descriptor)
    except OSError as error:
        edge.note_once(f"The access log {file} could not be written: {error.strerror or error}.")


def refuse_other_names(edge: Edge, plan: Plan, by: str) -> None:
    """Raise ``UsageError`` where the plan's clinic lets people act by their logins alone and ``by`` is another name."""
    from kapplan.files.plans.snapshots import clinic_of

    if not plan.snapshot.clinic or by == edge.login:
        return
    with suppress(InvalidFileError):
        if clinic_of(plan).by == "login":
            raise UsageError(
                f'the clinic has by = "login": {by} is not who is logged in', hint="leave --by and $KAPPLAN_BY out"
            )


def signed(edge: Edge, plan: Plan, before: Plan | None = None) -> Plan:
    """Return a plan that is about to be written, its last entry with the login that made it where that is not its name.

    Raises as ``refuse_other_names`` does, of the plan and of what it was ``before``.
    """
    from kapplan.planning.journal.chain import with_login

    if not plan.history:
        return plan
    by = plan.history[-1].by
    for one in (plan, before):
        if one is not None:
            refuse_other_names(edge, one, by)
    return plan if by == edge.login else with_login(plan, edge.login)
