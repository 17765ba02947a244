"""Each call that can fail does so once, and from then on: what is on the disk is the state before or the state after.

As in SQLite's tests of I/O errors and of memory: https://www.sqlite.org/testing.html, "Anomaly testing".
"""

import contextlib
import gc
import io
import json
import re
import shutil
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pygame
import pytest
from PIL import Image

from apps.cli import evaluate, export, predict, synthesize, train
from apps.draw.__main__ import main as draw
from apps.draw.core import effects, settings
from apps.draw.core.document import CANVAS, BrushStroke, Document
from apps.draw.core.points import Points
from apps.draw.core.state import State, UndoStack
from apps.draw.engine import rescue
from apps.draw.engine.inference import InferenceEngine
from apps.draw.engine.worker import Worker
from apps.draw.ui.app import App
from nn import checkpoint
from nn.data.idx import read_idx, write_idx
from nn.digits import Recognizer
from nn.digits.adapted_model import AdaptedModel
from nn.digits.stroke_files import write_drawing
from nn.errors import CheckpointError, DataError, one_line
from tests.apps.draw.fakes import SEVEN
from tests.stress import fixtures
from tests.stress.faults import Faults
from tests.tiny_set import write_tiny_set

SIZE = (float(CANVAS), float(CANVAS))
INK = Document((BrushStroke(Points(SEVEN)),), label=7)
ARRAY = np.arange(60_000, dtype=np.uint8).reshape(30, 40, 50)


class Reported(Exception):
    """A command, or the window, reported the fault in lines of its own."""


@dataclass(frozen=True)
class Operation:
    """What is done while something fails.

    Attributes:
        run: does it, and returns a comparable result, in a folder that is the working directory.
        prepare: writes the files that it needs.
        errors: that it may raise.
    """

    run: Callable[[], Any]
    prepare: Callable[[], Any] = lambda: None
    errors: tuple[type[Exception], ...] = (Reported,)


def command(main: Callable[[list[str]], int], *arguments: str) -> Callable[[], Any]:
    """Run a command; raises ``Reported`` where it fails, in lines without a traceback."""

    def run() -> None:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main(list(arguments))
        lines = err.getvalue().splitlines()
        assert not any(line.startswith(("Traceback", " ", "Exception ignored")) for line in lines), err.getvalue()
        if status:
            assert lines, f"status {status} without a line"
            assert status in (1, 2), (status, lines)
            raise Reported("\n".join(lines))

    return run


def worker(effect: effects.Effect, setup: Callable[[], Any] = lambda: None) -> Callable[[], Any]:
    """Carry out an effect of the window as its worker does."""

    def run() -> Any:
        posted: list[Any] = []
        engine = InferenceEngine(Path("weights.npz"), lambda path: Recognizer.load(path), Path())
        thread = Worker.__new__(Worker)
        thread._engine, thread._post, thread._reported = engine, posted.append, ""
        err = io.StringIO()
        with contextlib.redirect_stderr(err):
            thread._carry_out(effect)
        assert not err.getvalue(), err.getvalue()
        (message,) = posted
        if getattr(message, "error", False):
            assert "\n" not in message.text
            raise Reported(message.text)
        results = getattr(message, "results", None)
        return None if results is None else len(results)

    return run


