"""The pages for whoever changes kapplan: what they name is there, and the changelog has its form."""

from __future__ import annotations

import doctest
import re
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from support.plans import sample_plan
from support.reference_pages import pages as reference_pages

import kapplan
from kapplan import __version__
from kapplan.errors import ChangedMeanwhileError
from kapplan.planning.journal.undo import with_entry

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "docs" / "architecture.md", ROOT / "docs" / "contributing.md"]
FLOORS = ("cli", "files", "model", "output", "planning")
NAMES = sorted({
    name
    for page in PAGES
    for name in re.findall(r"`([\w./-]+)`", page.read_text(encoding="utf-8"))
    if name.removeprefix("kapplan/").startswith(tuple(f"{floor}/" for floor in FLOORS))
    and not re.search(r"\b(?:ID|NAME|GROUP)\b", name)
})  # fmt: skip
LINKS = sorted({
    (page.name, target)
    for page in [*PAGES, ROOT / "docs" / "api.md", ROOT / "README.md"]
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
})  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_what_the_pages_name_is_there(name: str) -> None:
    """Every module, function and class that a page names exists under that name."""
    path = ROOT / "kapplan" / name.removeprefix("kapplan/")
    if path.exists() or (path.with_suffix(".py").exists() and "." not in path.name):
        return
    module, _, attribute = name.removeprefix("kapplan/").rpartition(".")
    assert hasattr(import_module(f"kapplan.{module.replace('/', '.')}"), attribute)


@pytest.mark.parametrize(("page", "target"), LINKS)
def test_links_lead_somewhere(page: str, target: str) -> None:
    """A link to another page of this repository finds it."""
    folder = ROOT if page == "README.md" else ROOT / "docs"
    assert (folder / target).exists()


def test_every_setting_has_its_row() -> None:
    """Each variable that the program reads stands on the page of settings, and no other."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "kapplan").rglob("*.py"))
    read = set(re.findall(r"KAPPLAN_[A-Z_]+[A-Z]", source)) - {"KAPPLAN_COMPLETE"}
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`(KAPPLAN_[A-Z_]+)`", page)) == read


def test_the_site_leads_to_every_page() -> None:
    """Each page of the folder has a place in the site's contents, and each place a page."""
    contents = (ROOT / "docs" / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[2]
    placed = re.findall(r"[\w-]+\.md", contents)
    assert len(placed) == len(set(placed))
    assert set(placed) == {path.name for path in (ROOT / "docs").glob("*.md")} | {"index.md", "changelog.md"}


@pytest.mark.parametrize(
    "path", ["tests/support/library_data.py", "tests/support/rule_cases.py", ".ci/check", ".ci/run"]
)
def test_files_that_contributing_sends_to(path: str) -> None:
    """A file that a contributor is sent to is there, and the page names it."""
    assert (ROOT / path).exists()
    assert path in PAGES[1].read_text(encoding="utf-8")


def test_the_changelog_keeps_its_form() -> None:
    """Keep a Changelog: what is to come first, if anything is, then each release with its day, the newest first."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = re.findall(r"(?m)^## (.*)$", text)
    releases = sections[1:] if sections[0] == "[Unreleased]" else sections
    assert releases[0].startswith(f"[{__version__}] - ")
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", release) for release in releases)
    kinds = set(re.findall(r"(?m)^### (.*)$", text))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


@pytest.mark.parametrize("page", ["docs/api.md", "kapplan/__init__.py"])
def test_the_worked_examples_run(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the pages on the public API show is what happens, line by line."""
    monkeypatch.chdir(ROOT)
    failed, tried = doctest.testfile(str(ROOT / page), module_relative=False)
    assert tried > 5
    assert not failed


def test_every_public_name_is_there() -> None:
    """Each name that the package offers leads to something, is listed, and is spoken of in its page."""
    assert set(kapplan.__all__) == {*kapplan._HOMES, "__version__"}
    assert dir(kapplan) == sorted(kapplan.__all__)
    for name in kapplan.__all__:
        assert getattr(kapplan, name)
    with pytest.raises(AttributeError):
        kapplan.no_such_name  # noqa: B018


def test_a_plan_is_never_saved_over_what_it_does_not_follow(tmp_path: Path) -> None:
    """A file with another plan, or with changes that a plan does not have, stays; an older revision gives way."""
    file = tmp_path / "a.plan.toml"
    plan = sample_plan()
    kapplan.save_plan(file, plan)
    record = kapplan.complete(plan, plan.visits[0].id)
    changed = with_entry(plan, record, at=plan.revised, by="a", command="done", text="held")
    other = with_entry(plan, record, at=plan.revised, by="b", command="done", text="held")
    kapplan.save_plan(file, changed)
    for stranger in (plan, other, replace(changed, id="another")):
        before = file.read_bytes()
        with pytest.raises(ChangedMeanwhileError):
            kapplan.save_plan(file, stranger)
        assert file.read_bytes() == before


@pytest.mark.parametrize("path", reference_pages(), ids=lambda path: path.name)
def test_a_reference_page_has_everything_there_is(path: Path, request: pytest.FixtureRequest) -> None:
    """Every key and every command stands on its page as the program has it now."""
    made = reference_pages()[path]
    if request.config.getoption("--update"):
        path.write_text(made, encoding="utf-8")
    assert made == path.read_text(encoding="utf-8")
