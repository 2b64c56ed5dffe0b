"""A stored plan is whole at every moment, and never loses what somebody else wrote."""

from __future__ import annotations

import dataclasses
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from support.plans import sample_plan

from kapplan.errors import ChangedMeanwhileError, InvalidFileError, MachineError, UsageError
from kapplan.files.plans import store as plans
from kapplan.files.plans.atomic import PREVIOUS
from kapplan.files.plans.locks import FileLock
from kapplan.files.plans.store import StoredPlan, find_plan, load_plan, new_plan_file, replace_plan
from kapplan.model.plan import Plan

OLD = sample_plan()
NEW = dataclasses.replace(OLD, revision=OLD.revision + 1)


@pytest.fixture
def stored(tmp_path: Path) -> StoredPlan:
    """Return a plan that has just been written."""
    return new_plan_file(tmp_path / "river.plan.toml", OLD)


def _plan_in(stored: StoredPlan) -> Plan:
    assert stored.path is not None
    return load_plan(stored.path).plan


def _names(stored: StoredPlan) -> list[str]:
    assert stored.path is not None
    return sorted(path.name for path in stored.path.parent.iterdir() if path.suffix != PREVIOUS)


def test_what_is_written_is_read(stored: StoredPlan) -> None:
    """A new plan file holds the plan, and nothing else is left in its folder."""
    assert stored.path is not None
    read = load_plan(stored.path)
    assert (read.plan, read.digest, read.path) == (OLD, stored.digest, stored.path)
    assert _names(stored) == ["river.plan.toml"]


def test_a_plan_is_replaced_again_and_again(stored: StoredPlan) -> None:
    """What replacing returns can be replaced in turn."""
    newer = replace_plan(stored, NEW)
    newest = replace_plan(newer, OLD)
    assert _plan_in(newest) == OLD
    assert _names(stored) == ["river.plan.toml"]


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such mode")
def test_only_its_owner_may_read_a_plan_until_its_owner_says_otherwise(stored: StoredPlan) -> None:
    """A plan holds a patient's data: its mode is 0600; one that was opened to a group stays so when it is written."""
    assert stored.path is not None
    assert stat.S_IMODE(stored.path.stat().st_mode) == 0o600
    stored.path.chmod(0o640)
    replace_plan(stored, NEW)
    assert stat.S_IMODE(stored.path.stat().st_mode) == 0o640


def test_a_new_plan_never_overwrites(stored: StoredPlan) -> None:
    """Where a file, or even a broken link, has the name already, nothing is written."""
    assert stored.path is not None
    with pytest.raises(UsageError, match="never overwritten"):
        new_plan_file(stored.path, NEW)
    assert _plan_in(stored) == OLD
    assert _names(stored) == ["river.plan.toml"]


def test_a_plan_that_could_not_be_read_again_is_never_written(stored: StoredPlan, tmp_path: Path) -> None:
    """Whatever mistake the program makes, the plan that lies there stays, and stays readable."""
    path = tmp_path / "sage.plan.toml"
    first = next(visit for visit in stored.plan.visits if visit.open)
    broken = dataclasses.replace(stored.plan, visits=(*stored.plan.visits, dataclasses.replace(first, id="dosing-99")))
    with pytest.raises(RuntimeError, match="could not be read again: `dosing-99` is open"):
        replace_plan(stored, broken)
    with pytest.raises(RuntimeError, match="dosing-99"):
        new_plan_file(path, broken)
    assert not path.exists()
    assert load_plan(stored.path or "").plan == stored.plan


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Folders are not made up."""
    with pytest.raises(UsageError, match="there is no folder"):
        new_plan_file(tmp_path / "nowhere" / "x.plan.toml", OLD)


@pytest.mark.skipif(os.name != "posix", reason="links need rights on other systems")
def test_a_link_to_a_plan_stays_a_link(stored: StoredPlan) -> None:
    """Replacing through a link changes the file that it leads to."""
    assert stored.path is not None
    link = stored.path.with_name("link.plan.toml")
    link.symlink_to(stored.path)
    replace_plan(load_plan(link), NEW)
    assert link.is_symlink()
    assert _plan_in(stored) == NEW


def test_a_plan_that_somebody_else_changed_is_left_alone(stored: StoredPlan) -> None:
    """Of two who read the same plan the second to write is told, with exit code 6, and nothing is lost."""
    assert stored.path is not None
    other = load_plan(stored.path)
    replace_plan(stored, NEW)
    with pytest.raises(ChangedMeanwhileError, match="changed by someone else") as caught:
        replace_plan(other, dataclasses.replace(OLD, revision=99))
    assert caught.value.exit_code == 6
    assert _plan_in(stored) == NEW


def test_a_plan_that_was_removed_is_not_brought_back(stored: StoredPlan) -> None:
    """Who removed the file changed it, too."""
    assert stored.path is not None
    stored.path.unlink()
    with pytest.raises(ChangedMeanwhileError):
        replace_plan(stored, NEW)
    assert not stored.path.exists()


def test_of_many_writers_at_once_one_wins(stored: StoredPlan) -> None:
    """Eight threads replace the same reading: one succeeds, seven are told, and the file is the winner's."""
    outcomes: list[int | str] = []

    def write(revision: int) -> None:
        try:
            replace_plan(stored, dataclasses.replace(OLD, revision=revision))
            outcomes.append(revision)
        except ChangedMeanwhileError:
            outcomes.append("told")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(100, 108)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = [outcome for outcome in outcomes if outcome != "told"]
    assert len(outcomes) == 8
    assert [_plan_in(stored).revision] == winners


