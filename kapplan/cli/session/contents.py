"""What an export of one plan holds, in the formats other than calendars."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from kapplan.cli.session.environment import Edge
from kapplan.cli.session.views import plan_text
from kapplan.dataclass import dataclass

if TYPE_CHECKING:
    from kapplan.model.plan import Plan

Audience = Literal["patient", "clinic"]
Detail = Literal["neutral", "full"]
What = Literal["visits", "tasks", "scores"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Who reads an export and what they are told.

    ``what`` is the table that CSV holds, ``templates`` a folder of the clinic's own for handouts, ``base`` the folder
    from which the files of the clinic's rules count.
    """

    audience: Audience = "patient"
    detail: Detail = "neutral"
    what: What = "visits"
    templates: Path | None = None
    base: Path = Path()


def content(edge: Edge, plan: Plan, form: str, choices: Choices) -> bytes:
    """Return a plan in a format, as UTF-8; raises what reading templates and rules raises."""
    if form == "html":
        text = _handout(edge, plan, choices)
    elif form == "fhir":
        text = _fhir(plan, choices)
    elif form == "csv":
        text = _csv(plan, choices)
    else:
        text = plan_text(plan, form)
    return text.encode("utf-8")


def _handout(edge: Edge, plan: Plan, choices: Choices) -> str:
    from kapplan.files.plans.handout_material import material_of
    from kapplan.output.handout.pages import handout_html

    material = material_of(plan, choices.base, templates=choices.templates)
    if not material.known:
        edge.note(
            "Note: the plan does not hold what it was made from, so the handout tells no times for food and drink."
        )
    return handout_html(plan, material, audience=choices.audience, detail=choices.detail)


def _fhir(plan: Plan, choices: Choices) -> str:
    from kapplan.files.library.rules import built_in_measures
    from kapplan.output.documents.fhir import fhir_json

    return fhir_json(plan, built_in_measures(), named=choices.detail == "full")


def _csv(plan: Plan, choices: Choices) -> str:
    from kapplan.output.records.csv_rows import csv_plan, csv_scores, csv_tasks

    tables = {"visits": csv_plan, "tasks": csv_tasks, "scores": csv_scores}
    return tables[choices.what](plan)
