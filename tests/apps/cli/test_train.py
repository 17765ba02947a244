"""The command that trains: its output, interrupting and resuming, and bad input."""

import contextlib
import copy
import csv
import functools
import importlib.metadata
import importlib.util
import json
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pygame
import pytest
from PIL import Image

from apps.cli import evaluate, runs, train, training_results
from apps.cli.arguments import UsageError
from apps.cli.plots import figure
from apps.cli.progress import Progress
from apps.cli.training_arguments import begin
from apps.cli.training_run import data_checksum
from apps.cli.watch import window
from nn import checkpoint, paths, synthetic_drawings
from nn.data import mnist
from nn.data.idx import read_idx, write_idx
from nn.digits.recognizer import DEFAULT_WEIGHTS, Recognizer
from nn.errors import CheckpointError
from nn.fold import optimize_for_inference
from nn.training import EpochEnd, StepEnd
from tests.tiny_set import write_tiny_set

ROOT = Path(__file__).resolve().parents[3]
EPOCHS, STEPS = 3, 8  # 240 images, 32 a step


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return write_tiny_set(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def run(tmp_path, tiny, monkeypatch, capsys):
    """Runs the command in an empty folder; gives its exit status, standard output and standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(training_results, "_draw", lambda *args: None)

    def run(*arguments, data=tiny):
        status = train.main([f"--data={data}", "--recipe=plain", "--learning-rate=0.01", *map(str, arguments)])
        return status, *capsys.readouterr()

    return run


@pytest.fixture(scope="module")
def finished(tmp_path_factory, tiny):
    """A complete run with its figures: its folder and its output."""
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        done = subprocess.run(
            [
                *(sys.executable, ROOT / "scripts" / "train.py", f"--data={tiny}", "--recipe=plain"),
                "--learning-rate=0.01",
                *(f"--epochs={EPOCHS}", "--metrics=figures.json"),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
    return folder, done


def only_run(folder: Path) -> Path:
    (found,) = (folder / "runs").iterdir()
    return found


def weights_of(folder: Path) -> Path:
    """The default weights file of the only run in this folder."""
    return only_run(folder) / "weights.npz"


def interrupt(monkeypatch, epoch, step, signum=signal.SIGINT):
    """Let the signal arrive once, during this step."""
    on_event, sent = Progress.on_event, []

    def show_and_interrupt(self, event):
        on_event(self, event)
        if isinstance(event, StepEnd) and (event.epoch, event.step) == (epoch, step) and not sent:
            sent.append(signum)
            signal.raise_signal(signum)

    monkeypatch.setattr(Progress, "on_event", show_and_interrupt)


def without_seconds(history):
    return [{key: value for key, value in entry.items() if key != "seconds"} for entry in history]


def test_the_output_of_a_run(finished):
    _, done = finished
    assert "dense_2" in done.stdout
    assert len(re.findall(r"^epoch \d/3   loss \d\.\d{4}   accuracy ", done.stdout, re.M)) == EPOCHS
    assert re.search(r"^Test accuracy: [01]\.\d{4}$", done.stdout, re.M)
    assert re.search(r"^95 % interval: 0\.\d{4} to [01]\.\d{4}, from 60 images$", done.stdout, re.M)
    assert re.search(r"epoch 3/3, loss .* images/s, .* left", done.stderr)


def test_the_files_of_a_run(finished):
    folder, _ = finished
    assert {path.name for path in only_run(folder).iterdir()} == {
        *("checkpoint.npz", "weights.npz", "metrics.json", "history.csv"),
        *("curves.png", "samples.png", "confusion.png"),
    }
    assert re.fullmatch(r"\d{8}-\d{6}-baseline", only_run(folder).name)


def test_the_metrics_of_a_run(finished):
    folder, done = finished
    metrics = json.loads((folder / "figures.json").read_text())
    assert metrics == json.loads((only_run(folder) / "metrics.json").read_text())
    assert (metrics["arch"], metrics["seed"], metrics["batch_size"]) == ("baseline", 0, 32)
    assert [entry["epoch"] for entry in metrics["epochs"]] == [1, 2, 3]
    assert set(metrics["epochs"][0]) == {"epoch", "seconds", "train_loss", "train_accuracy"}
    assert metrics["train_seconds"] == pytest.approx(sum(entry["seconds"] for entry in metrics["epochs"]))
    assert metrics["compile_seconds"] >= 0
    assert 20 < metrics["peak_rss_mib"] < 4000
    assert metrics["versions"]["numpy"] == np.__version__
    assert f"Test accuracy: {metrics['test_accuracy']:.4f}" in done.stdout
    with (only_run(folder) / "history.csv").open() as file:
        rows = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
    assert rows == metrics["epochs"]


def test_the_weights_have_the_accuracy_in_their_metadata(finished, tiny):
    folder, _ = finished
    loaded = checkpoint.load(weights_of(folder))
    data = mnist.load(tiny)
    answers = loaded.model.predict(data.test_images).argmax(axis=1)
    assert loaded.meta["test_accuracy"] == np.mean(answers == data.test_labels) > 0.9
    assert loaded.meta["command"] == f"digits train --recipe plain --learning-rate 0.01 --epochs 3 --data {tiny.name}"
    assert not loaded.arrays


def test_same_seed_same_bytes(finished, run, tmp_path):
    folder, _ = finished
    run("--epochs=3")
    assert weights_of(tmp_path).read_bytes() == weights_of(folder).read_bytes()
    run("--epochs=3", "--seed=1", "--out=other.npz")
    assert Path("other.npz").read_bytes() != weights_of(folder).read_bytes()


def test_weights_trained_on_another_set_go_to_the_folder_of_the_run(run, tmp_path, tiny, monkeypatch):
    monkeypatch.setattr(paths, "TRAINED_WEIGHTS", tmp_path / "repository")
    _, out, _ = run("--epochs=1")
    assert f"{tiny} is not MNIST: its weights go to {weights_of(Path())}\n" in out
    assert weights_of(tmp_path).exists()
    assert not paths.TRAINED_WEIGHTS.exists()


def test_weights_trained_on_mnist_go_to_the_repository(run, tmp_path, tiny, monkeypatch):
    assert DEFAULT_WEIGHTS.parent == paths.TRAINED_WEIGHTS
    data = mnist.load(tiny)
    monkeypatch.setattr(paths, "TRAINED_WEIGHTS", tmp_path / "repository")
    monkeypatch.setattr(train, "MNIST_CHECKSUM", data_checksum(data.train_images, data.train_labels))
    _, out, _ = run("--epochs=1")
    made = checkpoint.load(paths.TRAINED_WEIGHTS / "baseline.npz").meta
    assert made["command"] == "digits train --recipe plain --learning-rate 0.01 --epochs 1"
    assert "is not MNIST" not in out
    assert not weights_of(tmp_path).exists()


@pytest.mark.parametrize(
    ("epoch", "step", "signum", "status"),
    [
        (1, 1, signal.SIGINT, 130),
        (2, 5, signal.SIGTERM, 143),
        (2, STEPS, signal.SIGINT, 130),
        (3, STEPS, signal.SIGINT, 130),
    ],
)
def test_an_interrupted_run_resumes_bit_for_bit(finished, tiny, run, monkeypatch, epoch, step, signum, status):
    folder, _ = finished
    interrupt(monkeypatch, epoch, step, signum)
    got, out, _ = run("--epochs=3", "--out=resumed.npz")
    assert got == status
    assert f"Stopped after epoch {epoch}, step {step} of {STEPS}." in out
    resume = re.search(r"Resume with: python scripts/train.py (.*)", out)
    assert resume
    assert shlex.split(resume[1])[:4] == ["--resume", f"runs/{only_run(Path()).name}", "--data", str(tiny)]
    assert not Path("resumed.npz").exists()

    status, out, _ = run(*shlex.split(resume[1]))
    assert status == 0
    assert Path("resumed.npz").read_bytes() == weights_of(folder).read_bytes()
    resumed = json.loads((only_run(Path()) / "metrics.json").read_text())
    uninterrupted = json.loads((folder / "figures.json").read_text())
    assert without_seconds(resumed["epochs"]) == without_seconds(uninterrupted["epochs"])


class Killed(BaseException):
    """Ends a training at once, as ``kill -9`` does, without saving."""


@pytest.mark.parametrize(
    ("every", "last"),
    [(0, (1, STEPS)), (3, (2, 4)), (5, (2, 2)), (1, (2, 4))],  # killed in step 13 of all, the fifth of an epoch
)
def test_a_killed_run_resumes_from_its_last_checkpoint(finished, run, monkeypatch, every, last):
    on_event = Progress.on_event

    def show_and_die(self, event):
        on_event(self, event)
        if isinstance(event, StepEnd) and (event.epoch, event.step) == (2, 5):
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Progress, "on_event", show_and_die)
        with pytest.raises(Killed):
            run("--epochs=3", f"--checkpoint-every={every}", "--out=resumed.npz")
    saved = checkpoint.load(only_run(Path()) / "checkpoint.npz").meta["training"]["last"]
    assert (saved["epoch"], saved["step"]) == last
    assert run("--resume", "--quiet", "--out=resumed.npz")[0] == 0
    assert Path("resumed.npz").read_bytes() == weights_of(finished[0]).read_bytes()


def test_a_signal_from_outside_stops_it(tmp_path, tiny):
    command = [
        sys.executable,
        "-m",
        "apps.cli.train",
        f"--data={tiny}",
        "--epochs=100000",
        f"--runs={tmp_path}/runs",
    ]
    with subprocess.Popen(
        [*command, f"--out={tmp_path}/never.npz"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout
        while not process.stdout.readline().startswith("epoch 1/"):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
    assert process.returncode == 130
    assert "Stopped after epoch " in rest
    assert checkpoint.load(only_run(tmp_path) / "checkpoint.npz").meta["training"]["last"]
    assert not (tmp_path / "never.npz").exists()


def test_resume_alone_takes_the_newest_unfinished_run(run, monkeypatch):
    run("--epochs=1", "--out=finished.npz")
    interrupt(monkeypatch, 1, 2)
    run("--epochs=2", "--out=older.npz")
    before = sorted(Path("runs").iterdir())
    run("--epochs=1", "--out=finished.npz")
    assert run("--resume", "--quiet", "--out=older.npz")[0] == 0
    assert Path("older.npz").exists()
    assert len(list(Path("runs").iterdir())) == len(before) + 1
    status, _, err = run("--resume")
    assert (status, err) == (2, "train.py: runs: no unfinished run of baseline to resume\n")


def test_a_finished_run_resumes_for_more_epochs(finished, run, tmp_path):
    run("--epochs=1", "--out=weights.npz")
    status, _, err = run("--resume", only_run(tmp_path))
    assert status == 2
    assert "has finished its 1 epochs; to resume, give more with --epochs N" in err
    assert run("--resume", only_run(tmp_path), "--epochs=3", "--out=weights.npz")[0] == 0
    assert Path("weights.npz").read_bytes() == weights_of(finished[0]).read_bytes()


def test_weights_of_an_unfinished_epoch_are_never_the_result(run, monkeypatch, tmp_path):
    interrupt(monkeypatch, 3, 2)
    run("--epochs=3", "--out=weights.npz")
    status, _, err = run("--resume", "--epochs=2")
    assert status == 2
    assert err.endswith("is in epoch 3; to resume, give at least --epochs 3\n")
    assert not Path("weights.npz").exists()


def test_a_run_that_lacks_an_argument_is_an_error(run, monkeypatch, tmp_path):
    interrupt(monkeypatch, 1, 2)
    run()
    path = only_run(tmp_path) / "checkpoint.npz"
    saved = checkpoint.load(path)
    del saved.meta["training"]["arguments"]["seed"]
    checkpoint.save(path, saved.model, saved.meta, saved.arrays)
    status, _, err = run("--resume", path)
    assert (status, err) == (2, f"train.py: {path}: not a training to resume: it lacks seed\n")


@pytest.mark.parametrize("epoch", [1, 2])
def test_a_second_signal_stops_at_once_and_names_the_checkpoint_if_there_is_one(run, monkeypatch, epoch):
    on_event = Progress.on_event

    def show_and_interrupt_twice(self, event):
        on_event(self, event)
        if isinstance(event, StepEnd) and (event.epoch, event.step) == (epoch, 3):
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Progress, "on_event", show_and_interrupt_twice)
    status, out, err = run("--quiet")
    assert (status, err) == (130, "train.py: interrupted\n")
    assert ("Resume with: " in out) == (only_run(Path()) / "checkpoint.npz").exists() == (epoch == 2)


def test_immutable_arguments_can_not_change_when_resuming(run, monkeypatch, tmp_path):
    interrupt(monkeypatch, 1, 2)
    run()
    status, _, err = run("--resume", "--seed=7")
    assert status == 2
    assert err.endswith("started with --seed 0, can't resume with --seed 7\n")
    other = write_tiny_set(tmp_path / "other", seed=1)
    status, _, err = run("--resume", data=other)
    assert status == 2
    assert "not those that the run started with" in err


def test_validation_images_are_held_out(run):
    status, out, _ = run("--validation=40", "--epochs=2", "--metrics=m.json")
    assert status == 0
    assert out.count("validation") == 2
    (first, _) = json.loads(Path("m.json").read_text())["epochs"]
    assert 0 <= first["validation_accuracy"] <= 1
    last = checkpoint.load(only_run(Path()) / "checkpoint.npz").meta["training"]["last"]
    assert last["images"] == 200


RECIPE = {
    "schedule": "cosine",
    "ema_decay": 0.9,
    "label_smoothing": 0.1,
    "weight_decay": 0.05,
    "clip_norm": 5.0,
    "augmentation": {"rotation": 10, "shift": 1, "elastic": 0.5},
}


@pytest.mark.parametrize(("epoch", "step"), [(1, 3), (2, STEPS), (3, 5)])
def test_an_interrupted_recipe_resumes_bit_for_bit(run, monkeypatch, epoch, step):
    """With averages, schedule and augmentation."""
    Path("recipe.json").write_text(json.dumps(RECIPE))
    assert run("--recipe=recipe.json", "--epochs=3", "--out=whole.npz")[0] == 0
    interrupt(monkeypatch, epoch, step)
    assert run("--recipe=recipe.json", "--epochs=3", "--out=resumed.npz")[0] == 130
    status, _, err = run("--recipe=recipe.json", "--resume", "--epochs=4")
    assert status == 2
    assert "its learning rate schedule has 3 epochs, can't resume with" in err
    Path("recipe.json").unlink()  # the run has its own copy
    assert run("--recipe=recipe.json", "--resume", "--out=resumed.npz")[0] == 0
    assert Path("resumed.npz").read_bytes() == Path("whole.npz").read_bytes()
    made = checkpoint.load("whole.npz").meta
    assert made["settings"]["augmentation"]["elastic"] == 0.5
    assert made["command"].startswith("digits train --recipe recipe.json --batch-size 32 --learning-rate")


def test_early_stopping_keeps_the_best_epoch(run):
    Path("recipe.json").write_text(json.dumps({"schedule": "constant", "patience": 2, "ema_decay": 0}))
    status, _, _ = run("--recipe=recipe.json", "--epochs=100", "--validation=40", "--metrics=m.json")
    assert status == 0
    scores = [entry["validation_accuracy"] for entry in json.loads(Path("m.json").read_text())["epochs"]]
    assert 3 <= len(scores) < 100
    assert len(scores) - (scores.index(max(scores)) + 1) == 2
    status, _, err = run("--recipe=recipe.json")
    assert (status, err) == (2, "train.py: --recipe: its patience needs validation images; give --validation N\n")


def test_an_architecture_from_a_file(run, tmp_path):
    Path("mine.json").write_text(json.dumps([{"type": "Flatten"}, {"type": "Dense", "units": "classes"}]))
    assert run("--arch=mine.json", "--epochs=1")[0] == 0
    assert only_run(tmp_path).name.endswith("-mine")
    assert [layer.kind for layer in checkpoint.load(weights_of(tmp_path)).model.layers] == ["flatten", "dense"]


def test_a_training_starts_from_weights(finished, run, monkeypatch, tmp_path):
    start = weights_of(finished[0])
    status, *_ = run("--epochs=1", "--initial-weights", start, "--out=more.npz", "--metrics=more.json")
    assert status == 0
    made = checkpoint.load("more.npz").meta
    assert made["initial_weights"] == start.name
    assert f"--epochs 1 --initial-weights {start.name}" in made["command"]
    metrics = Path("more.json"), finished[0] / "figures.json"
    losses = [json.loads(path.read_text())["epochs"][0]["train_loss"] for path in metrics]
    assert losses[0] < 0.5 * losses[1]  # already trained

    interrupt(monkeypatch, 1, 3)
    run("--epochs=1", "--initial-weights", start, "--out=again.npz")
    unfinished = max((tmp_path / "runs").iterdir())
    status, _, err = run("--resume", unfinished, "--out=again.npz", "--initial-weights", start)
    assert (status, err) == (
        2,
        "train.py: --initial-weights: can't be given with --resume, which goes on with the run's own weights\n",
    )
    assert run("--resume", unfinished, "--out=again.npz")[0] == 0
    assert Path("again.npz").read_bytes() == Path("more.npz").read_bytes()


def test_initial_weights_are_those_of_the_architecture_and_stay(finished, run, tmp_path):
    start = weights_of(finished[0])
    before = start.read_bytes()
    for arguments, message in (
        (("--arch=mlp",), f"train.py: {start}: "),
        ((f"--out={start}",), "train.py: --out: expected a file of its own"),
    ):
        status, _, err = run("--epochs=1", "--initial-weights", start, *arguments)
        assert (status, err.count("\n")) == (2, 1)
        assert err.startswith(message)
    status, _, err = run("--epochs=1", "--initial-weights", "nowhere.npz")
    assert (status, err.count("\n")) == (2, 1)
    assert "nowhere.npz" in err
    assert start.read_bytes() == before


def test_the_precision_of_the_weights(run):
    sizes = []
    for precision in ("float32", "int8"):
        run("--epochs=1", f"--precision={precision}", "--out=weights.npz")
        made = checkpoint.load("weights.npz").meta
        assert made["precision"] == precision
        assert ("--precision" in made["command"]) == (precision == "float32")
        sizes.append(Path("weights.npz").stat().st_size)
    assert sizes[1] < sizes[0] / 3


def test_a_figure_of_the_augmentation(run, tmp_path):
    status, out, _ = run("--show-augmentation", "--recipe=default")
    assert status == 0
    (path,) = tmp_path.glob("runs/*-augmentation/augmentation.png")
    assert out == f"Figure: {path.relative_to(tmp_path)}\n"
    assert not list(tmp_path.glob("runs/*-baseline"))


def test_quiet_prints_only_the_result(run):
    _, out, err = run("--quiet", "--epochs=1")
    assert re.fullmatch(r"Test accuracy: .*\n95 % interval: .*\n", out)
    assert err == ""


def test_training_works_without_a_display(run, monkeypatch):
    monkeypatch.setattr(figure, "window", lambda title: None)

    def no_display(title, what):
        raise pygame.error("no screen was found")

    monkeypatch.setattr(window, "LiveWindow", no_display)
    status, out, err = run("--live", "--show", "--epochs=1")
    assert status == 0
    assert "Test accuracy" in out
    assert "--live: no display to open a window on: no screen was found; the training continues without" in err
    assert "--show: there is no display" in err


def test_a_training_that_is_watched_has_the_same_bits(run, monkeypatch, tmp_path):
    """In the window and in the terminal, whose last snapshot stays on standard output."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    pytest.importorskip("rich")
    run("--epochs=2", "--out=plain.npz", "--quiet")
    status, out, err = run("--epochs=2", "--out=watched.npz", "--live", "--dashboard", "--validation=0")
    assert (status, err) == (0, "")
    assert "finished, epoch 2 of 2, step 16 of 16" in out
    assert "240 training images misread" in out
    assert "Test accuracy" in out
    assert not pygame.display.get_init()
    plain, watched = (checkpoint.load(tmp_path / name).model for name in ("plain.npz", "watched.npz"))
    for array, other in zip(plain.parameters, watched.parameters, strict=True):
        np.testing.assert_array_equal(array.value, other.value)


def test_the_dashboard_names_the_extra_that_is_missing(run, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    status, _, err = run("--dashboard", "--epochs=1")
    assert status == 2
    assert err == "train.py: --dashboard: rich is not installed: pip install 'digits-from-scratch[dashboard]'\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--epochs=0"], "argument --epochs: expected a whole number of at least 1, got '0'"),
        (["--learning-rate=nan"], "argument --learning-rate: expected a number above 0, got 'nan'"),
        (["--arch=vgg"], "--arch: expected one of baseline"),
        (["--arch=layers.json"], "--arch layers.json: layers.json: not a list of layers"),
        (
            ["--recipe=fast"],
            "--recipe: expected one of default, plain, thorough, drawing, gentle, or a JSON file",
        ),
        (["--recipe=layers.json"], "--recipe: layers.json: not a recipe"),
        (["--precision=int4"], "argument --precision: invalid choice: 'int4'"),
        (["--data=missing"], "missing: no data set found"),
        (["--data=fashon"], "fashon: no such file or folder"),
        (["--validation=240"], "--validation: expected fewer than the 240 training images, got 240"),
        (["--out=."], ".: expected a file to write, found a folder"),
        (["--metrics=missing"], "missing: expected a file to write, found a folder"),
        (["--runs=file"], "file: File exists"),
        (["--resume=nowhere"], "--resume: nowhere: expected the folder of a run, found nothing"),
        (["--speed=9"], "unrecognized arguments: --speed=9"),
        (["--learning-rate=1e30"], "the loss became"),
    ],
)
def test_bad_input_is_one_line_and_status_2(run, arguments, message):
    Path("file").touch()
    Path("layers.json").touch()
    Path("missing").mkdir()
    Path("missing/notes.txt").touch()
    status, _, err = run("--quiet", *arguments)
    assert status == 2
    assert err.startswith("train.py: ")
    assert message in err
    assert err.count("\n") == 1


