"""What people plausibly write ends in dates or in words at its place, never in a mistake of the program's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.command_line import CommandLine, with_examples

import kapplan
from kapplan.errors import InvalidFileError
from kapplan.files.plans.format import plan_of, text_of
from kapplan.files.plans.store import load_plan
from kapplan.files.toml.sources import SourceFile

TODAY = ("--today", "2026-12-28")


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return a folder with the examples."""
    return CommandLine(with_examples(tmp_path), monkeypatch)


KINDS = (("preparation",), ("dosing",), ("integration", "dosing"), ("check-in", "booster"), ("review",))


@pytest.mark.parametrize(
    ("protocol", "kinds"), [(name, KINDS[n % len(KINDS)]) for n, name in enumerate(kapplan.protocol_ids())]
)
def test_a_patient_in_mid_course_of_any_protocol_is_planned(
    line: CommandLine, protocol: str, kinds: tuple[str, ...]
) -> None:
    """Visits given before need not be the first of the course: what waited for an earlier gate waits no more."""
    given = "".join(f'\n[[given]]\nkind = "{kind}"\non = 2026-12-2{n + 6}\n' for n, kind in enumerate(kinds))
    profile = (line.folder / "river.toml").read_text(encoding="utf-8").replace('route = "im"\n', "")
    line.write("mid.toml", profile + given)
    ran = line("plan", "mid.toml", "--protocol", protocol, *TODAY)
    assert ran.code in {0, 3, 4, 5}, ran.err


@pytest.mark.parametrize("kinds", KINDS)
def test_what_waited_for_a_gate_before_waits_no_more(line: CommandLine, kinds: tuple[str, ...]) -> None:
    """A gate that lies before a visit that was given was passed."""
    given = "".join(f'\n[[given]]\nkind = "{kind}"\non = 2026-12-2{n + 6}\n' for n, kind in enumerate(kinds))
    line.write("mid.toml", (line.folder / "river.toml").read_text(encoding="utf-8") + given)
    ran = line("plan", "mid.toml", *TODAY, "--format", "json")
    assert ran.code == 0, ran.err
    document = json.loads(ran.text)
    ids = {visit["id"] for visit in document["visits"]}
    assert "screening-1" not in ids


@pytest.mark.parametrize("name", ["river.toml", "clinic.toml"])
@pytest.mark.parametrize(
    "lines",
    ['mno = ["x"]', "mno = 3", 'mon = ["8"]\nmno = ["x"]', 'mno = [["x"]]', "mno = { a = 1 }", 'monn = ["8-9"]'],
)
def test_a_misspelt_weekday_with_a_bad_value_is_told(line: CommandLine, name: str, lines: str) -> None:
    """Both mistakes stand at one place, and the nearest weekday is named."""
    text = (line.folder / name).read_text(encoding="utf-8")
    old = 'mon = ["08:00-13:00"]' if name == "river.toml" else 'mon = ["08:00-12:30", "13:00-17:30"]'
    assert old in text
    line.write("bad.toml", text.replace(old, lines))
    ran = line("check", "bad.toml")
    assert ran.code == 3, ran.err
    assert "mon" in ran.err


@pytest.mark.parametrize("length", [3, 19, 60, 2000])
def test_a_chain_of_protocols_has_an_end(line: CommandLine, length: int) -> None:
    """A protocol may extend another that extends another, but not for ever."""
    for number in range(length):
        below = f"p{number + 1}.toml" if number < length - 1 else "kap-standard"
        line.write(f"p{number}.toml", f'id = "p{number}"\nextends = "{below}"\n')
    ran = line("check", "p0.toml")
    assert ran.code == (0 if length < 20 else 3), ran.err
    assert ("a chain of more than" in ran.err) == (length > 20)


WRITING = {
    ("plan", "river.toml", "-o"): ".plan.toml",
    ("plan", "river.toml", "--format", "html", "-o"): ".html",
    ("export", "river.plan.toml", "-o"): ".ics",
    ("new", "--id", "fern-1", "--timezone", "America/Denver"): ".toml",
    ("import", "visits.csv", "-o"): ".toml",
    ("board", "--format", "html", "-o"): ".html",
}  # fmt: skip


