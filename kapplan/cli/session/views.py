"""How commands show a plan: a view on a terminal, plain text in a pipe, or the format asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from kapplan.cli.session.environment import Edge
from kapplan.errors import InvalidFileError
from kapplan.output.formats import FORMATS, export, record_formats, render

if TYPE_CHECKING:
    from kapplan.model.exports import ExportRequest
    from kapplan.model.plan import Finding, Plan
    from kapplan.output.records.records import Records
    from kapplan.planning.availability.closures import ClosedDay

    ShowFormat = str
else:
    ShowFormat = Literal[record_formats()]

View = Literal["table", "month", "timeline", "agenda"]


def show_plan(
    edge: Edge, plan: Plan, *, form: str | None, view: View = "table", today: date | None = None, names: bool = False
) -> None:
    """Print a plan in a format; the view counts where the format is a table."""
    chosen = edge.format(form)
    if form is None and view != "table":
        chosen = "table"
    if chosen == "table":
        edge.show(_view(plan, view, today, names=names))
    else:
        if not FORMATS[chosen].tells_safety:
            note_findings(edge, plan)
        edge.write(export([plan], chosen, _request(chosen)).content.decode("utf-8"))


def _request(form: str) -> ExportRequest | None:
    """Return what a plan's text in a format is made of beside the plan."""
    if FORMATS[form].needs == "plan":
        return None
    import kapplan
    from kapplan.model.exports import ExportRequest, HandoutMaterial

    return ExportRequest(material=HandoutMaterial(measures=kapplan.read_measures()))


def hint_details(edge: Edge, name: str, plan: Plan) -> None:
    """Say what tells the rest of what a course's first lines count; ``name`` is the plan as it is typed."""
    if any(finding.left_out for finding in plan.findings):
        edge.hint(f"What is not stated: kapplan why {name} --screening")
    if any(rule.state != "not-applicable" for rule in plan.tailoring):
        edge.hint(f"The rules: kapplan why {name} --rules")


def note_findings(edge: Edge, plan: Plan) -> None:
    """Tell beside an answer of bare visits what stands above them on a terminal: safety first, then every finding."""
    note_safety(edge, plan.findings)
    if plan.protocol.off_label:
        edge.note(f"OFF-LABEL: No product label covers this use of {plan.protocol.drug}.")
    _note(edge, [finding for finding in plan.findings if not finding.safety])


def note_safety(edge: Edge, findings: Iterable[Finding]) -> None:
    """Tell the safety notices among findings on standard error."""
    _note(edge, [finding for finding in findings if finding.safety])


def _note(edge: Edge, findings: Sequence[Finding]) -> None:
    if not findings:
        return
    from kapplan.planning.phrases.words import finding_line

    for finding in findings:
        edge.note(finding_line(finding))


def _view(plan: Plan, view: View, today: date | None, *, names: bool) -> Any:
    if view == "month":
        from kapplan.output.course.month import Months

        closed = _closed_days(plan)
        return Months(plan, today=today, names=names, closed=closed)
    if view == "timeline":
        from kapplan.output.course.timeline import Timeline

        return Timeline(plan, today=today)
    from kapplan.files.library.package_data import measure_names

    if view == "agenda":
        from kapplan.output.course.agenda import Agenda

        return Agenda(plan, today=today, names=names, measures=measure_names())
    from kapplan.output.course.table import CourseTable

    return CourseTable(plan, today=today, names=names, measures=measure_names())


def _closed_days(plan: Plan) -> Mapping[date, ClosedDay]:
    """Return when the plan's clinic is closed during its course; nothing where its snapshot cannot be read."""
    from kapplan.files.plans.snapshots import clinic_of
    from kapplan.planning.availability.closures import closed_days

    days = [visit.day for visit in plan.visits]
    try:
        return closed_days(clinic_of(plan), min(days).replace(day=1), max(days)) if days else {}
    except InvalidFileError:
        return {}


def show_records(edge: Edge, records: Records, form: str | None) -> None:
    """Print a list of records in the format asked for."""
    chosen = edge.format(form)
    if not FORMATS[chosen].tells_safety:
        for notice in records.safety:
            edge.note(f"SAFETY: {notice}")
    rendered = render(records, chosen)
    if isinstance(rendered, str):
        edge.write(rendered)
    else:
        edge.show(rendered)


def show_listed(edge: Edge, form: str | None, view: Callable[[], Any], records: Callable[[], Records]) -> None:
    """Print a view for people, or in the format asked for the records of the same."""
    if edge.format(form) == "table":
        edge.show(view())
    else:
        show_records(edge, records(), form)
