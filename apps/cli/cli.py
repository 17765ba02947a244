"""What the scripts share: the vocabulary of their arguments, one-line errors, exit statuses."""

import _thread
import argparse
import contextlib
import functools
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, ParamSpec

from nn.errors import CheckpointError, DataError

P = ParamSpec("P")
Handler = Callable[[int, FrameType | None], None]

# Where it may not keep its fonts, matplotlib says so in three lines, and draws the same pictures.
logging.getLogger("matplotlib").setLevel(logging.ERROR)

SUCCESS = 0
PARTLY_FAILED = 1  # some of the inputs could not be read; the others were
BAD_INPUT = 2  # nothing done; one line on stderr says why

#: Seconds until an interrupt that was dropped comes again.
AGAIN = 0.01


class UsageError(ValueError):
    """The command line asks for something impossible; the message says what."""


class Terminated(KeyboardInterrupt):
    """SIGTERM: the same as Ctrl-C, except for the exit status."""


class Parser(argparse.ArgumentParser):
    """An ``ArgumentParser`` whose complaints are one line, raised as `UsageError`."""

    def __init__(self, description: str | None) -> None:
        super().__init__(description=(description or "").strip(), formatter_class=argparse.RawDescriptionHelpFormatter)

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing the usage and exiting, so that `main` can return a status."""
        raise UsageError(f"{message} (--help lists what there is)")


def positive_int(text: str) -> int:
    """A whole number of at least 1, for ``type=``."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, got {text!r}")
    return int(text)


def count(text: str) -> int:
    """A whole number of at least 0, for ``type=``."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 0, got {text!r}")
    return int(text)


def positive_float(text: str) -> float:
    """A finite number above 0, for ``type=``."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")
    return value


_VOCABULARY: dict[str, dict[str, Any]] = {
    "arch": {
        "metavar": "NAME",
        "default": "baseline",
        "help": "architecture: a name of nn.zoo (baseline, mlp, lenet5, deep, tiny), or a JSON file that lists layers",
    },
    "recipe": {
        "metavar": "NAME",
        "default": "default",
        "help": "how it is trained: default, plain (Adam 1e-3, batch 32, 5 epochs), thorough (20 epochs), drawing "
        "(MNIST and made-up drawings, for what is drawn in the window), gentle (the default with small warps, for "
        "images that are no handwriting), or a JSON file of settings",
    },
    "epochs": {"metavar": "N", "type": positive_int, "help": "passes over the training images (default: the recipe's)"},
    "batch-size": {"metavar": "N", "type": positive_int, "help": "images a step (default: the recipe's)"},
    "learning-rate": {
        "metavar": "X",
        "type": positive_float,
        "help": "the optimizer's step size, or its peak (default: the recipe's)",
    },
    "seed": {"metavar": "N", "type": count, "default": 0, "help": "fixes everything that is random"},
    "data": {
        "metavar": "DIR",
        "type": Path,
        "help": "folder of the four IDX files (default: $NN_DATA, or else data/mnist, filled by download)",
    },
    "weights": {"metavar": "FILE", "type": Path, "help": "weights to use (default: the shipped ones)"},
    "out": {"metavar": "FILE", "type": Path, "help": "where the result goes"},
    "runs": {"metavar": "DIR", "type": Path, "default": Path("runs"), "help": "folder of run folders"},
    "metrics": {"metavar": "FILE.json", "type": Path, "help": "write the figures there, for programs"},
    "quiet": {"action": "store_true", "help": "no progress and no summary: only the result and errors"},
}


def add_arguments(parser: argparse.ArgumentParser, *names: str, **changes: dict[str, Any]) -> None:
    """Add arguments of the shared vocabulary.

    Args:
        parser: takes the arguments.
        names: of the arguments, without dashes: ``"batch-size"``.
        changes: by name (underscores for dashes), what this script says differently:
            ``out={"default": Path("picture.png")}``.

    A default that means something is added to the help text.
    """
    for name in names:
        settings = _VOCABULARY[name] | changes.get(name.replace("-", "_"), {})
        if settings.get("default") is not None:
            settings["help"] += " (default: %(default)s)"
        parser.add_argument(f"--{name}", **settings)


