"""The access log, on request: who looked at or changed whose plan, when and by which command; nothing of the content.

``KAPPLAN_AUDIT`` names its file. A line is one JSON object, appended in one write; the file is its owner's alone, or
whatever it was made to be before. That it cannot be written is said and stops nobody: a patient is more than a log.
"""

from __future__ import annotations

import os

from kapplan.cli.session.environment import Edge, login_name

VARIABLE = "KAPPLAN_AUDIT"


def log_access(edge: Edge, patient: str) -> None:
    """Add a line to the access log, where one is asked for; a command has one line for each patient."""
    file = edge.env.get(VARIABLE)
    if not file or patient in edge.logged:
        return

    from kapplan.output.records.json_records import json_line

    edge.logged.add(patient)
    login, named = login_name(), edge.env.get("KAPPLAN_BY")
    row = {"at": edge.instant().isoformat(), "login": login, "command": edge.command, "patient": patient}
    if named and named != login:
        row["by"] = named
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, json_line(row).encode())
        finally:
            os.close(descriptor)
    except OSError as error:
        edge.note_once(f"The access log {file} could not be written: {error.strerror or error}.")