def test_a_weights_file_can_not_be_resumed(finished, run):
    status, _, err = run("--resume", weights_of(finished[0]))
    assert status == 2
    assert "holds weights, but no training to resume" in err


def test_runs_of_the_same_second_keep_apart(tmp_path, monkeypatch):
    monkeypatch.setattr("time.time", lambda: 1.7e9)
    assert len({runs.new_run(tmp_path, "baseline") for _ in range(3)}) == 3


def test_versions_do_without_numba(monkeypatch):
    version = importlib.metadata.version

    def all_but_numba(name):
        if name == "numba":
            raise importlib.metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr("importlib.metadata.version", all_but_numba)
    assert set(runs.versions()) == {"python", "numpy"}


def test_starting_is_cheap():
    code = "import apps.cli.train, sys; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0


def test_the_line_of_an_epoch_without_validation(capsys):
    with Progress(epochs=2, images=10, quiet=False) as progress:
        progress.on_event(EpochEnd(1, 2.0, 0.5, 0.75, None))
    assert capsys.readouterr().out == "epoch 1/2   loss 0.5000   accuracy 75.00 %   2.00 s   5 images/s\n"


@pytest.mark.parametrize(("epoch", "step"), [(1, 10), (2, 4)])
def test_a_training_with_synthetic_drawings_resumes_bit_for_bit(epoch, step, tmp_path, monkeypatch):
    """Interrupted at the end of an epoch or within one."""
    monkeypatch.setattr(synthetic_drawings, "CALIBRATION_COUNT", 100)
    monkeypatch.setattr(training_results, "_draw", lambda *args: None)
    recipe = tmp_path / "recipe.json"
    fractions = {"non_digit_fraction": 0.25, "painted_fraction": 0.25}
    recipe.write_text(json.dumps({"synthetic_drawings": 80, **fractions, "epochs": 3, "batch_size": 32}))
    data = write_tiny_set(tmp_path, size=28, classes=10)
    options = {"arch": "tiny", "recipe": recipe, "data": data, "runs": tmp_path / "runs"}
    command = ["--quiet", *(f"--{name}={value}" for name, value in options.items())]
    whole, stopped = tmp_path / "whole.npz", tmp_path / "stopped.npz"
    assert train.main([*command, f"--out={whole}"]) == 0
    interrupt(monkeypatch, epoch, step)
    assert train.main([*command, f"--out={stopped}"]) == 130
    assert train.main(["--resume", *command, f"--out={stopped}"]) == 0
    assert whole.read_bytes() == stopped.read_bytes()


