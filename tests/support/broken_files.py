"""Files with mistakes, one kind of mistake each: what they hold, and where and what the message must say."""

from __future__ import annotations

from typing import NamedTuple

from kapplan.files.documents.kinds import FileKind

BOM = b"\xef\xbb\xbf"

PROFILE = """\
[patient]
id = "river-0412"
timezone = "America/Denver"

[treatment]
protocol = "kap-standard"
"""
"""A profile without mistakes, six lines long, to which others add theirs."""

CLINIC = """\
[clinic]
timezone = "America/Denver"
"""

PHASE = """\
[[phases]]
id = "course"
[[phases.series]]
visit = "dosing"
count = 2
"""

PROTOCOL = f"""\
id = "house"
title = "House course"
version = "1"
drug = "ketamine"
off_label = true
[sources.us]
cite = "We"
mark = "D"
[visits.dosing]
minutes.administer = 60
[visits.review]
minutes.administer = 60
{PHASE}"""
"""A protocol without mistakes, seventeen lines long."""


class Mistake(NamedTuple):
    """Where a message points and words that it must hold, in any of its parts."""

    line: int | None
    column: int | None
    words: tuple[str, ...]


class Broken(NamedTuple):
    """A broken file: its name, what it should be, its bytes, and its mistakes in order."""

    name: str
    kind: FileKind
    data: bytes
    mistakes: tuple[Mistake, ...]


def _broken(name: str, kind: FileKind, text: str | bytes, *mistakes: tuple[int | None, int | None, str]) -> Broken:
    """Return one entry; the words of a mistake are separated by ``|``."""
    data = text if isinstance(text, bytes) else text.encode()
    return Broken(name, kind, data, tuple(Mistake(line, column, tuple(w.split("|"))) for line, column, w in mistakes))


UNREADABLE = (
    _broken("empty", "profile", "", (1, 1, "the file is empty")),
    _broken("blank", "profile", " \n\t\n", (1, 1, "the file is empty")),
    _broken("only-bom", "profile", BOM, (1, 1, "the file is empty")),
    _broken("utf-16", "profile", PROFILE.encode("utf-16"), (1, 1, "UTF-16|UTF-8")),
    _broken("utf-16-be", "profile", b"\xfe\xff" + PROFILE.encode("utf-16-be"), (1, 1, "UTF-16")),
    _broken("utf-32", "profile", PROFILE.encode("utf-32-be"), (1, 1, "NUL")),
    _broken("latin-1", "profile", '[patient]\nname = "René"\n'.encode("latin-1"), (2, 12, "0xE9|UTF-8")),
    _broken("cut-character", "profile", BOM + b"[patient]\nid = '\xe2\x82", (2, 7, "0xE2")),
    _broken("overlong", "profile", b"a = '\xc0\xaf'", (1, 6, "0xC0")),
    _broken("surrogate", "profile", b"a = '\xed\xa0\x80'", (1, 6, "0xED")),
    _broken("binary", "profile", b"\x7fELF\x02\x01\x00\x00\x00", (1, 1, "NUL")),
    _broken("huge", "profile", b"#" * (2 * 1024 * 1024 + 1), (1, 1, "larger than 2 MiB")),
    _broken("deep-lists", "profile", "x = " + "[" * 20000, (1, 1, "too deeply")),
    _broken("deep-tables", "profile", "x = " + "{a=" * 20000, (1, 1, "too deeply")),
    _broken("long-key", "profile", "a = 1\n" + "a." * 200000 + "b = 1", (2, 1, "more than 100 parts")),
    _broken("big-number", "profile", "x = " + "9" * 5000, (1, None, "digits")),
)

