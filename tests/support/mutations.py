"""Files changed as hands, tools, disks and enemies change them, each by what its format is made of.

A change knows keys and values, tables and rows, properties and components: what comes out is mostly still a file of its
format, and says something else. The same dice make the same change.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any

Mutate = Callable[[str, random.Random], str]

ODD = "\x1b\u202e\"'[]{}=;:,\\\x7fé\x85\u2028\ufeff"
NUMBERS = ("0", "-1", "1", "7", "31", "99", "366", "4000", "1000000000", "9" * 20, "9" * 400, "-0", "0.1", "1e400")
WORDS = ("", "x", "id", "dosing", "dosing-1", "phq9", "okafor", "a" * 3000, "\\u202e\\u0000", "../../etc/passwd", "-1",
         "=cmd()", "{{7*7}}", "Zürich", "kap-standard", "river.toml", "-", "None", "\\n", "Etc/GMT+12",
         "P1D")  # fmt: skip
DATES = ("0001-01-01", "9999-12-31", "2027-02-28", "2024-02-29", "1970-01-01", "2027-03-14", "2026-12-28", "2027-13-01",
         "2027-01-08T00:00:00Z", "2027-03-14T02:30:00", "9999-12-31T23:59:59-23:59",
         "0001-01-01T00:00:00+23:59")  # fmt: skip
VALUES = (
    *NUMBERS, *DATES, *(f'"{word}"' for word in WORDS), "nan", "-inf", "true", "[]", "{}", "[[]]", "[{}]", "25:00:00",
    "09:00:00", '["a", 1]', "{ from = 2027-01-01 }", "[" * 60 + "]" * 60, "'''\n'''", "0x7f", "",
)  # fmt: skip


def mutated_toml(text: str, dice: random.Random) -> str:
    """Return a TOML file with one to three changes of its keys, values, tables or letters."""
    lines = text.split("\n")
    for _ in range(dice.randint(1, 3)):
        dice.choice(_OF_TOML)(lines, dice)
        lines = lines or [""]
    return "\n".join(lines)


def mutated_plan(text: str, dice: random.Random) -> str:
    """Return a plan's file with such changes; mostly nobody can tell by its checksum, or by the chain either."""
    if dice.random() < 0.75:
        text = re.sub(r"^checksum = .*\n", "", text, flags=re.MULTILINE)
    if dice.random() < 0.5:
        text = re.sub(r'^chain = .*\n|(?<=, )chain = "[^"]*", ', "", text, flags=re.MULTILINE)
    return mutated_toml(text, dice)


def _pairs(lines: list[str]) -> list[int]:
    return [row for row, line in enumerate(lines) if " = " in line] or [0]


def _another_value(lines: list[str], dice: random.Random) -> None:
    row = dice.choice(_pairs(lines))
    lines[row] = f"{lines[row].partition(' = ')[0]} = {dice.choice(VALUES)}"


def _value_of_another(lines: list[str], dice: random.Random) -> None:
    row, other = dice.choice(_pairs(lines)), dice.choice(_pairs(lines))
    lines[row] = f"{lines[row].partition(' = ')[0]} = {lines[other].partition(' = ')[2]}"


def _value_within(lines: list[str], dice: random.Random) -> None:
    """Change one number, day or text that stands anywhere in a line."""
    row = dice.randrange(len(lines))
    found = list(re.finditer(r'\d{4}-\d\d-\d\d|"[^"]*"|-?\d+', lines[row]))
    if found:
        match = dice.choice(found)
        old = match[0]
        new = (
            f'"{dice.choice(WORDS)}"'
            if old[0] == '"'
            else dice.choice(DATES)
            if "-" in old[1:]
            else dice.choice(NUMBERS)
        )
        lines[row] = lines[row][: match.start()] + new + lines[row][match.end() :]


def _a_letter_of_a_text(lines: list[str], dice: random.Random) -> None:
    """Misspell a text in quotes: ids that name nothing, words of a list that are none."""
    row = dice.choice(_pairs(lines))
    found = [match for match in re.finditer(r'"[^"\\]+"', lines[row]) if len(match[0]) > 2]
    if found:
        at = dice.randrange((match := dice.choice(found)).start() + 1, match.end() - 1)
        lines[row] = lines[row][:at] + dice.choice("xqz-0") + lines[row][at + 1 :]


def _another_key(lines: list[str], dice: random.Random) -> None:
    row, other = dice.choice(_pairs(lines)), dice.choice(_pairs(lines))
    key, _, value = lines[row].partition(" = ")
    lines[row] = f"{dice.choice((key[:-1] + 'x', lines[other].partition(' = ')[0], f'{key}.y', ''))} = {value}"


