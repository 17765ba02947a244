"""The command that reads files: pictures in every form, drawings, and what is broken."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from apps.cli import predict
from apps.cli.reading import answers
from nn import checkpoint, zoo
from nn.digits import Recognizer
from nn.digits.stroke_files import Drawing, write_drawing

ROOT = Path(__file__).resolve().parents[3]
SEVEN = [np.array([[60.0, 60], [200, 60], [120, 230]])]


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A network that has learned nothing, which is all that is needed here."""
    path = tmp_path_factory.mktemp("weights") / "untrained.npz"
    checkpoint.save(path, zoo.build("baseline"), {})
    return path


@pytest.fixture
def run(tmp_path, weights, monkeypatch, capsys):
    """Runs the command in an empty folder; gives its exit status, standard output and standard error."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        status = predict.main([f"--weights={weights}", *map(str, arguments)])
        return status, *capsys.readouterr()

    return run


def digit():
    """A 7 in white on black, (120, 90) uint8, upright and off the middle."""
    picture = np.zeros((120, 90), np.uint8)
    picture[20:30, 15:70] = 255
    for step in range(70):
        picture[30 + step, 60 - step // 2 : 70 - step // 2] = 255
    return picture


def probabilities_of(run, *files):
    status, out, err = run("--json", *files)
    assert (status, err) == (0, "")
    return np.array([answer["probabilities"] for answer in json.loads(out)])


def test_a_line_for_each_file(run, weights):
    Image.fromarray(digit()).save("a.png")
    write_drawing("drawing.json", Drawing(SEVEN))
    status, out, err = run("a.png", "drawing.json")
    assert (status, err) == (0, "")
    recognizer = Recognizer.load(weights)
    for line, name, expected in zip(
        out.splitlines(),
        ("a.png", "drawing.json"),
        (recognizer.recognize_image(digit()), recognizer.recognize(SEVEN)),
        strict=True,
    ):
        file, label, confidence, percent, *probabilities = line.split()
        assert (file, label, percent) == (name, str(expected.label), "%")
        assert float(confidence) == pytest.approx(100 * expected.probabilities.max(), abs=0.06)
        assert np.allclose([float(p) for p in probabilities], expected.probabilities, atol=6e-4)
        assert len(probabilities) == 10


def test_json_has_the_same_values(run, weights):
    Image.fromarray(digit()).save("a.png")
    (answer,) = json.loads(run("a.png", "--json")[1])
    expected = Recognizer.load(weights).recognize_image(digit())
    assert answer["file"] == "a.png"
    assert answer["label"] == expected.label
    assert answer["probabilities"] == [float(p) for p in expected.probabilities]
    assert answer["confidence"] == max(answer["probabilities"])


def test_all_formats_of_a_picture_read_the_same(run):
    white = digit()
    black = 255 - white
    Image.fromarray(white).save("light-on-dark.png")
    Image.fromarray(black).save("dark-on-light.png")
    Image.fromarray(black).convert("RGB").save("colour.bmp")
    Image.fromarray(black).convert("1").save("bits.png")
    Image.fromarray(black).convert("P").save("palette.png")
    Image.fromarray(black.astype(np.uint16) * 257).save("deep.png")
    Image.fromarray(np.stack([*3 * [np.zeros_like(white)], white], axis=2)).save("black-ink-on-nothing.png")
    Image.fromarray(np.stack([*3 * [np.full_like(white, 255)], white], axis=2)).save("white-ink-on-nothing.png")
    turned = Image.Exif()
    turned[0x0112] = 6  # orientation: to be turned a quarter clockwise
    Image.fromarray(np.rot90(black)).save("turned.jpg", exif=turned, quality=100, subsampling=0)
    names = sorted(path.name for path in Path().iterdir())
    assert len(names) == 9
    first, *others = probabilities_of(run, "light-on-dark.png", *names)
    for name, probabilities in zip(names, others, strict=True):
        assert np.allclose(probabilities, first, atol=0.02 if name == "turned.jpg" else 1e-6), name


def test_a_blank_picture_has_no_label(run):
    Image.new("L", (50, 50), 255).save("white.png")
    write_drawing("nothing.json", Drawing([]))
    status, out, err = run("white.png", "nothing.json")
    assert (status, err) == (0, "")
    assert [line.split()[1:3] for line in out.splitlines()] == 2 * [["-", "blank"]]
    answers = json.loads(run("white.png", "--json")[1])
    assert (answers[0]["label"], answers[0]["confidence"], answers[0]["reason"]) == (None, None, "blank")


@pytest.fixture
def broken(tmp_path):
    """Files that can't be read, by name, with a word of the message."""
    whole = tmp_path / "whole.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40)).astype(np.uint8)).save(whole)
    (tmp_path / "cut.png").write_bytes(whole.read_bytes()[:300])
    (tmp_path / "text.png").write_text("not a picture")
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "folder.png").mkdir()
    Image.new("L", (10, 10)).save(tmp_path / "other.ico")
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "list.json").write_text("[1, 2]")
    Image.new("1", (20_000, 20_000)).save(tmp_path / "huge.png")
    return {
        "missing.png": "found nothing",
        "cut.png": "truncated",
        "text.png": "found something else",
        "empty.jpg": "found something else",
        "folder.png": "in this folder, found none",
        "other.ico": "found something else",
        "broken.json": "not JSON",
        "list.json": "not a drawing",
        "huge.png": "million pixels",
    }