def test_training_with_non_digits_adds_their_class_and_a_calibration(tmp_path, monkeypatch):
    monkeypatch.setattr(synthetic_drawings, "CALIBRATION_COUNT", 100)
    monkeypatch.setattr(training_results, "_draw", lambda *args: None)
    recipe, weights = tmp_path / "recipe.json", tmp_path / "weights.npz"
    recipe.write_text('{"synthetic_drawings": 40, "non_digit_fraction": 0.5, "epochs": 1}')
    data = write_tiny_set(tmp_path, size=28, classes=10)
    options = {"arch": "tiny", "recipe": recipe, "data": data, "out": weights, "runs": tmp_path, "seed": 3}
    assert train.main(["--quiet", *(f"--{name}={value}" for name, value in options.items())]) == 0
    saved, recognizer = checkpoint.load(weights), Recognizer.load(weights)
    assert saved.model.output_shape == (11,)
    assert recognizer.calibration == synthetic_drawings.calibrate(optimize_for_inference(saved.model), 3)
    assert recognizer.recognize([[(0.0, 0.0), (1.0, 9.0)]]).probabilities.shape == (10,)


def leaves(document, path=()):
    """The paths of all values in a JSON document, containers as well."""
    yield path
    items = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in items:
        yield from leaves(value, (*path, key))