def open_window() -> None:
    """Open the window, and close it when the network is ready."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(App, "run", App.until_ready)
        patch.setattr(InferenceEngine, "prepare", lambda engine: iter(()))
        try:
            command(draw, "--weights", "weights.npz")()
        finally:
            pygame.quit()


def use_settings() -> None:
    """Read the settings and write them, as the window does."""
    remembered = settings.load()
    if remembered is not None:
        settings.save(settings.Settings("light", best=remembered.best + 1))


def write_weights() -> None:
    """Write the weights of another network than the one that is saved."""
    fixtures.write_weights(Path("weights.npz"))


def write_inputs() -> None:
    write_weights()
    write_drawing("7.json", fixtures.SEVEN)
    Image.fromarray(np.full((40, 40), 255, np.uint8)).save("blank.png")


def teach() -> int:
    """Correct a drawing in the file of the user; returns how many corrections there are."""
    image = np.zeros((28, 28), np.float32)
    image[5:20, 12:15] = 1
    model = AdaptedModel("weights.npz", "personal.npz")
    model.learn([image], [1])
    return len(model.corrections)


def prepare_teaching() -> None:
    write_weights()
    image = np.zeros((28, 28), np.float32)
    image[5:8, 5:20] = 1
    AdaptedModel("weights.npz", "personal.npz").learn([image], [3])


def load() -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in checkpoint.load("weights.npz").model.state_dict().items()}


def prepare_training(folder: Path) -> None:
    write_tiny_set(folder, train=130, test=40, size=8, classes=3)
    write_weights()


TRAIN = ["--data", "set", "--arch", "mlp", "--epochs", "1", "--batch-size", "64", "--quiet", "--out", "weights.npz"]
OPERATIONS = {
    "save": Operation(
        lambda: checkpoint.save("weights.npz", fixtures.small_network(1)), write_weights, (CheckpointError, MemoryError)
    ),
    "save-int8": Operation(
        lambda: checkpoint.save("weights.npz", fixtures.small_network(1), precision="int8"),
        write_weights,
        (CheckpointError, MemoryError),
    ),
    "load": Operation(load, write_weights, (CheckpointError, MemoryError)),
    "write-idx": Operation(
        lambda: write_idx("images.gz", ARRAY), lambda: write_idx("images.gz", ARRAY[:3]), (OSError, MemoryError)
    ),
    "read-idx": Operation(
        lambda: read_idx("images.gz").tobytes(), lambda: write_idx("images.gz", ARRAY), (DataError, MemoryError)
    ),
    "train": Operation(command(train.main, *TRAIN, "--metrics", "out.json"), lambda: prepare_training(Path("set"))),
    "predict": Operation(
        command(predict.main, "--weights", "weights.npz", "7.json", "blank.png", "7.json"), write_inputs
    ),
    "evaluate": Operation(
        command(evaluate.main, "--weights", "weights.npz", "--data", "set", "--quiet", "--metrics", "out.json"),
        lambda: (write_weights(), fixtures.write_set(Path("set"), 100)),
    ),
    "export": Operation(
        command(export.main, "--weights", "weights.npz", "--to", "onnx", "--out", "network.onnx"), write_weights
    ),
    "synthesize": Operation(command(synthesize.main, "--count", "20", "--out", "drawings.npz")),
    "window-opens": Operation(open_window, write_weights),
    "window-saves-drawing": Operation(worker(effects.SaveFile(Path("7.json"), INK, SIZE)), write_inputs),
    "window-saves-picture": Operation(worker(effects.SaveFile(Path("blank.png"), INK, SIZE)), write_inputs),
    "window-opens-drawing": Operation(worker(effects.OpenFile(Path("7.json"), False)), write_inputs),
    "window-opens-picture": Operation(worker(effects.OpenFile(Path("blank.png"), False)), write_inputs),
    "window-opens-folder": Operation(worker(effects.OpenFile(Path(), False)), write_inputs),
    "window-exports": Operation(
        worker(effects.ExportSession(Path("set.npz"), ((INK.strokes, 7), (INK.strokes, 7)))), write_inputs
    ),
    "window-settings": Operation(
        use_settings,
        lambda: settings.save(settings.Settings("dark", best=3)),
        (),
    ),
    "window-rescues": Operation(
        lambda: len(rescue.save_drawings(State(undo_stack=UndoStack(INK)))), errors=(OSError, MemoryError)
    ),
    "window-teaches": Operation(teach, prepare_teaching, (CheckpointError, DataError, MemoryError)),
}


#: Those that run some cases by default: the quick ones.
QUICK = ("save", "load", "write-idx", "predict", "window-saves-drawing", "window-settings")


def contents(path: Path) -> Any:
    """What a file holds, but for times; raises an exception if it is incomplete."""
    if path.suffix == ".npz":
        with np.load(path) as arrays:
            return {name: arrays[name].tobytes() for name in arrays.files if name != "meta"}
    if path.suffix == ".json":
        document = json.loads(path.read_bytes())
        return document if "strokes" in document or "theme" in document else sorted(document)
    if path.suffix == ".png":
        with Image.open(path) as picture:
            picture.load()
            return picture.size
    return path.read_bytes().count(b"\n") if path.suffix == ".csv" else path.read_bytes()


#: The times in the names of files and folders.
TIME = re.compile(r"[0-9]{8}-[0-9]{6}")


def state(folder: Path) -> dict[str, Any]:
    """The contents of all files in a folder, by name."""
    paths = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"]
    return {TIME.sub("<time>", str(path.relative_to(folder))): contents(path) for path in paths}


def open_files() -> int:
    """How many file descriptors this process has."""
    return len(list(Path("/proc/self/fd").iterdir())) if sys.platform == "linux" else 0


class Tried:
    """An operation in a new folder.

    Attributes:
        folder: the working directory.
        result: what the operation returned; ``failure`` if it raised.
        problem: what it raised that it should not.
        left_open: how many files.
    """

    failure = object()

    def __init__(self, operation: Operation, template: Path, folder: Path, faults: Faults) -> None:
        shutil.copytree(template, folder)
        self.folder, self.result, self.problem = folder, self.failure, ""
        before = open_files()
        with contextlib.chdir(folder):
            try:
                with faults.active():
                    self.result = operation.run()
            except operation.errors as error:
                self.problem = "" if str(error).strip() and "\n" not in one_line(error) else "no message"
            except Exception:
                self.problem = traceback.format_exc()
        gc.collect()
        self.left_open = open_files() - before


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.stress(default=6 if name in QUICK else 0, full=1000)) for name in OPERATIONS],
)
def test_a_fault_leaves_the_state_before_or_after(name, cases, tmp_path, monkeypatch, record_property):
    gc.freeze()  # each search for garbage would otherwise take 0.1 s for what other tests have left
    operation = OPERATIONS[name]
    template = tmp_path / "template"
    template.mkdir()
    for variable in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(variable, "home")
    with contextlib.chdir(template):
        operation.prepare()
    before = state(template)
    Tried(operation, template, tmp_path / "first", Faults())  # what is imported or compiled once
    counted = Faults()
    expected = Tried(operation, template, tmp_path / "whole", counted)
    assert not expected.problem, expected.problem
    after = state(expected.folder)
    total = counted.count.total()
    every = [(moment, persistent) for moment in range(1, total + 1) for persistent in (False, True)]
    chosen = [every[place] for place in np.linspace(0, len(every) - 1, min(cases.count, len(every)), dtype=int)]
    for number, (moment, persistent) in enumerate(chosen):
        faults = Faults(moment, persistent=persistent)
        tried = Tried(operation, template, tmp_path / str(number), faults)
        problems = [tried.problem] if tried.problem else []
        if tried.left_open > expected.left_open:
            problems.append(f"{tried.left_open} files stay open")
        if tried.result is not Tried.failure and tried.result != expected.result:
            problems.append(f"another result: {tried.result}")
        try:
            found = state(tried.folder)
        except Exception as error:
            found = {}
            problems.append(f"an incomplete file: {error}")
        for path in before.keys() | found.keys():
            missing = object()
            now = found.get(path, missing)
            if now != before.get(path, missing) and (path not in after or now != after[path]):
                problems.append(f"{path}: neither as before nor as after")
        shutil.rmtree(tried.folder)
        which = f"{name}, {faults.failed} at point {moment} of {total}, {persistent=}"
        cases.check(not problems, f"{which}: {'; '.join(problems)}")
    record_property("points", dict(counted.count))