def test_a_broken_file_is_one_line_and_does_not_stop_the_others(run, broken):
    status, out, err = run(*broken, "whole.png")
    assert status == 1
    assert out.startswith("whole.png")
    assert out.count("\n") == 1
    lines = err.splitlines()
    assert len(lines) == len(broken)
    for line, (name, message) in zip(lines, broken.items(), strict=True):
        assert line.startswith(f"predict.py: {name}: ")
        assert message in line


def test_json_lists_broken_files(run, broken):
    status, out, _ = run("--json", "text.png", "whole.png")
    assert status == 1
    bad, good = json.loads(out)
    assert bad["file"] == "text.png"
    assert "expected a picture" in bad["error"]
    assert "error" not in good


def test_a_picture_that_does_not_fit_into_memory_is_one_line(run, monkeypatch):
    for name in ("a.png", "b.png"):
        Image.fromarray(digit()).save(name)
    read = answers.read_picture

    def read_unless_large(path):
        if path.name == "a.png":
            raise MemoryError
        return read(path)

    monkeypatch.setattr(answers, "read_picture", read_unless_large)
    status, out, err = run("a.png", "b.png")
    assert (status, err) == (1, "predict.py: a.png: too large for this machine's memory\n")
    assert out.startswith("b.png")


def test_no_readable_file_is_status_2(run, broken):
    status, out, _ = run(*broken)
    assert (status, out) == (2, "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: FILE"),
        (["a.png", "--weights=nowhere.npz"], "nowhere.npz: "),
        (["a.png", "--verbose"], "unrecognized arguments: --verbose"),
    ],
)
def test_bad_usage_is_one_line_and_status_2(run, arguments, message):
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert err.startswith("predict.py: ")
    assert message in err
    assert err.count("\n") == 1


def test_a_closed_stdout_is_no_error(weights, tmp_path):
    Image.fromarray(digit()).save(tmp_path / "a.png")
    command = [
        sys.executable,
        ROOT / "scripts/predict.py",
        f"--weights={weights}",
        *20 * [tmp_path / "a.png"],
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""


def test_patterns_that_the_shell_did_not_expand(run):
    for name in ("b.png", "a.png"):
        Image.fromarray(digit()).save(name)
    status, out, err = run("*.png")
    assert (status, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()] == ["a.png", "b.png"]
    assert run("*.bmp")[0] == 2


def test_names_are_escaped(run):
    names = [b"red\x1b[31m.json", b"two\nlines.json", b"caf\xe9.json", b"missing\x1b[2J.png"]
    for name in names[:-1]:
        write_drawing(os.fsdecode(name), Drawing(SEVEN))
    status, out, err = run(*map(os.fsdecode, names))
    assert status == 1
    assert [line.split()[0] for line in out.splitlines()] == [r"red\x1b[31m.json", r"two\nlines.json", r"caf\xe9.json"]
    assert err.startswith(r"predict.py: missing\x1b[2J.png: ")


def test_an_impossible_path_is_one_line_and_does_not_stop_the_others(run, monkeypatch):
    """A name that is too long, a file as a folder, and a folder without permission."""
    write_drawing("seven.json", Drawing(SEVEN))
    Path("locked").mkdir()
    stat = Path.stat

    def forbidden(path, **options):
        if path.parent.name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path, **options)

    monkeypatch.setattr(Path, "stat", forbidden)  # root may access everything
    bad = ["x" * 300 + ".png", "x" * 300 + ".json", "seven.json/a.json", "locked/a.png", "locked/a.json"]
    status, out, err = run(*bad, "seven.json")
    assert status == 1
    assert out.startswith("seven.json")
    assert [line.split(": ")[1] for line in err.splitlines()] == bad


