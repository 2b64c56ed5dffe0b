"""Remarks on a protocol, and where in its file what they speak of stands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from kapplan.dataclass import replace
from kapplan.model.clinic import Clinic
from kapplan.model.profile import Patient, Profile, Treatment
from kapplan.model.protocol import Phase, Protocol
from kapplan.planning.regimen.branches import Assumption
from kapplan.planning.regimen.timing import keys_of_rules
from kapplan.planning.rules.facts import length

Path = tuple[str | int, ...]


class Remark(NamedTuple):
    """What is wrong at a path of the protocol's file; of one ``kind`` each place has one remark."""

    kind: str
    path: Path
    message: str
    expected: str | None = None
    warning: bool = False
    key: bool = False


class ProtocolPlaces:
    """A protocol of which every visit and rule of a course leads back to its place in the file.

    ``protocol`` is a copy whose series, and types of visits, have names of their own, so that no two share one; its
    visits are as long as at ``clinic``.
    """

    def __init__(self, protocol: Protocol, clinic: Clinic | None = None) -> None:
        self.written = protocol
        self._paths: dict[str, Path] = {}
        self._rules: dict[str, Path] = {limit.id: ("limits", n) for n, limit in enumerate(protocol.limits)}
        types = {}
        phases = []
        for p, phase in enumerate(protocol.phases):
            own = []
            for s, series in enumerate(phase.series):
                name = f"{p}#{s}"
                self._paths[name] = ("phases", p, "series", s)
                types[name] = replace(
                    protocol.visits[series.visit],
                    kind=protocol.kind_of(series.visit),
                    minutes=length(protocol, clinic, series.visit),
                )
                own.append(replace(series, id=name, visit=name))
                keys = keys_of_rules(phase, own[-1])
                self._rules |= {rule: (*self._paths[name], *key) for rule, key in keys.items()}
            phases.append(replace(phase, series=tuple(own)))
        self.protocol = replace(protocol, phases=tuple(phases), visits=types)

    def of_series(self, name: str) -> Path:
        """Return the path of a series by its name in the copy, which is also the type of its visits."""
        return self._paths[name]

    def of_rule(self, name: str) -> Path | None:
        """Return the path of what a rule comes from; ``None`` for what no file says (one visit a day)."""
        return self._rules.get(name)

    def last_of(self, rules: Iterable[str]) -> Path:
        """Return the path, of those of some rules, that stands last: limits come after phases."""
        paths = [path for name in rules if (path := self.of_rule(name)) is not None]
        return max(paths, key=lambda path: (path[0] == "limits", *(n for n in path if isinstance(n, int))), default=())


def bare_profile(
    protocol: Protocol, assume: Assumption = "responds", *, doses: int | None = None, months: int = 6
) -> Profile:
    """Return a profile of a patient of whom nothing is known."""
    treatment = Treatment(protocol=protocol.id, assume=assume, doses=doses, maintenance_months=months)
    return Profile(patient=Patient(id="anybody"), treatment=treatment)


def without_gates(phase: Phase) -> Phase:
    """Return a phase through which every course goes on."""
    return replace(phase, series=tuple(replace(series, gate=None) for series in phase.series))