@pytest.mark.parametrize("words", WRITING, ids=lambda words: words[0])
def test_no_file_has_the_name_of_a_device(line: CommandLine, words: tuple[str, ...]) -> None:
    """A folder that is shared with Windows holds no file that Windows cannot open, whatever writes it."""
    assert line("plan", "river.toml", "-o", "river.plan.toml", *TODAY).code == 0
    line.write("visits.csv", "visit,day\nScreening,-14\nDosing 1,0\n")
    for device in ("con", "NUL", "Com1", "aux.old", "LPT\xb9"):
        name = device + WRITING[words]
        today = () if words[0] in {"new", "import"} else TODAY
        ran = line(*words, name, *today)
        assert (ran.code, "for a device" in ran.err) == (2, True), ran.err
        assert not (line.folder / name).exists()
    assert line(*words, "console" + WRITING[words], *today).code == 0


REFERENCES = (
    ("[[regimen.timing]]", 'after = "', 'after = "nobody-'),
    ("[[regimen.timing]]", 'visit = "', 'visit = "nobody-'),
)


@pytest.mark.parametrize(("table", "old", "new"), REFERENCES)
def test_a_plan_whose_rules_name_visits_that_it_has_not_is_refused(
    line: CommandLine, table: str, old: str, new: str
) -> None:
    """The name is marked at its place."""
    assert line("plan", "river.toml", "-o", "river.plan.toml", *TODAY).code == 0
    text = (line.folder / "river.plan.toml").read_text(encoding="utf-8")
    start = text.index(table)
    line.write("bad.plan.toml", text[:start] + text[start:].replace(old, new, 1))
    ran = line("show", "bad.plan.toml", *TODAY)
    assert ran.code == 3, ran.err
    assert "nobody-" in ran.err


def test_a_target_outside_its_bounds_is_refused(line: CommandLine) -> None:
    """A rule that contradicts itself is told at its target, and the search never sees it."""
    assert line("plan", "river.toml", "-o", "river.plan.toml", *TODAY).code == 0
    plan = load_plan(line.folder / "river.plan.toml").plan
    text = text_of(plan)
    assert "\nmin = 2\n" in text
    with pytest.raises(InvalidFileError, match="not within its bounds"):
        plan_of(SourceFile.of_text(text.replace("\nmin = 2\n", "\nmin = 200\n")))


DAMAGE = (
    "", "{", "[]", "3", "null", '"x"', "{}", '{"patch": 3}', '{"patch": []}', '{"patch": {"visits": 3}}',
    '{"patch": {"visits": {"#": 3}}}', '{"patch": {"visits": {"#": {"screening-1": {"status": {"=": 7}}}}}}',
    '{"patch": {"visits": {"@": {"0": {"start": {"=": "x"}}}}}}', '{"patch": {"visits": {"~": [1]}}}',
    '{"patch": {"visits": {"~": ["a", "b", "c"]}}}', '{"patch": {"nobody": {"=": 1}}}',
    '{"patch": {"visits": {"=": null}}}', '{"patch": {"timezone": {"=": "Nowhere/At_All"}}}',
    '{"patch": {"id": {"-": 0}}}', '{"patch": {"scores": {"=": [{"on": 3}]}}}', '{"steps": "x", "patch": {}}',
)  # fmt: skip


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the text of a plan with two changes, the last of them with a patch that is known."""
    folder = with_examples(tmp_path_factory.mktemp("done"))
    with pytest.MonkeyPatch.context() as patch:
        line = CommandLine(folder, patch)
        assert line("plan", "river.toml", "-o", "river.plan.toml", *TODAY).code == 0
        assert line("score", "river.plan.toml", "phq9=12", *TODAY).code == 0
        assert line("undo", "river.plan.toml", *TODAY).code == 0
    return (folder / "river.plan.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("undo", DAMAGE)
def test_a_damaged_history_loses_undo_and_never_the_plan(line: CommandLine, done: str, undo: str) -> None:
    """Whatever stands in place of a patch, the plan is shown and records are saved; undo says what is damaged."""
    start = done.rindex("undo = ")
    end = done.index("\n", start)
    line.write("river.plan.toml", done[:start] + f"undo = {json.dumps(undo)}" + done[end:])
    before = load_plan(line.folder / "river.plan.toml")
    for words in (
        ("undo", "river.plan.toml"),
        ("redo", "river.plan.toml"),
        ("show", "river.plan.toml", "--as-of", "1"),
    ):
        ran = line(*words, *TODAY)
        assert ran.code in {0, 2, 3}, (words, ran.err)
        load_plan(line.folder / "river.plan.toml")
        if ran.code == 0 and words[0] != "show":
            (line.folder / "river.plan.toml").write_bytes(before.source.data)
    assert line("show", "river.plan.toml", *TODAY).code == 0
    assert line("score", "river.plan.toml", "phq9=3", *TODAY).code == 0
    assert load_plan(line.folder / "river.plan.toml").plan.scores
