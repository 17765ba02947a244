"""What a signal comes to that reaches a script in other code's hands."""

import signal
import threading
import time
import weakref

import pytest

from apps.cli import cli

SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]


@pytest.fixture(autouse=True)
def _not_ignored():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(("signum", "status"), SIGNALS)
def test_another_error_made_of_an_interrupt_is_an_interrupt(signum, status, capsys):
    @cli.script
    def main():
        try:
            signal.raise_signal(signum)
        except KeyboardInterrupt:
            raise ValueError("as some libraries in C do") from None

    assert main() == status
    assert capsys.readouterr().err == "test_cli.py: interrupted\n"


@pytest.mark.parametrize(("signum", "status"), SIGNALS)
def test_an_interrupt_that_is_dropped_comes_again(signum, status, capsys):
    @cli.script
    def main():
        class Something:
            pass

        thing = Something()
        watch = weakref.ref(thing, lambda _: signal.raise_signal(signum))
        del thing  # what is raised now has nowhere to go
        return threading.Event().wait(60) if watch() is None else cli.SUCCESS

    began = time.monotonic()
    assert main() == status
    assert time.monotonic() - began < 50  # the wait was ended, not waited for
    assert capsys.readouterr().err == "test_cli.py: interrupted\n"


def test_what_else_is_dropped_is_told(capsys, monkeypatch):
    told = []
    monkeypatch.setattr("sys.unraisablehook", told.append)

    @cli.script
    def main():
        class Something:
            def __del__(self):
                raise ValueError("mine")

        Something()
        return cli.SUCCESS

    assert main() == cli.SUCCESS
    assert [type(dropped.exc_value) for dropped in told] == [ValueError]


def test_a_mistake_keeps_its_traceback():
    @cli.script
    def main():
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        main()
