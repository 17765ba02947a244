"""Worker processes of a comparison."""

import multiprocessing
import os
import signal

import pytest

from apps.cli import executors
from apps.cli.arguments import UsageError


def test_processes_share_the_threads_and_ignore_ctrl_c(monkeypatch):
    monkeypatch.setenv("NUMBA_NUM_THREADS", "4")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with executors.processes(2) as pool:
        assert pool.submit(os.getenv, "NUMBA_NUM_THREADS").result() == "2"
        assert pool.submit(os.getenv, "OMP_NUM_THREADS").result() == "2"
        assert pool.submit(signal.getsignal, signal.SIGINT).result() == signal.SIG_IGN
    assert os.environ["NUMBA_NUM_THREADS"] == "4"
    assert "OMP_NUM_THREADS" not in os.environ


def leave(before):
    with executors.processes(1):
        raise KeyboardInterrupt


def test_an_interrupt_ends_the_processes():
    before = set(multiprocessing.active_children())
    with pytest.raises(KeyboardInterrupt):
        leave(before)
    for process in set(multiprocessing.active_children()) - before:
        process.join(30)
        assert not process.is_alive()


def test_a_scheduler_needs_an_address():
    pytest.importorskip("distributed")
    with pytest.raises(UsageError, match="--scheduler nonsense://: "), executors.cluster("nonsense://"):
        pass
