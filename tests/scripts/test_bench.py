"""The benchmark's workers: whatever a framework prints, and however it fails. No timing."""

import signal
import subprocess
import sys

import pytest

from apps.cli.arguments import UsageError
from scripts import bench


@pytest.fixture
def worker(monkeypatch):
    """Makes a worker whose process runs this code in place of a contestant."""
    popen = subprocess.Popen

    def make(code):
        def start(command, **options):
            return popen([sys.executable, "-c", code], **options)

        monkeypatch.setattr(bench.subprocess, "Popen", start)
        return bench.Worker("a task", "someone", "task", 1)

    return make


def test_a_talkative_contestant_is_heard(worker):
    talkative = worker(
        "import sys\n"
        "sys.stderr.write('a warning\\n' * 50_000)\n"
        'print(\'{"version": "talk 1.0"}\', flush=True)\n'
        "for _ in sys.stdin: print(0.25, flush=True)\n"
    )
    assert talkative.result.version == "talk 1.0"
    talkative.turn()
    talkative.turn()
    assert talkative.close().turns == [0.25, 0.25]


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("raise SystemExit('no such thing\\n\\n')", "someone failed: no such thing"),
        ("raise SystemExit(3)", "someone failed: exit status 3"),
        ("print('Hello!')", "someone failed: Hello!"),
    ],
)
def test_a_contestant_that_fails_is_one_line(worker, code, complaint):
    with pytest.raises(UsageError, match=f"^{complaint}$"):
        worker(code)


def test_a_contestant_that_fails_later_is_one_line(worker):
    dying = worker("print('{\"version\": \"1\"}', flush=True); raise SystemExit('out of memory')")
    dying.process.wait()
    with pytest.raises(UsageError, match=r"^someone failed: out of memory$"):
        dying.turn()


def test_who_is_interrupted_leaves_no_contestant_at_work(worker):
    busy = worker('print(\'{"version": "1"}\', flush=True); input(); input()')

    def interrupted(self, *arguments):
        raise KeyboardInterrupt

    process, answers = busy.process, busy.process.stdout
    process.stdout = type("Interrupted", (), {"readline": interrupted})()
    with pytest.raises(KeyboardInterrupt):
        busy.turn()
    assert process.returncode == -signal.SIGKILL
    process.stdout = answers
    busy.close()


def test_who_is_interrupted_leaves_no_contestant_waiting(worker, monkeypatch):
    idle = worker('print(\'{"version": "1"}\', flush=True); input(); input()')

    def interrupted(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(bench.time, "sleep", interrupted)
    with pytest.raises(KeyboardInterrupt):
        bench.Bench(quick=True, rounds=1, threads=1)._take_turns([idle], 1)
    assert idle.process.returncode == -signal.SIGKILL
    idle.close()
