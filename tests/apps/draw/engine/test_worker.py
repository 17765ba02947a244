"""The inference thread: newest document only, analyses in turns, failures told, the caller never kept waiting."""

import queue
import threading

import pytest

from apps.draw.core.document import BrushStroke, Document
from apps.draw.core.effects import PasteDocument, Recognize
from apps.draw.core.messages import Answered, Failed, LoadFailed, PanelData, Ready
from apps.draw.core.panels import Panel
from apps.draw.core.points import Points
from apps.draw.core.state import StatusMessage
from apps.draw.engine.worker import Worker

TIMEOUT = 30.0  # for a test that fails; none waits for it


class Gate:
    """A engine that holds each request until the test lets it go."""

    def __init__(self, warm_up=None):
        self.entered = queue.Queue()
        self.leave = queue.Queue()
        self.woken = warm_up or Ready()
        self.parts = []
        self.preparation = []

    def warm_up(self):
        if isinstance(self.woken, Exception):
            raise self.woken
        return self.woken

    def prepare(self):
        yield from self.preparation

    def _hold(self, what):
        self.entered.put(what)
        result = self.leave.get(timeout=TIMEOUT)
        if isinstance(result, Exception):
            raise result
        return result

    def answer(self, request):
        return Answered(request.number, self._hold(request))

    def analyses(self, request):
        return self.parts if request.panel is not None else []

    def run(self, name, request):
        for piece in range(2):
            yield PanelData(request.number, name, self._hold((name, piece)))

    def carry_out(self, effect):
        return StatusMessage(self._hold(effect))


@pytest.fixture
def gate():
    return Gate()


@pytest.fixture
def posted():
    return queue.Queue()


@pytest.fixture
def worker(gate, posted):
    worker = Worker(gate, posted.put)
    assert posted.get(timeout=TIMEOUT) == Ready()
    yield worker
    for _ in range(9):
        gate.leave.put("")
    worker.close(TIMEOUT)
    assert not any(thread.name == "recognizer" for thread in threading.enumerate())


def request(number, panel=None):
    return Recognize(number, Document((BrushStroke(Points(((float(number), 0.0),))),)), panel=panel)


def test_it_answers(worker, gate, posted):
    worker.request(request(1))
    assert gate.entered.get(timeout=TIMEOUT) == request(1)
    gate.leave.put("seven")
    assert posted.get(timeout=TIMEOUT) == Answered(1, "seven")


def test_only_the_newest_request_is_read(worker, gate, posted):
    for number in range(1, 6):
        worker.request(request(number))
        if number == 1:
            gate.entered.get(timeout=TIMEOUT)  # the others come while this one is being read
    gate.leave.put("")
    assert posted.get(timeout=TIMEOUT).number == 1
    assert gate.entered.get(timeout=TIMEOUT).number == 5
    gate.leave.put("")
    assert posted.get(timeout=TIMEOUT).number == 5
    assert gate.entered.empty()


def test_other_effects_all_have_their_turn_before_the_next_answer(worker, gate, posted):
    worker.request(request(1))
    gate.entered.get(timeout=TIMEOUT)
    worker.request(request(2))
    worker.request(PasteDocument())
    worker.request(PasteDocument())
    for expected in (Answered(1, "a"), StatusMessage("b"), StatusMessage("c"), Answered(2, "d")):
        gate.leave.put({Answered: lambda e: e.prediction, StatusMessage: lambda e: e.text}[type(expected)](expected))
        assert posted.get(timeout=TIMEOUT) == expected


def test_the_parts_of_a_study_take_turns_with_answers(worker, gate, posted):
    gate.parts = ["maps", "saliency"]
    seen = []

    def go():
        what = gate.entered.get(timeout=TIMEOUT)
        seen.append(what if isinstance(what, tuple) else what.number)
        gate.leave.put("")

    worker.request(request(1, Panel.INSIDE))
    go()
    assert gate.entered.get(timeout=TIMEOUT) == ("maps", 0)
    worker.request(request(2, Panel.INSIDE))  # while the first piece is computed
    gate.leave.put("")
    for _ in range(6):
        go()
    # The part that was begun goes on after the answer; the others follow for the newest document, and it again.
    assert seen == [1, 2, ("maps", 1), ("saliency", 0), ("saliency", 1), ("maps", 0), ("maps", 1)]
    numbers = [posted.get(timeout=TIMEOUT).number for _ in range(8)]
    assert numbers == [1, 1, 2, 1, 2, 2, 2, 2]


