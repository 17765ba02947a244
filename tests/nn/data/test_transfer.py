"""Limits on the time and on the bytes of a download. The clock is that of the test."""

import hashlib
import http.client
import io
import itertools
import urllib.error

import pytest

from nn.data import transfer
from nn.data.transfer import fetch
from nn.errors import DataError
from tests import mirror
from tests.mirror import SLOW, STALL

CONTENT = bytes(range(256)) * 40
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with mirror.running() as server:
        server.files["file"] = CONTENT
        yield server


def get(server, **options):
    file = io.BytesIO()
    fetch(f"{server.url}file", file, **{"sha256": SHA256, "max_bytes": 1 << 20} | options)
    return file.getvalue()


@pytest.fixture
def fast_clock(monkeypatch):
    """A second passes with each look at the clock."""
    monkeypatch.setattr(transfer, "_clock", itertools.count().__next__)


@pytest.mark.parametrize("behaviour", ["well", "chunked", "without_length", "claim_more", "redirected"])
def test_the_contents_are_written(server, behaviour):
    server.behaviour = [behaviour]
    assert get(server) == CONTENT


@pytest.mark.parametrize("behaviour", SLOW)
def test_a_server_that_sends_a_little_now_and_then_is_too_slow(server, fast_clock, behaviour):
    server.behaviour = [behaviour]
    with pytest.raises(TimeoutError, match="slower than 16 KiB a second"):
        get(server)


def test_a_server_that_sends_nothing_is_too_slow(server, monkeypatch):
    monkeypatch.setattr(transfer, "TIMEOUT", 0.2)
    server.behaviour = [STALL]
    with pytest.raises(TimeoutError):
        get(server)


def test_the_time_for_a_file_grows_with_its_size(monkeypatch):
    seconds = itertools.count()
    monkeypatch.setattr(transfer, "_clock", lambda: next(seconds))
    limits = transfer._Limits()
    for _ in range(100):
        limits.on_contents(transfer.MIN_RATE)
        limits.on_received(transfer.MIN_RATE)
    for _ in range(int(transfer.TIMEOUT)):
        limits.on_received(0)
    with pytest.raises(TimeoutError):
        limits.on_received(0)


@pytest.mark.parametrize("behaviour", ["endless_continue", "endless_trailers"])
def test_what_is_sent_besides_the_file_is_limited(server, monkeypatch, behaviour):
    monkeypatch.setattr(transfer, "_clock", lambda: 0)
    server.behaviour = [behaviour]
    # Python 3.14 has limits of its own.
    limit = "expected at most 4 MiB besides the file, found more|got more than 100"
    with pytest.raises((DataError, http.client.HTTPException), match=limit):
        get(server)


@pytest.mark.parametrize("behaviour", ["endless", "endless_name", "endless_members"])
def test_the_file_is_limited(server, behaviour):
    server.behaviour = [behaviour]
    with pytest.raises(DataError, match=r"expected at most \d+ bytes, found more"):
        get(server, max_bytes=len(CONTENT) + 100)


@pytest.mark.parametrize(
    ("behaviour", "error", "match"),
    [
        ("refuse", DataError, "HTTP status 503"),
        ("redirect", DataError, "HTTP status 302 .*infinite loop"),
        ("wrong_bytes", DataError, f"expected SHA-256 {SHA256}, found "),
        ("claim_less", DataError, "expected SHA-256"),
        ("cut", EOFError, "truncated: 5120 bytes are missing"),
        ("redirect_empty_label", (ValueError, OSError), "label"),
        ("endless_redirect", DataError, "HTTP status 302 .*infinite loop"),
        ("redirect_bracket", ValueError, "Invalid IPv6 URL"),
        ("redirect_ftp", urllib.error.URLError, "ftp"),
        ("redirect_file", DataError, "HTTP status 302"),
    ],
)
def test_wrong_answers(server, behaviour, error, match):
    server.behaviour = [behaviour]
    with pytest.raises(error, match=match):
        get(server)


def test_a_progress_bar_has_the_title_of_the_file(server, capsys):
    get(server, progress="train-images")
    assert "train-images" in capsys.readouterr().err
    get(server)
    assert capsys.readouterr() == ("", "")