def test_of_many_creators_at_once_one_wins(tmp_path: Path) -> None:
    """Two commands that make the same new file do not write over one another."""
    outcomes: list[bool] = []

    def create() -> None:
        try:
            new_plan_file(tmp_path / "x.plan.toml", OLD)
            outcomes.append(True)
        except UsageError:
            outcomes.append(False)

    threads = [threading.Thread(target=create) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False] * 5 + [True]


@pytest.mark.parametrize("step", ["fsync", "fdopen", "open"])
def test_a_full_disk_leaves_the_old_plan_whole(stored: StoredPlan, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """Whichever step fails, the old plan stays, the error names the file, and no temporary file is left."""

    def fail(*_args: object, **_kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as context:
        context.setattr(os, step, fail)
        with pytest.raises(MachineError, match="No space left"):
            replace_plan(stored, NEW)
    assert _plan_in(stored) == OLD
    assert [name for name in _names(stored) if not name.startswith(".")] == ["river.plan.toml"]


def test_a_failing_rename_leaves_the_old_plan_whole(stored: StoredPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system refuses the last step, nothing has changed and nothing is left behind."""

    def fail(*_args: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as context:
        context.setattr(Path, "replace", fail)
        with pytest.raises(MachineError, match="nothing was changed"):
            replace_plan(stored, NEW)
    assert _plan_in(stored) == OLD
    assert _names(stored) == ["river.plan.toml"]


@pytest.mark.parametrize("step", ["before", "after"])
def test_ctrl_c_leaves_one_plan_whole(stored: StoredPlan, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """Interrupted before the rename the file holds the old plan, after it the new one; the lock is gone either way."""
    replace = Path.replace

    def interrupted(path: Path, target: Path) -> None:
        if step == "after":
            replace(path, target)
        raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr(Path, "replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            replace_plan(stored, NEW)
    assert _plan_in(stored) == (NEW if step == "after" else OLD)
    assert _names(stored) == ["river.plan.toml"]


KILLED = """
import dataclasses, os, sys
from pathlib import Path
from kapplan.files.plans import store as plans
stored = plans.load_plan(sys.argv[1])
step, replace = sys.argv[2], Path.replace
def die(*arguments):
    if step == "after":
        replace(*arguments)
    os._exit(9)
if step == "written":
    plans.FileLock.__enter__ = die
Path.replace = die
plans.replace_plan(stored, dataclasses.replace(stored.plan, revision=stored.plan.revision + 1))
"""


@pytest.mark.parametrize(("step", "expected"), [("written", OLD), ("before", OLD), ("after", NEW)])
def test_a_killed_program_leaves_one_plan_whole(
    stored: StoredPlan, monkeypatch: pytest.MonkeyPatch, step: str, expected: Plan
) -> None:
    """Killed at any step, the file holds the old plan or the new one, and can be written again afterwards."""
    monkeypatch.setattr(plans, "FileLock", lambda path: FileLock(path, lease=0.1))
    done = subprocess.run([sys.executable, "-c", KILLED, str(stored.path), step], check=False)
    assert done.returncode == 9
    assert _plan_in(stored) == expected
    assert stored.path is not None
    replace_plan(load_plan(stored.path), dataclasses.replace(OLD, revision=7))
    assert _plan_in(stored).revision == 7


def test_a_plan_from_a_pipe_cannot_be_replaced() -> None:
    """What came through standard input has no file to go back to."""
    with pytest.raises(UsageError, match="standard input"):
        replace_plan(StoredPlan(plan=OLD, digest="", path=None, source=None), NEW)  # type: ignore[arg-type]


def test_text_that_no_file_can_hold_does_not_stop_a_record(tmp_path: Path) -> None:
    """Half of a surrogate pair, as a terminal with a broken encoding may send, becomes a question mark."""
    entry = dataclasses.replace(OLD.history[0], why="a\udce9b") if OLD.history else None
    plan = dataclasses.replace(OLD, name="Ren\udce9", history=(entry,) if entry else ())
    assert _plan_in(new_plan_file(tmp_path / "x.plan.toml", plan)).name == "Ren?"


def test_a_plan_file_that_holds_a_profile_is_refused(tmp_path: Path) -> None:
    """A file that is no plan is named as such, in one sentence."""
    path = tmp_path / "x.plan.toml"
    path.write_text('[patient]\nid = "x"\n', encoding="utf-8")
    with pytest.raises(InvalidFileError, match="no plan file"):
        load_plan(path)


class TestFindPlan:
    """PLAN on the command line: a path, ``-``, or the start of a file's name."""

    @pytest.fixture
    def folders(self, tmp_path: Path) -> tuple[Path, Path]:
        """Return two folders with plans and other files."""
        here, there = tmp_path / "here", tmp_path / "there"
        for folder, names in ((here, ["river", "river-2", "sage"]), (there, ["ember", "sandstone"])):
            folder.mkdir()
            for name in names:
                (folder / f"{name}.plan.toml").write_text("", encoding="utf-8")
            (folder / "emberglow.toml").write_text("", encoding="utf-8")
        return here, there

    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("em", "ember"),
            ("sag", "sage"),
            ("river", "river"),
            ("river-", "river-2"),
            ("river.plan.toml", "river"),
            ("sand", "sandstone"),
        ],
    )
    def test_a_beginning_that_only_one_plan_has_is_enough(
        self, folders: tuple[Path, Path], text: str, name: str
    ) -> None:
        """Both folders are looked through; a whole name counts more than a beginning."""
        assert find_plan(text, folders).name == f"{name}.plan.toml"

    def test_an_ambiguous_beginning_lists_what_fits(self, folders: tuple[Path, Path]) -> None:
        """Every candidate is named, in alphabetical order."""
        with pytest.raises(UsageError, match=r"sa could be any of .*sage\.plan\.toml, .*sandstone\.plan\.toml"):
            find_plan("sa", folders)

    def test_an_unknown_beginning_names_the_nearest(self, folders: tuple[Path, Path]) -> None:
        """A slip of the pen is answered with the name that was meant."""
        with pytest.raises(UsageError, match="there is no plan embre") as caught:
            find_plan("embre", folders)
        assert caught.value.hint == "did you mean ember?"

    @pytest.mark.parametrize("text", ["", "\0", "x" * 5000])
    def test_nonsense_is_answered_in_words(self, folders: tuple[Path, Path], text: str) -> None:
        """Names that no file can have are not there."""
        with pytest.raises(UsageError):
            find_plan(text and f"{text}/", (*folders, Path("nowhere")))

    def test_a_path_and_a_dash_are_taken_as_they_are(self, folders: tuple[Path, Path]) -> None:
        """A path to any file is taken, whatever its name; ``-`` is standard input."""
        path = folders[0] / "emberglow.toml"
        assert find_plan(str(path), ()) == path
        assert find_plan("-", ()) == Path("-")

    def test_the_same_folder_named_twice_holds_a_plan_once(self, folders: tuple[Path, Path]) -> None:
        """The current folder may also be the folder of all plans."""
        here = folders[0]
        assert find_plan("sage", (here, here / "..", here / ".." / here.name)).name == "sage.plan.toml"
