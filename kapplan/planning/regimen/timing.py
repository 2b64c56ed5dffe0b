"""Binding: the timing rules that a series of visits follows from its file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from kapplan.dataclass import replace
from kapplan.dates import DAYS_IN_WEEK
from kapplan.model.protocol import Phase, Series, Window
from kapplan.model.regimen import TimingRule
from kapplan.model.terms import DOSES
from kapplan.planning.regimen.series import Layout, Node

WEIGHT_BETWEEN_DOSES = 8
WEIGHT_OF_COURSE = 4
WEIGHT_OF_FOLLOW_UP = 1
"""What a day outside the target costs where the protocol says nothing (design, placement objective)."""

WEIGHT_OF_POINT = 2
"""What a day off a fixed point costs within its tolerance, against 1 that is gained for each day that it is sooner.

It counts beside how soon visits are, after all deviation: no dose moves for the sake of a check-in's exact day.
"""


def timing_of(layout: Layout, nodes: list[Node]) -> Iterator[TimingRule]:
    """Return the timing rules of a series, whose visits are all of ``nodes``."""
    series = nodes[0].series
    rule = _rule_maker(series)
    if series.each is not None:
        for node in nodes:
            yield from _around_each(layout, node, rule)
    elif series.at is not None:
        yield from _around_points(layout, nodes, rule)
    else:
        yield from _chain(layout, nodes, rule)
    if series.weeks is not None:
        yield from _in_weeks(layout, nodes, rule)
    for number, extra in enumerate(series.rules, start=1):
        anchor = layout.anchor(extra.after, extra)
        chosen = {"first": nodes[:1], "last": nodes[-1:], "each": nodes}[extra.which]
        for node in chosen:
            if anchor is not None and anchor is not node:
                yield rule(further_rule(number), node, anchor, extra)


WEEKLY_CAP = "weekly-cap"
"""The part of a series that caps its visits in each treatment week."""


def rule_name(phase: Phase, series: Series, part: str) -> str:
    """Return the name of a series' timing rules of one part of its file, such as ``induction.dosing.gap``."""
    return f"{phase.id}.{series.id or series.visit}.{part}"


def further_rule(number: int) -> str:
    """Return the part of a series that its ``number``-th further rule is, counted from 1."""
    return f"rule-{number}"


def keys_of_rules(phase: Phase, series: Series) -> dict[str, tuple[str | int, ...]]:
    """Return the names of all rules that a series can have, each with the key of the series that says it."""
    parts: dict[str, tuple[str | int, ...]] = {
        "lead": ("lead",),
        "gap": ("gap",),
        "before-next": ("before_next",),
        "at": ("at",) if series.gap is None else ("gap",),
        "point": ("at",),
        "week": ("weeks",),
        WEEKLY_CAP: ("weeks",),
        **{further_rule(number): ("rules", number - 1) for number in range(1, len(series.rules) + 1)},
    }
    return {rule_name(phase, series, part): key for part, key in parts.items()}


RuleMaker = Callable[..., TimingRule]


def _rule_maker(series: Series) -> RuleMaker:
    def make(
        name: str, node: Node, anchor: Node, window: Window, *, shift: int = 0, months: int | None = None
    ) -> TimingRule:
        owner = node if node.series is series else anchor
        rule, weight = rule_name(owner.phase, series, name), _weight(node, anchor)
        return replace(bound_by(window, rule, node.id, anchor.id, weight, shift=shift), months=months)

    return make


def bound_by(window: Window, rule: str, visit: str, after: str, weight: int, *, shift: int = 0) -> TimingRule:
    """Return the rule that a visit falls in a window after another; ``weight`` is what it has where that has none."""
    target = window.target_days
    return TimingRule(
        rule=rule,
        visit=visit,
        after=after,
        min=None if window.min is None else window.min + shift,
        target=None if target is None else (target[0] + shift, target[1] + shift),
        max=None if window.max is None else window.max + shift,
        weight=0 if target is None else window.weight or weight,
        level=window.level,
        source=window.source,
        text=window.text,
    )


def _weight(node: Node, anchor: Node) -> int:
    if node.tier == "follow-up":
        return WEIGHT_OF_FOLLOW_UP
    return WEIGHT_BETWEEN_DOSES if node.kind in DOSES and anchor.kind in DOSES else WEIGHT_OF_COURSE


def _chain(layout: Layout, nodes: list[Node], rule: RuleMaker) -> Iterator[TimingRule]:
    """Bind a plain series: the first visit to its anchor, each further one to the one before."""
    first, series = nodes[0], nodes[0].series
    window = series.lead or series.gap
    anchor = layout.anchor(series.after, window) if series.after is not None else None
    if anchor is not None and window is not None:
        yield rule("lead" if series.lead else "gap", first, anchor, window)
    if series.gap is None:
        return
    if series.joins:
        before = [node for node in layout.of_kind(first.kind) if node.number < first.number]
        if before:
            yield rule("gap", first, before[-1], series.gap)
    for before_node, node in pairwise(nodes):
        yield rule("gap", node, before_node, series.gap)


def _around_each(layout: Layout, node: Node, rule: RuleMaker) -> Iterator[TimingRule]:
    """Bind a visit that accompanies a dose: its distance from it, and from the next one."""
    dose, series = node.of, node.series
    if dose is None:
        return
    if series.gap is not None:
        yield rule("gap", node, dose, series.gap)
    following = [other for other in layout.of_kind(dose.kind) if other.number == dose.number + 1]
    if series.before_next is not None and following:
        yield rule("before-next", following[0], node, series.before_next)


def _around_points(layout: Layout, nodes: list[Node], rule: RuleMaker) -> Iterator[TimingRule]:
    """Bind visits at fixed distances from one anchor: to the tolerance around each point, and to the point itself."""
    series = nodes[0].series
    anchor = layout.anchor(series.after) if series.after is not None else layout.first_dose()
    if anchor is None:
        return
    window = series.gap or Window()
    tolerance = window.target_days or (0, 0)
    nearest = min(max(0, tolerance[0]), tolerance[1])
    point = Window(target=nearest, weight=WEIGHT_OF_POINT, level=series.level, source=series.source)
    for node in nodes:
        days, months = node.point or (0, None)
        yield rule("at", node, anchor, replace(window, target=tolerance), shift=days, months=months)
        if tolerance != (nearest, nearest):
            aimed = rule("point", node, anchor, point, shift=days, months=months)
            yield replace(aimed, secondary=True)


def _in_weeks(layout: Layout, nodes: list[Node], rule: RuleMaker) -> Iterator[TimingRule]:
    """Aim each visit of a series at its treatment week: a target, never a limit."""
    weeks, first = nodes[0].series.weeks, layout.first_dose()
    if weeks is None or first is None:
        return
    for node in nodes:
        if node is first or node.week is None:
            continue
        begin = (node.week - 1) * DAYS_IN_WEEK
        window = Window(
            target=(begin, begin + DAYS_IN_WEEK - 1), weight=weeks.weight, level=weeks.level, source=weeks.source
        )
        yield rule("week", node, first, window)