def test_closing_a_panel_ends_its_study(worker, gate, posted):
    gate.parts = ["maps"]
    worker.request(request(1, Panel.INSIDE))
    gate.entered.get(timeout=TIMEOUT)
    gate.leave.put("")
    gate.entered.get(timeout=TIMEOUT)
    worker.request(request(2))
    gate.leave.put("")
    assert gate.entered.get(timeout=TIMEOUT) == request(2)
    gate.leave.put("")
    assert [posted.get(timeout=TIMEOUT).number for _ in range(3)] == [1, 1, 2]
    assert gate.entered.empty()


def test_a_failure_is_told_once_on_stderr_and_each_time_to_the_window(worker, gate, posted, capsys):
    for number in (1, 2):
        worker.request(request(number))
        gate.leave.put(ArithmeticError("not finite"))
        assert posted.get(timeout=TIMEOUT) == Failed(number, "ArithmeticError: not finite")
    assert capsys.readouterr().err.count("Traceback") == 1
    worker.request(request(3))
    gate.leave.put("")
    assert posted.get(timeout=TIMEOUT).number == 3


def test_a_file_that_is_broken_is_a_line(worker, gate, posted, capsys):
    worker.request(PasteDocument())
    gate.leave.put(ValueError("a.json: not JSON"))
    assert posted.get(timeout=TIMEOUT) == StatusMessage("a.json: not JSON", error=True)
    worker.request(PasteDocument())
    gate.leave.put(PermissionError(13, "Permission denied", "b.json"))
    assert posted.get(timeout=TIMEOUT) == StatusMessage("b.json: Permission denied", error=True)
    assert capsys.readouterr().err == ""


def test_a_study_that_fails_is_told_and_dropped(worker, gate, posted, capsys):
    gate.parts = ["maps", "saliency"]
    worker.request(request(1, Panel.INSIDE))
    gate.leave.put("")
    gate.leave.put(KeyError("relu_1"))
    assert posted.get(timeout=TIMEOUT) == Answered(1, "")
    assert posted.get(timeout=TIMEOUT) == StatusMessage("KeyError: 'relu_1'", error=True)
    worker.request(request(2))
    gate.leave.put("")
    assert posted.get(timeout=TIMEOUT) == Answered(2, "")
    assert "KeyError" in capsys.readouterr().err


def test_a_network_that_fails_at_first_is_told(posted, capsys):
    worker = Worker(Gate(RuntimeError("no cache")), posted.put)
    assert posted.get(timeout=TIMEOUT) == Failed(0, "RuntimeError: no cache")
    assert posted.get(timeout=TIMEOUT) == Ready()
    worker.close(TIMEOUT)
    assert "no cache" in capsys.readouterr().err


def test_weights_that_cant_be_read_end_it(posted):
    worker = Worker(Gate(ValueError("a.npz: not weights")), posted.put)
    assert posted.get(timeout=TIMEOUT) == LoadFailed("a.npz: not weights")
    worker.close(TIMEOUT)


def test_what_is_prepared_yields_to_the_first_page(posted):
    gate = Gate()
    gate.preparation = (gate._hold(("prepared", piece)) for piece in range(100))
    worker = Worker(gate, posted.put)
    assert gate.entered.get(timeout=TIMEOUT) == ("prepared", 0)
    worker.request(request(1))
    gate.leave.put(None)
    assert gate.entered.get(timeout=TIMEOUT) == request(1)
    gate.leave.put("")
    assert [posted.get(timeout=TIMEOUT) for _ in range(2)] == [Ready(), Answered(1, "")]
    worker.close(TIMEOUT)
    assert gate.entered.empty()


def test_closing_drops_what_waits(worker, gate, posted):
    worker.request(request(1))
    gate.entered.get(timeout=TIMEOUT)
    worker.request(request(2))
    worker.close(0.0)
    for _ in range(2):
        gate.leave.put("")
    worker.close(TIMEOUT)
    assert posted.get(timeout=TIMEOUT).number == 1
    assert posted.empty()


def test_too_little_memory_is_a_line(worker, gate, posted, capfd):
    worker.request(PasteDocument())
    gate.entered.get(timeout=TIMEOUT)
    gate.leave.put(MemoryError())
    assert posted.get(timeout=TIMEOUT) == StatusMessage("not enough memory", error=True)
    assert capfd.readouterr().err == ""
