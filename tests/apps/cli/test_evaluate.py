"""The command that evaluates networks on images and on strokes: metrics, plots, errors."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import nn.digits.fine_tuning
from apps.cli import evaluate
from apps.cli.evaluation import fine_tuning, perturbation_sweep, recognition
from apps.cli.evaluation.corruptions import corrupted
from nn import checkpoint, metrics, zoo
from nn.data import mnist
from nn.data.dataset import IncompleteError
from nn.digits import Recognizer, synthesis
from nn.digits.stroke_files import write_stroke_set
from nn.digits.stroke_set import StrokeSet
from nn.digits.strokes import replay
from nn.ensemble import Ensemble
from nn.shifts import predict_with_shifts
from tests.tiny_set import CLASSES, write_tiny_set


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return write_tiny_set(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Networks that are untrained: three for the tiny set, and three for digits."""
    folder = tmp_path_factory.mktemp("weights")
    for seed, suffix in enumerate(("", "-1", "-2")):
        rng = np.random.default_rng(seed)
        checkpoint.save(folder / f"tiny{suffix}.npz", zoo.build("baseline", (12, 12, 1), CLASSES, rng), {})
        checkpoint.save(folder / f"digits{suffix}.npz", zoo.build("baseline", rng=rng), {})
    return folder


@pytest.fixture(scope="module")
def strokes(tmp_path_factory):
    """Thirty scribbles by three people, one of whom wrote half of them."""
    rng = np.random.default_rng(3)
    samples = [[rng.normal(size=(8, 2)).cumsum(axis=0) for _ in range(1 + n % 2)] for n in range(30)]
    writers = np.repeat([0, 1, 2], [15, 10, 5])
    path = tmp_path_factory.mktemp("strokes") / "set.npz"
    write_stroke_set(path, StrokeSet.from_samples(samples, np.arange(30) % 10, writers))
    return path, samples, writers


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Runs the command in an empty folder; gives its exit status, standard output and standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(recognition, "PER_DIGIT", 4)

    def run(*arguments):
        status = evaluate.main(list(map(str, arguments)))
        return status, *capsys.readouterr()

    return run


@pytest.mark.parametrize("part", ["test", "train"])
def test_metrics_on_images(run, tiny, weights, part):
    status, out, _ = run(
        *(f"--data={tiny}", f"--weights={weights}/tiny.npz", "--metrics=m.json"),
        "--out=pictures",
        f"--part={part}",
    )
    assert status == 0
    data = mnist.load(tiny)
    images, labels = (data.test_images, data.test_labels) if part == "test" else (data.train_images, data.train_labels)
    answers = checkpoint.load(weights / "tiny.npz").model.predict(images).argmax(axis=1)
    found = json.loads(Path("m.json").read_text())
    assert set(found) == {"n", "accuracy", "interval", "per_class", "confusion"}
    assert found["n"] == len(images)
    assert found["accuracy"] == np.mean(answers == labels)
    assert tuple(found["interval"]) == metrics.wilson_interval(int((answers == labels).sum()), len(labels))
    for label in range(CLASSES):
        assert found["per_class"][label] == np.mean(answers[labels == label] == label)
        assert found["confusion"][label] == np.bincount(answers[labels == label], minlength=CLASSES).tolist()
    assert f"Accuracy: {found['accuracy']:.4f}\n" in out
    assert "95 % interval: " in out


@pytest.mark.usefixtures("figures")
def test_accuracy_with_each_corruption(run, weights, tmp_path):
    data = write_tiny_set(tmp_path / "digits", size=28, classes=10)
    status, out, _ = run(
        *(f"--data={data}", f"--weights={weights}/digits.npz", "--out=o"),
        *("--corruptions=20", "--seed=3"),
    )
    assert status == 0
    found = json.loads(Path("o/metrics.json").read_text())["corruptions"]
    images, labels = mnist.load(data).test_images[:20], mnist.load(data).test_labels[:20]
    answers = checkpoint.load(weights / "digits.npz").model.predict(corrupted(images, "fog", 3)).argmax(axis=1)
    assert found["fog"] == {"n": 20, "accuracy": np.mean(answers == labels)}
    assert f"fog             20  {100 * found['fog']['accuracy']:6.2f} %\n" in out
    with Image.open("o/corruptions.png") as picture:
        assert picture.height > picture.width


