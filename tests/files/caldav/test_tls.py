"""TLS to a real server: certificates are checked, and an authority of one's own can be named."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from support.dav_servers import PASSWORD, USER, DavServer, missing, running

from kapplan.errors import MachineError
from kapplan.files.caldav.client import Client
from kapplan.files.caldav.credentials import Credentials
from kapplan.files.caldav.target import target_of


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DavServer, Path]]:
    """Return a Radicale that speaks TLS only, with a certificate of its own making, and that certificate."""
    openssl = shutil.which("openssl")
    if reason := missing("radicale") or ("" if openssl else "openssl is not installed"):
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            str(openssl), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out",
            str(certificate), "-days", "2", "-subj", "/CN=localhost", "-addext",
            "subjectAltName=DNS:localhost,IP:127.0.0.1",
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    options = ("--server-ssl", "--server-certificate", str(certificate), "--server-key", str(key))
    with running("radicale", folder, *options) as server:
        yield server, certificate


def test_a_certificate_that_nobody_vouches_for_is_refused(secured: tuple[DavServer, Path]) -> None:
    """A server with a certificate of its own making is not spoken to."""
    target = target_of(f"https://127.0.0.1:{secured[0].port}/{USER}/")
    with closing(Client(target, Credentials(USER, PASSWORD))) as client, pytest.raises(MachineError, match="trusted"):
        client.look()


def test_an_authority_of_ones_own_can_be_named(secured: tuple[DavServer, Path]) -> None:
    """With its certificate named the same server is spoken to, and the password accepted."""
    server, certificate = secured
    target = target_of(f"https://127.0.0.1:{server.port}/{USER}/x/")
    with closing(Client(target, Credentials(USER, PASSWORD), ca_file=str(certificate))) as client:
        client.make_calendar("x")
        assert client.look().is_calendar
        assert client.listing() == {}
