"""What a profile, its protocol and its clinic may not say together although each is right by itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import product
from typing import Literal

from kapplan.files.toml.faults import Fault, Path, nearest_of
from kapplan.model.clinic import Clinic
from kapplan.model.profile import Profile
from kapplan.model.protocol import MonthPoints, Protocol, Series
from kapplan.model.regimen import Regimen
from kapplan.model.terms import Role
from kapplan.planning.regimen.widen import refusals


def case_faults(
    profile: Profile,
    protocol: Protocol,
    clinic: Clinic,
    *,
    screening_rules: Collection[str] | None = None,
    tailoring_rules: Collection[str] | None = None,
) -> Iterator[Fault]:
    """Yield what a profile asks for that its protocol or its clinic does not have; paths are those of the profile.

    ``screening_rules`` and ``tailoring_rules`` are the ids that overrides and ``without`` may name; not checked where
    they are ``None``.
    """
    yield from _zone_faults(profile, clinic)
    yield from _route_faults(profile, protocol)
    yield from _dose_faults(profile, protocol)
    yield from _maintenance_faults(profile, protocol)
    yield from _therapist_faults(profile, clinic)
    yield from _resource_faults(protocol, clinic)
    for index, override in enumerate(profile.override):
        yield from _rule_faults(override.rule, screening_rules, ("override", index, "rule"), "screening")
    for index, rule in enumerate(profile.tailoring.without):
        yield from _rule_faults(rule, tailoring_rules, ("tailoring", "without", index), "tailoring")


def widen_faults(profile: Profile, regimen: Regimen) -> Iterator[Fault]:
    """Yield the rules that a profile widens and may not; ``regimen`` is its course without any of them widened."""
    for index, refused in refusals(regimen, profile.widen):
        nearest = nearest_of(profile.widen[index].rule, refused.known)
        is_key = refused.key != ("rule",) and getattr(profile.widen[index], refused.key[0]) is None
        yield Fault(("widen", index, *refused.key), refused.message, refused.expected, nearest, key=is_key)


def _zone_faults(profile: Profile, clinic: Clinic) -> Iterator[Fault]:
    if clinic.timezone is None and profile.patient.timezone is None:
        yield Fault(
            ("patient",),
            "no time zone is named: neither `clinic.timezone` nor `patient.timezone` is given",
            'an IANA name such as "America/Denver" in one of them',
            key=True,
        )


def _route_faults(profile: Profile, protocol: Protocol) -> Iterator[Fault]:
    route = profile.treatment.route
    allowed = protocol.routes or ((protocol.route,) if protocol.route is not None else ())
    if route is not None and allowed and route not in allowed:
        expected = ("one of " if len(allowed) > 1 else "") + ", ".join(allowed)
        yield Fault(("treatment", "route"), f'{protocol.id} is not given by the route "{route}"', expected)


def _dose_faults(profile: Profile, protocol: Protocol) -> Iterator[Fault]:
    doses = profile.treatment.doses
    if doses is None:
        return
    path: Path = ("treatment", "doses")
    open_series = [series for phase in protocol.phases for series in phase.series if series.doses is not None]
    if not open_series:
        fixed = _fixed_doses(protocol)
        if fixed != doses:
            number = f"{fixed}, which need not be said" if fixed is not None else None
            yield Fault(path, f"{protocol.id} fixes the number of doses", number)
        return
    fixed = _fixed_doses(protocol) or 0
    open_to = [series.doses.numbers for series in open_series if series.doses is not None]
    totals = sorted({fixed + sum(chosen) for chosen in product(*open_to)})
    if doses not in totals:
        in_a_row = totals == list(range(totals[0], totals[-1] + 1))
        expected = f"from {totals[0]} to {totals[-1]}" if in_a_row else " or ".join(map(str, totals))
        yield Fault(path, f"{protocol.id} does not come in {doses} dose{'' if doses == 1 else 's'}", expected)


def _maintenance_faults(profile: Profile, protocol: Protocol) -> Iterator[Fault]:
    asked = profile.treatment.maintenance_every
    if asked is None:
        return
    path: Path = ("treatment", "maintenance_every")
    points = [series.at.months for phase in protocol.phases for series in phase.series if series.at is not None]
    choices = sorted({every for months in points if isinstance(months, MonthPoints) for every in months.choices})
    if not choices:
        yield Fault(path, f"{protocol.id} leaves the interval of its maintenance to nobody", key=True)
    elif asked not in choices:
        expected = "one of " + ", ".join(map(str, choices))
        yield Fault(path, f"{protocol.id} has no maintenance every {asked} months", expected)


def _fixed_doses(protocol: Protocol) -> int | None:
    """Return how many doses the active course has besides those that may be chosen; ``None`` where that is open."""
    rows = [
        series
        for phase in protocol.phases
        if not phase.follow_up and not phase.on_request
        for series in phase.series
        if protocol.kind_of(series.visit) == "dosing" and series.doses is None
    ]
    counts = [_count(series) for series in rows]
    return sum(count for count in counts if count is not None) if None not in counts else None


def _count(series: Series) -> int | None:
    """Return how many visits a series has, where it says so by itself."""
    if series.weeks is not None:
        until = series.weeks.until
        if not isinstance(until, int):
            return None
        return len(range(series.weeks.from_, until + 1, series.weeks.every)) * series.weeks.count
    if series.each is not None or series.at is not None:
        return None
    return series.count or 1


def _therapist_faults(profile: Profile, clinic: Clinic) -> Iterator[Fault]:
    therapist = profile.treatment.therapist
    if therapist is None:
        return
    path: Path = ("treatment", "therapist")
    roles = {one.id: one.roles for one in clinic.staff}
    if therapist not in roles:
        expected = "one of " + ", ".join(roles) if roles else "an id of the clinic's `staff`, which names nobody"
        yield Fault(path, f"the clinic's staff has no `{therapist}`", expected, nearest_of(therapist, roles))
    elif "therapist" not in roles[therapist]:
        others = [one for one, has in roles.items() if "therapist" in has]
        expected = "one of " + ", ".join(others) if others else "somebody with that role in the clinic's `staff`"
        yield Fault(path, f"`{therapist}` has not the role of a therapist", expected)


def _resource_faults(protocol: Protocol, clinic: Clinic) -> Iterator[Fault]:
    """Yield the roles and rooms that visits need and the clinic has not; no staff at all means no limits."""
    roles = {role for one in clinic.staff for role in one.roles}
    missing: dict[Role | Literal["room"], list[str]] = {}
    used = {series.visit for phase in protocol.phases if not phase.on_request for series in phase.series}
    for name in sorted(used & protocol.visits.keys()):
        visit, kind = protocol.visits[name], protocol.kind_of(name)
        for need in visit.needed:
            if need == "room" and clinic.rooms:
                if visit.place == "clinic" and not any(kind in (room.kinds or (kind,)) for room in clinic.rooms):
                    missing.setdefault("room", []).append(name)
            elif need != "room" and clinic.staff and need not in roles:
                missing.setdefault(need, []).append(name)
    for need, names in missing.items():
        visits = ", ".join(names)
        if need == "room":
            yield Fault(("clinic", "rooms"), f"no room serves these visits of {protocol.id}: {visits}", key=True)
        else:
            message = f"nobody of the staff has the role {need}, which {protocol.id} needs for: {visits}"
            yield Fault(("clinic", "staff"), message, f'`roles` with "{need}" for somebody', key=True)


def _rule_faults(rule: str, known: Collection[str] | None, path: Path, what: str) -> Iterator[Fault]:
    if known is not None and rule not in known:
        yield Fault(path, f"there is no {what} rule `{rule}`", nearest=nearest_of(rule, known))
