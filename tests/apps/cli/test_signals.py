"""SIGINT and SIGTERM: while a program imports, while it runs, and inside other libraries' code."""

import ast
import signal
import threading
import time
import weakref

import pytest

from apps.cli import signals
from apps.cli.command import SUCCESS, command
from tests import processes
from tests.processes import ROOT, Result

SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]

#: Receives the signal argv[1] after `exit_immediately`, as during slow imports.
IMPORTING = """
import signal, sys
from apps.cli import signals
signal.signal(number := int(sys.argv[1]), signal.SIG_IGN if IGNORED else signal.SIG_DFL)
signals.exit_immediately("train.py")
signal.raise_signal(number)
print("continued")
"""


@pytest.fixture(autouse=True)
def _not_ignored():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def importing(signum, *, ignored=False):
    return processes.run(processes.python(IMPORTING.replace("IGNORED", str(ignored)), int(signum)))


@pytest.mark.parametrize(("signum", "status"), SIGNALS)
def test_a_program_that_imports_ends_with_one_line(signum, status):
    assert importing(signum) == Result(status, "", "train.py: interrupted\n")


@pytest.mark.parametrize(("signum", "status"), SIGNALS)
def test_ignored_signals_stay_ignored(signum, status):
    assert importing(signum, ignored=True) == Result(0, "continued\n", "")


def test_programs_handle_signals_before_slow_imports():
    """The first import of a program is `signals`, and the first statement after it uses it."""
    programs = [path for path in (ROOT / "scripts").glob("*.py") if '@command("' in path.read_text()]
    commands = [path.stem.rstrip("_") for path in (ROOT / "apps/cli").glob("*.py") if is_command(path)]
    programs += [ROOT / "scripts" / f"{name}.py" for name in commands]
    assert len(programs) >= 7
    for path in [*programs, ROOT / "apps/draw/__main__.py"]:
        body = ast.parse(path.read_text()).body[1:]
        first = [node for node in body if ast.unparse(node) != "import sys"][:2]
        assert ast.unparse(first[0]) == "from apps.cli import signals", path
        assert isinstance(first[1], ast.If), path
        assert ast.unparse(first[1].body[0]).startswith(("signals.exit_immediately(", "signals.launch(")), path


def is_command(path):
    return '\n@command("' in path.read_text()


@pytest.mark.parametrize(("signum", "status"), SIGNALS)
def test_an_interrupt_that_a_library_converts_is_an_interrupt(signum, status, capsys):
    @command("try.py")
    def main():
        try:
            signal.raise_signal(signum)
        except KeyboardInterrupt:
            raise ValueError("as some libraries in C do") from None

    assert main() == status
    assert capsys.readouterr().err == "try.py: interrupted\n"


@pytest.mark.parametrize(("signum", "status"), SIGNALS)
def test_a_dropped_interrupt_is_sent_again(signum, status, capsys):
    @command("try.py")
    def main():
        class Something:
            pass

        thing = Something()
        watch = weakref.ref(thing, lambda _: signal.raise_signal(signum))
        del thing  # an exception raised here is dropped
        return threading.Event().wait(60) if watch() is None else SUCCESS

    began = time.monotonic()
    assert main() == status
    assert time.monotonic() - began < 50  # the signal ended the wait
    assert capsys.readouterr().err == "try.py: interrupted\n"


def test_other_dropped_exceptions_are_reported(monkeypatch):
    reported = []
    monkeypatch.setattr("sys.unraisablehook", reported.append)
    with signals.raise_interrupted():

        class Something:
            def __del__(self):
                raise ValueError("mine")

        Something()
    assert [type(dropped.exc_value) for dropped in reported] == [ValueError]


def test_handlers_are_restored():
    def handler(signum, frame):
        pass

    before = signal.getsignal(signal.SIGTERM)
    with signals.handling({signal.SIGTERM: handler}):
        assert signal.getsignal(signal.SIGTERM) is handler
    assert signal.getsignal(signal.SIGTERM) is before


def test_no_handlers_outside_the_main_thread():
    seen = []

    def body():
        with signals.raise_interrupted():
            seen.append(signal.getsignal(signal.SIGTERM))

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    assert seen == [before]
