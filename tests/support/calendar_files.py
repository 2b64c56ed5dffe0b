"""Calendar files as tests ask for them: what is not said is as a patient gets it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from kapplan.model.exports import Catalogue, Export, ExportRequest, HandoutMaterial
from kapplan.model.measures import Cadence, Measures, Scale
from kapplan.model.plan import Plan
from kapplan.output.calendar.ics import export


def calendar_bytes(
    plans: Iterable[Plan],
    *,
    method: str | None = None,
    alarms: Sequence[timedelta] | None = None,
    measures: Mapping[str, str] | None = None,
    catalogues: Mapping[str, Catalogue] | None = None,
    **asked: Any,
) -> Export:
    """Return the calendar file of some plans, with measures by the names given and words by the plans' ids."""
    scales = {
        key: Scale(title=name, cadence=Cadence(source="made-up"), source="made-up")
        for key, name in (measures or {}).items()
    }
    material = HandoutMaterial(measures=Measures(measures=scales, sources={}), words=catalogues or {})
    own = None if alarms is None else tuple(alarms)
    return export(plans, ExportRequest(publish=method is not None, alarms=own, material=material, **asked))