SYNTAX = (
    _broken("no-equals", "profile", "[patient]\nid\n", (2, 3, "not valid TOML|key = value")),
    _broken("no-value", "profile", "[patient]\nid =\n", (2, 5, "not valid TOML|text in quotes")),
    _broken("no-quotes", "profile", "[patient]\nid = river\n", (2, 6, "not valid TOML|text in quotes")),
    _broken("open-quote", "profile", '[patient]\nid = "river\n', (2, 12, "not valid TOML|quote")),
    _broken("open-text", "profile", '[patient]\nid = """river\n', (2, None, "not valid TOML|closing quotes")),
    _broken("open-table", "profile", "[patient\nid = 'x'\n", (1, 9, "not valid TOML|]")),
    _broken("open-list", "profile", "x = [1, 2\n", (1, None, "not valid TOML|array")),
    _broken("twice", "profile", "[patient]\nid = 'x'\nid = 'y'\n", (3, 9, "not valid TOML|each key once")),
    _broken("table-twice", "profile", "[patient]\n[patient]\n", (2, 9, "not valid TOML|each table once")),
    _broken("bad-escape", "profile", '[patient]\nid = "a\\z"\n', (2, None, "not valid TOML|escape")),
    _broken("bad-date", "profile", "[patient]\nbirth_date = 2027-02-30\n", (2, 14, "not valid TOML|date")),
    _broken("thirteenth-month", "profile", "[patient]\nbirth_date = 2027-13-01\n", (2, None, "not valid TOML")),
    _broken("us-date", "profile", "[patient]\nbirth_date = 1/2/1987\n", (2, None, "not valid TOML")),
    _broken("leading-zero", "profile", "[treatment]\ndoses = 06\n", (2, None, "not valid TOML")),
    _broken("curly-quotes", "profile", "[patient]\nid = “river”\n", (2, 6, "not valid TOML")),
    _broken("yaml", "profile", "patient:\n  id: river\n", (1, 8, "not valid TOML")),
    _broken("json", "profile", '{"patient": {"id": "river"}}', (1, 1, "not valid TOML")),
    _broken("lone-return", "profile", "[patient]\rid = 'x'\n", (1, None, "not valid TOML")),
)

KEYS = (
    _broken("no-patient", "profile", "[treatment]\n", (1, 1, "[patient] is missing")),
    _broken("no-id", "profile", "[patient]\n[treatment]\n", (1, 2, "`patient.id` is missing|river-0412")),
    _broken("misspelt-key", "profile", PROFILE + "strat = 2027-01-04\n", (7, 1, "unknown key `strat`|start")),
    _broken("misspelt-table", "profile", PROFILE + "[histroy]\n", (7, 2, "unknown key `histroy`|history")),
    _broken("wrong-table", "profile", PROFILE + "gad7 = 3\n", (7, 1, "unknown key `gad7`|symptoms.gad7")),
    _broken("quoted-key", "profile", PROFILE + '"a b" = 3\n', (7, 1, "unknown key `a b`")),
    _broken("dotted-key", "profile", PROFILE + "[symptoms]\nx.y = 1\n", (8, 1, "unknown key `x`")),
    _broken(
        "key-in-braces",
        "profile",
        PROFILE + '[history]\nmedications = [{ name = "lorazepam", mg = 2.0 }]\n',
        (8, 38, "unknown key `mg`|daily_mg"),
    ),
    _broken(
        "name-missing-in-list",
        "profile",
        PROFILE + "[history]\nmedications = [{ daily_mg = 2.0 }]\n",
        (8, 16, "`history.medications.name` is missing"),
    ),
    _broken("weekday", "profile", PROFILE + "[travel]\nescort_hours = { thur = [] }\n", (8, 18, "`thur`|thu")),
    _broken("clinic-at-top", "clinic", 'name = "Aspen"\n', (1, 1, "unknown key `name`|clinic.name")),
    _broken("clinic-key", "clinic", CLINIC + 'hollidays = "US"\n', (3, 1, "unknown key `hollidays`|holidays")),
    _broken("room-key", "clinic", CLINIC + '[[clinic.rooms]]\nid = "a"\nkind = []\n', (5, 1, "`kind`|kinds")),
    _broken("protocol-key", "protocol", PROTOCOL + "gap = { mim = 2, max = 9 }\n", (18, 9, "unknown key `mim`|min")),
    _broken("not-a-profile", "profile", PROTOCOL, (4, 1, "this is a protocol, not a profile")),
    _broken("not-a-protocol", "protocol", PROFILE, (1, 2, "this is a profile, not a protocol")),
    _broken("not-a-clinic", "clinic", PROFILE, (1, 2, "this is a profile, not a clinic")),
)

