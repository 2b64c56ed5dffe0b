"""Whole processes, as a person waits for them: kapplan against a Typer program that does nothing."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import Ended, Table, run_process

PROFILE = Path(__file__).parents[1] / "examples" / "river.toml"
NOTHING = Path(__file__).with_name("nothing.py")
TODAY = ("--today", "2026-12-15")
RUNS = 15
PLAN_RATIO = 2.2
SHOW_RATIO = 1.5
PEAK_MB = 80


def processes() -> Table:
    """Measure ``kapplan plan`` and ``kapplan show`` as whole processes: time as a ratio, and peak memory."""
    table = Table(
        f"Whole processes (plan at most {PLAN_RATIO} times nothing, show {SHOW_RATIO} times, under {PEAK_MB} MB)",
        ("process", "ms", "processor ms", "ratio", "peak MB"),
    )
    kapplan = (sys.executable, "-c", "from kapplan.cli import main; main()")
    with TemporaryDirectory() as folder:
        plan = str(Path(folder) / "river.plan.toml")
        bytecode = Path(folder) / "bytecode"
        saved = run_process((*kapplan, "plan", str(PROFILE), "-o", plan, *TODAY), bytecode)
        commands = {
            "nothing": ((sys.executable, str(NOTHING), "x"), None),
            "kapplan plan": ((*kapplan, "plan", str(PROFILE), *TODAY), PLAN_RATIO),
            "kapplan show": ((*kapplan, "show", plan, *TODAY), SHOW_RATIO),
        }
        ended = _taking_turns({name: command for name, (command, _) in commands.items()}, bytecode)
    nothing = _shortest(ended["nothing"])
    for name, (_, wanted) in commands.items():
        failed = next((run for run in (saved, *ended[name]) if run.code), None)
        if wanted is not None and failed is not None:
            table.add(name, "skipped", "", "", "")
            table.notes.append(f"{name} ended with {failed.code}: {failed.complaint}")
            continue
        clock, processor, peak = _shortest(ended[name])
        ratio = processor / nothing[1] if processor else clock / nothing[0]
        met = None if wanted is None else ratio <= wanted and peak < PEAK_MB
        table.add(name, f"{clock:.0f}", f"{processor:.0f}", f"{ratio:.2f}x", f"{peak:.0f}", met=met)
    return table


def _shortest(ended: list[Ended]) -> tuple[float, float, float]:
    """Return the shortest times by the clock and of the processor, and the peak memory (0 where not known)."""
    return (
        min(run.ms for run in ended),
        min(run.processor_ms or 0 for run in ended),
        max(run.peak_mb or 0 for run in ended),
    )


def _taking_turns(commands: dict[str, tuple[str, ...]], bytecode: Path) -> dict[str, list[Ended]]:
    """Run all commands in turn, again and again: what slows the machine down for a while then slows all of them."""
    ended: dict[str, list[Ended]] = {name: [] for name in commands}
    for command in commands.values():
        run_process(command, bytecode)
    for _ in range(RUNS):
        for name, command in commands.items():
            ended[name].append(run_process(command, bytecode))
    return ended
