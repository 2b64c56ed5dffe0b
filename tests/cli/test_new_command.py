"""A new command is one module and one row of the table of commands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from support.command_line import environment, with_examples

TALLY = '''
"""``kapplan tally``: how many visits a plan has."""

from __future__ import annotations

from kapplan.cli.casework.standing import see
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.options import command
from kapplan.cli.typed.plans import PlanArgument


@command("tally")
def tally(edge: Edge, plan: PlanArgument) -> None:
    """Print how many visits a plan has.

    Example: kapplan tally river
    """
    edge.write(f"{len(see(edge, plan).visits)} visits")
'''
ROW = '"tally": "see.tally",'
WITH_THE_ROW = f"""
import importlib.util, sys
spec = importlib.util.find_spec("kapplan.cli.app")
text = open(spec.origin, encoding="utf-8").read()
before = '"show": "see.show",'
assert text.count(before) == 1
app = importlib.util.module_from_spec(spec)
sys.modules["kapplan.cli.app"] = app
exec(compile(text.replace(before, before + {ROW!r}), spec.origin, "exec"), app.__dict__)
import kapplan.cli.commands.see
kapplan.cli.commands.see.__path__.append(".")
from kapplan.cli.boundary import run
raise SystemExit(run(sys.argv[1:]))
"""


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the program with the module and the row."""
    command = [sys.executable, "-c", WITH_THE_ROW, *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=environment())


def test_a_new_command_is_run_listed_and_guessed(tmp_path: Path) -> None:
    """Its module and its row are enough: it runs, takes a patient's id, and stands in help and in what a slip meant."""
    folder = with_examples(tmp_path)
    (folder / "tally.py").write_text(TALLY, encoding="utf-8")
    made = run(folder, "plan", "river.toml", "-o", "river.plan.toml", "--today", "2026-12-28")
    assert made.returncode == 0, made.stderr
    told = run(folder, "tally", "river")
    assert (told.returncode, told.stdout) == (0, "24 visits\n"), told.stderr
    assert "tally" in run(folder, "--help").stdout
    assert "kapplan tally river" in run(folder, "tally", "--help").stdout
    slip = run(folder, "taly", "river")
    assert slip.returncode == 2
    assert "'tally'" in slip.stderr