def test_a_network_with_infinite_outputs_is_one_line_for_each_file(run, tmp_path):
    model = zoo.build("baseline")
    model.parameters[-2].value[...] = 3e38
    checkpoint.save(tmp_path / "huge.npz", model, {}, precision="float32")
    write_drawing("seven.json", Drawing(SEVEN))
    status, out, err = run("--weights=huge.npz", "seven.json", "seven.json")
    assert (status, out) == (2, "")
    assert [line.split(": ")[:2] for line in err.splitlines()] == 2 * [["predict.py", "seven.json"]]


def pictures(count):
    """Files of pictures in folders, and one that is none; their names."""
    for number in range(count):
        path = Path(f"pictures/{number % 3}/{number}.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.roll(digit(), number % 20, axis=1)).save(path)
    Path("pictures/1/text.png").write_text("no picture")
    return count + 1


def test_folders_are_read_to_files_whose_suffix_is_the_format(run):
    total = pictures(7)
    Path("list").write_text("pictures/0\npictures/1\npictures/2\n")
    status, out, err = run("pictures", "--out=answers.jsonl")
    assert status == 1
    assert out == f"{total} files, 1 of them could not be read: answers.jsonl\n"
    assert err.count("\n") == 1
    lines = Path("answers.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == json.loads(run("pictures", "--json")[1])
    assert run("--files-from=list", "--format=jsonl")[1].splitlines() == lines
    rows = run("--files-from=list", "--format=csv", "--quiet")[1].splitlines()
    assert [row.split(",")[0] for row in rows] == ["file", *(json.loads(line)["file"] for line in lines)]


@pytest.mark.usefixtures("needs_numba")  # the bits of matrix products by BLAS depend on the batch
@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_a_resumed_run_reads_only_what_is_missing(run, form, monkeypatch):
    total = pictures(7)
    run("pictures", f"--out=whole.{form}")
    whole = Path(f"whole.{form}").read_bytes()
    Path(f"part.{form}").write_bytes(whole[: len(whole) // 2])
    read, names = answers.read_picture, []
    monkeypatch.setattr(answers, "read_picture", lambda path: names.append(path) or read(path))
    status, out, _ = run("pictures", f"--out=part.{form}", "--resume")
    assert (status, out) == (1, f"{total} files, 1 of them could not be read: part.{form}\n")
    assert Path(f"part.{form}").read_bytes() == whole
    assert 0 < len(names) < total
    names.clear()
    assert run("pictures", f"--out=part.{form}", "--resume")[0] == 1
    assert names == []


@pytest.mark.usefixtures("needs_numba")  # the bits of matrix products by BLAS depend on the batch
def test_an_interrupted_run_keeps_what_was_done(run, monkeypatch):
    pictures(7)
    read = answers.read_picture

    def read_or_stop(path):
        if path.name == "4.png":
            raise KeyboardInterrupt
        return read(path)

    monkeypatch.setattr(answers, "read_picture", read_or_stop)
    status, out, err = run("pictures", "--out=answers.jsonl")
    assert (status, out) == (130, "")
    done = Path("answers.jsonl").read_text().count("\n")
    assert f"answers.jsonl: {done} files are done; --resume reads the others\n" in err
    assert run("pictures", "--json")[0] == 130
    monkeypatch.setattr(answers, "read_picture", read)
    run("pictures", "--out=answers.jsonl", "--resume")
    assert Path("answers.jsonl").read_text() == run("pictures", "--format=jsonl")[1]


def test_two_processes_give_the_answers_of_one(run):
    pictures(30)
    expected = run("pictures", "--format=jsonl")
    assert run("pictures", "--format=jsonl", "--jobs=2") == expected


def test_a_cluster_gives_the_answers_of_one_process(run, weights):
    distributed = pytest.importorskip("distributed")
    pictures(30)
    Path("own.npz").write_bytes(weights.read_bytes())
    expected = run("pictures", "missing.json", "--format=csv", "--weights=own.npz")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
    ) as cluster:
        scheduler = f"--scheduler={cluster.scheduler_address}"
        assert run("pictures", "missing.json", "--format=csv", "--weights=own.npz", scheduler) == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a.png", "--null"], "--null: expected --files-from LIST with it"),
        (
            ["a.png", "--jobs=2", "--scheduler=tcp://127.0.0.1:1"],
            "--jobs, --scheduler: expected one of the two, got both",
        ),
        (["a.png", "--json", "--format=csv"], "--json, --format csv: expected one of the two, got both"),
        (["a.png", "--resume"], "--resume: expected --out FILE with it"),
        (["a.png", "--resume", "--out=a.json"], "--resume: expected --format jsonl or csv, got json"),
        (["a.png", "--out=a.png"], "--out: expected a file of its own, got a.png, which is an input"),
        (["a.png", "--out=other.csv"], "--out: other.csv: is a file of another kind; remove it to write there"),
        (["--files-from=nowhere"], "nowhere: No such file or directory"),
        (["--files-from=empty"], "expected pictures and drawings, found none"),
    ],
)
def test_options_that_do_not_fit_are_one_line_and_status_2(run, arguments, message):
    Image.fromarray(digit()).save("a.png")
    Path("other.csv").write_text("1,2,3\n")
    Path("empty").touch()
    assert run(*arguments) == (2, "", f"predict.py: {message}\n")


def line_picture():
    """Two lines of three bars, dark on bright."""
    picture = np.full((200, 220), 255, np.uint8)
    for top in (20, 120):
        for left in (20, 90, 160):
            picture[top : top + 60, left : left + 8] = 0
    return picture


def test_lines_of_a_page(run):
    Image.fromarray(line_picture()).save("page.png")
    status, out, err = run("--page", "--format=jsonl", "page.png")
    assert (status, err) == (0, "")
    answer = json.loads(out)
    assert [len(line["tokens"]) for line in answer["lines"]] == [3, 3]
    assert answer["text"] == "\n".join(line["text"] for line in answer["lines"])
    status, out, _ = run("--line", "page.png")
    assert (status, len(out.split()[1])) == (0, 3)
    write_drawing("drawing.json", Drawing([*SEVEN, SEVEN[0] + (300, 0)]))
    assert len(json.loads(run("--line", "--format=jsonl", "drawing.json")[1])["lines"][0]["tokens"]) == 2


def test_a_table_and_annotated_pictures(run):
    Path("in").mkdir()
    Image.fromarray(line_picture()).save("in/page.png")
    Image.fromarray(digit()).save("in/digit.png")
    status, _, err = run("--page", "in", "--table=table.csv", "--annotate=out")
    assert (status, err) == (0, "")
    assert len(Path("table.csv").read_text().splitlines()) == 4
    assert {path.name for path in Path("out/in").iterdir()} == {"page.png.png", "digit.png.png"}
    assert run("in/digit.png", "--annotate=one.png")[0] == 0
    with Image.open("one.png") as picture:
        assert picture.size == (90, 120)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--line", "--page", "in"], "not allowed with"),
        (["in", "--annotate=in/out"], "--annotate: in/out: expected a folder outside of in, which is read"),
        (["in", "--annotate=in/a.png"], "expected a folder, as there are several pictures, found a file"),
        (["in/a.png", "--annotate=in/a.png"], "--annotate: expected a file of its own"),
        (["in", "--table=table.csv", "--out=o.jsonl", "--resume"], "--resume, --table: expected one of the two"),
        (["in", "--table=in/a.png"], "--table: in/a.png: is a file of another kind"),
    ],
)
def test_wrong_lines_tables_and_annotations(run, arguments, message):
    Path("in").mkdir()
    Image.fromarray(digit()).save("in/a.png")
    status, out, err = run(*arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert message in err
