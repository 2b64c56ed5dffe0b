"""What stands around every view of a course: safety notices first, whose course it is, findings, summary."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from kapplan.model.plan import Finding, Plan
from kapplan.output.records.numbers import closest_words, in_order, weeks_spanned
from kapplan.output.records.words import NOT_VERIFIED, clean, count, dates_words, finding_words
from kapplan.output.terminal import styles
from kapplan.output.terminal.grid import MarkedParagraph
from kapplan.planning.phrases.decisions import decision_words
from kapplan.planning.phrases.words import day_words


def heading(plan: Plan, *, names: bool = False) -> RenderableType:
    """Return everything that comes before the visits; ``names`` shows the patient's name beside the pseudonym."""
    return Group(
        *safety_lines(plan),
        *_title(plan, names=names),
        *_read(plan),
        *findings_lines(plan),
        *_decisions(plan),
        *(item("·", Text(clean(notice)), style=styles.QUIET) for notice in plan.notices),
    )


def safety_lines(plan: Plan) -> Iterator[RenderableType]:
    """Return the safety notices, which come before anything else."""
    for finding in plan.findings:
        if finding.safety:
            body = finding_body(finding, style="bold red")
            yield item(" SAFETY ", body, style=styles.SAFETY)


def findings_lines(plan: Plan) -> Iterator[RenderableType]:
    """Return what screening says but for the safety notices: each finding, and what nobody stated in one line."""
    told = [finding for finding in plan.findings if not finding.safety]
    for finding in (finding for finding in told if not finding.left_out):
        yield item("!", finding_body(finding, sourced=False), style=finding_style(finding))
    if left := [finding for finding in told if finding.left_out]:
        names = ", ".join(_name_of(finding) for finding in left)
        waits = "; doses wait for answers" if any(finding.holds for finding in left) else ""
        body = Text.assemble(("not stated: ", styles.HEADING), names, waits)
        yield item("!", body, style=styles.OFF_TARGET)


def _name_of(finding: Finding) -> str:
    """Return what nobody stated by its name in the profile, without the table: ``medications since``."""
    return re.sub(r"[._]", " ", (finding.key or finding.rule).partition(".")[2] or finding.rule)


def findings_summary(plan: Plan) -> str:
    """Return how many findings there are of each sort, in words."""
    findings = [finding for finding in plan.findings if not finding.safety]
    overridden = sum(finding.overridden for finding in findings)
    refused = sum(finding.refuses for finding in findings)
    left_out = sum(finding.left_out for finding in findings)
    unscreened = sum(finding.not_screened for finding in findings) - left_out
    warnings = len(findings) - refused - overridden - unscreened - left_out
    told = [
        f"{refused} refused" if refused else "",
        f"{overridden} overridden" if overridden else "",
        count(warnings, "warning") if warnings else "",
        f"{unscreened} not screened" if unscreened else "",
        f"{left_out} not stated" if left_out else "",
    ]
    nothing = "no findings" if len(findings) == len(plan.findings) else "no further findings"
    return ", ".join(part for part in told if part) or nothing


def summary(plan: Plan) -> RenderableType:
    """Return the closing lines: how many visits, over which time, how far off target, and what is to be done."""
    visits = [visit for visit in in_order(plan.visits) if not visit.is_lost]
    lines: list[RenderableType] = []
    if visits:
        lines.append(
            Text.assemble(
                (count(len(visits), "visit"), styles.HEADING),
                f" over {count(weeks_spanned(visits), 'week')}, {dates_words(visits[0].day, visits[-1].day)}",
                _doses(plan),
            )
        )
    lines.append(deviation_line(plan))
    if plan.authorizations:
        from kapplan.output.course.coverage import coverage_lines

        lines += [Text(line) for line in coverage_lines(plan)]
    tasks = sorted((task for task in plan.tasks if task.status == "open"), key=lambda task: task.due)
    if tasks:
        first = f", the first by {day_words(tasks[0].due)}: {clean(tasks[0].text)}"
        lines.append(Text.assemble((f"{count(len(tasks), 'task')} open", styles.HEADING), first))
    return Group(*lines)