TYPES = (
    _broken("text-for-number", "profile", PROFILE + 'doses = "6"\n', (7, 9, "whole number|6 (without quotes)")),
    _broken("fraction", "profile", PROFILE + "doses = 6.0\n", (7, 9, "whole number|6.0")),
    _broken("truth-for-number", "profile", PROFILE + "doses = true\n", (7, 9, "whole number|true")),
    _broken("negative", "profile", PROFILE + "start_within = -1\n", (7, 16, "`start_within`|0 or more|-1")),
    _broken("text-for-day", "profile", PROFILE + 'start = "2027-01-04"\n', (7, 9, "a day|without quotes")),
    _broken("moment-for-day", "profile", PROFILE + "start = 2027-01-04T09:00:00\n", (7, 9, "a day|T09:00")),
    _broken("time-for-day", "profile", PROFILE + "start = 09:00:00\n", (7, 9, "a day|09:00")),
    _broken("number-for-text", "profile", PROFILE + "therapist = 3\n", (7, 13, "text in quotes|3")),
    _broken("text-for-truth", "profile", PROFILE + '[history]\nveteran = "yes"\n', (8, 11, "true or false")),
    _broken("text-for-list", "profile", PROFILE + '[history]\ndiagnoses = "trd"\n', (8, 13, "a list")),
    _broken("list-for-table", "profile", PROFILE + "[[goals]]\n", (7, 3, "a table")),
    _broken("table-for-list", "profile", PROFILE + "[given]\n", (7, 2, "a list")),
    _broken("score-too-high", "profile", PROFILE + "[symptoms]\nphq9 = 28\n", (8, 8, "from 0 to 27")),
    _broken("not-a-number", "profile", PROFILE + "[travel]\ndistance_miles = nan\n", (8, 18, "a number|nan")),
    _broken("infinite", "profile", PROFILE + "[travel]\ndistance_miles = inf\n", (8, 18, "a number|inf")),
    _broken("route", "profile", PROFILE + 'route = "imm"\n', (7, 9, '`route` cannot be "imm"|nasal|im')),
    _broken("diagnosis", "profile", PROFILE + '[history]\ndiagnoses = ["tdr"]\n', (8, 14, "trd|item 1")),
    _broken("hours", "profile", PROFILE + '[availability]\nmon = ["9-13"]\n', (8, 8, 'look like "09:00-13:00"')),
    _broken("hours-backwards", "profile", PROFILE + '[availability]\nmon = ["13:00-09:00"]\n', (8, 8, "end after")),
    _broken("zone", "clinic", '[clinic]\ntimezone = "America/Denvr"\n', (2, 12, "time zone|America/Denver")),
    _broken("pseudonym", "profile", '[patient]\nid = "River A."\n[treatment]\n', (2, 6, "`id`|river-0412")),
    _broken("pressure", "profile", PROFILE + '[symptoms]\nbp = "128"\n', (8, 6, "128/82")),
    _broken("time-of-day", "profile", PROFILE + '[availability]\nprefer = { time = "9" }\n', (8, 19, "morning")),
    _broken("long-ago", "profile", PROFILE + "start = 0001-01-01\n", (7, 9, "`start`|1900")),
    _broken("far-ahead", "profile", PROFILE + "start = 9999-12-31\n", (7, 9, "`start`|2199")),
    _broken(
        "too-many-days",
        "profile",
        PROFILE + "start_within = 99999999999\n",
        (7, 16, "too large a number|1000000 at most"),
    ),
    _broken("pair-of-three", "protocol", PROTOCOL + "gap = { target = [1, 2, 3] }\n", (18, 18, "a list of 2")),
    _broken("word-for-week", "protocol", PROTOCOL + 'weeks = { until = "end" }\n', (18, 19, "maintenance|end")),
)

_FAR_WEEK = ((17, 18, "`from` is too large|3660"), (17, 32, "`until` is too large"))

