"""Treatment courses of ketamine-assisted psychotherapy, as dates: what a program needs, on the nouns of the model.

>>> import kapplan
>>> from datetime import datetime
>>> from pathlib import Path
>>> from zoneinfo import ZoneInfo
>>> now = datetime(2026, 12, 28, 9, tzinfo=ZoneInfo("America/Denver"))
>>> profile = kapplan.read_profile("examples/river.toml")
>>> clinic = kapplan.resolve_clinic(profile, Path("examples"))
>>> plan = kapplan.make_plan(profile, kapplan.read_protocol("kap-standard"), clinic, now=now, by="Dr. N. Okafor")
>>> plan.visit("dosing-1").day > now.date()
True

Beside such whole steps stand the stages that they are made of: ``screen``, ``tailor``, ``demand_of``, ``place`` and
``draft``. Every one takes values and returns values: no clock, no file and no terminal inside, but for those that are
named ``read_`` and ``save_``. Each is imported when it is first used. ``docs/api.md`` walks through all of it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kapplan.api import export, make_plan, read_plan, read_profile, replan, save_plan
    from kapplan.files.busy.booked_times import gather_busy as read_busy
    from kapplan.files.documents.protocols import built_in_protocols as read_library
    from kapplan.files.documents.protocols import load_protocol as read_protocol
    from kapplan.files.documents.protocols import protocol_ids
    from kapplan.files.documents.readers import resolve_clinic
    from kapplan.files.library.rules import built_in_measures as read_measures
    from kapplan.files.library.rules import load_rules as read_rules
    from kapplan.files.library.rules import screen, tailor
    from kapplan.files.plans.handout_material import material_of as handout_material
    from kapplan.model.exports import ExportRequest
    from kapplan.output.documents.plan_json import plan_data as plan_document
    from kapplan.output.documents.problem_json import problem_document
    from kapplan.planning.amend.record import cancel, complete, miss, omit, score
    from kapplan.planning.journal.diff import difference
    from kapplan.planning.journal.undo import redo, undo
    from kapplan.planning.rules.screening import refuse
    from kapplan.planning.schedule.course import demand_of
    from kapplan.planning.schedule.course import solve as place
    from kapplan.planning.schedule.draft import draft
    from kapplan.planning.schedule.starts import rank_starts
    from kapplan.planning.schedule.suggest import suggest

__version__ = "0.2.0"

_HOMES = {
    "ExportRequest": "model.exports:ExportRequest",
    "cancel": "planning.amend.record:cancel",
    "complete": "planning.amend.record:complete",
    "demand_of": "planning.schedule.course:demand_of",
    "difference": "planning.journal.diff:difference",
    "draft": "planning.schedule.draft:draft",
    "export": "api:export",
    "handout_material": "files.plans.handout_material:material_of",
    "make_plan": "api:make_plan",
    "miss": "planning.amend.record:miss",
    "omit": "planning.amend.record:omit",
    "place": "planning.schedule.course:solve",
    "plan_document": "output.documents.plan_json:plan_data",
    "problem_document": "output.documents.problem_json:problem_document",
    "protocol_ids": "files.documents.protocols:protocol_ids",
    "rank_starts": "planning.schedule.starts:rank_starts",
    "read_busy": "files.busy.booked_times:gather_busy",
    "read_library": "files.documents.protocols:built_in_protocols",
    "read_measures": "files.library.rules:built_in_measures",
    "read_plan": "api:read_plan",
    "read_profile": "api:read_profile",
    "read_protocol": "files.documents.protocols:load_protocol",
    "read_rules": "files.library.rules:load_rules",
    "redo": "planning.journal.undo:redo",
    "refuse": "planning.rules.screening:refuse",
    "replan": "api:replan",
    "resolve_clinic": "files.documents.readers:resolve_clinic",
    "save_plan": "api:save_plan",
    "score": "planning.amend.record:score",
    "screen": "files.library.rules:screen",
    "suggest": "planning.schedule.suggest:suggest",
    "tailor": "files.library.rules:tailor",
    "undo": "planning.journal.undo:undo",
}
"""Where each public name lives, below the package."""

__all__ = [
    "ExportRequest",
    "__version__",
    "cancel",
    "complete",
    "demand_of",
    "difference",
    "draft",
    "export",
    "handout_material",
    "make_plan",
    "miss",
    "omit",
    "place",
    "plan_document",
    "problem_document",
    "protocol_ids",
    "rank_starts",
    "read_busy",
    "read_library",
    "read_measures",
    "read_plan",
    "read_profile",
    "read_protocol",
    "read_rules",
    "redo",
    "refuse",
    "replan",
    "resolve_clinic",
    "save_plan",
    "score",
    "screen",
    "suggest",
    "tailor",
    "undo",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module 'kapplan' has no attribute {name!r}")
    module, _, attribute = _HOMES[name].partition(":")
    return getattr(import_module(f"kapplan.{module}"), attribute)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