ALTERED = (None, True, -1, 0, 2**70, 1.5, "1e400", "~/.bashrc", "a\tb", [], [-1], {}, {"out": "x"})


def test_altered_checkpoints_are_refused_or_give_what_the_command_line_could_give(run, monkeypatch, tmp_path):
    interrupt(monkeypatch, 2, 2)
    run("--epochs=2", "--arch=mlp")
    path = only_run(tmp_path) / "checkpoint.npz"
    saved = checkpoint.load(path)
    monkeypatch.setattr(checkpoint, "load", lambda path: altered)
    accepted = {}
    for leaf in list(leaves(saved.meta["training"]))[1:]:
        for value in ALTERED:
            altered = copy.deepcopy(saved)
            *parents, last = leaf
            functools.reduce(lambda value, key: value[key], parents, altered.meta["training"])[last] = value
            with contextlib.suppress(CheckpointError, UsageError):
                arguments, _, _, _ = begin(["--resume", str(path), "--data=set", "--arch=mlp", "--metrics=m.json"])
                assert (arguments.data, arguments.out, arguments.metrics) == (Path("set"), None, Path("m.json"))
                accepted.setdefault(".".join(map(str, leaf)), []).append(value)
    unused = {"arguments.data", "arguments.metrics", "fingerprint"}  # the checksum is compared, with the images' own
    names = {"arguments.recipe": str, "recipe.augmentation": dict, "arguments.out": type(None)}
    names["arguments.initial_weights"] = str | None
    for leaf in accepted.keys() - unused:
        assert all(isinstance(value, names.get(leaf, int | float)) and value != -1 for value in accepted[leaf]), leaf
    assert not {"last", "last.epoch", "last.step", "last.steps", "history", "history.0", "recipe"} & accepted.keys()


