"""The command: how it starts, what it refuses, and how it ends."""

import signal
import socket
import urllib.request

import pytest

from apps.web.__main__ import main
from tests import processes


@pytest.fixture
def page(tmp_path):
    (tmp_path / "index.html").write_text("<!doctype html><title>Page</title>")
    return tmp_path


@pytest.mark.parametrize(("signum", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_it_serves_until_a_signal(page, signum, status):
    process = processes.start(processes.module("apps.web", "--no-open", "--port", 0, "--page", page))
    line = process.stdout.readline()
    assert line.startswith("Serving on http://127.0.0.1:")
    with urllib.request.urlopen(line.split()[2], timeout=30) as answer:
        assert b"<title>Page</title>" in answer.read()
    process.send_signal(signum)
    result = processes.wait(process)
    assert (result.status, result.err) == (status, "apps.web: interrupted\n")


def test_a_port_in_use_is_one_line(page, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--no-open", "--port", str(port), "--page", str(page)]) == 2
    expected = f"apps.web: port {port} of 127.0.0.1 is in use; --port N chooses another, 0 a free one\n"
    assert capsys.readouterr().err == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--port", "65536"], "expected 0 to 65535"),
        (["--port", "http"], "expected 0 to 65535"),
        (["--host", "192.0.2.1"], "192.0.2.1, port 8000: can't listen there"),
        (["--host", "not a host"], "can't listen there"),
        (["--weights", "nothing.npz"], "nothing.npz: expected a file of weights, found nothing"),
        (["--weights", __file__], "test_main.py"),
    ],
)
def test_wrong_arguments_are_one_line(arguments, message, capsys):
    assert main([*arguments, "--no-open"]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