def deviation_line(plan: Plan) -> Text:
    """Return how far the course is off its targets, in words."""
    if plan.held:
        return Text("The course is on hold.", style=styles.OFF_TARGET)
    off = plan.days_off
    if not off:
        return Text("Every visit on target.", style=styles.GOOD)
    closest = closest_words(plan.objective)
    return Text.assemble((f"{count(off, 'day')} off target in all", styles.OFF_TARGET), f": {closest}.")


def item(mark: str, body: Text, *, style: str = "") -> MarkedParagraph:
    """Return a marked paragraph whose further lines hang under its first word."""
    return MarkedParagraph(Text(mark, style=style), body)


def _doses(plan: Plan) -> str:
    doses = [visit for visit in in_order(plan.visits) if visit.kind == "dosing" and not visit.is_lost]
    if not doses:
        return ""
    return f"; {count(len(doses), 'dose')}, {dates_words(doses[0].day, doses[-1].day)}"


def _title(plan: Plan, *, names: bool) -> Iterator[Text]:
    protocol = plan.protocol
    name = f" ({clean(plan.name)})" if names and plan.name else ""
    yield Text.assemble((plan.patient + name, styles.HEADING), "  ", (clean(protocol.title), ""))
    drug = protocol.drug if protocol.route is None else f"{protocol.drug} {protocol.route}"
    facts = [f"{protocol.id} {protocol.version}", drug, plan.timezone]
    staff = {person for visit in plan.visits for person in visit.staff}
    if len(staff) == 1:
        facts.append(f"with {staff.pop()}")
    if plan.revision > 1:
        facts.append(f"revision {plan.revision}")
    yield Text(" · ".join(facts), style=styles.QUIET)
    if protocol.off_label:
        yield Text.assemble((" OFF-LABEL ", styles.LOUD), f" No product label covers this use of {protocol.drug}.")


def _read(plan: Plan) -> Iterator[RenderableType]:
    """Return in a line what screening found and how the course is tailored, then each rule that was turned off."""
    line = Text.assemble(("Screening  ", styles.HEADING), findings_summary(plan))
    if any(rule.state != "not-applicable" for rule in plan.tailoring):
        line.append_text(Text.assemble(" · ", ("Tailored  ", styles.HEADING), tailoring_summary(plan)))
    yield line
    for rule in (rule for rule in plan.tailoring if rule.state == "declined"):
        body = Text.assemble(("turned off: ", styles.HEADING), clean(rule.text), (f" [{rule.rule}]", styles.QUIET))
        yield item("\N{EN DASH}", body, style=styles.GOOD)


def _decisions(plan: Plan) -> Iterator[RenderableType]:
    """Return the rules that somebody overrode or widened by name, with who and why."""
    told = [clean(words) for words in decision_words(plan)]
    if told:
        yield Text.assemble(("Decided  ", styles.HEADING), count(len(told), "rule"), " by name")
    yield from (item("!", Text(words), style=styles.OFF_TARGET) for words in told)


def tailoring_summary(plan: Plan) -> str:
    """Return how many tailoring rules are applied, how many of them no source confirms, and how many are turned off."""
    applied = sum(rule.state == "applied" for rule in plan.tailoring)
    declined = sum(rule.state == "declined" for rule in plan.tailoring)
    doubtful = sum(rule.state == "applied" and not rule.verified for rule in plan.tailoring)
    told = [
        count(applied, "rule") + " applied" if applied else "",
        f"{doubtful} {NOT_VERIFIED}" if doubtful else "",
        f"{declined} turned off" if declined else "",
    ]
    return ", ".join(part for part in told if part) or "nothing changed"


def finding_style(finding: Finding) -> str:
    """Return how the mark of a finding looks."""
    return "bold red" if finding.refuses else styles.OFF_TARGET


def finding_body(finding: Finding, style: str = "", *, sourced: bool = True) -> Text:
    """Return a finding in words, with its rule and what would settle it; ``sourced`` names its source too."""
    body = Text()
    if not finding.safety:
        word = "not screened" if finding.not_screened else finding_words(finding.level, overridden=finding.overridden)
        body.append(f"{word}: ", style=styles.HEADING)
    body.append(clean(finding.text), style=style)
    if finding.change:
        body.append(f" To settle it: {clean(finding.change).rstrip('.')}.")
    remarks = [finding.rule, clean(finding.source) if sourced else "", "" if finding.verified else NOT_VERIFIED]
    return body.append(f" [{'; '.join(remark for remark in remarks if remark)}]", style=styles.QUIET)
