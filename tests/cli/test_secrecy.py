"""Nothing private of ten patients is found where it does not belong: outputs, names, logs, requests, errors."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from support.command_line import SECRET, CommandLine
from support.dav_servers import PASSWORD, USER, DavServer, proxied
from support.disk import Disk
from support.every_command import MADE, PLAN, TODAY, Typed, all_typed, furnished, id_of, prepared
from support.misbehaviour import Exchange, Misbehaviour
from support.private_patients import TEN, TREATMENT, Private, found

from kapplan.files.plans.store import load_plan
from kapplan.model.exports import Audience, plan_secret
from kapplan.model.plan import CalendarIdentity, Plan
from kapplan.planning.journal.calendar_identity import calendar_uid, entry_uid

PSEUDONYM = {"river", "river-0412"}
COMMANDS = all_typed()
EVERYBODY = [
    pytest.param(
        number, typed, id=f"{number} {id_of(typed)}", marks=() if number == place % len(TEN) else pytest.mark.thorough
    )
    for place, typed in enumerate(COMMANDS)
    for number in range(len(TEN))
]  # fmt: skip
"""Every command for one of the patients, and for all of them in the long version."""
BESIDE = (".json", ".kapplan-erased", ".outlets", "access.log", ".lock", ".tmp")
"""How the names of files end that lie beside plans and hold nothing of a patient but ids."""
NEUTRAL = (
    ("--format", "ics"), ("--format", "ics", "--for", "patient", "--detail", "neutral"),
    ("--format", "ics", "--method", "publish"), ("--format", "html"), ("--format", "pdf"),
)  # fmt: skip


@cache
def house_of(number: int, folder: Path) -> Path:
    """Return the furnished house of one of the patients, made once."""
    place = folder / f"house-{number}"
    place.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        furnished(place, patch, TEN[number].put)
    return place


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which the houses lie."""
    return tmp_path_factory.mktemp("houses")


def moved_into(number: int, houses: Path, folder: Path, patch: pytest.MonkeyPatch) -> CommandLine:
    """Return the command line of a copy of a patient's house."""
    shutil.copytree(house_of(number, houses), folder, dirs_exist_ok=True)
    return CommandLine(folder, patch)


def asks_for_names(typed: Typed) -> bool:
    """Return whether a command is asked for a patient's name."""
    return "--names" in typed.words or "full" in typed.words