@pytest.mark.usefixtures("figures")
def test_accuracy_with_shifts(run, tiny, weights):
    paths, data = [weights / "tiny.npz", weights / "tiny-1.npz"], mnist.load(tiny)
    status, out, _ = run("--shifts", f"--data={tiny}", "--weights", *paths, "--metrics=m.json")
    probabilities = predict_with_shifts(Ensemble.load(paths), data.test_images)
    accuracy = metrics.accuracy(data.test_labels, probabilities.argmax(axis=1))
    found = json.loads(Path("m.json").read_text())
    assert (status, found["accuracy"], found["shifts"]) == (0, pytest.approx(accuracy), True)
    assert accuracy != metrics.accuracy(data.test_labels, Ensemble.load(paths).predict(data.test_images).argmax(axis=1))
    assert "test images, also shifted" in out


@pytest.mark.usefixtures("figures")
def test_plots(run, tiny, weights):
    run(f"--data={tiny}", f"--weights={weights}/tiny.npz")
    (folder,) = Path("runs").iterdir()
    assert re.fullmatch(r"\d{8}-\d{6}-evaluate", folder.name)
    assert {path.name for path in folder.iterdir()} == {"confusion.png", "mistakes.png", "metrics.json"}
    for path in folder.glob("*.png"):
        with Image.open(path) as picture:
            assert picture.width > 300


def test_a_folder_that_cannot_be_written_is_reported_before_the_work(run, tiny, weights, monkeypatch):
    monkeypatch.setattr("apps.cli.evaluation.images.load_data", lambda arguments: pytest.fail("the work began"))
    Path("file").touch()
    status, _, err = run(f"--data={tiny}", f"--weights={weights}/tiny.npz", "--runs=file/runs")
    assert status == 2
    assert err.startswith("evaluate.py: file/runs")
    assert err.count("\n") == 1


def test_metrics_on_strokes(run, weights, strokes):
    path, samples, writers = strokes
    status, out, err = run(
        f"--strokes={path}",
        f"--weights={weights}/digits.npz",
        "--metrics=m.json",
        "--seed=5",
        "--quiet",
        "--out=o",
    )
    assert (status, err) == (0, "")
    rng = np.random.default_rng(5)
    recognizer = Recognizer.load(weights / "digits.npz")
    answers = np.array([recognizer.recognize(replay(sample, rng)).label for sample in samples])
    right = answers == np.arange(30) % 10
    found = json.loads(Path("m.json").read_text())
    assert found["n"] == 30
    assert found["accuracy"] == np.mean(right)
    assert found["writer_mean_accuracy"] == pytest.approx(np.mean([right[writers == w].mean() for w in range(3)]))
    assert f"Mean of the writers' accuracies: {found['writer_mean_accuracy']:.4f}\n" in out
    assert tuple(found["writer_interval"]) == metrics.writer_bootstrap_interval(right, writers)


def mean_of(paths, images):
    return sum(checkpoint.load(path).model.predict(images).astype(np.float64) for path in paths) / len(paths)


