"""What handouts are made of beside the plan: instructions for its visits, measures, staff; read from its snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from kapplan.dataclass import replace
from kapplan.files.library.catalogues import catalogue_of
from kapplan.files.library.rules import built_in_measures, load_instructions
from kapplan.files.library.templates import handout_templates
from kapplan.files.plans.snapshots import inputs_of
from kapplan.model.exports import Catalogue, HandoutMaterial
from kapplan.model.plan import Plan
from kapplan.model.profile import Patient
from kapplan.model.rules import Instruction
from kapplan.planning.rules.facts import Facts
from kapplan.planning.rules.screening import filled, instructions, is_declined

Needs = Literal["plan", "measures", "material"]

_TIME = "{time}"


def material_for(
    needs: Needs, plans: Sequence[Plan], base: Path = Path(), *, templates: Path | None = None
) -> HandoutMaterial | None:
    """Return what an export is made of beside its plans: all of it, the measures and patients' words, or nothing.

    Raises what ``material_of`` raises.
    """
    if needs == "material" and plans:
        return material_of(plans[0], base, templates=templates)
    if needs == "plan":
        return None
    asked = {plan.id: (language, found) for plan in plans for language, found in [words_for(plan, templates)] if found}
    lacking = (language for language, found in asked.values() if lacks_words(language, found))
    words = {plan: found for plan, (_, found) in asked.items()}
    return HandoutMaterial(measures=built_in_measures(), words=words, language=next(lacking, None))


def words_of(plan: Plan, templates: Path | None = None) -> Catalogue | None:
    """Return the words of a patient who asked for a language: English ones where there are none in it.

    ``templates`` is a folder with catalogues of the clinic's own. Raises ``InvalidFileError`` where one is damaged.
    """
    return words_for(plan, templates)[1]


def words_for(plan: Plan, templates: Path | None = None) -> tuple[str | None, Catalogue | None]:
    """Return the language that a patient asked for, and the words of ``words_of``."""
    patient = _patient(plan)
    if patient is None or patient.language is None:
        return None, None
    return patient.language, catalogue_of(patient.language, patient.timezone or plan.timezone, templates)


def lacks_words(language: str | None, found: Catalogue) -> bool:
    """Return whether the words that were found are not in the language that a patient asked for."""
    return language is not None and language.partition("-")[0] != found.language.partition("-")[0]


def _patient(plan: Plan) -> Patient | None:
    """Return what a plan's profile says of the patient, unless it names no language: then it is not read."""
    return inputs_of(plan).profile.patient if "language" in plan.snapshot.profile else None


def material_of(plan: Plan, base: Path = Path(), *, templates: Path | None = None) -> HandoutMaterial:
    """Return what the handouts of a plan are made of; files of the clinic's rules count from the folder ``base``.

    ``templates`` is a folder of the clinic's own. Ages and durations count at the plan's last revision. Raises
    ``InvalidFileError`` where the snapshot, a file of rules or a template is damaged, ``UsageError`` where one is not
    there.
    """
    bare = HandoutMaterial(
        measures=built_in_measures(), templates=handout_templates(templates),
        catalogue=catalogue_of(None, plan.timezone, templates),
    )  # fmt: skip
    if not plan.snapshot.profile:
        return bare
    inputs = inputs_of(plan)
    patient = inputs.profile.patient
    catalogue = catalogue_of(patient.language, patient.timezone or plan.timezone, templates)
    book = load_instructions(inputs.clinic.rules, base)
    today = plan.revised.date()
    facts = Facts(profile=inputs.profile, protocol=inputs.protocol, today=today, rules=book, clinic=inputs.clinic)
    found = instructions(inputs.profile, inputs.protocol, today, book, inputs.clinic)
    return replace(
        bare,
        declined=tuple(one.id for one in book.instructions if is_declined(one, inputs.profile)),
        instructions=tuple(replace(one, text=_filled_but_time(one.text, facts)) for one in found),
        translated={one.id: _in_words_of(catalogue, one, facts) for one in found if one.to == "patient"},
        sources=book.sources,
        staff={person.id: person.name or person.id for person in inputs.clinic.staff},
        escort=inputs.profile.travel.escort,
        timezone=patient.timezone,
        catalogue=catalogue,
        language=patient.language,
        known=True,
    )


def _in_words_of(catalogue: Catalogue, one: Instruction, facts: Facts) -> Instruction:
    """Return a patient's instruction in a language, filled in."""
    neutral = None if one.neutral is None else catalogue.say(one.neutral)
    return replace(one, text=_filled_but_time(catalogue.say(one.text), facts), neutral=neutral)


def _filled_but_time(text: str, facts: Facts) -> str:
    return _TIME.join(filled(part, facts) for part in text.split(_TIME))
