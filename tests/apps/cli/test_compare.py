"""The command that compares: its metrics, executors, resuming, and bad input."""

import contextlib
import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from apps.cli import compare, comparison_run, evaluate, executors, train
from apps.cli.evaluation import recognition
from nn import checkpoint, metrics, synthetic_drawings, zoo
from nn.data import mnist
from nn.data.idx import write_idx
from nn.digits.stroke_files import write_stroke_set
from nn.digits.stroke_set import StrokeSet
from nn.ops import backend
from tests.tiny_set import CLASSES, write_tiny_set

ROOT = Path(__file__).resolve().parents[3]
HELD_OUT = 40


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return write_tiny_set(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to run in, with recipes that end soon, late, and badly."""
    monkeypatch.chdir(tmp_path)
    write_recipe("quick", epochs=1, learning_rate=0.01, ema_decay=0)
    write_recipe("long", epochs=10_000)
    write_recipe("wild", epochs=1, learning_rate=1e30)
    return tmp_path


def write_recipe(name, **settings):
    Path(f"{name}.json").write_text(json.dumps(settings))


@pytest.fixture
def run(here, tiny, monkeypatch, capsys):
    """Runs the command with threads for processes; gives its exit status, standard output and standard error."""
    monkeypatch.setattr(executors, "processes", ThreadPoolExecutor)

    def run(*arguments, data=tiny):
        status = compare.main([f"--data={data}", f"--validation={HELD_OUT}", *map(str, arguments)])
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def trained(monkeypatch):
    """The runs that were executed, as text, in order."""
    made, really_run = [], comparison_run.execute

    def noted(trial, strokes=None):
        made.append(str(trial))
        return really_run(trial, strokes)

    monkeypatch.setattr(comparison_run, "execute", noted)
    return made


def _hear_ctrl_c():
    """What a shell runs in the background ignores Ctrl-C, and so would the command if the tests run there."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextlib.contextmanager
def command(tiny, *arguments):
    """The command as a program, the leader of a group of processes as a shell would have it."""
    process = subprocess.Popen(
        [sys.executable, ROOT / "scripts" / "compare.py", f"--data={tiny}", f"--validation={HELD_OUT}", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_hear_ctrl_c,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def result_files(folder):
    return {re.sub(r"-\w{12}\.npz$", "", path.name): path for path in Path(folder).glob("*.npz")}


def saved_metrics(folder="out"):
    return json.loads(Path(folder, "metrics.json").read_text())


@pytest.mark.usefixtures("figures")
def test_the_metrics_are_those_of_the_networks(run, tiny):
    status, out, _ = run("--arch", "baseline", "mlp", "--recipe", "quick.json", "--seeds=2", "--jobs=2", "--out=out")
    assert status == 0
    data = mnist.load(tiny)
    _, chosen = mnist.validation_split(data.train_labels, HELD_OUT)
    images, labels = data.train_images[chosen], data.train_labels[chosen]
    report = saved_metrics()
    assert (report["split"], report["n"], report["missing"]) == ("validation", HELD_OUT, [])
    assert set(result_files("out")) == {f"{arch}-quick-{seed}" for arch in ("baseline", "mlp") for seed in (0, 1)}
    for said, arch in zip(report["contenders"], ("baseline", "mlp"), strict=True):
        assert (said["arch"], said["recipe"], said["seeds"]) == (arch, "quick", [0, 1])
        for seed in (0, 1):
            saved = checkpoint.load(result_files("out")[f"{arch}-quick-{seed}"])
            answers = saved.model.predict(images).argmax(axis=1)
            assert np.array_equal(saved.arrays["answers"], answers)
            assert said["accuracies"][seed] == metrics.accuracy(labels, answers)
            assert said["train_seconds"][seed] == saved.meta["seconds"] > 0
        model = zoo.build(arch, (12, 12, 1), CLASSES)
        checkpoint.save("weights.npz", model, {})
        assert said["file_bytes"] == Path("weights.npz").stat().st_size
        assert said["parameters"] == sum(parameter.value.size for parameter in model.parameters)
        assert re.search(rf"total +{said['parameters']:,} +{said['multiply_adds']:,}", model.summary())
        assert said["accuracy"] == np.mean(said["accuracies"])
        assert said["deviation"] == pytest.approx(np.std(said["accuracies"], ddof=1))
        assert 0 < said["latency"] < 1
        members = [checkpoint.load(result_files("out")[f"{arch}-quick-{seed}"]).model for seed in (0, 1)]
        together = sum(member.predict(images) for member in members).argmax(axis=1)
        assert said["ensemble"] == metrics.accuracy(labels, together)
        row = rf"\| {arch} +\| quick +\| +2 \| +{said['parameters']:,} \|.* {100 * said['accuracy']:.2f} \|"
        assert re.search(row, out)
    assert Path("out/table.md").read_text() in out
    with Image.open("out/comparison.png") as picture:
        assert picture.width > 1000


def test_the_shipped_configurations_are_one_option(run, monkeypatch, trained):
    monkeypatch.setattr(compare, "CONFIGURATIONS", [("mlp", "quick.json"), ("baseline", "quick.json")])
    assert run("--shipped", "--seeds=1", "--out=out")[0] == 0
    assert trained == ["mlp, quick, seed 0", "baseline, quick, seed 0"]
    assert run("--resume=out")[0] == 0
    assert len(trained) == 2


@pytest.mark.parametrize(
    "settings",
    [
        {"epochs": 1},
        {"epochs": 30, "patience": 1},
        {"epochs": 2, "synthetic_drawings": 60, "non_digit_fraction": 0.5, "painted_fraction": 0.2},
    ],
    ids=["quick", "early stopping", "synthetic drawings"],
)
def test_it_trains_as_train_does(settings, run, tmp_path, monkeypatch):
    monkeypatch.setattr(synthetic_drawings, "CALIBRATION_COUNT", 100)
    write_recipe("mine", learning_rate=0.01, schedule="constant", ema_decay=0, **settings)
    data = write_tiny_set(tmp_path / "digits", size=28, classes=10)
    assert run("--arch=mlp", "--recipe=mine.json", "--seeds=2", "--out=out", data=data)[0] == 0
    same = ["--arch=mlp", f"--data={data}", f"--validation={HELD_OUT}", "--recipe=mine.json", "--seed=1"]
    assert train.main([*same, "--precision=float32", "--out=same.npz"]) == 0
    expected, found = checkpoint.load("same.npz"), checkpoint.load(result_files("out")["mlp-mine-1"])
    state = expected.model.state_dict()
    for name, array in found.model.state_dict().items():
        assert np.array_equal(array, state[name])
    outputs = 11 if "synthetic_drawings" in settings else 10
    assert expected.model.output_shape == found.model.output_shape == (outputs,)
    assert ("calibration" in expected.meta) == ("synthetic_drawings" in settings)
    assert found.meta.get("calibration", {}).keys() == expected.meta.get("calibration", {}).keys()
    for name, value in expected.meta.get("calibration", {}).items():
        assert found.meta["calibration"][name] == pytest.approx(value, rel=1e-3)


def test_the_test_set_is_used_only_with_part_test(run, tiny):
    run("--recipe=quick.json", "--seeds=1", "--out=out", "--part=test")
    report = saved_metrics()
    assert (report["split"], report["n"]) == ("test", 60)
    same = [f"--data={tiny}", "--recipe=quick.json", "--precision=float32", "--metrics=same.json", "--out=same.npz"]
    assert train.main(same) == 0
    same = json.loads(Path("same.json").read_text())
    assert report["contenders"][0]["accuracies"] == [same["test_accuracy"]]
    assert report["contenders"][0]["interval"] == same["test_interval"]


def test_early_stopping_needs_validation_images(run):
    write_recipe("patient", patience=1)
    status, _, err = run("--recipe=patient.json", "--part=test", "--out=other")
    assert status == 2
    assert "--part test: recipe patient.json has patience" in err
    assert not Path("other").exists()


def test_accuracy_on_strokes_equals_that_of_evaluate(run, here, monkeypatch):
    monkeypatch.setattr(recognition, "PER_DIGIT", 4)
    monkeypatch.setattr(recognition, "TIMED", 7)
    rng = np.random.default_rng(3)
    samples = [[rng.normal(size=(8, 2)).cumsum(axis=0) for _ in range(1 + n % 2)] for n in range(30)]
    write_stroke_set("strokes.npz", StrokeSet.from_samples(samples, np.arange(30) % 10))
    for part, count in (("train", 100), ("t10k", 20)):
        images = rng.integers(0, 256, (count, 28, 28)).astype(np.uint8)
        write_idx(here / "digits" / f"{part}-images-idx3-ubyte", images)
        write_idx(here / "digits" / f"{part}-labels-idx1-ubyte", np.arange(count, dtype=np.uint8) % 10)
    options = ["--arch=mlp", "--recipe=quick.json", "--seeds=2", "--strokes=strokes.npz"]
    status, out, _ = run(*options, "--out=out", data="digits")
    assert status == 0
    (contender,) = saved_metrics()["contenders"]
    for seed, accuracy in enumerate(contender["stroke_accuracies"]):
        weights = result_files("out")[f"mlp-quick-{seed}"]
        evaluate.main(["--strokes=strokes.npz", f"--weights={weights}", "--metrics=same.json", "--out=o"])
        assert accuracy == json.loads(Path("same.json").read_text())["accuracy"]
    mean = 100 * np.mean(contender["stroke_accuracies"])
    assert "strokes, % |" in out
    assert re.search(rf"\| mlp .* {mean:.2f} \|$", out, re.M)


def test_nothing_is_trained_twice(run, trained):
    run("--recipe=quick.json", "--seeds=2", "--out=out")
    before = saved_metrics()
    assert len(trained) == 2
    status, out, _ = run("--recipe=quick.json", "--seeds=3", "--out=out")
    assert status == 0
    assert "3 runs, 2 of them finished before" in out
    assert trained[2:] == ["baseline, quick, seed 2"]
    status, out, _ = run("--resume=out", "--quiet")
    assert status == 0
    assert len(trained) == 3
    assert out == Path("out/table.md").read_text()
    (again,), (first,) = saved_metrics()["contenders"], before["contenders"]
    assert again["seeds"] == [0, 1, 2]
    for name in ("accuracies", "train_seconds"):
        assert again[name][:2] == first[name]


@pytest.mark.parametrize("change", ["recipe", "epochs", "validation", "data", "part", "arch", "backend"])
def test_a_changed_run_is_trained_again(run, trained, tiny, tmp_path, change):
    Path("net.json").write_text('[{"type": "Flatten"}, {"type": "Dense", "units": "classes"}]')
    usual = ["--arch=net.json", "--recipe=quick.json", "--seeds=1", "--out=out"]
    run(*usual)
    before = result_files("out")
    changed, data = [], tiny
    if change == "recipe":
        write_recipe("quick", epochs=1, learning_rate=0.02)
    elif change == "arch":
        layers = [{"type": "Flatten"}, {"type": "Dense", "units": 9}, {"type": "Dense", "units": 4}]
        Path("net.json").write_text(json.dumps(layers))
    elif change == "data":
        data = write_tiny_set(tmp_path / "other", seed=1)
    elif change != "backend":
        changed = {"epochs": ["--epochs=2"], "validation": ["--validation=20"], "part": ["--part=test"]}[change]
    with backend.use("numpy") if change == "backend" and backend.current() != "numpy" else contextlib.nullcontext():
        run(*usual, *changed, data=data)
    same = change == "backend" and backend.current() == "numpy"
    assert len(trained) == (1 if same else 2)
    assert all(path.exists() for path in before.values())


def test_a_failed_run_is_one_line_and_the_others_continue(run, trained):
    status, out, err = run("--recipe", "wild.json", "quick.json", "--seeds=2", "--out=out")
    assert status == 1
    lines = [line for line in re.split(r"[\r\n]+", err) if line.startswith("compare.py: ")]
    assert len(lines) == 2
    assert all(re.match(r"compare.py: baseline, wild, seed [01]: the loss became", line) for line in lines)
    assert "Resume with: python scripts/compare.py --resume out\n" in out
    assert [contender["recipe"] for contender in saved_metrics()["contenders"]] == ["quick"]
    assert saved_metrics()["missing"] == ["baseline, wild, seed 0", "baseline, wild, seed 1"]
    write_recipe("wild", epochs=1)
    assert run("--resume=out", "--quiet")[0] == 0
    assert trained[4:] == ["baseline, wild, seed 0", "baseline, wild, seed 1"]


def test_without_results_there_is_no_table(run):
    status, out, err = run("--recipe=wild.json", "--seeds=1", "--out=out", "--quiet")
    assert (status, err.count("\n")) == (1, 1)
    assert "|" not in out
    assert not Path("out/metrics.json").exists()


def test_processes_give_the_results_of_threads(run, tiny):
    options = ["--arch", "mlp", "baseline", "--recipe=quick.json", "--seeds=1"]
    run(*options, "--out=threads")
    with command(tiny, *options, "--out=processes", "--jobs=2", "--metrics=m.json") as process:
        out, err = process.communicate()
    assert process.returncode == 0
    assert re.search(r"^mlp, quick, seed 0: \d+\.\d\d % in \d+\.\d s$", out, re.M)
    assert "0/2 [" in err
    assert json.loads(Path("m.json").read_text()) == saved_metrics("processes")
    for name, path in result_files("threads").items():
        state = checkpoint.load(path).model.state_dict()
        same = checkpoint.load(result_files("processes")[name]).model.state_dict()
        assert all(np.array_equal(state[array], same[array]) for array in state)


@pytest.mark.parametrize(("signum", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_comparison_keeps_its_results_and_resumes(run, tiny, trained, signum, status):
    with command(tiny, "--recipe", "quick.json", "long.json", "--seeds=1", "--out=out") as process:
        first = iter(process.stdout.readline, "")
        assert any(line.startswith("baseline, quick, seed 0: ") for line in first)
        # Ctrl-C reaches the whole group, workers too; the other comes from a program that knows of one process.
        os.killpg(process.pid, signum) if signum == signal.SIGINT else process.send_signal(signum)
        out, err = process.communicate(timeout=60)  # which also waits for the workers' end
    assert process.returncode == status
    assert out == "Resume with: python scripts/compare.py --resume out\n"
    assert re.split(r"[\r\n]+", err)[-2:] == ["compare.py: interrupted", ""]
    assert "Traceback" not in err
    assert list(result_files("out")) == ["baseline-quick-0"]
    write_recipe("long", epochs=1)
    assert run("--resume=out")[0] == 0
    assert trained == ["baseline, long, seed 0"]


def test_workers_share_the_threads_and_leave_ctrl_c_to_their_parent(monkeypatch):
    handler = signal.getsignal(signal.SIGINT)
    monkeypatch.setenv("NUMBA_NUM_THREADS", "6")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with executors.processes(2) as pool:
        assert {pool.submit(os.getenv, name).result() for name in executors.THREAD_VARIABLES} == {"3"}
        assert pool.submit(signal.getsignal, signal.SIGINT).result() == signal.SIG_IGN
        assert len(multiprocessing.active_children()) == 2
    assert os.environ["NUMBA_NUM_THREADS"] == "6"
    assert "OMP_NUM_THREADS" not in os.environ
    assert signal.getsignal(signal.SIGINT) == handler


def test_workers_end_with_the_block_whatever_they_do():
    started = []

    def interrupted():
        with executors.processes(1) as pool:
            started.append(pool.submit(time.sleep, 3600))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert started[0].done()
    assert not multiprocessing.active_children()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--arch", "vgg"], "--arch vgg: expected one of baseline"),
        (["--recipe", "plain", "vague"], "--recipe: expected one of default, plain"),
        (["--recipe", "plain", "plain"], "--arch, --recipe: expected each name once, got baseline, plain twice"),
        (["--seeds=0"], "argument --seeds: expected a whole number of at least 1, got '0'"),
        (
            ["--validation=240"],
            "--validation: expected fewer than the 240 training images, got 240; set it to a smaller number",
        ),
        (["--strokes=nowhere.npz"], "nowhere.npz: expected a set of strokes"),
        (["--strokes=strokes.npz"], "--strokes: expected images and classes (28, 28, 10), but"),
        (["--data=nowhere"], "nowhere: no data set found"),
        (["--metrics=nowhere"], "nowhere: expected a file to write, found a folder"),
        (["--resume=nowhere"], "nowhere: no comparison to resume: it has no comparison.json"),
        (["--resume=broken"], "broken/comparison.json: expected the arguments of a comparison"),
        (["--resume=nowhere", "--out=out"], "nowhere: no comparison to resume"),
        (["--jobs=2", "--scheduler=tcp://127.0.0.1:1"], "--jobs, --scheduler: expected one of the two, got both"),
    ],
)
def test_bad_input_is_one_line_and_status_2(run, arguments, message):
    Path("nowhere").mkdir()
    Path("nowhere/notes.txt").touch()
    Path("broken").mkdir()
    Path("broken/comparison.json").write_text('{"arch": ["mlp"]}')
    write_stroke_set("strokes.npz", StrokeSet.from_samples([[[(0, 0), (1, 1)]]], [1]))
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert err.startswith("compare.py: ")
    assert message in err
    assert err.count("\n") == 1
    assert not Path("runs").exists()


def test_a_folder_is_named_once(run):
    run("--recipe=quick.json", "--seeds=1", "--out=out")
    status, _, err = run("--resume=out", "--out=other")
    assert (status, err) == (2, "compare.py: --out, --resume: expected one of the two, got both\n")


@pytest.fixture
def scheduler():
    """The address of a cluster of two workers on this machine."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster("127.0.0.1", n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        yield cluster.scheduler_address


def test_a_cluster_gives_the_results_of_threads(run, scheduler):
    options = ["--arch", "mlp", "baseline", "--recipe", "quick.json", "wild.json", "--seeds=1"]
    run(*options, "--out=threads")
    status, out, err = run(*options, "--out=cluster", f"--scheduler={scheduler}")
    assert status == 1
    assert f"trained on {scheduler}" in out
    assert "compare.py: mlp, wild, seed 0: the loss became" in err
    names = result_files("threads")
    assert set(names) == set(result_files("cluster")) == {"mlp-quick-0", "baseline-quick-0"}
    for name, path in names.items():
        state = checkpoint.load(path).model.state_dict()
        same = checkpoint.load(result_files("cluster")[name]).model.state_dict()
        assert all(np.array_equal(state[array], same[array]) for array in state)


def test_a_scheduler_that_does_not_answer_is_one_line(run, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(executors, "TIMEOUT", 0.1)
    status, _, err = run("--scheduler=tcp://127.0.0.1:1", "--out=out", "--quiet")
    assert (status, err.count("\n")) == (2, 1)
    assert "127.0.0.1:1" in err


def test_without_dask_it_says_what_to_install(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    status, _, err = run("--scheduler=tcp://127.0.0.1:1")
    assert status == 2
    assert err.endswith("compare.py: --scheduler: distributed is not installed: pip install distributed\n")
