"""What scores say, by the measures' own data: severity, response, remission, change, recall, alerts. On integers only.

Scores are whole numbers, one of a scale's answers (``intent``) or a pair of readings (``138/88``).
"""

from __future__ import annotations

from collections.abc import Iterable

from kapplan.model.measures import Alert, Scale, is_response

Value = int | str


def number(scale: Scale, value: Value) -> int | None:
    """Return a score as a number, an answer by its place; ``None`` for a pair, and for no value of the scale."""
    if isinstance(value, str):
        return scale.answers.index(value) if value in scale.answers else None
    return value if scale.min <= value and (scale.max is None or value <= scale.max) else None


def severity(scale: Scale, value: Value) -> str | None:
    """Return the name of the band that a score falls in, if the scale has bands."""
    score = number(scale, value)
    band = None if score is None else scale.band(score)
    return band.name if band is not None else None


def responded(scale: Scale, baseline: int, now: int, fraction: float | None = None) -> bool | None:
    """Tell whether enough of the baseline is lost: ``fraction`` of it, else the scale's first; 18 to 9 is a half.

    ``None`` where neither says how much is enough.
    """
    if fraction is None:
        if not scale.response:
            return None
        fraction = scale.response[0].fraction
    return is_response(baseline, now, fraction)


def remitted(scale: Scale, now: int, at_most: int | None = None) -> bool | None:
    """Tell whether a score counts as remission: ``at_most`` (a protocol's threshold), else the scale's first.

    ``None`` where neither says.
    """
    if at_most is None:
        if not scale.remission:
            return None
        at_most = scale.remission[0].at_most
    return now <= at_most


def alerts(scale: Scale, value: Value, more: Iterable[Alert] = ()) -> tuple[Alert, ...]:
    """Return what somebody must act on at a value, by the scale's own alerts and ``more`` of them."""
    return tuple(alert for alert in (*scale.alert, *more) if _sounds(scale, alert, value))


def _sounds(scale: Scale, alert: Alert, value: Value) -> bool:
    if alert.above is not None:
        readings = str(value).split("/")
        return len(readings) == len(alert.above) and any(
            int(reading) > bound for reading, bound in zip(readings, alert.above, strict=True)
        )
    score = number(scale, value)
    if score is None:
        return False
    too_high = alert.at_least is not None and score >= alert.at_least
    return too_high or (alert.below is not None and score < alert.below)
