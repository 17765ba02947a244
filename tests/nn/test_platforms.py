"""What differs between systems: what it does here, and what is missing elsewhere."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from nn import platforms

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has it")
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has none")


@pytest.mark.parametrize(("system", "expected"), [("linux", 1), ("freebsd14", 1), ("darwin", 2), ("win32", 3)])
def test_each_system_has_its_choice(system, expected, monkeypatch):
    monkeypatch.setattr(sys, "platform", system)
    assert platforms.choose(1, macos=2, windows=3) == expected


@posix
def test_a_file_is_locked_until_it_is_closed(tmp_path):
    first, second = (os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT) for _ in range(2))
    assert platforms.lock(first) is True
    assert platforms.lock(second) is False
    os.close(first)
    assert platforms.lock(second) is True
    os.close(second)


def test_without_locks_there_is_no_answer(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    with (tmp_path / "file").open("wb") as file:
        assert platforms.lock(file.fileno()) is None


@posix
def test_a_pipe_without_a_reader_fails_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError):
        platforms.open_special(tmp_path / "pipe")


@posix
def test_a_signal_reaches_the_main_thread():
    received = []
    before = signal.signal(signal.SIGTERM, lambda *_: received.append(threading.current_thread()))
    try:
        thread = threading.Thread(target=platforms.send_to_main_thread, args=(signal.SIGTERM,))
        thread.start()
        thread.join()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert received == [threading.main_thread()]


def test_a_thread_that_can_not_start_is_an_error_of_the_system(monkeypatch):
    def start(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(OSError, match="can't start new thread"):
        platforms.start_thread(threading.Thread())


@linux
def test_the_folders_of_a_user_follow_the_environment(monkeypatch):
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/home/a")
    assert platforms.user_data_folder().as_posix() == "/home/a/.local/share"
    assert platforms.user_settings_folder().as_posix() == "/home/a/.config"
    monkeypatch.setenv("XDG_CONFIG_HOME", "/settings")
    assert platforms.user_settings_folder().as_posix() == "/settings"


def test_the_memory_of_a_process_is_measured_or_unknown():
    for size in (platforms.peak_rss_mib(), platforms.rss_mib(os.getpid())):
        assert size is None or 10 < size < 1e6
    assert platforms.rss_mib(2**30) is None


@linux
def test_without_proc_getrusage_gives_the_peak(monkeypatch):
    exact = platforms.peak_rss_mib()
    monkeypatch.setattr(platforms, "_status", lambda process, field: None)
    assert platforms.peak_rss_mib() == pytest.approx(exact, rel=0.5)


def test_the_processor_has_a_name():
    assert platforms.processor_name().isprintable()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has classes of priority instead of numbers")
def test_a_process_lowers_its_priority():
    code = "import os; from nn import platforms; platforms.lower_priority(); print(os.nice(0))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(found.stdout) > os.nice(0)