@pytest.mark.parametrize(("number", "typed"), EVERYBODY)
def test_no_command_tells_what_is_private(
    number: int, typed: Typed, houses: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No command prints it, says it, names a file for it, logs it, or keeps it beside the plan."""
    patient = TEN[number]
    line = moved_into(number, houses, tmp_path, monkeypatch)
    prepared(line, typed)
    before = Disk(tmp_path).files()
    ran = line(*typed.words, *TODAY, env={"KAPPLAN_AUDIT": str(tmp_path / "access.log")})
    after = Disk(tmp_path).files()
    shown = tuple(word for word in patient.own if word != patient.name) if asks_for_names(typed) else patient.own
    assert found(shown, ran.out) == set()
    assert found(patient.own, ran.err) == set()
    assert found(patient.told, *after) == set()
    made = {name: data for name, data in after.items() if before.get(name) != data}
    for name, data in made.items():
        if name.endswith(BESIDE) and not name.endswith(".fhir.json"):
            assert found(patient.told, data) == set(), name
        if name.endswith((".ics", ".html")) and typed.words[0] == "export":
            own = PSEUDONYM if name.endswith(".html") else set()
            assert found((*patient.told, *TREATMENT), data) - own == set(), name


@pytest.mark.parametrize("number", range(len(TEN)))
def test_errors_about_a_profile_keep_what_is_private(
    number: int, houses: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However a private value is broken, what reads the profile says its key and its place, not what stands there."""
    patient = TEN[number]
    line = moved_into(number, houses, tmp_path, monkeypatch)
    whole = (tmp_path / "river.toml").read_text(encoding="utf-8")
    commands = (("check", "river.toml"), ("plan", "river.toml"), ("refresh", PLAN), ("suggest", "river.toml"))
    for place, key in enumerate(("name", "birth_date", "email", "other", "notes", "medications", "away")):
        for wrong in (r"\1[[\2]]", r"\1\2 x", r"\1{ a = \2 }", '\\1"""\n\\2'):
            broken = re.sub(rf"(?m)^({key} = )(.*)$", wrong, whole)
            line.write("river.toml", broken)
            ran = line(*commands[(place + number) % len(commands)], *TODAY)
            assert found(patient.told, ran.out, ran.err) == set(), (key, wrong, ran.err)


@pytest.mark.parametrize("number", range(len(TEN)))
def test_neutral_exports_hold_nothing_of_a_patient(
    number: int, houses: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither what is private nor what the treatment is stands in them; the pseudonym stands on handouts alone."""
    patient = TEN[number]
    line = moved_into(number, houses, tmp_path, monkeypatch)
    for place, options in enumerate(NEUTRAL):
        ran = line("export", PLAN, *options, "-o", f"x{place}.{options[1]}", *TODAY)
        if options[1] == "pdf" and "needs the package" in ran.err:
            continue
        data = (tmp_path / f"x{place}.{options[1]}").read_bytes()
        own = PSEUDONYM if options[1] in {"html", "pdf"} else set()
        assert (ran.code, found((*patient.told, *TREATMENT), data) - own) == (0, set()), options


@pytest.mark.parametrize("number", range(len(TEN)))
def test_no_request_tells_what_is_private(
    number: int, houses: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, radicale: DavServer
) -> None:
    """Of all that goes to a server, addresses, headers and bodies, nothing is private, nor says what is treated."""
    patient = TEN[number]
    line = moved_into(number, houses, tmp_path, monkeypatch)
    asked: list[str] = []

    def kept(exchange: Exchange) -> Exchange:
        sent = "\n".join(f"{name}: {value}" for name, value in exchange.sent.items())
        asked.append(f"{exchange.method} {exchange.path}\n{sent}\n{exchange.body.decode()}")
        return exchange

    with proxied(radicale) as proxy:
        proxy.misbehaviour = Misbehaviour(request=kept)
        url = proxy.url(radicale.calendar())
        who = {"KAPPLAN_CALDAV_USER": USER, "KAPPLAN_CALDAV_PASSWORD": PASSWORD}
        for words in (("publish", PLAN, "--to", url), ("sync", PLAN, "--from", url)):
            ran = line(*words, *TODAY, env=who)
            assert ran.code == 0, ran.err
    assert sum("\nBEGIN:VEVENT" in one for one in asked) > 10
    assert found((*patient.told, *TREATMENT, "kapplan"), *asked) == set()


# Guessing back


def guessed(plan: Plan, secrets: tuple[str, ...]) -> set[str]:
    """Return all names of entries that somebody with the source works out of all that a plan says but its secret."""
    audiences: tuple[Audience, ...] = get_args(Audience)
    visits = [visit.id for visit in plan.visits]
    named = {calendar_uid(own, "visit", visit) for own in (plan.id, plan.patient) for visit in visits}
    for secret in secrets:
        known = replace(plan, identity=CalendarIdentity(secret=secret))
        named |= {entry_uid(known, audience, "visit", visit) for audience in audiences for visit in visits}
    return named


def easy_secrets(plan: Plan) -> tuple[str, ...]:
    """Return the secrets that somebody would try: none, and whatever a plan's own words could be made into."""
    seeds = ("", "kapplan", "secret", SECRET[::-1], plan.id, plan.patient, plan.created.isoformat())
    return (*seeds, *(plan_secret(seed, own) for seed in seeds for own in (plan.id, plan.patient)))


def test_nobody_is_guessed_back_from_a_neutral_calendar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The calendars of ten patients with the same dates differ in random names alone, and no one works these out.

    Whoever guesses is given the source, the ten plans without their secrets, and the folder of feeds. Without a secret,
    as in plans of 0.1.0, the guess finds them.
    """
    calendars: dict[str, str] = {}
    for number, patient in enumerate(TEN):
        folder = tmp_path / str(number)
        folder.mkdir()
        line = _planned(folder, monkeypatch, patient, number)
        text = line("export", f"p-{number}", *TODAY).text
        feed = line("export", f"p-{number}", "--feed", "-o", "out/", *TODAY)
        assert feed.code == 0, feed.err
        uids = set(re.findall(r"(?m)^UID:(.*)\r$", text))
        [name] = [path.stem for path in (folder / "out").iterdir()]
        plan = load_plan(folder / f"p-{number}.plan.toml").plan
        assert len(uids) > 10
        assert not uids & guessed(plan, easy_secrets(plan))
        assert not any(str(word) in name for word in (plan.id, plan.patient, number) if len(str(word)) > 1)
        assert guessed(plan, (plan.identity.secret,)) & uids, "who has the secret finds them"
        bare = replace(plan, identity=CalendarIdentity())
        assert guessed(bare, ()) >= {entry_uid(bare, "patient", "visit", visit.id) for visit in plan.visits}
        for uid in uids:
            assert uid not in calendars, "no two patients share a name"
            calendars[uid] = re.sub(r"(?m)^UID:.*\r$", "UID:", text)
    assert len(set(calendars.values())) == 1


def _planned(folder: Path, patch: pytest.MonkeyPatch, patient: Private, number: int) -> CommandLine:
    """Return a folder with the plan of a patient under a pseudonym of their own, its secret left to chance."""
    with pytest.MonkeyPatch.context() as making:
        line = furnished(folder, making, patient.put)
    text = (folder / "river.toml").read_text(encoding="utf-8")
    line.write(f"p-{number}.toml", text.replace("river-0412", f"p-{number}"))
    for name in ("river", "oak"):
        (folder / f"{name}.plan.toml").unlink()
    line = CommandLine(folder, patch)
    ran = line("plan", f"p-{number}.toml", "-o", f"p-{number}.plan.toml", *MADE, env={"KAPPLAN_SECRET": ""})
    assert ran.code == 0, ran.err
    return line


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://anna:hunter2@localhost:none/clinic", "postgresql://anna:hunter2@localhost:1/clinic",
        "postgresql://anna:hunter2@127.0.0.1:1/c?password=hunter2", "nosuch://anna:hunter2@localhost/clinic",
        "postgresql://localhost:1/clinic?user=anna&password=hunter2", "postgresql://anna:hunter2@h@localhost:1/c",
        "postgresql://anna:hunter2/@localhost:1/c?connect_timeout=1", "sqlite://anna:hunter2@localhost/clinic.db",
        "postgresql://anna:p%zhunter2@localhost:1/c", "postgresql://anna@x:hunter2@localhost:1/c",
        "postgresql://anna:hunter2", "postgresql://localhost:1/c?sslmode=require;password=hunter2",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "words",
    [
        "today --book {}", "book check {}", "book init {}", "book check {} {}", "book copy {} other", "book backup {}",
        "plan river.toml -o {} --book other", "plan river.toml --book {}", "plan . -o plans --book {}",
        "export --for clinic --book {}", "show river --book {}", "away --who okafor 1 feb --book {}",
    ],
)  # fmt: skip
def test_the_password_of_a_book_is_never_told(
    kapplan_in: CommandLine, words: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is wrong with the address of a database, what is said of it holds no password."""
    monkeypatch.setenv("KAPPLAN_DEBUG", "1")
    ran = kapplan_in(*(word.format(address) for word in words.split()), *TODAY)
    assert ran.code not in {0, 1} or "Traceback" not in ran.err
    assert "hunter2" not in ran.text + ran.err