def _tables(lines: list[str]) -> list[tuple[int, int]]:
    """Return where each table begins and ends."""
    begins = [row for row, line in enumerate(lines) if line.startswith("[")]
    return list(zip(begins, [*begins[1:], len(lines)], strict=True)) or [(0, len(lines))]


def _no_table(lines: list[str], dice: random.Random) -> None:
    begin, end = dice.choice(_tables(lines))
    del lines[begin:end]


def _table_again(lines: list[str], dice: random.Random) -> None:
    begin, end = dice.choice(_tables(lines))
    at = dice.choice(_tables(lines))[0]
    lines[at:at] = lines[begin:end] * dice.choice((1, 1, 1, 40))


def _another_table(lines: list[str], dice: random.Random) -> None:
    begin, other = dice.choice(_tables(lines))[0], dice.choice(_tables(lines))[0]
    name = lines[begin]
    lines[begin] = dice.choice((f"[{name}]", name.strip("[]").join("[]"), lines[other], name[:-1], name.upper()))


def _line_lost(lines: list[str], dice: random.Random) -> None:
    del lines[dice.randrange(len(lines))]


def _line_elsewhere(lines: list[str], dice: random.Random) -> None:
    lines.insert(dice.randrange(len(lines)), lines[dice.randrange(len(lines))])


def _lines_swapped(lines: list[str], dice: random.Random) -> None:
    row, other = dice.randrange(len(lines)), dice.randrange(len(lines))
    lines[row], lines[other] = lines[other], lines[row]


def _letter(lines: list[str], dice: random.Random) -> None:
    row = dice.randrange(len(lines))
    at = dice.randrange(len(lines[row]) + 1)
    lines[row] = lines[row][:at] + dice.choice(ODD) + lines[row][at + dice.randrange(2) :]


def _cut(lines: list[str], dice: random.Random) -> None:
    row = dice.randrange(len(lines))
    lines[row] = lines[row][: dice.randrange(len(lines[row]) + 1)]
    if dice.random() < 0.1:
        del lines[row + 1 :]


_OF_TOML = (
    _another_value, _another_value, _value_of_another, _value_within, _value_within, _a_letter_of_a_text, _another_key,
    _no_table, _table_again, _another_table, _line_lost, _line_elsewhere, _lines_swapped, _letter, _cut,
)  # fmt: skip


MOMENTS = ("20270104T090000", "20270104T090000Z", "20270108", "00010101", "99991231T235959Z", "20270314T023000", "",
           "20270104T250000", "2027-01-04", "20270104T090000/PT1H", "20270104/20270104", "x")  # fmt: skip
RULES = ("FREQ=SECONDLY", "FREQ=DAILY;INTERVAL=0", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;COUNT=-1",
         "FREQ=MINUTELY;BYSECOND=1,2,3", "FREQ=WEEKLY;BYDAY=99MO", "FREQ=DAILY;UNTIL=x", "FREQ=MONTHLY;BYSETPOS=-1",
         "FREQ=DAILY;INTERVAL=99999999999", "FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO", "FREQ=", "COUNT=3",
         "FREQ=HOURLY;COUNT=9", "FREQ=DAILY;UNTIL=00010101", "FREQ=DAILY;FREQ=WEEKLY",
         "FREQ=MONTHLY;BYMONTHDAY=-31;BYHOUR=3")  # fmt: skip
_PROPERTIES = (
    *(f"{name}:{moment}" for name in ("DTSTART", "DTEND", "EXDATE", "RDATE", "RECURRENCE-ID") for moment in MOMENTS),
    *(f"RRULE:{rule}" for rule in RULES), *(f"EXRULE:{rule}" for rule in RULES[:3]),
    "DURATION:PT0S", "DURATION:-P1D", "DURATION:P99999999999W", "DURATION:x", "STATUS:CANCELLED", "TRANSP:TRANSPARENT",
    "DTSTART;TZID=Nowhere/None:20270104T090000", f"DTSTART;TZID={'a' * 1000}:20270104T090000", "UID:1", "UID:",
    "DTSTART;VALUE=PERIOD:20270104T090000Z/PT1H", "SEQUENCE:-1", "SEQUENCE:x", "BEGIN:VEVENT", "END:VEVENT",
    "BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VTIMEZONE", "BEGIN:VFREEBUSY",
    "FREEBUSY:20270104T090000Z/20270103T090000Z",
    " folded", "X" * 5000, 'SUMMARY;ALTREP="un', "ATTENDEE;PARTSTAT=DECLINED:mailto:x", ":", ";:", "=",
)  # fmt: skip


