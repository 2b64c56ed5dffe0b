"""Addresses of calendars: what is spoken to, and what is not."""

from __future__ import annotations

import pytest

from kapplan.errors import MachineError, UsageError
from kapplan.files.caldav.target import target_of


@pytest.mark.parametrize(("text", "url"), [
    ("https://cal.example/river", "https://cal.example/river/"),
    ("HTTPS://Cal.Example:443/river/", "https://cal.example/river/"),
    ("https://cal.example:8443/a%20b/", "https://cal.example:8443/a%20b/"),
    ("http://127.0.0.1:5232/x/", "http://127.0.0.1:5232/x/"),
    ("http://localhost/x", "http://localhost/x/"),
    ("http://[::1]:5232/x", "http://[::1]:5232/x/"),
])  # fmt: skip
def test_addresses_that_are_spoken_to(text: str, url: str) -> None:
    """TLS anywhere, and this machine itself without it; one calendar has one spelling."""
    assert target_of(text).url == url


@pytest.mark.parametrize("text", [
    "http://cal.example/x/", "http://10.0.0.1/x/", "http://127.0.0.1.example/x/", "http://localhost.example/x/",
    "ftp://cal.example/x/", "webcal://cal.example/x/", "cal.example/x/", "https:///x/", "https://cal.example/x?y=1",
    "https://cal.example/x#y", "https://cal.example:99999/x", "https://cal.example/x\r\ny/", "https://[::1/x", "",
])  # fmt: skip
def test_addresses_that_are_refused(text: str) -> None:
    """Nothing is spoken to without TLS but this machine itself, and nothing that is no address of a calendar."""
    with pytest.raises(UsageError):
        target_of(text)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    """An address with a password is refused in words that do not hold it."""
    with pytest.raises(UsageError) as raised:
        target_of("https://ann:hunter2@cal.example/x/")
    assert "hunter2" not in f"{raised.value.message} {raised.value.hint}"


@pytest.mark.parametrize("href", [
    "https://evil.example/river/a.ics", "http://cal.example/river/a.ics", "//evil.example/river/a.ics", "/other/a.ics",
    "/river/../other/a.ics", "/river/%2e%2e/other/a.ics", "https://cal.example:444/river/a.ics",
])  # fmt: skip
def test_entries_elsewhere_are_not_followed(href: str) -> None:
    """A server cannot send us to another server or out of the calendar."""
    with pytest.raises(MachineError):
        target_of("https://cal.example/river/").path_of(href)


@pytest.mark.parametrize(
    "href", ["/river/a.ics", "https://cal.example/river/a.ics", "https://cal.example:443/river/a.ics"]
)
def test_entries_inside_keep_their_path(href: str) -> None:
    """What lies in the calendar is followed, however the server writes its address."""
    assert target_of("https://cal.example/river/").path_of(href) == "/river/a.ics"


def test_spellings_of_one_calendar_share_a_memory() -> None:
    """The memory's name does not depend on how the address is spelt, and tells nothing of it."""
    one, other = target_of("https://Cal.example/a%40b"), target_of("https://cal.example:443/a@b/")
    assert one.key == other.key
    assert "cal" not in one.key
