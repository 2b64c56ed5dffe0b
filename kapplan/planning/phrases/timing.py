"""A timing rule as a sentence."""

from __future__ import annotations

from collections.abc import Iterator

from kapplan.model.regimen import TimingRule
from kapplan.planning.phrases.words import days_words, range_words, visit_words


def timing_words(rule: TimingRule) -> str:
    """Return a timing rule as a sentence: ``3 to 21 days after dose 2, ideally 7 days``."""
    anchor = visit_words(rule.after)
    if rule.secondary and rule.target is not None:
        return f"Of those days the nearest to {_point_words(rule.months, rule.target)} {anchor}"
    if rule.months is not None:
        point = f"{rule.months} calendar month{'s' if rule.months > 1 else ''} after {anchor}"
        parts = [point, *_around_words(rule)]
    else:
        parts = [_bounds_words(rule.min, rule.max, anchor)]
        if rule.target is not None:
            parts.append(f"ideally {_offset_words(*rule.target)}" if parts[0] else _target_words(rule.target, anchor))
    text = ", ".join(part for part in parts if part)
    return f"{text[:1].upper()}{text[1:]}" + (f": {rule.text}" if rule.text else "")


def _point_words(months: int | None, target: tuple[int, int]) -> str:
    side = "before" if months is None and target[1] < 0 else "after"
    if months is None:
        return f"{_offset_words(*target)} {side}"
    off = "" if target == (0, 0) else f" and {days_words(target[0])}"
    return f"{months} calendar month{'s' if months > 1 else ''}{off} {side}"


def _around_words(rule: TimingRule) -> Iterator[str]:
    if rule.target is not None and rule.target != (0, 0):
        yield f"ideally within {days_words(max(abs(rule.target[0]), abs(rule.target[1])))} of that day"
    if rule.min is not None and rule.max is not None:
        yield f"at most {days_words(max(abs(rule.min), abs(rule.max)))} from it"


def _bounds_words(low: int | None, high: int | None, anchor: str) -> str:
    if high is not None and high < 0:
        return f"{_before_words(low, high)} before {anchor}"
    if low is not None and low < 0:
        latest = "" if high is None else f" and at most {days_words(high)} after it"
        return f"at most {days_words(-low)} before {anchor}{latest}"
    return _after_words(low, high, anchor)


def _after_words(low: int | None, high: int | None, anchor: str) -> str:
    if low is None:
        return "" if high is None else f"at most {days_words(high)} after {anchor}"
    if high is None:
        return f"after {anchor}" if low == 1 else f"at least {days_words(low)} after {anchor}"
    return f"on the day of {anchor}" if low == high == 0 else f"{range_words(low, high)} after {anchor}"


def _before_words(low: int | None, high: int) -> str:
    return f"at least {days_words(-high)}" if low is None else range_words(-high, -low)


def _offset_words(first: int, last: int) -> str:
    if last < 0:
        return range_words(-last, -first)
    if first < 0:
        return f"from {days_words(-first)} before to {days_words(last)} after"
    return "the same day" if first == last == 0 else range_words(first, last)


def _target_words(target: tuple[int, int], anchor: str) -> str:
    first, last = target
    if first == last == 0:
        return f"ideally on the day of {anchor}"
    side = "before" if last < 0 else "after"
    return f"ideally {_offset_words(first, last)} {side} {anchor}"
