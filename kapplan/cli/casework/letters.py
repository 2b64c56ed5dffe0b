"""Letters to patients: for each of some plans what has changed since its patient was told, where anything has."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from kapplan.cli.casework.standing import seen
from kapplan.cli.casework.ways_out import name_of
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.exports import Choices, exported, write_export
from kapplan.cli.session.views import note_safety
from kapplan.dataclass import replace
from kapplan.errors import UsageError
from kapplan.output.formats import FORMATS

if TYPE_CHECKING:
    from kapplan.files.plans.store import StoredPlan
    from kapplan.model.plan import Plan

_FORMATS = ("html", "pdf")


def write_letters(edge: Edge, plans: Sequence[StoredPlan], form: str, output: Path | None, choices: Choices) -> None:
    """Write the letter of one plan to a file, or those that are due of several into a folder.

    Raises ``UsageError`` where a letter is asked for in another format or for somebody else, where the one patient
    knows everything, and where several are to go into no folder.
    """
    if form not in _FORMATS or choices.request.audience != "patient":
        raise UsageError("a letter is written to the patient, as html or pdf", hint="--format pdf --letter -o FILE")
    if len(plans) == 1 and (output is None or not output.is_dir()):
        plan, asked = _asked(edge, plans[0], choices)
        write_export(edge, [plan], form, output, asked)
        written = list(plans)
    else:
        written = _write_due(edge, plans, form, output, choices)
    for stored in written:
        edge.hint(f"Sent? To note that the patient knows: kapplan told {quote(name_of(stored))}")


def _write_due(
    edge: Edge, plans: Sequence[StoredPlan], form: str, folder: Path | None, choices: Choices
) -> list[StoredPlan]:
    """Write the letters that are due into a folder, each named for its plan; return the plans that have one."""
    from kapplan.files.plans.atomic import write_whole
    from kapplan.planning.clinic.calls import calls_of

    if folder is None or str(folder) == "-":
        raise UsageError("letters of several plans go into a folder", hint="-o FOLDER")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    written: list[StoredPlan] = []
    for stored in plans:
        plan, asked = _asked(edge, stored, choices)
        if not calls_of(plan, edge.now_in(plan.timezone)):
            continue
        stem = (stored.path or Path(plan.patient)).name.removesuffix(".toml").removesuffix(".plan")
        write_whole(folder / f"{stem}-letter.{FORMATS[form].ending}", exported(edge, [plan], form, asked))
        written.append(stored)
    letters = f"{len(written)} letter{'' if len(written) == 1 else 's'}"
    edge.note(f"Wrote {letters} into {folder}; {len(plans) - len(written)} of {len(plans)} knew everything.")
    return written


def _asked(edge: Edge, stored: StoredPlan, choices: Choices) -> tuple[Plan, Choices]:
    """Return a plan as it is to be seen, and what is asked of its letter."""
    plan = seen(edge, stored)
    note_safety(edge, plan.findings)
    request = replace(choices.request, letter=edge.now_in(plan.timezone))
    return plan, replace(choices, request=request, base=stored.base)
