"""CalDAV servers that Debian has: Cyrus and sabre/dav, each started with a configuration and data of its own."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from imaplib import IMAP4
from pathlib import Path

SABRE = Path("/usr/share/php/Sabre/autoload.php")
CYRUS = Path("/usr/lib/cyrus/bin")

_TABLES = """
CREATE TABLE calendarobjects (id integer primary key asc, calendardata blob, uri text, calendarid integer,
    lastmodified integer, etag text, size integer, componenttype text, firstoccurence integer, lastoccurence integer);
CREATE TABLE calendars (id integer primary key asc, principaluri text, displayname text, uri text, ctag integer,
    description text, calendarorder integer, calendarcolor text, timezone text, components text, transparent bool);
CREATE TABLE principals (id integer primary key asc, uri text unique, email text, displayname text, vcardurl text);
CREATE TABLE groupmembers (id integer primary key asc, principal_id integer, member_id integer);
"""
_CYRUS_CONF = """
START {{
  recover cmd="{bin}/ctl_cyrusdb -C {folder}/imapd.conf -r"
}}
SERVICES {{
  http cmd="{bin}/httpd -C {folder}/imapd.conf" listen="127.0.0.1:{port}" prefork=1
  imap cmd="{bin}/imapd -C {folder}/imapd.conf" listen="127.0.0.1:{mailport}" prefork=0
}}
EVENTS {{
}}
"""
_IMAPD_CONF = """
configdirectory: {folder}/conf
proc_path: {folder}/proc
mboxname_lockpath: {folder}/lock
defaultpartition: default
partition-default: {folder}/spool
admins: cyrus
allowplaintext: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: {folder}/sasldb2
sasl_mech_list: PLAIN LOGIN
httpmodules: caldav
unixhierarchysep: yes
altnamespace: no
caldav_create_default: no
caldav_create_sched: no
caldav_create_attach: no
syslog_prefix: calendars
"""


def missing_sabre() -> str:
    """Return why sabre/dav cannot be started here; nothing where it can."""
    if shutil.which("php") is None or not SABRE.is_file():
        return "sabre/dav is not installed (Debian: php-sabre-dav php-cli php-sqlite3 php-xml php-mbstring)"
    return ""


def missing_cyrus() -> str:
    """Return why Cyrus cannot be started here; nothing where it can."""
    if not (CYRUS / "httpd").is_file() or shutil.which("saslpasswd2") is None:
        return "Cyrus is not installed (Debian: cyrus-imapd cyrus-caldav sasl2-bin)"
    if os.geteuid() != 0:
        return "Cyrus starts as root alone"
    return ""


@contextmanager
def sabre_process(port: int, folder: Path, user: str, password: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run sabre/dav until the block ends."""
    with sqlite3.connect(folder / "db.sqlite") as database:
        database.executescript(_TABLES)
        for name in (user, f"{user}/calendar-proxy-read", f"{user}/calendar-proxy-write"):
            database.execute("INSERT INTO principals (uri) VALUES (?)", (f"principals/{name}",))
    database.close()
    env = {**os.environ, "SABRE_FOLDER": str(folder), "SABRE_USER": user, "SABRE_PASSWORD": password}
    script = Path(__file__).with_name("sabre.php")
    command = ["php", "-S", f"127.0.0.1:{port}", str(script)]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env, start_new_session=True
    )
    try:
        yield process
    finally:
        _end(process)


@contextmanager
def cyrus_process(port: int, mailport: int, user: str, password: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run Cyrus until the block ends, in a folder that its own user may enter."""
    with tempfile.TemporaryDirectory(prefix="cyrus-") as place:
        folder = Path(place)
        for name in ("conf", "spool", "sock", "lock", "proc", "run"):
            (folder / name).mkdir()
        values = {"folder": folder, "port": port, "mailport": mailport, "bin": CYRUS}
        (folder / "cyrus.conf").write_text(_CYRUS_CONF.format(**values), encoding="utf-8")
        (folder / "imapd.conf").write_text(_IMAPD_CONF.format(**values), encoding="utf-8")
        for name in (user, "cyrus"):
            words = ["saslpasswd2", "-p", "-c", "-f", str(folder / "sasldb2"), name]
            subprocess.run(words, input=f"{password}\n".encode(), check=True, capture_output=True)
        subprocess.run(["chown", "-R", "cyrus:mail", place], check=True)
        folder.chmod(0o755)
        options = {"-C": "imapd.conf", "-M": "cyrus.conf", "-p": "run/pid"}
        command = [
            str(CYRUS / "master"),
            *(word for flag, name in options.items() for word in (flag, f"{place}/{name}")),
        ]
        # In a session of its own, that its end ends no other test's Cyrus.
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )  # fmt: skip
        try:
            yield process
        finally:
            _end(process)


def make_mailbox(port: int, user: str, password: str) -> None:
    """Make the mailbox in which Cyrus keeps a user's calendars."""
    with IMAP4("127.0.0.1", port) as server:
        server.login("cyrus", password)
        server.create(f"user/{user}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill a server and those that it began; asked to end, it would wait for connections that tests left open."""
    with suppress(ProcessLookupError):  # it ended by itself, which is told where it was waited for
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
