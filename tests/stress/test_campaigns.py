"""The campaigns, each in short, and that the command counts what they find."""

import signal
import sys

import pytest

from tests.stress import __main__ as torture
from tests.stress import long_runs, programs
from tests.stress.campaign import Campaign

#: How often each is done here, of those that need no long-running programs.
SHORT = {"weights": 40, "downloads": 4, "numbers": 4, "kill-saving": 1}


@pytest.mark.parametrize("name", SHORT)
def test_in_short(name, tmp_path):
    campaign = torture.CAMPAIGNS[name]
    assert [result for result in campaign.run(SHORT[name], tmp_path) if result is not None] == []


def test_failures_are_counted_and_told(monkeypatch, capsys):
    campaign = Campaign("some hold", lambda count, folder: iter([None, "it broke"]), full=2, quick=1)
    monkeypatch.setattr(torture, "CAMPAIGNS", {"some": campaign})
    assert torture.main(["--quick"]) == 1
    out, err = capsys.readouterr()
    assert "some hold: 2 cases, 1 failed" in out
    assert err == "some: it broke\n"


def test_who_is_interrupted_leaves_no_program_running(monkeypatch, capsys):
    started = []

    def interrupted(count, folder):
        started.append(programs.start([sys.executable, "-c", "while True: pass"], folder))
        raise KeyboardInterrupt
        yield

    campaign = Campaign("one that takes long", interrupted, full=1, quick=1)
    monkeypatch.setattr(torture, "CAMPAIGNS", {"some": campaign})
    assert torture.main([]) == 128 + signal.SIGINT
    assert capsys.readouterr().err == "torture.py: interrupted\n"
    assert started[0].returncode == -signal.SIGKILL


def _course_of_memory(leak):
    """A training's memory at 600 looks: 6 MiB more while a checkpoint is written, and so many MiB lost on the way."""
    return [160 + 6 * (number * 7 % 10 < 5 + (number > 400)) + leak * number / 600 for number in range(600)]


def test_what_comes_and_goes_is_no_growth():
    assert long_runs.growth(_course_of_memory(leak=0)) == 0
    assert long_runs.growth(_course_of_memory(leak=4)) > long_runs.GROWTH
    assert long_runs.growth([1.0] * 200 + [2.0] * 400) == 1
