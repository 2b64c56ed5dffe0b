"""What handouts are made of beside the plan: instructions for its visits, measures, staff; read from its snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path

from kapplan.dataclass import dataclass
from kapplan.files.library.rules import built_in_measures, load_instructions
from kapplan.files.plans.snapshots import inputs_of
from kapplan.model.measures import Measures
from kapplan.model.plan import Plan
from kapplan.model.protocol import Source
from kapplan.model.rules import Instruction
from kapplan.planning.rules.facts import Facts
from kapplan.planning.rules.screening import filled, instructions

_TIME = "{time}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a handout tells beside the plan's own content.

    ``instructions`` are those that hold for the patient, with every field but ``{time}`` filled in; ``sources`` those
    that they name. ``escort`` is what the profile says of who takes the patient home. ``known`` is false for a plan
    that does not hold what it was made from: then nothing is known of instructions.
    """

    measures: Measures
    instructions: tuple[Instruction, ...] = ()
    sources: Mapping[str, Source] = field(default_factory=dict)
    staff: Mapping[str, str] = field(default_factory=dict)
    escort: str | None = None
    timezone: str | None = None
    known: bool = False


def material_of(plan: Plan, base: Path = Path()) -> Material:
    """Return what the handouts of a plan are made of; files of the clinic's rules count from the folder ``base``.

    Ages and durations count at the plan's last revision. Raises ``InvalidFileError`` where the snapshot or a file of
    rules is damaged, ``UsageError`` where one is not there.
    """
    measures = built_in_measures()
    if not plan.snapshot.profile:
        return Material(measures=measures)
    inputs = inputs_of(plan)
    book = load_instructions(inputs.clinic.rules, base)
    today = plan.revised.date()
    facts = Facts(
        profile=inputs.profile, protocol=inputs.protocol, today=today, classes=book.medications, clinic=inputs.clinic
    )
    found = instructions(inputs.profile, inputs.protocol, today, book, inputs.clinic)
    return Material(
        measures=measures,
        instructions=tuple(replace(one, text=_filled_but_time(one.text, facts)) for one in found),
        sources=book.sources,
        staff={person.id: person.name or person.id for person in inputs.clinic.staff},
        escort=inputs.profile.travel.escort,
        timezone=inputs.profile.patient.timezone,
        known=True,
    )


def _filled_but_time(text: str, facts: Facts) -> str:
    return _TIME.join(filled(part, facts) for part in text.split(_TIME))
