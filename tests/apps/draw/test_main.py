"""Signals that come before the window is there, or while it opens."""

import signal

import pytest

from apps.draw import __main__ as window
from tests import processes

SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]

#: Sends itself a signal when the program, still importing, comes to pygame.
IMPORTS = """
import runpy, signal, sys
class Finder:
    def find_spec(name, path=None, target=None):
        if name == "pygame":
            signal.raise_signal(NUMBER)
sys.meta_path.insert(0, Finder)
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("apps.draw", run_name="__main__")
"""


@pytest.mark.parametrize(("signum", "status"), SIGNALS)
def test_a_program_that_imports_ends_in_a_line(signum, status):
    result = processes.run(processes.python(IMPORTS.replace("NUMBER", str(int(signum)))))
    assert (result.status, result.err) == (status, "apps.draw: interrupted\n")


@pytest.mark.parametrize(("signum", "status"), SIGNALS)
def test_a_window_that_opens_ends_in_a_line(signum, status, monkeypatch, capsys):
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    monkeypatch.setattr(window, "App", lambda *arguments: signal.raise_signal(signum))
    try:
        assert window.main([]) == status
    finally:
        signal.signal(signal.SIGINT, before)
    assert capsys.readouterr().err == "apps.draw: interrupted\n"