def mutated_ics(text: str, dice: random.Random) -> str:
    """Return a calendar with one to three of its lines changed, doubled or lost."""
    lines = text.split("\r\n")
    for _ in range(dice.randint(1, 3)):
        row = dice.randrange(len(lines))
        name, colon, value = lines[row].partition(":")
        kind = dice.randrange(9)
        if kind <= 1:
            lines.insert(row, dice.choice(_PROPERTIES))
        elif kind == 2:
            lines[row] = dice.choice(_PROPERTIES)
        elif kind == 3 and len(lines) > 1:
            del lines[row]
        elif kind == 4:
            lines[row:row] = lines[row : row + dice.randint(1, 6)] * dice.choice((1, 1, 30))
        elif kind == 5 and colon:
            lines[row] = (
                name + dice.choice((";TZID=America/Denver", ";VALUE=DATE", ';X="', ";=", ";TZID=")) + ":" + value
            )
        elif kind == 6 and colon:
            lines[row] = f"{name}:{dice.choice(MOMENTS)}"
        elif kind == 7:
            _letter(lines, dice)
        else:
            _cut(lines, dice)
    return dice.choice(("\r\n", "\r\n", "\r\n", "\n", "\r")).join(lines)


CELLS = ("", "-14", "0", "Week 2", "Day 1", "99999999999", "x", '"', "=1+1", "1,5", "D-28 to D-1", "±3", "-", "\x00",
         "every 2 weeks", "Follow-up", "Screening", "(optional)", "X", "1.5", "NaN", "a" * 3000,
         "Month 6", "7 (+/-2)")  # fmt: skip


def mutated_csv(text: str, dice: random.Random) -> str:
    """Return a table with one to three of its cells, rows or columns changed, doubled or lost."""
    rows = [line.split(",") for line in text.split("\n")]
    for _ in range(dice.randint(1, 3)):
        row = dice.choice(rows)
        column = dice.randrange(len(row))
        kind = dice.randrange(8)
        if kind <= 2:
            row[column] = dice.choice(CELLS)
        elif kind == 3:
            rows.insert(dice.randrange(len(rows)), list(dice.choice(rows)))
        elif kind == 4 and len(rows) > 1:
            rows.remove(row)
        elif kind == 5:
            for other in rows:
                other.insert(column, dice.choice(other))
        elif kind == 6:
            row[column] = row[column] + dice.choice(ODD)
        else:
            for other in rows:
                other[column : column + 1] = [] if len(other) > 1 else [""]
    return "\n".join(dice.choice((",", ",", ",", ";", "\t", "|")).join(row) for row in rows)


_JSON: tuple[Any, ...] = (
    None, True, 0, -1, 1e308, 10**30, "", "x", [], {}, [[]], [{}], "P1D", "-P99999999999Y", "2027-02-30", "a" * 3000,
    "\x1b[2J\u202e", [None], {"id": None},
)  # fmt: skip


def mutated_json(text: str, dice: random.Random) -> str:
    """Return a document with one to three of its members changed, doubled, exchanged or lost, or its text cut."""
    if dice.random() < 0.1:
        lines = text.split("\n")
        dice.choice((_cut, _letter, _line_lost))(lines, dice)
        return "\n".join(lines)
    document = json.loads(text)
    for _ in range(dice.randint(1, 3)):
        places = list(_members(document))
        if not places:
            break
        (holder, key), (other, at) = dice.choice(places), dice.choice(places)
        kind = dice.randrange(6)
        if kind <= 1:
            holder[key] = dice.choice(_JSON)
        elif kind == 2:
            del holder[key]
        elif kind == 3:
            holder[key] = json.loads(json.dumps(other[at]))
        elif kind == 4 and isinstance(holder, dict):
            holder[f"{key}x"] = holder.pop(key)
        elif isinstance(holder, list):
            holder += [holder[key]] * dice.choice((1, 30))
    return json.dumps(document)


def _members(value: Any) -> Any:
    """Yield every table or list in a document with each of its keys."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in list(items):
        yield value, key
        yield from _members(item)


def mutated_lines(text: str, dice: random.Random) -> str:
    """Return any text with one to three of its lines changed, doubled or lost."""
    lines = text.split("\n")
    for _ in range(dice.randint(1, 3)):
        dice.choice((_line_lost, _line_elsewhere, _lines_swapped, _letter, _cut, _value_within))(lines, dice)
        lines = lines or [""]
    return "\n".join(lines)


BY_ENDING: dict[str, Mutate] = {
    ".plan.toml": mutated_plan,
    ".toml": mutated_toml,
    ".ics": mutated_ics,
    ".csv": mutated_csv,
    ".json": mutated_json,
    ".po": mutated_lines,
}


def mutated(name: str, text: str, dice: random.Random) -> bytes:
    """Return the bytes of a file of some name after a change; now and then they are no text any more."""
    ending = next(ending for ending in BY_ENDING if name.endswith(ending))
    data = BY_ENDING[ending](text, dice).encode("utf-8", "surrogatepass")
    if dice.random() < 0.03 and data:
        at = dice.randrange(len(data))
        return data[:at] + bytes([dice.randrange(256)]) + data[at + 1 :]
    return data