def test_an_ensemble_on_images(run, tiny, weights):
    paths = [weights / f"tiny{suffix}.npz" for suffix in ("", "-1", "-2")]
    status, out, _ = run(f"--data={tiny}", "--weights", *paths, "--metrics=m.json", "--out=o")
    assert status == 0
    data = mnist.load(tiny)
    found = json.loads(Path("m.json").read_text())
    answers = mean_of(paths, data.test_images).argmax(axis=1)
    assert found["accuracy"] == np.mean(answers == data.test_labels)
    assert set(found) == {"n", "accuracy", "interval", "per_class", "confusion", "members"}
    assert json.loads(Path("o/metrics.json").read_text()) == found
    title, *lines = out.splitlines()
    assert title == "tiny + tiny-1 + tiny-2 on 60 test images"
    for line, member, path in zip(lines, found["members"], paths, strict=False):
        alone = mean_of([path], data.test_images).argmax(axis=1)
        assert member == {"weights": str(path), "accuracy": np.mean(alone == data.test_labels)}
        assert line == f"Accuracy of {path}: {member['accuracy']:.4f}"
    assert len(found["members"]) == 3
    assert lines[3] == f"Accuracy: {found['accuracy']:.4f}"
    assert len({found["accuracy"], *(member["accuracy"] for member in found["members"])}) > 1


def test_an_ensemble_on_strokes(run, weights, strokes):
    path, samples, _ = strokes
    paths = [weights / f"digits{suffix}.npz" for suffix in ("", "-1", "-2")]
    status, out, _ = run(f"--strokes={path}", "--weights", *paths, "--metrics=m.json", "--seed=5", "--out=o")
    assert status == 0
    rng = np.random.default_rng(5)
    recognizers = [Recognizer.load(path) for path in paths]
    drawings = [replay(sample, rng) for sample in samples]
    each = [[said.probabilities for said in one.recognize_many(drawings)] for one in recognizers]
    found = json.loads(Path("m.json").read_text())
    assert found["accuracy"] == np.mean(np.mean(each, axis=0).argmax(axis=1) == np.arange(30) % 10)
    assert "members" not in found
    assert out.startswith("digits + digits-1 + digits-2 on 30 drawings by 3 people\n")


