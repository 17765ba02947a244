"""What differs between operating systems, and what happens where a system lacks it.

| call | Linux | macOS | Windows |
|---|---|---|---|
| lock a file (`lock`) | ``flock`` | ``flock`` | none: the last of two programs wins |
| write a device or pipe (`open_special`) | fails at once where a pipe has no reader | the same | waits |
| rename over an open file (``Path.replace``) | readers keep it | the same | fails, the earlier file stays |
| signals that end a program | SIGINT, SIGTERM, SIGPIPE | the same | Ctrl-C; no SIGPIPE |
| a signal for a blocked main thread (`send_to_main_thread`) | ``pthread_kill`` | the same | after the blocking call |
| fork (`at_fork`) | yes; GNU OpenMP ends the child | yes | none: processes are spawned |
| memory of a process (`peak_rss_mib`, `rss_mib`) | ``/proc`` | ``getrusage``, own peak only | unknown |
| priority of a process (`lower_priority`) | ``nice`` | ``nice`` | ``SetPriorityClass`` |
| the processor's name (`processor_name`) | ``/proc/cpuinfo`` | ``platform.processor`` | the same |
| thresholds of malloc (`call_libc`) | glibc | left alone | left alone |
| functions of libraries (`call_library`) | yes | yes | only those that the library itself exports |
| the user's folders (`user_data_folder`, ...) | ``XDG_DATA_HOME`` | ``~/Library`` | ``%LOCALAPPDATA%`` |
| commands of the clipboard (``apps/draw/engine/clipboard.py``) | ``wl-copy``, ``xclip`` | ``osascript`` | PowerShell |

No other module asks which system it runs on; the folders of ``nn/paths.py`` are those of platformdirs.
"""

import _thread
import ctypes
import errno
import os
import platform
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

if sys.platform != "win32":
    import fcntl
    import resource

T = TypeVar("T")

#: For `os.open`: no translation of line ends (Windows), and no symbolic link followed (elsewhere).
O_BINARY, O_NOFOLLOW = getattr(os, "O_BINARY", 0), getattr(os, "O_NOFOLLOW", 0)

#: The signal of a closed pipe, as exit statuses name it; Windows has none.
SIGPIPE = int(getattr(signal, "SIGPIPE", 13))

#: Whether a forked process may use OpenMP: GNU's, on Linux, ends it.
IS_OPENMP_FORK_SAFE = sys.platform != "linux"


def choose(other: T, *, macos: T, windows: T) -> T:
    """The value for this system.

    >>> choose("xclip", macos="osascript", windows="powershell") in ("xclip", "osascript", "powershell")
    True
    """
    return {"darwin": macos, "win32": windows}.get(sys.platform, other)


def is_root() -> bool:
    """Whether this process runs as the root user; False on Windows."""
    return sys.platform != "win32" and os.geteuid() == 0


def lock(descriptor: int) -> bool | None:
    """Lock a file until it is closed, or its process ends; False if another holds it, None where there are no locks."""
    if sys.platform == "win32":
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return None
    return True


def open_special(path: Path) -> int:
    """Open a device or a pipe for writing; OSError, not waiting for ever, where a pipe has no reader."""
    if sys.platform == "win32":
        return os.open(path, os.O_WRONLY)
    descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    os.set_blocking(descriptor, True)
    return descriptor


def user_data_folder() -> Path:
    """Where programs keep what the user makes, each in a folder of its own; the current folder without a home."""
    local = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    other = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return _expanded(choose(other, macos="~/Library/Application Support", windows=local))


def user_settings_folder() -> Path:
    """The same for settings."""
    roaming = os.environ.get("APPDATA") or "~/AppData/Roaming"
    usual = choose("~/.config", macos="~/Library/Application Support", windows=roaming)
    return _expanded(os.environ.get("XDG_CONFIG_HOME") or usual)


def _expanded(path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError:  # a user without a home
        return Path()


def start_thread(thread: threading.Thread) -> None:
    """Start a thread; OSError, which says so, where the system has no more."""
    try:
        thread.start()
    except RuntimeError as error:
        raise OSError(errno.EAGAIN, str(error)) from None


def send_to_main_thread(signum: int) -> None:
    """Send a signal so that it also ends a blocking call of the main thread, where the system supports that."""
    if sys.platform != "win32":
        signal.pthread_kill(threading.main_thread().ident or 0, signum)
    else:
        _thread.interrupt_main(signum)


def at_fork(before: Callable[[], object], in_parent: Callable[[], object], in_child: Callable[[], object]) -> None:
    """Call these functions around each fork from now on."""
    if sys.platform != "win32":
        os.register_at_fork(before=before, after_in_parent=in_parent, after_in_child=in_child)


def call_libc(function: str, *arguments: int) -> None:
    """Call a function of glibc; nothing happens with another C library."""
    if sys.platform == "linux":
        call_library(None, function, *arguments)


def call_library(path: str | None, function: str, *arguments: int | None) -> None:
    """Call a function of a shared library, or of one that it uses; nothing happens where it can't be found.

    Args:
        path: of the library; None: of this process.
        function: its name.
        arguments: integers, and None for a null pointer.
    """
    try:
        ctypes.CDLL(path)[function](*arguments)
    except (OSError, AttributeError):
        return


def lower_priority() -> None:
    """Let this process wait where another one wants the processor: for long work beside a window."""
    if sys.platform != "win32":
        os.nice(5)
    else:
        kernel = ctypes.windll.kernel32
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), 0x4000)  # BELOW_NORMAL_PRIORITY_CLASS


def processor_name() -> str:
    """The name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def peak_rss_mib() -> float | None:
    """The peak resident memory of this process in MiB; None where the system does not report it."""
    if (peak := _status("self", "VmHWM")) is not None:  # getrusage counts what the parent held before it forked, too
        return peak
    if sys.platform == "win32":
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 1024  # bytes on macOS, KiB elsewhere


def rss_mib(pid: int) -> float | None:
    """The resident memory of a process in MiB; None where the system does not report it."""
    return _status(str(pid), "VmRSS")


def _status(process: str, field: str) -> float | None:
    """A size in MiB that Linux reports of a process."""
    try:
        return int(Path("/proc", process, "status").read_text().split(f"{field}:")[1].split()[0]) / 1024
    except (OSError, IndexError):
        return None