CONTRADICTIONS = (
    _broken(
        "away-backwards",
        "profile",
        PROFILE + "[availability]\naway = [{ from = 2027-02-14, until = 2027-02-10 }]\n",
        (8, 38, "`until` lies before `from`|2027-02-14"),
    ),
    _broken(
        "away-half-offset",
        "profile",
        PROFILE + "[availability]\naway = [{ from = 2027-02-14T09:00:00, until = 2027-02-14T10:00:00Z }]\n",
        (8, 47, "offset"),
    ),
    _broken(
        "hours-overlap",
        "profile",
        PROFILE + '[availability]\nmon = ["09:00-13:00", "12:00-15:00"]\n',
        (8, 23, "overlap"),
    ),
    _broken(
        "hours-unordered",
        "clinic",
        CLINIC + 'hours = { mon = ["13:00-15:00", "09:00-12:00"] }\n',
        (3, 33, "order of the day"),
    ),
    _broken("never-open", "clinic", CLINIC + "hours = {}\n", (3, 9, "never open")),
    _broken("never-there", "profile", PROFILE + "[availability]\nmon = []\n", (7, 2, "never available")),
    _broken(
        "day-of-both-kinds",
        "profile",
        PROFILE + '[availability]\nprefer = { days = ["wed"] }\navoid = { days = ["mon", "wed"] }\n',
        (9, 26, "both preferred and to be avoided"),
    ),
    _broken(
        "dose-before-start",
        "profile",
        PROFILE + "start = 2027-01-04\nfirst_dose = 2027-01-03\n",
        (8, 14, "before the start|2027-01-04"),
    ),
    _broken(
        "born-late",
        "profile",
        '[patient]\nid = "x"\nbirth_date = 2027-03-14\n[treatment]\nstart = 2027-01-04\n',
        (3, 14, "birth date|2027-01-04"),
    ),
    _broken("item-over-total", "profile", PROFILE + "[symptoms]\nphq9 = 1\nphq9_item9 = 2\n", (9, 14, "item 9")),
    _broken("pressure-swapped", "profile", PROFILE + '[symptoms]\nbp = "82/128"\n', (8, 6, "systolic|128/82")),
    _broken("empty-approval", "profile", PROFILE + "[[authorization]]\n", (7, 3, "says nothing")),
    _broken(
        "approval-backwards",
        "profile",
        PROFILE + "[[authorization]]\nfrom = 2027-03-31\nuntil = 2027-01-01\n",
        (9, 9, "lies before `from`"),
    ),
    _broken(
        "overridden-twice",
        "profile",
        PROFILE + '[[override]]\nrule = "x"\nby = "y"\non = 2027-01-01\nwhy = "z"\n' * 2,
        (13, 8, "twice|`x`"),
    ),
    _broken(
        "given-twice",
        "profile",
        PROFILE + '[[given]]\nkind = "dosing"\non = 2026-12-28\n' * 2,
        (10, 3, "listed twice"),
    ),
    _broken("closure-of-nothing", "clinic", CLINIC + '[[clinic.closed]]\nwhy = "?"\n', (3, 10, "does not say when")),
    _broken(
        "closure-of-both",
        "clinic",
        CLINIC + '[[clinic.closed]]\non = 2027-01-01\nrrule = "FREQ=DAILY"\n',
        (5, 1, "`rrule` contradicts `on`"),
    ),
    _broken("closure-half", "clinic", CLINIC + "[[clinic.closed]]\nfrom = 2027-01-01\n", (4, 1, "`until` is missing")),
    _broken(
        "alert-measure",
        "clinic",
        CLINIC + '[[clinic.alerts]]\nmeasure = "spo"\nbelow = 92\n',
        (4, 11, "no measure is called `spo`|spo2"),
    ),
    _broken(
        "alert-of-nothing",
        "clinic",
        CLINIC + '[[clinic.alerts]]\nmeasure = "spo2"\n',
        (3, 10, "this alert says nothing"),
    ),
    _broken(
        "alert-beyond",
        "clinic",
        CLINIC + '[[clinic.alerts]]\nmeasure = "spo2"\nbelow = 101\n',
        (5, 9, "goes from 0 through 100"),
    ),
    _broken(
        "alert-pair",
        "clinic",
        CLINIC + '[[clinic.alerts]]\nmeasure = "bp"\nat_least = 140\n',
        (4, 11, "a pair of readings"),
    ),
    _broken("rule", "clinic", CLINIC + '[[clinic.closed]]\nrrule = "monthly"\n', (4, 9, "FREQ=MONTHLY;BYDAY=1FR")),
    _broken("rule-ordinal", "clinic", CLINIC + '[[clinic.closed]]\nrrule = "FREQ=MONTHLY;BYDAY=9FR"\n', (4, 9, "rule")),
    _broken(
        "rule-still", "clinic", CLINIC + '[[clinic.closed]]\nrrule = "FREQ=DAILY;INTERVAL=0"\n', (4, 9, "INTERVAL")
    ),
    _broken(
        "rule-of-no-day",
        "clinic",
        CLINIC + '[[clinic.closed]]\nrrule = "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31"\n',
        (4, 9, "no day ever"),
    ),
    _broken("rule-by-hours", "clinic", CLINIC + '[[clinic.closed]]\nrrule = "FREQ=HOURLY"\n', (4, 9, "DAILY")),
    _broken(
        "opening-of-nobody",
        "clinic",
        CLINIC
        + '[[clinic.staff]]\nid = "okafor"\nroles = ["therapist"]\n'
        + '[[clinic.open]]\non = 2027-01-18\nhours = ["09:00-12:00"]\nstaff = ["okaford"]\n',
        (9, 10, "nobody of the staff is called|okafor"),
    ),
    _broken(
        "opening-without-hours",
        "clinic",
        CLINIC + "[[clinic.open]]\non = 2027-01-18\nhours = []\n",
        (5, 9, "there are no hours"),
    ),
    _broken(
        "approvals-within-each-other",
        "profile",
        PROFILE
        + "[[authorization]]\nvisits = 8\nbind = true\n"
        + "[[authorization]]\nfrom = 2027-01-01\nvisits = 2\nbind = true\n",
        (13, 1, "lie within those of the 1., and both bind"),
    ),
    _broken(
        "away-undone-by-rule",
        "profile",
        PROFILE
        + "[[availability.also]]\nfrom = 2027-01-04\nuntil = 2027-01-08\n"
        + 'hours = ["09:00-12:00"]\ndespite_away = true\n',
        (11, 1, "only a day that is named"),
    ),
    _broken("holidays", "clinic", CLINIC + 'holidays = "XQ"\n', (3, 12, "XQ")),
    _broken("holidays-state", "clinic", CLINIC + 'holidays = "US-QQ"\n', (3, 12, "QQ")),
    _broken("rooms-twice", "clinic", CLINIC + '[[clinic.rooms]]\nid = "a"\n' * 2, (6, 6, "two rooms have this id|`a`")),
    _broken(
        "staff-twice", "clinic", CLINIC + '[[clinic.staff]]\nid = "a"\nroles = ["monitor"]\n' * 2, (7, 6, "this id|`a`")
    ),
    _broken("staff-idle", "clinic", CLINIC + '[[clinic.staff]]\nid = "a"\nroles = []\n', (5, 9, "no role|therapist")),
    _broken("room-kind", "clinic", CLINIC + '[[clinic.rooms]]\nid = "a"\nkinds = ["dosng"]\n', (5, 10, "dosng|dosing")),
    _broken("long-visit", "clinic", CLINIC + "[clinic.minutes]\ndosing = { monitor = 2000 }\n", (4, 10, "a day")),
    _broken("min-over-max", "protocol", PROTOCOL + "gap = { min = 9, max = 2 }\n", (18, 24, "`max` 2|`min` 9")),
    _broken("target-outside", "protocol", PROTOCOL + "gap = { min = 2, target = 1 }\n", (18, 27, "outside|2..")),
    _broken("target-backwards", "protocol", PROTOCOL + "gap = { target = [4, 3] }\n", (18, 18, "[3, 4]")),
    _broken("rule-of-nothing", "protocol", PROTOCOL + "gap = {}\n", (18, 1, "says nothing")),
    _broken(
        "unsourced",
        "protocol",
        PROTOCOL + 'gap = { min = 2, level = "label" }\n',
        (18, 26, '"label"|source'),
    ),
    _broken("source", "protocol", PROTOCOL + 'source = "uss"\n', (18, 10, "unknown source `uss`|us")),
    _broken("visit-type", "protocol", PROTOCOL + '[[phases.series]]\nvisit = "dosin"\n', (19, 9, "`dosin`|dosing")),
    _broken("kindless", "protocol", PROTOCOL + "[visits.dose]\nminutes = { prepare = 1 }\n", (18, 9, "`dose`|kind")),
    _broken("lengthless", "protocol", PROTOCOL + '[visits.first]\nkind = "dosing"\n', (18, 9, "no length")),
    _broken(
        "anchor-of-two",
        "protocol",
        PROTOCOL + '[[phases.series]]\nvisit = "review"\nafter = { last = "dosing", first = "dosing" }\n',
        (20, 9, "exactly one"),
    ),
    _broken(
        "anchor-phase",
        "protocol",
        PROTOCOL + '[[phases.series]]\nvisit = "review"\nafter = { last = "dosing", of = "corse" }\n',
        (20, 33, "`corse`|course"),
    ),
    _broken(
        "anchor-kind",
        "protocol",
        PROTOCOL + '[[phases.series]]\nvisit = "review"\nafter = { last = "booster" }\n',
        (20, 18, "no booster visits"),
    ),
    _broken(
        "anchor-number",
        "protocol",
        PROTOCOL + '[[phases.series]]\nvisit = "review"\nafter = { visit = "dosing" }\n',
        (20, 9, "`number` is missing"),
    ),
    _broken("two-counts", "protocol", PROTOCOL + "weeks = { until = 4 }\n", (18, 1, "`weeks` contradicts `count`")),
    _broken("weeks-backwards", "protocol", PROTOCOL[:-10] + "weeks = { from = 5, until = 4 }\n", (17, 29, "week 4")),
    _broken("many-visits", "protocol", PROTOCOL[:-10] + "weeks = { until = 400 }\n", (17, 9, "400 visits|366")),
    _broken("far-week", "protocol", PROTOCOL[:-10] + "weeks = { from = 9999, until = 9999 }\n", *_FAR_WEEK),
    _broken("many-counted", "protocol", PROTOCOL[:-1] + "000\n", (17, 9, "too large|366")),
    _broken("no-points", "protocol", PROTOCOL[:-10] + "at = {}\n", (17, 6, "names no points")),
    _broken("choice", "protocol", PROTOCOL + "doses = { min = 4, max = 2 }\n", (18, 9, "`min` 4")),
    _broken("choice-without", "protocol", PROTOCOL + "doses = { min = 4, max = 8 }\n", (18, 9, "`count` 2")),
    _broken("lead-alone", "protocol", PROTOCOL + "lead = { min = 1 }\n", (18, 1, "after what")),
    _broken("gate-phase", "protocol", PROTOCOL + 'gate = { then = "weekly" }\n', (18, 17, "`weekly`|continue")),
    _broken("gate-score", "protocol", PROTOCOL + 'gate = { measure = "phq9" }\n', (18, 8, "response")),
    _broken("gate-measure", "protocol", PROTOCOL + "gate = { at_most = 9 }\n", (18, 10, "`measure`")),
    _broken(
        "gate-of-nobody",
        "protocol",
        PROTOCOL + 'gate = { measure = "phq9", at_most = 4, at_least = 9 }\n',
        (18, 52, "no score"),
    ),
    _broken("limit-of-nothing", "protocol", PROTOCOL + '[[limits]]\nid = "x"\n', (18, 3, "`cap` or `apart`")),
    _broken("missed-phase", "protocol", PROTOCOL + "[missed.coarse]\n", (18, 9, "`coarse`|course")),
    _broken("phase-twice", "protocol", PROTOCOL + PHASE, (19, 6, "the id `course`")),
    _broken("phase-empty", "protocol", PROTOCOL + '[[phases]]\nid = "x"\n', (18, 3, "no series")),
    _broken("no-phases", "protocol", "phases = []\n" + PROTOCOL.removesuffix(PHASE), (1, 10, "no phases")),
    _broken(
        "three-in-a-day",
        "protocol",
        PROTOCOL
        + 'shares_day_with = ["review", "integration"]\n'
        + "[visits.integration]\nminutes = { prepare = 1 }\n"
        + '[[phases.series]]\nvisit = "review"\nshares_day_with = ["integration"]\n',
        (23, 20, "three kinds"),
    ),
    _broken("two-routes", "protocol", 'route = "im"\nroutes = ["iv"]\n' + PROTOCOL, (2, 10, "contradict")),
)

