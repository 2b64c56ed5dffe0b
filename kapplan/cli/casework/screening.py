"""How a command screens: what refuses is told with its line in the profile, safety notices before anything else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

import kapplan
from kapplan.errors import FileProblem, InvalidFileError, PathKey, RefusedError

if TYPE_CHECKING:
    from kapplan.cli.casework.case import Case
    from kapplan.model.plan import Finding


class Refused(RefusedError):  # noqa: N818  # named for what it tells
    """Screening refuses a case; carries every finding, so that programs get them too."""

    def __init__(self, message: str, findings: Sequence[Finding]) -> None:
        super().__init__(message)
        self.findings = tuple(findings)


def screened(case: Case, today: date) -> tuple[Finding, ...]:
    """Return every finding about a case; raise ``Refused`` with all of them where one refuses.

    Raises ``InvalidFileError`` where today contradicts a day of the profile.
    """
    if ahead := tuple(_against_the_clock(case, today)):
        raise InvalidFileError(ahead)
    findings = kapplan.screen(case.profile, case.protocol, today, clinic=case.clinic, rules=case.rules)
    try:
        kapplan.refuse(findings)
    except RefusedError:
        raise Refused("\n".join(refusal(case, findings)), findings) from None
    return findings


def _against_the_clock(case: Case, today: date) -> Iterator[FileProblem]:
    """Yield the days of a profile that today contradicts: visits given that are ahead, a first dose that is not."""
    from kapplan.files.toml.faults import Fault, locate
    from kapplan.model.terms import DOSES

    expected = f"a day until today, {today}: what lies ahead is planned, and `treatment.first_dose` asks for a day"
    for number, given in enumerate(case.profile.given):
        if given.on > today:
            fault = Fault(("given", number, "on"), "a visit that is still ahead has not been held", expected)
            yield from locate(case.source, [fault])
    first_dose = case.profile.treatment.first_dose
    begun = any(given.kind in DOSES for given in case.profile.given)
    if first_dose is not None and first_dose <= today and not begun:
        expected = "a day from tomorrow on; a dose that was given stands under [[given]]"
        fault = Fault(("treatment", "first_dose"), f"{first_dose} is no longer ahead", expected)
        yield from locate(case.source, [fault])


def refusal(case: Case, findings: Sequence[Finding]) -> Iterator[str]:
    """Return why nothing is scheduled: safety notices, what refuses with its place, and what else was found."""
    from kapplan.output.terminal.diagnostics import render_problems
    from kapplan.planning.phrases.words import finding_line

    refusing = [finding for finding in findings if finding.refuses]
    safety = [finding for finding in findings if finding.safety]
    others = [finding for finding in findings if finding not in refusing and finding not in safety]
    yield from (finding_line(finding) for finding in safety)
    yield "screening refuses this course:"
    for finding in refusing:
        yield f"\n{render_problems(_placed(case, finding))}"
        yield from (f"    what would change it: {words}" for words in _ways_out(finding))
    if others:
        yield "\nAlso found:"
        yield from (f"- {finding_line(finding)}" for finding in others)


def _ways_out(finding: Finding) -> Iterator[str]:
    if finding.change:
        yield f"{finding.change}."
    if finding.level == "refuse-unless-overridden":
        yield f'an [[override]] of rule = "{finding.rule}" in the profile: by whom, on which day, why.'


def _placed(case: Case, finding: Finding) -> Iterator[FileProblem]:
    """Yield a finding as a problem at its line of the profile; of a list, at the word that it speaks of."""
    from kapplan.files.toml.faults import Fault, locate
    from kapplan.planning.rules.conditions import words_of

    path: tuple[PathKey, ...] = tuple((finding.key or "patient").split("."))
    words = {word for rule in case.rules.screening if rule.id == finding.rule for word in words_of(rule.when)}
    stated = getattr(case.profile, str(path[0]), None)
    values = getattr(stated, str(path[1]), None) if len(path) > 1 else None
    if isinstance(values, tuple):
        path += tuple(index for index, value in enumerate(values) if value in words)[:1]
    message = f"{finding.rule}: {finding.text} [{finding.source}]"
    yield from locate(case.source, [Fault(path, message, key=len(path) == 1)])
