"""Treatment courses of ketamine-assisted psychotherapy, as dates: the stages of the design as typed functions.

Read a profile, its protocol and its clinic; ``screen``; ``tailor``; ``place``; ``draft`` the plan; show and export it.
Every stage takes values and returns values: no clock, no file and no terminal inside, but for those that are named
``read_`` and ``save_``. Each is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kapplan.files.busy.booked_times import gather_busy as read_busy
    from kapplan.files.documents.protocols import built_in_protocols as read_library
    from kapplan.files.documents.protocols import load_protocol as read_protocol
    from kapplan.files.documents.protocols import protocol_ids
    from kapplan.files.documents.readers import read_clinic, read_profile, resolve_clinic
    from kapplan.files.library.rules import built_in_measures as read_measures
    from kapplan.files.library.rules import load_rules as read_rules
    from kapplan.files.library.rules import screen, tailor
    from kapplan.files.plans.handout_material import material_of as handout_material
    from kapplan.files.plans.store import load_plan as read_plan
    from kapplan.files.plans.store import new_plan_file as save_plan
    from kapplan.files.toml.sources import open_source
    from kapplan.output.calendar.ics import calendar_bytes
    from kapplan.output.documents.fhir import fhir_bundle
    from kapplan.output.documents.plan_json import plan_data as plan_document
    from kapplan.output.documents.problem_json import problem_document
    from kapplan.output.handout.pages import handout_html
    from kapplan.planning.rules.screening import refuse
    from kapplan.planning.schedule.course import demand_of
    from kapplan.planning.schedule.course import solve as place
    from kapplan.planning.schedule.draft import draft
    from kapplan.planning.schedule.starts import rank_starts
    from kapplan.planning.schedule.suggest import suggest

__version__ = "0.1.0"

_HOMES = {
    "calendar_bytes": ("kapplan.output.calendar.ics", "calendar_bytes"),
    "demand_of": ("kapplan.planning.schedule.course", "demand_of"),
    "draft": ("kapplan.planning.schedule.draft", "draft"),
    "open_source": ("kapplan.files.toml.sources", "open_source"),
    "fhir_bundle": ("kapplan.output.documents.fhir", "fhir_bundle"),
    "handout_html": ("kapplan.output.handout.pages", "handout_html"),
    "handout_material": ("kapplan.files.plans.handout_material", "material_of"),
    "place": ("kapplan.planning.schedule.course", "solve"),
    "plan_document": ("kapplan.output.documents.plan_json", "plan_data"),
    "problem_document": ("kapplan.output.documents.problem_json", "problem_document"),
    "protocol_ids": ("kapplan.files.documents.protocols", "protocol_ids"),
    "rank_starts": ("kapplan.planning.schedule.starts", "rank_starts"),
    "read_busy": ("kapplan.files.busy.booked_times", "gather_busy"),
    "read_clinic": ("kapplan.files.documents.readers", "read_clinic"),
    "read_library": ("kapplan.files.documents.protocols", "built_in_protocols"),
    "read_measures": ("kapplan.files.library.rules", "built_in_measures"),
    "read_plan": ("kapplan.files.plans.store", "load_plan"),
    "read_profile": ("kapplan.files.documents.readers", "read_profile"),
    "read_protocol": ("kapplan.files.documents.protocols", "load_protocol"),
    "read_rules": ("kapplan.files.library.rules", "load_rules"),
    "refuse": ("kapplan.planning.rules.screening", "refuse"),
    "resolve_clinic": ("kapplan.files.documents.readers", "resolve_clinic"),
    "save_plan": ("kapplan.files.plans.store", "new_plan_file"),
    "screen": ("kapplan.files.library.rules", "screen"),
    "suggest": ("kapplan.planning.schedule.suggest", "suggest"),
    "tailor": ("kapplan.files.library.rules", "tailor"),
}

__all__ = [
    "__version__",
    "calendar_bytes",
    "demand_of",
    "draft",
    "fhir_bundle",
    "handout_html",
    "handout_material",
    "open_source",
    "place",
    "plan_document",
    "problem_document",
    "protocol_ids",
    "rank_starts",
    "read_busy",
    "read_clinic",
    "read_library",
    "read_measures",
    "read_plan",
    "read_profile",
    "read_protocol",
    "read_rules",
    "refuse",
    "resolve_clinic",
    "save_plan",
    "screen",
    "suggest",
    "tailor",
]


def __getattr__(name: str) -> Any:
    """Import a stage when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module 'kapplan' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    """Return the names of the public functions."""
    return sorted(__all__)
