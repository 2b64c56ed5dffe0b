"""Screening: what speaks against scheduling this patient, every finding with its source."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from kapplan.errors import RefusedError
from kapplan.model.plan import Finding
from kapplan.model.profile import Profile
from kapplan.model.protocol import Protocol


def screen(profile: Profile, protocol: Protocol, today: date) -> tuple[Finding, ...]:
    """Return every finding, safety notices first."""
    del profile, protocol, today
    return ()


def refuse(findings: Sequence[Finding]) -> None:
    """Raise ``RefusedError`` where a finding refuses and is not overridden."""
    refusing = [finding for finding in findings if finding.level != "warn" and not finding.overridden]
    if refusing:
        raise RefusedError("\n".join(f"{finding.rule}: {finding.text}" for finding in refusing))