# Data of one's own


def test_a_stray_label_is_reported_and_costs_little(run, tmp_path):
    data = write_tiny_set(tmp_path / "stray")
    labels = read_idx(data / "train-labels-idx1-ubyte")
    labels[0] = 255
    write_idx(data / "train-labels-idx1-ubyte", labels)
    status, _, err = run("--epochs=1", "--arch=mlp", data=data)
    assert status == 0
    assert f"{data}: 251 of 256 classes have no training image: labels 4 to 254" in err


def test_a_missing_folder_changes_nothing(run, monkeypatch):
    monkeypatch.setattr(paths, "TRAINED_WEIGHTS", Path("shipped"))
    status, out, err = run("--epochs=1", data="fashon")
    assert (status, out) == (2, "")
    assert err == "train.py: fashon: no such file or folder: `digits download fashion` downloads Fashion-MNIST\n"
    assert not Path("fashon").exists()
    assert not Path("shipped").exists()
    assert not Path("runs").exists()


def test_letters_are_trained_upright_and_evaluated_alike(run, tmp_path, capsys):
    """Labels from 1 and transposed images, as EMNIST has them; the names of the classes are in the weights."""
    upright = write_tiny_set(tmp_path / "upright", size=28, classes=12, train=240)
    for part, other in (("train", "train"), ("t10k", "test")):
        images, labels = (read_idx(upright / f"{part}-{kind}-ubyte") for kind in ("images-idx3", "labels-idx1"))
        for split in ("digits", "letters"):
            name = f"emnist-{split}-{other}"
            write_idx(tmp_path / "emnist" / f"{name}-images-idx3-ubyte.gz", np.ascontiguousarray(images.swapaxes(1, 2)))
            write_idx(tmp_path / "emnist" / f"{name}-labels-idx1-ubyte.gz", labels + np.uint8(split == "letters"))
    options = ["--arch=mlp", "--epochs=4", "--precision=float32"]
    assert run(*options, "--out=upright.npz", data=upright)[0] == 0
    assert run(*options, "--out=letters.npz", "--split=letters", data=tmp_path / "emnist")[0] == 0
    first, second = (checkpoint.load(name) for name in ("upright.npz", "letters.npz"))
    for name, array in first.model.state_dict().items():
        np.testing.assert_array_equal(array, second.model.state_dict()[name])
    assert second.meta["class_names"] == list("ABCDEFGHIJKL")
    assert "--data emnist --split letters" in second.meta["command"]
    evaluated = ["--weights=letters.npz", f"--data={tmp_path / 'emnist'}", "--quiet", "--metrics=m.json"]
    assert evaluate.main([*evaluated, "--split=letters"]) == 0
    assert json.loads(Path("m.json").read_text())["accuracy"] == second.meta["test_accuracy"] > 0.9
    assert evaluate.main([*evaluated, "--split=letters", "--no-transpose"]) == 0
    assert json.loads(Path("m.json").read_text())["accuracy"] < 0.5
    capsys.readouterr()


