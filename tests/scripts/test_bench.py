"""The benchmark: its workers, whatever a framework prints and however it fails, and its tables. No timing."""

import signal
import subprocess
import sys

import pytest

from apps.cli.arguments import UsageError
from scripts import bench


@pytest.fixture
def worker(monkeypatch):
    """Makes a worker whose process runs this code instead of a framework."""
    popen = subprocess.Popen

    def make(code):
        def start(command, **options):
            return popen([sys.executable, "-c", code], **options)

        monkeypatch.setattr(bench.subprocess, "Popen", start)
        return bench.Runner("a task", "someone", "task", 1)

    return make


def test_a_framework_that_prints_a_lot(worker):
    talkative = worker(
        "import sys\n"
        "sys.stderr.write('a warning\\n' * 50_000)\n"
        'print(\'{"version": "talk 1.0"}\', flush=True)\n'
        "for _ in sys.stdin: print(0.25, flush=True)\n"
    )
    assert talkative.result.version == "talk 1.0"
    talkative.repeat()
    talkative.repeat()
    assert talkative.close().values == [0.25, 0.25]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("raise SystemExit('no such thing\\n\\n')", "someone failed: no such thing"),
        ("raise SystemExit(3)", "someone failed: exit status 3"),
        ("print('Hello!')", "someone failed: Hello!"),
    ],
)
def test_a_framework_that_fails_is_one_line(worker, code, message):
    with pytest.raises(UsageError, match=f"^{message}$"):
        worker(code)


def test_a_framework_that_fails_later_is_one_line(worker):
    dying = worker("print('{\"version\": \"1\"}', flush=True); raise SystemExit('out of memory')")
    dying.process.wait()
    with pytest.raises(UsageError, match=r"^someone failed: out of memory$"):
        dying.repeat()


def test_an_interrupt_kills_a_busy_worker(worker):
    busy = worker('print(\'{"version": "1"}\', flush=True); input(); input()')

    def interrupted(self, *arguments):
        raise KeyboardInterrupt

    process, answers = busy.process, busy.process.stdout
    process.stdout = type("Interrupted", (), {"readline": interrupted})()
    with pytest.raises(KeyboardInterrupt):
        busy.repeat()
    assert process.returncode == -signal.SIGKILL
    process.stdout = answers
    busy.close()


def test_an_interrupt_kills_an_idle_worker(worker, monkeypatch):
    idle = worker('print(\'{"version": "1"}\', flush=True); input(); input()')

    def interrupted(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(bench.time, "sleep", interrupted)
    with pytest.raises(KeyboardInterrupt):
        bench.Bench(quick=True, rounds=1, threads=1).alternate([idle], 1)
    assert idle.process.returncode == -signal.SIGKILL
    idle.close()


def test_results_have_a_median_and_a_half_iqr():
    result = bench.Result("a task", "someone", "1", values=[1.0, 2.0, 3.0, 4.0, 5.0])
    assert result.median == 3.0
    assert result.half_iqr == pytest.approx(1 / 3)
    assert bench.Result("a task", "someone", "1", values=[2.0]).half_iqr == 0.0


def test_the_table_shows_the_speed_up(capsys):
    results = [bench.Result("a task", name, "1", values=[value]) for name, value in (("ours", 0.5), ("other", 1.25))]
    bench.print_table(results, "ms", 1e3)
    title, ours, other = capsys.readouterr().out.strip().splitlines()
    assert title == "a task (n = 1)"
    assert "500.000 ms" in ours
    assert "speed-up" not in ours
    assert other.endswith("speed-up  2.50")


def test_the_help_lists_the_sections(capsys):
    with pytest.raises(SystemExit):
        bench.main(["--help"])
    out = capsys.readouterr().out
    for name, section in bench.SECTIONS.items():
        assert f"  {name:<8} {section.__doc__}" in out


def test_speed_ups_are_over_the_best_other_one_and_the_worst_comes_first(capsys):
    def group(title, *values):
        return [bench.Result(title, f"framework {i}", "1", values=[value]) for i, value in enumerate(values)]

    bench.print_speed_ups([group("quick", 1.0, 9.0, 5.0), group("alone", 1.0), group("slow", 2.0, 3.0)])
    _, slow, quick = capsys.readouterr().out.strip().splitlines()
    assert slow.split() == ["1.50", "slow", "(framework", "1)"]
    assert quick.split() == ["5.00", "quick", "(framework", "2)"]


def test_another_framework_that_fails_is_left_out(monkeypatch, capsys):
    def start(title, name, task, threads):
        if name != "ours":
            raise UsageError(f"{name} failed: no compiler")
        return name

    monkeypatch.setattr(bench, "Runner", start)
    monkeypatch.setattr(bench.frameworks, "missing", lambda name: [])
    measured = bench.Bench(quick=True, rounds=1, threads=1)
    monkeypatch.setattr(measured, "alternate", lambda workers, rounds: [bench.Result("a", *workers, "1", values=[1.0])])
    measured.compare("a task", "train", ["ours", "other"], 1, "s", 1)
    assert "a task: left out, other failed: no compiler" in capsys.readouterr().out


def test_each_section_names_tasks_that_exist(monkeypatch):
    asked = []

    class Recorded:
        def __init__(self, title, name, task, threads):
            asked.append((name, task.split(":")[0]))
            self.result = bench.Result(title, name, "1", values=[1.0])

    monkeypatch.setattr(bench, "Runner", Recorded)
    monkeypatch.setattr(bench.frameworks, "missing", lambda name: [])
    measured = bench.Bench(quick=False, rounds=1, threads=2)
    monkeypatch.setattr(measured, "alternate", lambda workers, rounds: [worker.result for worker in workers])
    for name in bench.SECTIONS.keys() - {"whole", "time_to_accuracy"}:
        bench.SECTIONS[name](measured)
    expected = {(name, "train") for name in bench.frameworks.TRAINING} | {("ours", "growth"), ("ours", "limit")}
    expected |= {(name, kind) for name in bench.frameworks.PREDICTION for kind in ("warm", "cold", "busy")}
    assert set(asked) == expected
