"""Planned against actual: a report for people with charts of the scores, and its visits as records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from kapplan.dataclass import dataclass
from kapplan.output.course.heading import item as marked
from kapplan.output.records.plain_data import told
from kapplan.output.records.records import Cell, Column, Records, cells
from kapplan.output.records.words import clean, count, status_words
from kapplan.output.terminal import styles
from kapplan.output.terminal.chart import DOSE, score_chart
from kapplan.output.terminal.records_table import RecordsTable
from kapplan.output.terminal.trimmed import Trimmed, flowed
from kapplan.planning.phrases.words import day_words
from kapplan.planning.reports.adherence import Adhered, Figure, Report, ScoreSeries

_COLUMNS = (
    Column(key="visit", title="Visit", style="bold"),
    Column(key="status", brief=False),
    Column(key="state", title="State"),
    Column(key="first_planned", title="First planned"),
    Column(key="planned", brief=False),
    Column(key="actual", title="Held"),
    Column(key="drift_days", title="Drift", right=True, style="yellow"),
    Column(key="window", title="Window"),
    Column(key="in_window", brief=False),
    Column(key="off_target_days", brief=False),
    Column(key="why", title="Why"),
    Column(key="verdicts", brief=False),
)
_WINDOW = {None: "", True: "kept", False: "outside"}
_ENDED = frozenset({"missed", "cancelled", "omitted"})
_USUAL = range(72, 100)
"""The widths at which the table has room for remarks, but not for reasons; narrower, each visit is a paragraph."""
_WIDEST = 100
"""Charts are no wider than they can be read at a glance."""


def report_records(made: Report) -> Records:
    """Return one record a visit; totals, figures and scores are further keys in JSON and closing lines for people."""
    return Records(
        columns=_COLUMNS,
        rows=tuple(
            cells(_COLUMNS, kept, state=status_words(kept.status), window=_WINDOW[kept.in_window])
            for kept in made.visits
        ),
        schema="kapplan.report/1",
        name="visits",
        patient=made.patient,
        safety=made.safety,
        after=(*_summary(made), *(_figure_words(figure) for figure in made.figures), *_scores_words(made)),
        extra=_extra(made),
    )


_TOTALS = (
    "held", "missed", "cancelled", "omitted", "ahead", "in_window", "out_of_window", "drift_days",
    "greatest_drift_days",
)  # fmt: skip


def _extra(made: Report) -> dict[str, Any]:
    return {
        "plan_id": made.plan,
        "protocol": made.protocol,
        "today": made.today.isoformat(),
        "totals": told(made, _TOTALS),
        "figures": [told(figure, ("id", "text", "value", "holds", "source")) for figure in made.figures],
        "scores": [
            told(
                series, ("measure", "title", "baseline", "points"),
                points=[{"on": on.isoformat(), "value": value} for on, value in series.points],
            )
            for series in made.series
        ],
    }  # fmt: skip


# In words


def _summary(made: Report) -> tuple[str, ...]:
    states = [
        f"{made.held} held",
        f"{made.missed} missed" if made.missed else "",
        f"{made.cancelled} cancelled" if made.cancelled else "",
        f"{made.omitted} left out" if made.omitted else "",
        f"{made.ahead} ahead",
    ]
    judged = made.in_window + made.out_of_window
    windows = f"Windows: {made.in_window} of {count(judged, 'visit')} held on a day that the rules allow."
    return (
        f"Visits: {', '.join(state for state in states if state)}.",
        *([windows] if judged else []),
        f"Drift: {_drift_words(made.drift_days)}; at most {_drift_words(made.greatest_drift_days)}.",
    )


def _drift_words(days: int) -> str:
    return "none" if not days else f"{count(abs(days), 'day')} {'later' if days > 0 else 'earlier'}"


def _figure_words(figure: Figure) -> str:
    state = {True: "yes", False: "no", None: "still open"}[figure.holds]
    return f"{figure.text.rstrip('.')}: {state} ({figure.value}) [{figure.source}]"


def _scores_words(made: Report) -> Iterator[str]:
    for series in made.series:
        yield f"{series.title}: {_series_words(series)}"


def _series_words(series: ScoreSeries) -> str:
    on, value = series.points[-1]
    severity = f", {series.now_severity}" if series.now_severity else ""
    latest = f"{value} on {day_words(on)}{severity}"
    if series.baseline is None:
        return latest
    change = value - series.baseline
    words = "unchanged" if not change else f"{abs(change)} {'more' if change > 0 else 'less'}"
    return f"from {series.baseline} before the first dose to {latest} ({words})"


# For people


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report for people, in a form that fits the console it is printed on."""

    made: Report

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Lay the report out for the width at hand."""
        del console
        made, width = self.made, options.max_width
        for notice in made.safety:
            yield marked(" SAFETY ", Text(clean(notice), style="bold red"), style=styles.SAFETY)
        yield Text.assemble((made.patient, styles.HEADING), f"  {made.protocol}, as of {day_words(made.today)}")
        for line in _summary(made):
            yield Trimmed(Text(line))
        for figure in made.figures:
            style = {True: styles.GOOD, False: styles.OFF_TARGET, None: ""}[figure.holds]
            yield marked({True: "✓", False: "✗", None: "·"}[figure.holds], Text(_figure_words(figure)), style=style)
        yield Text()
        yield RecordsTable(_behind(made, short=width in _USUAL))
        yield from _charts(made, width)


def _behind(made: Report, *, short: bool) -> Records:
    """Return the visits that lie behind and those that have moved, for people; ``short`` leaves reasons to ``why``."""
    shown = [
        kept
        for kept in made.visits
        if kept.drift_days or kept.actual is not None or kept.planned.date() < made.today or kept.status in _ENDED
    ]
    columns = (
        Column(key="visit", title="Visit", style="bold"),
        Column(key="state", title="State"),
        Column(key="first_planned", title="First planned"),
        Column(key="now", title="Held or now on"),
        Column(key="drift", title="Drift", right=True, style=styles.OFF_TARGET),
        Column(key="why", title="Remarks"),
    )
    rest = len(made.visits) - len(shown)
    return Records(
        columns=columns,
        rows=tuple(_behind_row(kept, short=short) for kept in shown),
        after=(f"{count(rest, 'visit')} ahead, on the dates first planned.",) if rest else (),
    )


def _behind_row(kept: Adhered, *, short: bool) -> tuple[Cell, ...]:
    now = (kept.actual or kept.planned).date() if kept.status not in _ENDED else None
    outside = ("outside its window",) if kept.in_window is False else ()
    drift = f"{kept.drift_days:+d} d" if kept.drift_days else ""
    return (
        kept.visit,
        status_words(kept.status),
        kept.first_planned.date(),
        now,
        drift,
        (*outside, *kept.verdicts, *(why.partition(":")[0] if short else why for why in kept.why)),
    )


def _charts(made: Report, width: int) -> Iterator[RenderableType]:
    drawn = False
    for series in made.series:
        yield Text()
        heading = [Text(series.title, style=styles.HEADING), Text(_series_words(series))]
        yield from flowed(heading, width)
        if len(series.points) > 1:
            drawn = True
            for line in score_chart(series.points, width=min(width, _WIDEST), lowest=series.lowest, doses=made.doses):
                yield Text(line, no_wrap=True)
    if drawn and made.doses:
        yield Text(f"{DOSE} a dose", style=styles.QUIET)