def test_images_in_colour_are_trained_in_colour(run, tmp_path, capsys):
    """The classes differ in colour alone."""
    rng = np.random.default_rng(0)
    for part, count in (("train", 120), ("t10k", 30)):
        labels = np.arange(count, dtype=np.uint8) % 3
        images = rng.integers(0, 90, (count, 12, 12, 3), np.uint8)
        images[np.arange(count), 4:8, 4:8, labels] = 255
        write_idx(tmp_path / "colour" / f"{part}-images-idx4-ubyte", images)
        write_idx(tmp_path / "colour" / f"{part}-labels-idx1-ubyte", labels)
    assert run("--arch=baseline", "--epochs=3", "--out=colour.npz", data=tmp_path / "colour")[0] == 0
    saved = checkpoint.load("colour.npz")
    assert saved.model.input_shape == (12, 12, 3)
    assert saved.meta["test_accuracy"] == 1
    assert evaluate.main(["--weights=colour.npz", f"--data={tmp_path / 'colour'}", "--quiet"]) == 0
    capsys.readouterr()


def test_pictures_of_other_classes_are_not_evaluated(run, tmp_path, capsys):
    image = np.zeros((12, 12), np.uint8)
    image[4:8, 4:8] = 255
    for folder, names in (("pets", ("cat", "dog")), ("birds", ("emu", "owl"))):
        for name in names:
            (tmp_path / folder / name).mkdir(parents=True)
            for index in range(5):
                Image.fromarray(image).save(tmp_path / folder / name / f"{index}.png")
    assert run("--arch=mlp", "--epochs=1", "--out=pets.npz", data=tmp_path / "pets")[0] == 0
    assert checkpoint.load("pets.npz").meta["class_names"] == ["cat", "dog"]
    assert evaluate.main(["--weights=pets.npz", f"--data={tmp_path / 'birds'}", "--quiet"]) == 2
    assert "pets.npz: its classes are cat, dog, but " in capsys.readouterr().err