def test_the_seed_decides_sizes_and_places_of_strokes(run, weights, strokes, monkeypatch):
    path, samples, _ = strokes
    drawn = []
    recognize_many = Recognizer.recognize_many

    def noted(self, drawings):
        drawn.extend(drawings)
        return recognize_many(self, drawings)

    monkeypatch.setattr(Recognizer, "recognize_many", noted)
    run(f"--strokes={path}", f"--weights={weights}/digits.npz", "--seed=5", "--out=o")
    rng = np.random.default_rng(5)
    for strokes_drawn, sample in zip(drawn[: len(samples)], samples, strict=True):
        for stroke, expected in zip(strokes_drawn, replay(sample, rng), strict=True):
            assert np.array_equal(stroke, expected)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--weights=nowhere.npz"], "nowhere.npz: "),
        (["--data=nowhere", "--weights={weights}/tiny.npz"], "nowhere: "),
        (
            ["--data={tiny}", "--weights={weights}/digits.npz"],
            "digits.npz: reads (28, 28, 1) in 10 classes, but",
        ),
        (
            ["--data={tiny}", "--weights", "{weights}/tiny.npz", "{weights}/digits.npz"],
            "tiny.npz is, found one from (28, 28, 1) to (10,)",
        ),
        (["--data={tiny}", "--weights=nowhere.npz", "--weights={weights}/tiny.npz"], "nowhere.npz: "),
        (
            ["--strokes=nowhere.npz", "--weights={weights}/digits.npz"],
            "nowhere.npz: expected a set of strokes",
        ),
        (["--strokes={weights}/tiny.npz", "--weights={weights}/digits.npz"], "not a set of strokes"),
        (["--weights=nowhere.npz", "--metrics=nowhere"], "nowhere: expected a file to write, found a folder"),
        (["--part=other"], "argument --part: invalid choice: 'other'"),
        (["--seed=-1"], "argument --seed: expected a whole number of at least 0, got '-1'"),
        (
            ["--corruptions", "--data={tiny}", "--weights={weights}/tiny.npz"],
            "--corruptions: expected images of (28, 28, 1), but",
        ),
    ],
)
def test_bad_input_is_one_line_and_status_2(run, tiny, weights, arguments, message):
    Path("nowhere").mkdir()
    Path("nowhere/notes.txt").touch()
    status, out, err = run(*(text.format(tiny=tiny, weights=weights) for text in arguments))
    assert (status, out) == (2, "")
    assert err.startswith("evaluate.py: ")
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("options", [("--lines=2", "--fine-tune=3"), ("--rows=2", "--teach=3")])
def test_all_measurements_on_strokes(rng, run, monkeypatch, options):
    def unreachable(*arguments, **options):
        raise IncompleteError("not found")

    monkeypatch.setattr(nn.digits.fine_tuning.mnist, "load", unreachable)
    monkeypatch.setattr(nn.digits.fine_tuning, "SYNTHETIC_ALONE", 100)
    monkeypatch.setattr(nn.digits.fine_tuning, "STEPS", 20)
    monkeypatch.setattr(fine_tuning, "RUNS", 2)
    monkeypatch.setattr(recognition, "PER_KIND", 4)
    monkeypatch.setattr(recognition, "TIMED", 7)
    monkeypatch.setattr(recognition, "HELD_OUT", 4)
    monkeypatch.setattr(perturbation_sweep, "FACTORS", perturbation_sweep.FACTORS[:1])
    drawings, labels = synthesis.sample_many(40, rng)
    write_stroke_set(Path("set.npz"), StrokeSet.from_samples(drawings, labels, np.arange(40) % 2))
    model = zoo.build("tiny", classes=11, rng=np.random.default_rng(0))
    checkpoint.save("weights.npz", model, {"calibration": {"temperature": 1.0, "threshold": 0.09}})
    status, out, _ = run(
        *("--strokes=set.npz", "--weights=weights.npz", "--sweep=5", *options), "--out=o", "--metrics=m.json"
    )
    assert status == 0
    found = json.loads(Path("m.json").read_text())
    assert len(found["sweep"]) == len(perturbation_sweep.FACTORS[0].values)
    assert found["rows"]["n"] == 2
    assert [each["writer"] for each in found["teach"]] == [0, 1]
    assert all(each["taught"] == 3 and each["test_changes"] == [] for each in found["teach"])
    assert set(found["held_out_digits"]) == {str(digit) for digit in synthesis.HELD_OUT_DIGITS}
    assert set(found["non_digits_refused"]) == set(synthesis.KINDS)
    assert 0 <= found["unlearned_refused"]["share"] <= found["unlearned_refused"]["at_1_percent"] <= 1
    assert 0 <= found["calibration_error"] <= 1
    assert 0 < found["milliseconds"]["median"] <= found["milliseconds"]["p99"]
    assert Path("o/sweep.png").is_file()
    assert "Accuracy on held-out ways to write digits: " in out
    assert "(slashed 0: " in out
    for words in ("Rejected: ", "Expected calibration error: ", "Accuracy on lines of four digits", "Writer 1: 3"):
        assert words in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--sweep"], "--sweep, --lines and --fine-tune: expected --strokes FILE.npz with them"),
        (["--lines", "--pictures=."], "--sweep, --lines and --fine-tune: expected --strokes FILE.npz with them"),
        (["--fine-tune"], "--sweep, --lines and --fine-tune: expected --strokes FILE.npz with them"),
        (["--perturb", "--strokes=s.npz"], "--perturb: expected --pictures DIR with it"),
        (
            ["--corruptions", "--strokes=s.npz"],
            "--corruptions: expected the images of a data set, not --strokes or --pictures",
        ),
        (
            ["--shifts", "--pictures=."],
            "--shifts: expected the images of a data set, not --strokes or --pictures",
        ),
        (["--pictures=.", "--strokes=s.npz"], "--strokes, --pictures: expected one of the two, got both"),
    ],
)
def test_further_measurements_need_their_samples(run, arguments, message):
    assert run(*arguments) == (2, "", f"evaluate.py: {message}\n")
