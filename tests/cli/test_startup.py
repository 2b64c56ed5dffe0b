"""What a command does not load: everything that it does not need, since loading is most of what people wait for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.plans import sample_plan
from support.work import threshold

from kapplan.cli.batch.engine import Hands, in_order
from kapplan.files.book.opening import make_book
from kapplan.files.plans.store import new_plan_file

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
COUNT_MODULES = """\
import sys
from kapplan.cli.boundary import run
code = run(sys.argv[1:])
sys.stdout.flush()
sys.stderr.write("\\n" + " ".join(sys.modules))
sys.exit(code)
"""

OTHERS_WORK = {"icalendar", "tomli_w", "jinja2", "multiprocessing", "numpy", "ortools", "unittest"}
"""Packages that no command loads which neither reads nor writes calendars or files."""

PLANNING = {
    "dateutil",
    "holidays",
    "kapplan.model.clinic",
    "kapplan.model.profile",
    "kapplan.model.protocol",
    "kapplan.model.rules",
    "kapplan.planning.schedule.course",
    "kapplan.planning.solver.optimum",
    "kapplan.planning.rules.screening",
}
EXTRAS = {
    "sqlalchemy", "psycopg", "highspy", "distributed", "dask", "caldav", "openpyxl", "weasyprint", "babel",
    "questionary", "numpy", "ortools", "keyring",
}  # fmt: skip
"""What the extras install, and what comes with that."""

MISTAKES = {"kapplan.files.toml.stand_ins", "kapplan.files.toml.messages", "kapplan.files.toml.places"}
"""What is needed only where a file is wrong."""

DEAD_END = {
    "kapplan.planning.infeasibility.relaxations",
    "kapplan.planning.infeasibility.phrases",
    "kapplan.planning.infeasibility.minimal_conflict",
    "kapplan.planning.infeasibility.repairs",
}
"""What is needed only where there is no plan."""


def loaded(*words: str) -> set[str]:
    """Return the modules that a process holds after a command."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run(
        [sys.executable, "-c", COUNT_MODULES, *words], capture_output=True, text=True, check=False, env=env
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines()[-1].split())


@pytest.fixture(scope="module")
def plan_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the path of a plan."""
    path = tmp_path_factory.mktemp("plans") / "sample.plan.toml"
    new_plan_file(path, sample_plan())
    return str(path)


def test_the_version_loads_next_to_nothing() -> None:
    """``--version`` reads no file, validates nothing and draws nothing."""
    modules = loaded("--version")
    unneeded = {"hashlib", "pydantic", "rich", "tomllib", "kapplan.model.plan"} | PLANNING | MISTAKES | OTHERS_WORK
    assert modules & unneeded == set()


@pytest.mark.parametrize("words", [("show", "--format", "table"), ("show", "--format", "plain"), ("why",)])
def test_showing_loads_nothing_to_plan_with(plan_file: str, words: tuple[str, ...]) -> None:
    """``show`` and ``why`` read a plan without what makes one, and without what only mistakes need."""
    command, *options = words
    assert loaded(command, plan_file, *options) & (PLANNING | MISTAKES | DEAD_END | OTHERS_WORK) == set()


@pytest.mark.parametrize("words", [("show", "--format", "plain"), ("show", "--view", "month"), ("why",), ("today",)])
def test_plain_words_load_no_reader_of_types(plan_file: str, words: tuple[str, ...]) -> None:
    """Where plain words are typed, what Typer reads them with is not there."""
    command, *options = words
    assert "pydantic" not in loaded(command, plan_file, *options)


def test_planning_loads_no_reader_of_types(tmp_path: Path) -> None:
    """``plan`` reads its files by the model's own annotations, its paths as they were typed, and no package's mails."""
    words = ("plan", str(EXAMPLES / "river.toml"), "--clinic", str(EXAMPLES / "clinic.toml"), "--today", "2026-12-15")
    modules = loaded(*words, "-o", str(tmp_path / "river.plan.toml"))
    assert "holidays" in modules
    assert modules & {"pydantic", "importlib.metadata", "email"} == set()


def test_plain_text_loads_nothing_to_draw_with(plan_file: str) -> None:
    """Where nothing is drawn, Rich is not there."""
    assert "rich" not in loaded("show", plan_file, "--format", "plain")


def test_planning_loads_no_dead_ends() -> None:
    """``plan`` loads neither what explains mistakes nor what explains that there is no plan."""
    modules = loaded("plan", str(EXAMPLES / "river.toml"), "--today", "2026-12-15", "--format", "plain")
    assert modules & (MISTAKES | DEAD_END | {"icalendar", "jinja2", "rich"}) == set()
    assert "kapplan.planning.solver.optimum" in modules


def test_looking_at_a_book_in_sqlite_needs_no_other_package(tmp_path: Path) -> None:
    """Who plans around a book in SQLite, or lists it, loads nothing that an extra installs: only who writes does."""
    book, now = f"sqlite:///{tmp_path / 'clinic.db'}", ("--today", "2026-12-15")
    make_book(book).add("sample", sample_plan(), {})
    clinic = ("--clinic", str(EXAMPLES / "clinic.toml"))
    commands = (
        ("plan", str(EXAMPLES / "sage.toml"), *clinic, "--book", book, *now),
        ("show", "sample", "--book", book, *now),
        ("today", "--book", book, *now),
        ("board", *clinic, "--book", book, *now),
    )
    for words in commands:
        assert loaded(*words) & EXTRAS == set(), words


def test_a_book_in_a_folder_needs_no_other_package(tmp_path: Path) -> None:
    """Around a book in a folder ``plan``, ``show``, ``done`` and ``today`` load nothing that an extra installs."""
    now, book = ("--today", "2026-12-15"), str(tmp_path / "river.plan.toml")
    clinic = ("--clinic", str(EXAMPLES / "clinic.toml"))
    for words in (
        ("plan", str(EXAMPLES / "river.toml"), *clinic, "-o", book, *now),
        ("plan", str(EXAMPLES / "sage.toml"), *clinic, "--book", str(tmp_path), *now),
        ("show", book, *now),
        ("done", book, "screening-1", "--today", "2027-01-31"),
        ("today", "--book", str(tmp_path), *now),
    ):
        assert loaded(*words) & EXTRAS == set(), words


def test_nobody_looks_for_cycles_before_there_are_many_objects() -> None:
    """Neither while a command runs nor as its process ends, and in the processes that help with a batch no sooner."""
    told = "import atexit, gc; atexit.register(lambda: print(gc.get_threshold()[0], gc.get_freeze_count() > 1000));"
    code = f"{told} from kapplan.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code, "--version"], capture_output=True, text=True, check=True)
    seldom, is_frozen = done.stdout.splitlines()[-1].split()
    assert is_frozen == "True"
    assert {found for _, found in in_order(threshold, range(4), Hands(jobs=2))} == {int(seldom)}
    assert int(seldom) > 100_000