def check_writable(*paths: Path | None) -> None:
    """Say now, and not after the work, that a result can't be written; None stands for one that isn't wanted.

    Raises:
        UsageError: a path is a folder, or its folder can't be written.
        OSError: its folder can't be made.
    """
    for path in paths:
        if path is None:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise UsageError(f"{path}: expected a file to write, found a folder")
        if not os.access(path.parent, os.W_OK):
            raise UsageError(f"{path.parent}: can't write there")


def script(body: Callable[P, int]) -> Callable[P, int]:
    """Make a script's ``main`` out of its body: what can go wrong becomes one line and an exit status.

    The status is the body's own; 2 for bad input; 130 after Ctrl-C; 143 after SIGTERM. Anything else that is
    raised is a mistake in the program, and keeps its traceback.
    """
    name = Path(body.__code__.co_filename).name

    @functools.wraps(body)
    def main(*args: P.args, **kwargs: P.kwargs) -> int:
        try:
            with _signals_raise():
                return body(*args, **kwargs)
        except BrokenPipeError:  # the reader of stdout, `head` say, has all that it wants
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 128 + signal.SIGPIPE
        except (UsageError, DataError, CheckpointError, OSError, MemoryError, FloatingPointError) as error:
            complain(name, error)
            return BAD_INPUT
        except KeyboardInterrupt as interrupt:
            complain(name, "interrupted")
            return interrupt_status(signal.SIGTERM if isinstance(interrupt, Terminated) else signal.SIGINT)

    return main


def complain(name: str, problem: object) -> None:
    """Print one line on stderr: ``train.py: <problem>``."""
    print(f"{name}: {one_line(problem)}", file=sys.stderr)


def one_line(problem: object) -> str:
    """The message of an exception, or any text, on a single line."""
    if isinstance(problem, OSError) and problem.filename is not None:
        return f"{problem.filename}: {problem.strerror}"
    return " ".join(str(problem).split()) or type(problem).__name__


def interrupt_status(signum: int) -> int:
    """The exit status that shells give a program which a signal ended: 130 for SIGINT, 143 for SIGTERM."""
    return 128 + signum


@contextlib.contextmanager
def _signals_raise() -> Iterator[None]:
    """Within the block Ctrl-C raises KeyboardInterrupt and SIGTERM `Terminated`, and what is raised comes out.

    They come in the middle of whatever runs. Some libraries make another error of them, which is told as what it was;
    where nothing can be raised, in a callback say, Python drops them, and they come again a moment later.
    """
    received: list[int] = []

    def stop(signum: int, frame: FrameType | None = None) -> NoReturn:
        received.append(signum)
        raise Terminated if signum == signal.SIGTERM else KeyboardInterrupt

    def raise_again(dropped: "sys.UnraisableHookArgs") -> None:
        if received and issubclass(dropped.exc_type, KeyboardInterrupt):
            threading.Timer(AGAIN, _send_to_main_thread, [received[-1]]).start()
        else:
            hook(dropped)

    handlers: dict[signal.Signals, Handler] = {signal.SIGTERM: stop}
    if signal.getsignal(signal.SIGINT) != signal.SIG_IGN:  # as a shell sets it for what runs in the background
        handlers[signal.SIGINT] = stop  # instead of that of early.py
    hook, sys.unraisablehook = sys.unraisablehook, raise_again
    try:
        with handling(handlers):
            yield
    except Exception:
        if received:
            stop(received[-1])
        raise
    finally:
        sys.unraisablehook = hook


def _send_to_main_thread(signum: int) -> None:
    """A signal that also ends what the main thread waits for, where the system can send one to a thread."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signum)
    else:
        _thread.interrupt_main(signal.Signals(signum))


@contextlib.contextmanager
def handling(handlers: Mapping[signal.Signals, Handler]) -> Iterator[None]:
    """Handle these signals so within the block, except outside the main thread, where Python forbids it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