def test_a_split_is_given_again_to_resume(run, tmp_path, monkeypatch):
    data = tmp_path / "two sets"
    for name in ("a", "b"):
        for path in write_tiny_set(tmp_path / name, seed=ord(name)).iterdir():
            (data / f"{name}-{path.name}").parent.mkdir(exist_ok=True)
            path.rename(data / f"{name}-{path.name}")
    interrupt(monkeypatch, 1, 3)
    _, out, _ = run("--epochs=2", "--split=a", "--no-transpose", data=data)
    assert f"--data '{data}' --split a --no-transpose\n" in out
    folder = only_run(Path())
    assert "holds several sets" in run(f"--resume={folder}", data=data)[2]
    assert "not those that the run started with" in run(f"--resume={folder}", "--split=b", data=data)[2]
    assert run(f"--resume={folder}", "--split=a", data=data)[0] == 0


def test_the_weights_do_not_replace_the_data(run, tmp_path):
    images = np.zeros((6, 12, 12), np.uint8)
    labels = np.arange(6) % 2
    (tmp_path / "set").mkdir()
    path = tmp_path / "set" / "mnist.npz"
    np.savez(path, x_train=images, y_train=labels, x_test=images, y_test=labels)
    before = path.read_bytes()
    for data in (path, path.parent):
        status, _, err = run("--epochs=1", "--arch=mlp", f"--out={path}", data=data)
        assert status == 2
        assert "--out: expected a file of its own" in err
    assert path.read_bytes() == before
