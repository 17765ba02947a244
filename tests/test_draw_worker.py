"""The inference thread: newest drawing only, failures told, the caller never kept waiting."""

import queue
import threading
from types import SimpleNamespace

import numpy as np
import pytest

from apps.draw.state import Answered, Failed, Ready, Recognize
from apps.draw.worker import Worker

TIMEOUT = 30.0  # for a test that fails; none waits for it


class Gate:
    """A recognizer that holds each drawing until the test lets it go."""

    def __init__(self):
        self.entered = queue.Queue()
        self.leave = queue.Queue()

    def recognize(self, strokes):
        self.entered.put(strokes)
        result = self.leave.get(timeout=TIMEOUT)
        if isinstance(result, Exception):
            raise result
        return result


@pytest.fixture
def gate():
    return Gate()


@pytest.fixture
def posted():
    return queue.Queue()


@pytest.fixture
def worker(gate, posted):
    """A worker that has been warmed up."""
    worker = Worker(gate, posted.put)
    gate.entered.get(timeout=TIMEOUT)
    gate.leave.put(SimpleNamespace(label=1))
    assert posted.get(timeout=TIMEOUT) == Ready()
    yield worker
    for _ in range(3):
        gate.leave.put(SimpleNamespace(label=0))
    worker.close(TIMEOUT)
    assert not any(thread.name == "recognizer" for thread in threading.enumerate())


def drawing(x):
    return (((x, 0.0), (x, 1.0)),)


def test_it_reads_strokes_as_arrays(worker, gate, posted):
    worker.request(Recognize(1, (((1.0, 2.0), (3.0, 4.0)), ((5.0, 6.0),))))
    strokes = gate.entered.get(timeout=TIMEOUT)
    np.testing.assert_array_equal(strokes[0], [[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_array_equal(strokes[1], [[5.0, 6.0]])
    prediction = SimpleNamespace(label=7)
    gate.leave.put(prediction)
    assert posted.get(timeout=TIMEOUT) == Answered(1, prediction)


def test_only_the_newest_request_is_read(worker, gate, posted):
    for number in range(1, 6):
        worker.request(Recognize(number, drawing(number)))
        if number == 1:
            gate.entered.get(timeout=TIMEOUT)  # the others come while this one is being read
    gate.leave.put(SimpleNamespace(label=1))
    assert posted.get(timeout=TIMEOUT).number == 1
    assert gate.entered.get(timeout=TIMEOUT)[0][0, 0] == 5
    gate.leave.put(SimpleNamespace(label=2))
    assert posted.get(timeout=TIMEOUT).number == 5
    assert gate.entered.empty()


def test_a_failure_is_told_once_on_stderr_and_each_time_to_the_window(worker, gate, posted, capsys):
    for number in (1, 2):
        worker.request(Recognize(number, drawing(1.0)))
        gate.entered.get(timeout=TIMEOUT)
        gate.leave.put(ArithmeticError("not finite"))
        assert posted.get(timeout=TIMEOUT) == Failed(number, "ArithmeticError: not finite")
    assert capsys.readouterr().err.count("Traceback") == 1
    worker.request(Recognize(3, drawing(1.0)))
    gate.leave.put(SimpleNamespace(label=2))
    assert posted.get(timeout=TIMEOUT).number == 3


def test_a_failed_warm_up_is_told(gate, posted, capsys):
    gate.leave.put(RuntimeError("no cache"))
    worker = Worker(gate, posted.put)
    assert posted.get(timeout=TIMEOUT) == Failed(0, "RuntimeError: no cache")
    assert posted.get(timeout=TIMEOUT) == Ready()
    worker.close(TIMEOUT)
    assert "no cache" in capsys.readouterr().err


def test_closing_drops_what_waits(worker, gate, posted):
    worker.request(Recognize(1, drawing(1.0)))
    gate.entered.get(timeout=TIMEOUT)
    worker.request(Recognize(2, drawing(2.0)))
    worker.close(0.0)
    for label in (1, 2):
        gate.leave.put(SimpleNamespace(label=label))
    worker.close(TIMEOUT)
    assert posted.get(timeout=TIMEOUT).number == 1
    assert posted.empty()
