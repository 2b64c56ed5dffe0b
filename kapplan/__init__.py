"""Treatment courses of ketamine-assisted psychotherapy, as dates: the stages of the design as typed functions.

Read a profile, its protocol and its clinic; ``screen``; ``tailor``; ``place``; ``draft`` the plan; show and export it.
Every stage takes values and returns values: no clock, no file and no terminal inside, but for those that are named
``read_`` and ``save_``. Each is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kapplan.files.busy import gather_busy as read_busy
    from kapplan.files.handout_book import material_of as handout_material
    from kapplan.files.library import built_in_protocols as read_library
    from kapplan.files.library import load_protocol as read_protocol
    from kapplan.files.library import protocol_ids
    from kapplan.files.plans import load_plan as read_plan
    from kapplan.files.plans import new_plan_file as save_plan
    from kapplan.files.reading import read_clinic, read_profile, resolve_clinic
    from kapplan.files.rulebook import built_in_measures as read_measures
    from kapplan.files.rulebook import load_rules as read_rules
    from kapplan.files.rulebook import screen, tailor
    from kapplan.files.sources import open_source
    from kapplan.output.fhir import fhir_bundle
    from kapplan.output.html import handout_html
    from kapplan.output.ics import calendar_bytes
    from kapplan.output.plan_json import plan_data as plan_document
    from kapplan.output.problem_json import problem_document
    from kapplan.planning.course import demand_of
    from kapplan.planning.course import solve as place
    from kapplan.planning.drafting import draft
    from kapplan.planning.screening import refuse
    from kapplan.planning.start_ranking import rank_starts
    from kapplan.planning.suggesting import suggest

__version__ = "0.1.0"

_HOMES = {
    "calendar_bytes": ("kapplan.output.ics", "calendar_bytes"),
    "demand_of": ("kapplan.planning.course", "demand_of"),
    "draft": ("kapplan.planning.drafting", "draft"),
    "open_source": ("kapplan.files.sources", "open_source"),
    "fhir_bundle": ("kapplan.output.fhir", "fhir_bundle"),
    "handout_html": ("kapplan.output.html", "handout_html"),
    "handout_material": ("kapplan.files.handout_book", "material_of"),
    "place": ("kapplan.planning.course", "solve"),
    "plan_document": ("kapplan.output.plan_json", "plan_data"),
    "problem_document": ("kapplan.output.problem_json", "problem_document"),
    "protocol_ids": ("kapplan.files.library", "protocol_ids"),
    "rank_starts": ("kapplan.planning.start_ranking", "rank_starts"),
    "read_busy": ("kapplan.files.busy", "gather_busy"),
    "read_clinic": ("kapplan.files.reading", "read_clinic"),
    "read_library": ("kapplan.files.library", "built_in_protocols"),
    "read_measures": ("kapplan.files.rulebook", "built_in_measures"),
    "read_plan": ("kapplan.files.plans", "load_plan"),
    "read_profile": ("kapplan.files.reading", "read_profile"),
    "read_protocol": ("kapplan.files.library", "load_protocol"),
    "read_rules": ("kapplan.files.rulebook", "load_rules"),
    "refuse": ("kapplan.planning.screening", "refuse"),
    "resolve_clinic": ("kapplan.files.reading", "resolve_clinic"),
    "save_plan": ("kapplan.files.plans", "new_plan_file"),
    "screen": ("kapplan.files.rulebook", "screen"),
    "suggest": ("kapplan.planning.suggesting", "suggest"),
    "tailor": ("kapplan.files.rulebook", "tailor"),
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
