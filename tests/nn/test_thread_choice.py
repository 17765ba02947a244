"""Which pieces of work one thread does: with a clock that only the work moves."""

import contextlib

import pytest

from nn import thread_choice
from nn.ops import backend
from nn.thread_choice import IDLE_SECONDS, LONGEST_PAUSE, LOSS, PATIENCE, ThreadChoice


class Machine:
    """Counts seconds; a piece takes ``one`` with one thread and ``all`` with all. ``log`` has a 1 for each with one."""

    def __init__(self, monkeypatch):
        self.now, self.threads, self.log = 100.0, 2, []
        self.one, self.all = 0.002, 0.001
        monkeypatch.setattr(thread_choice.backend, "thread_count", lambda: self.threads)
        monkeypatch.setattr(thread_choice.backend, "one_thread", self.one_thread)
        self.choice = ThreadChoice(lambda: self.now)

    @contextlib.contextmanager
    def one_thread(self):
        before, self.threads = self.threads, 1
        yield
        self.threads = before

    def work(self):
        self.log.append(self.threads)
        self.now += self.one if self.threads == 1 else self.all
        return len(self.log)

    def run(self, count):
        self.log.clear()
        for number in range(count):
            assert self.choice.run(self.work, 64) == number + 1
        return self.log


@pytest.fixture
def machine(monkeypatch):
    return Machine(monkeypatch)


def test_all_threads_work_where_they_are_faster(machine):
    assert machine.run(5) == [1, 2, 2, 2, 2]
    assert machine.run(4) == [2, 2, 2, 2]


def test_the_first_piece_after_idleness_is_for_one(machine):
    machine.run(3)
    machine.now += 2 * IDLE_SECONDS
    assert machine.run(3) == [1, 2, 2]


def test_little_time_is_lost_while_all_are_slower(machine):
    machine.all = 0.0041
    log = machine.run(2000)
    assert log[:85] == [1, 2, 2, *[1] * 82]
    assert log.count(2) > 10
    assert machine.now - 100 < 2000 * machine.one * (1 + LOSS)
    machine.all = 0.001
    assert machine.run(LONGEST_PAUSE + 3)[-2:] == [2, 2]


def test_one_thread_is_measured_again_after_a_slow_start(machine):
    machine.one, machine.all = 1.0, 0.003  # kernels are loaded
    machine.run(1)
    machine.one = 0.002
    assert machine.run(200).count(1) > 150


def test_a_machine_that_became_slower_is_noticed(machine):
    machine.run(20)
    machine.one, machine.all = 0.008, 0.004
    machine.run(200)
    assert machine.run(200).count(2) > 190


def test_checks_are_rare(machine):
    assert machine.run(2000).count(1) < 20


def test_a_slow_piece_among_faster_ones_is_chance(machine):
    machine.run(5)
    machine.all = 0.003
    assert machine.run(PATIENCE) == [2] * PATIENCE
    assert machine.run(1) == [1]


def test_all_threads_may_have_to_be_awake(machine):
    machine.choice = ThreadChoice(lambda: machine.now, idle_seconds=0.01)
    machine.run(3)
    machine.now += 0.011
    assert machine.run(3) == [1, 2, 2]


def test_the_piece_that_wakes_the_threads_is_not_measured(machine):
    machine.run(1)
    machine.all = 0.003
    assert machine.run(1) == [2]
    machine.all = 0.001
    assert machine.run(5) == [2, 2, 2, 2, 2]


def test_small_pieces_are_not_measured(machine):
    machine.run(2)
    machine.all = 1.0
    machine.log.clear()
    machine.choice.run(machine.work, 1, is_measured=False)
    assert machine.run(1) == [2]
    assert machine.run(1) == [1]


def test_one_thread_is_left_alone(machine):
    machine.threads = 1
    assert machine.run(3) == [1, 1, 1]


@pytest.mark.usefixtures("needs_numba")
def test_the_backend_restores_the_number_of_threads():
    before = backend.thread_count()
    with backend.one_thread():
        assert backend.thread_count() == 1
    assert backend.thread_count() == before
