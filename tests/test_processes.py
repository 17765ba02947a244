import signal

from tests import processes


def test_a_test_that_ends_early_leaves_no_process_running(tmp_path):
    with processes.killed_at_exit():
        process = processes.start(processes.python("while True: pass"))
    assert process.returncode == -signal.SIGKILL


def test_a_process_that_hangs_is_killed(tmp_path):
    result = processes.run(processes.python("while True: pass"), timeout=0.1)
    assert result.status == 128 + signal.SIGKILL
    assert "killed after 0.1 s" in result.err


def test_a_one_line_error_has_status_2_and_one_line():
    assert processes.Result(2, "", "no such file\n").is_one_line_error
    assert not processes.Result(1, "", "no such file\n").is_one_line_error
    assert not processes.Result(2, "", "Traceback\nKeyError\n").is_one_line_error
