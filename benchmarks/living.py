"""Commands on a plan that lives: how much dearer a change is than looking, and the dearest of lives that nobody has."""

from __future__ import annotations

import shutil
import sys
import time
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import mkdtemp

from support.command_line import with_examples
from support.safe_lives import PROTOCOLS, Life

from benchmarks.measure import Table, peak_mb, run_process

MOST_RATIO = 2.5
"""How many times as long as ``show`` a change takes at most."""
MOST_MS, MOST_MB = 2_000, 300
LIVES, COMMANDS = 3, 25
REPEATED = 2


def changes() -> Table:
    """Measure whole processes that change a plan against one that shows it."""
    table = Table(f"Changes (at most {MOST_RATIO} times as long as show)", ("command", "ms", "show ms", "ratio"))
    folder = with_examples(Path(mkdtemp()))
    saved = folder / "saved.plan.toml"
    _run(folder, "plan", folder / "river.toml", "-o", saved)

    def typed(*words: str) -> float:
        plan = folder / "river.plan.toml"
        shutil.copy(saved, plan)
        return min(_run(folder, words[0], plan, *words[1:]) for _ in range(REPEATED))

    shown = typed("show")
    for words in (("done", "next"), ("missed", "next"), ("move", "dosing-2", "1w", "later"), ("score", "phq9=12")):
        ms = typed(*words, "--dry-run")
        table.add(" ".join(words), f"{ms:.0f}", f"{shown:.0f}", f"{ms / shown:.1f}x", met=ms <= MOST_RATIO * shown)
    return table


def _run(folder: Path, *words: object) -> float:
    """Return the milliseconds of the processor that a command takes."""
    command = (sys.executable, "-c", "from kapplan.cli import main; main()", *map(str, words))
    ended = run_process((*command, "--today", "2026-12-29T12:00"), bytecode=folder / "bytecode")
    if ended.code:
        raise AssertionError(ended.complaint)
    return ended.ms if ended.processor_ms is None else ended.processor_ms


def lives() -> Table:
    """Measure the dearest command of lives at random over many protocols: in time, and in memory."""
    table = Table(
        f"Adversarial lives (no command over {MOST_MS} ms or {MOST_MB} MB)",
        ("protocol", "commands", "mean ms", "dearest ms", "dearest MB", "which"),
    )
    for protocol in PROTOCOLS:
        found = [_typed(protocol, seed) for seed in range(LIVES)]
        typed = [each for life in found for each in life]
        ms, words, seed, place = max(typed)
        mb = peak_mb(lambda p=protocol, s=seed, n=place: _typed(p, s, n + 1))  # type: ignore[misc]
        mean = sum(each[0] for each in typed) / len(typed)
        cells = (len(typed), f"{mean:.0f}", f"{ms:.0f}", f"{mb:.0f}", words)
        table.add(protocol, *cells, met=ms < MOST_MS and mb < MOST_MB)
    return table


def _typed(protocol: str, seed: int, most: int = COMMANDS) -> list[tuple[float, str, int, int]]:
    """Return the milliseconds of each command of a life, with its words, the life's seed and the command's place."""
    life, chance, spent = Life(protocol), Random(seed), []
    for place in range(most):
        life.today += timedelta(days=chance.choice((0, 1, 3, 7, 14, 40)))
        words = _words(life, chance)
        begun = time.process_time()
        life.run(*words)
        spent.append(((time.process_time() - begun) * 1000, " ".join(words), seed, place))
    return spent


def _words(life: Life, chance: Random) -> tuple[str, ...]:
    ahead = sorted((one for one in life.plan.visits if one.open), key=lambda one: one.start)[:6]
    visit = chance.choice(ahead).id if ahead else "next"
    first = life.today + timedelta(days=chance.randint(0, 20))
    last = first + timedelta(days=chance.choice((5, 30, 49, 365)))
    return chance.choice((
        ("done", "p", visit), ("missed", "p", visit), ("cancel", "p", visit, "--party", "clinic"),
        ("move", "p", visit, "1w", "later"), ("move", "p", visit), ("away", "p", f"{first}..{last}"),
        ("add", "p", "dosing"), ("extend", "p", "2"), ("refresh", "p"), ("hold", "p"), ("resume", "p"), ("undo", "p"),
    ))  # fmt: skip