SEVERAL = (
    _broken(
        "all-at-once",
        "profile",
        '[patient]\nid = "a b"\nnmae = "River"\n[treatment]\ndoses = "6"\nstart = 2027-01-04\nfirst_dose = 2027-01-01\n'
        "[availability]\naway = [{ from = 2027-02-14, until = 2027-02-10 }]\n[symptoms]\nphq9 = 99\n",
        (2, 6, "`id`"),
        (3, 1, "`nmae`|name"),
        (5, 9, "whole number"),
        (9, 38, "`until`"),
        (11, 8, "from 0 to 27"),
    ),
    _broken(
        "windows-lines",
        "profile",
        BOM + PROFILE.replace("\n", "\r\n").encode() + b'\tdoses\t=\t"6"\r\nx = 1\r\n',
        (7, 10, "whole number"),
        (8, 1, "unknown key `x`"),
    ),
    _broken(
        "misspelt-table-of-sources",
        "protocol",
        PROTOCOL.replace("[sources.us]", "[sorces.us]")
        + 'source = "us"\nlevel = "label"\ngap = { max = 1, min = 2 }\n',
        (6, 2, "`sorces`|sources"),
        (20, 15, "less than `min`"),
    ),
)

GALLERY = (*UNREADABLE, *SYNTAX, *KEYS, *TYPES, *CONTRADICTIONS, *SEVERAL)
"""Every broken file; their names are unique."""
