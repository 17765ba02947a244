"""Which requests are trusted."""

import pytest

from apps.web.server.guard import HEADERS, Guard, is_loopback
from apps.web.server.http import HttpError, Request


def status(guard, method="POST", **headers):
    """0 if the request passes, else the error's status."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        guard.check(Request(method, "/", "", names, "127.0.0.1"))
    except HttpError as error:
        return error.status
    return 0


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST:8000", "127.0.0.2:80", "[::1]", "[::1]:8000"])
def test_this_computer_s_names_are_valid(host):
    assert status(Guard("127.0.0.1"), host=host) == 0


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("attacker.example", 421),
        ("localhost.attacker.example", 421),
        ("127.0.0.1.attacker.example:8000", 421),
        ("192.0.2.1", 421),
        ("[2001:db8::1]", 421),
        ("", 400),
        ("a b", 400),
        ("localhost:", 400),
        ("localhost:8000:1", 400),
        ("user@localhost", 400),
        ("[localhost]", 400),
    ],
)
def test_other_names_are_not(host, expected):
    assert status(Guard("127.0.0.1"), host=host) == expected


def test_a_public_server_has_any_address_and_the_given_names():
    guard = Guard("0.0.0.0", ["digits.example"])
    assert status(guard, host="192.0.2.1:8000") == 0
    assert status(guard, host="Digits.example") == 0
    assert status(guard, host="attacker.example") == 421


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("http://localhost:8000", 0),
        ("https://localhost:8000", 0),
        ("http://localhost", 403),
        ("http://127.0.0.1:8000", 403),
        ("http://attacker.example", 403),
        ("null", 403),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_origin_has_to_be_the_server_s(method, origin, expected):
    assert status(Guard("127.0.0.1"), method, host="localhost:8000", origin=origin) == expected


def test_other_sites_may_link_to_the_page_but_not_post():
    guard = Guard("127.0.0.1")
    assert status(guard, "GET", host="localhost", sec_fetch_site="cross-site") == 0
    for site, expected in (("cross-site", 403), ("same-site", 403), ("same-origin", 0), ("none", 0)):
        assert status(guard, host="localhost", sec_fetch_site=site) == expected


def test_loopback_addresses():
    assert all(map(is_loopback, ("127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1", "localhost")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "192.0.2.1", "::ffff:192.0.2.1", "", "example.org")))


def test_no_inline_script_runs():
    policy = dict(part.strip().split(" ", 1) for part in HEADERS["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self' 'wasm-unsafe-eval'"
    assert "unsafe-inline" not in str(policy)
