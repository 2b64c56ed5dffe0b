"""Whether the findings that a plan keeps are still what screening would say: a digest of all that they follow from.

It is cheap beside screening itself, so that a plan is shown without what makes one where nothing has changed.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path

from kapplan.dataclass import replace
from kapplan.files.library.package_data import LIBRARY
from kapplan.model.plan import Plan

_READ = ("medications.toml", "screening.toml", "tailoring.toml", "measures.toml")


def stamped(plan: Plan, rules: tuple[str, ...], base: Path) -> Plan:
    """Return a plan that was just screened with what it was screened by; ``rules`` are the clinic's own files."""
    if plan.screened is None:
        return plan
    files = {name: _digest_of(base / name) for name in rules}
    return replace(plan, screened=replace(plan.screened, digest=_digest(plan), files=files))


def is_current(plan: Plan, day: date, base: Path) -> bool:
    """Tell whether a plan's findings hold on a day; true of a plan that keeps nothing by which it could be screened."""
    known = plan.screened
    if not plan.snapshot.profile:
        return True
    if known is None or not known.on <= day <= known.until or known.digest != _digest(plan):
        return False
    return all(_digest_of(base / name) == digest for name, digest in known.files.items())


def _digest(plan: Plan) -> str:
    records = (plan.snapshot, plan.scores, plan.noted, plan.overrides, plan.settlements)
    return sha256(f"{_library()}\n{records!r}".encode("utf-8", "replace")).hexdigest()[:16]


@cache
def _library() -> str:
    whole = sha256()
    for name in _READ:
        whole.update((LIBRARY / name).read_bytes())
    return whole.hexdigest()


def _digest_of(file: Path) -> str:
    try:
        return sha256(file.read_bytes()).hexdigest()[:16]
    except OSError:
        return ""
