"""Systematic variants of faults that were found once: every place of a file with every unexpected value, every way
to name a file twice, every special name.

Each kind is a function that makes its files in a folder and yields ``(name, check)``; ``check()`` returns what is
wrong, or None.
"""

import contextlib
import copy
import functools
import hashlib
import importlib.util
import io
import itertools
import json
import os
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from apps.cli import console, evaluate, export, import_, predict, synthesize, train, training_arguments
from apps.cli.arguments import UsageError, expand_patterns
from apps.cli.training_run import TrainingRun
from apps.draw.core import settings
from nn import (
    GELU,
    Add,
    AvgPool2D,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool2D,
    LeakyReLU,
    MaxPool2D,
    ReLU,
    Sequential,
    Sigmoid,
    Tanh,
    checkpoint,
    recipes,
    zoo,
)
from nn.data import mnist
from nn.digits.adapted_model import AdaptedModel
from nn.digits.stroke_files import read_drawing, read_stroke_set, write_drawing, write_stroke_set
from nn.digits.stroke_set import StrokeSet
from nn.errors import CheckpointError, ConfigurationError, DataError
from nn.export import export_model
from nn.export.onnx_schema import ONNX
from nn.export.protobuf import decode, encode
from nn.imports import import_model
from nn.ops import environment
from nn.text import printable
from nn.trainer import Trainer
from nn.training import StepEnd
from tests.stress import fixtures
from tests.stress.mutation import MIB, UNEXPECTED, problem_of

Checks = Iterator[tuple[str, Callable[[], str | None]]]

#: Bytes of memory that a case may take. A file may ask for a network of some size.
MEMORY = 400 * MIB


def _leaves(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of a JSON document, as the keys that lead there."""
    yield at
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(item, (*at, key))


def _alterations(document: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Functions that copy a JSON document with an unexpected value at one place, and their names."""
    for place, value in itertools.product(_leaves(document), UNEXPECTED):
        yield f"{'.'.join(map(str, place))} = {str(value)[:40]}", functools.partial(_altered_at, document, place, value)


def _altered_at(document: Any, place: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy({"": document})
    *parents, last = ("", *place)
    functools.reduce(lambda node, key: node[key], parents, changed)[last] = value
    return changed[""]


def _altered(document: Any) -> Iterator[tuple[str, Any]]:
    """Those copies."""
    for name, make in _alterations(document):
        yield name, make()


def _json_file(folder: Path, document: Any, read: Callable[[Path], Any], *expected: type[Exception]) -> Checks:
    """Checks that a reader refuses altered documents in one line, or takes them."""
    path = folder / "altered.json"

    def check(changed: Any) -> str | None:
        path.write_text(json.dumps(changed), errors="replace")
        return problem_of(lambda: read(path), expected, MEMORY)

    for name, changed in _altered(document):
        yield name, functools.partial(check, changed)


def _meta(folder: Path, file: Path, read: Callable[[Path], Any], *expected: type[Exception]) -> Checks:
    """Checks that a reader refuses weights with altered metadata in one line, or takes them."""
    with zipfile.ZipFile(file) as archive:
        entries = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    document = json.loads(np.load(io.BytesIO(entries["meta.npy"])).tobytes())
    path = folder / "altered.npz"

    def check(changed: Any) -> str | None:
        text = np.frombuffer(json.dumps(changed).encode(errors="replace"), np.uint8)
        path.write_bytes(fixtures.zipped((entries | {"meta.npy": fixtures.npy(text)}).items()))
        return problem_of(lambda: read(path), expected, MEMORY)

    for name, changed in _altered(document):
        yield name, functools.partial(check, changed)


def drawings(folder: Path) -> Checks:
    """Drawings with an unexpected value."""
    write_drawing(folder / "7.json", fixtures.SEVEN)
    yield from _json_file(folder, json.loads((folder / "7.json").read_text()), read_drawing, DataError)


def recipe_files(folder: Path) -> Checks:
    """Recipes with an unexpected value."""
    document = json.loads(json.dumps(recipes.get("default", "baseline").to_dict()))
    yield from _json_file(folder, document, lambda path: recipes.get(str(path), "baseline"), ValueError)


def architectures(folder: Path) -> Checks:
    """Architecture files with an unexpected value."""
    layers = [
        {"type": "Conv2D", "filters": 4, "kernel_size": [3, 3]},
        {"type": "Flatten"},
        {"type": "Dense", "units": 10},
    ]
    (folder / "arch.json").write_text(json.dumps(layers))
    build = functools.partial(zoo.build, input_shape=(28, 28, 1), classes=10, rng=np.random.default_rng(0))
    build(str(folder / "arch.json"))
    yield from _json_file(folder, layers, lambda path: build(str(path)), ValueError)


def weights(folder: Path) -> Checks:
    """Weights of a network of many layers, with an unexpected value in their metadata."""
    layers = [
        *(Conv2D(2, 3, padding="same"), BatchNorm(), LeakyReLU(0.1), MaxPool2D(2), AvgPool2D(2), Dropout(0.1), GELU()),
        *(
            Add([Conv2D(2, 3, padding="same"), Tanh()]),
            GlobalAvgPool2D(),
            Flatten(),
            Dense(4),
            ReLU(),
            Dense(3),
            Sigmoid(),
        ),
    ]
    model = Sequential(layers, (12, 12, 1), rng=np.random.default_rng(0))
    checkpoint.save(
        folder / "weights.npz", model, {"calibration": {"temperature": 1.5}, "class_names": ["a", "b", "c"]}
    )

    def use(path: Path) -> None:
        found = checkpoint.load(path).model
        found.predict(np.zeros((1, *found.input_shape), np.float32))

    yield from _meta(folder, folder / "weights.npz", use, CheckpointError, FloatingPointError)


def checkpoints(folder: Path) -> Checks:
    """Checkpoints of a training, with an unexpected value in their metadata."""
    arguments = training_arguments.make_parser().parse_args(["--arch=mlp", "--epochs=2"])
    trainer = Trainer(fixtures.small_network(), recipes.get("default", "baseline"))
    saved = {name: getattr(arguments, name) for name in training_arguments.RESUMED_ARGUMENTS}
    run = TrainingRun(trainer, saved, 0, StepEnd(1, 1, 10, 32, 64.0, 3, 0.5))
    run.save(folder)

    def resume(path: Path) -> None:
        found, _, _, _ = training_arguments.begin(
            ["--resume", str(path), "--data=set", "--arch=mlp", "--metrics=m.json"]
        )
        if (found.data, found.out, found.metrics) != (Path("set"), None, Path("m.json")):
            raise AssertionError(f"paths from the checkpoint: {found}")

    yield from _meta(folder, folder / "checkpoint.npz", resume, CheckpointError, UsageError)


def networks(folder: Path) -> Checks:
    """Files of other programs with an unexpected value: the header of safetensors, a field of ONNX, a file of Keras."""
    model = Sequential(
        [Conv2D(2, 3), BatchNorm(), MaxPool2D(2), Flatten(), LeakyReLU(0.1), Dense(2)],
        (8, 8, 1),
        rng=np.random.default_rng(0),
    )

    def altered(to: str, document: Callable[[bytes], Any], write: Callable[[bytes, Any], bytes]) -> Checks:
        path = folder / f"network.{to}"
        export_model(model, path, to, {"seed": 7})
        content = path.read_bytes()

        def check(make: Callable[[], Any]) -> str | None:
            try:
                changed = write(content, make())
            except Exception:  # the format can't hold the value
                return None
            path.write_bytes(changed)
            return problem_of(lambda: import_model(path), CheckpointError, MEMORY)

        for name, make in _alterations(document(content)):
            yield f"{to}: {name}", functools.partial(check, make)

    yield from altered("safetensors", lambda content: json.loads(content[8 : _header_end(content)]), _with_header)
    yield from altered(
        "onnx", lambda content: decode(ONNX, "Model", content), lambda _, fields: encode(ONNX, "Model", fields)
    )
    if importlib.util.find_spec("h5py") is not None:
        yield from altered("keras", _json_entries, _with_json_entries)


def _header_end(content: bytes) -> int:
    return 8 + int(struct.unpack("<Q", content[:8])[0])


def _with_header(content: bytes, header: Any) -> bytes:
    """A file of safetensors with another header."""
    text = json.dumps(header).encode(errors="replace")
    return struct.pack("<Q", len(text)) + text + content[_header_end(content) :]


def _json_entries(content: bytes) -> dict[str, Any]:
    """The JSON files of an archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: json.loads(archive.read(name)) for name in archive.namelist() if name.endswith(".json")}


def _with_json_entries(content: bytes, documents: Any) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    texts = {name: json.dumps(document).encode(errors="replace") for name, document in documents.items()}
    return fixtures.zipped((entries | texts).items())


def corrections(folder: Path) -> Checks:
    """Files of corrections with an unexpected value in their metadata."""
    base = fixtures.write_weights(folder / "base.npz")
    image = np.zeros((28, 28), np.float32)
    image[4:24, 12:16] = 1
    AdaptedModel(base, folder / "personal.npz").learn([image], [1])
    yield from _meta(folder, folder / "personal.npz", lambda path: AdaptedModel(base, path), CheckpointError)


def stroke_sets(folder: Path) -> Checks:
    """Stroke sets with unexpected arrays."""
    path = folder / "set.npz"
    write_stroke_set(path, StrokeSet.from_samples([[fixtures.STROKE], [fixtures.STROKE, fixtures.STROKE]], [7, 1]))
    with np.load(path) as arrays:
        original = dict(arrays)

    def check(name: str, value: Any) -> str | None:
        np.savez(path, **(original | {name: value}))
        return problem_of(lambda: read_stroke_set(path), DataError, MEMORY)

    dtypes = ("i1", "u1", "i8", "u8", ">i4", "f2", "f4", "f8", "c8", "?", "S3", "U3", "M8[s]")
    for name, value in original.items():
        with np.errstate(all="ignore"):
            kept = value.size and value.dtype.kind != "f"
            numbers = (-1, 0, 3, 10**6, 2**31, 2**62) if kept else (np.nan, np.inf, -np.inf, 1e300, -1e39)
            changes = [
                *((f"dtype {dtype}", value.astype(float).astype(dtype)) for dtype in dtypes if dtype != "M8[s]"),
                *((f"first {number}", np.r_[[number], value.ravel()[1:]].reshape(value.shape)) for number in numbers),
                *((f"last {number}", np.r_[value.ravel()[:-1], [number]].reshape(value.shape)) for number in numbers),
                *(
                    ("empty", value[:0]),
                    ("reversed", value[::-1]),
                    ("transposed", value.T),
                    ("longer", np.r_[value, value]),
                ),
                *(("scalar", value.ravel()[0]), ("deeper", value[None]), ("shorter", value[:-1])),
            ]
        for what, changed in changes:
            yield f"{name}: {what}", functools.partial(check, name, changed)


def window_settings(folder: Path) -> Checks:
    """Settings of the window with an unexpected value, and files that are no documents."""
    document = {"theme": "dark", "brush": 1, "width": 800, "height": 600, "panel": "", "best": 3}
    settings.path().parent.mkdir(parents=True, exist_ok=True)

    def check(content: bytes) -> str | None:
        settings.path().write_bytes(content)
        return problem_of(settings.load, (), MEMORY)

    for name, changed in _altered(document):
        yield name, functools.partial(check, json.dumps(changed).encode(errors="replace"))
    for content in (b"", b"{", b"\xff\xfe", b"[" * 10**5, b"1" * 10**5, b"\0" * 10**6):
        yield f"{content[:4]!r}", functools.partial(check, content)


def variables(_: Path) -> Checks:
    """Environment variables with unexpected values."""
    values = (
        *("", " ", "0", "-1", "1", "2", "1e3", "1.5", "abc", "nan", "inf", "torch", "NumPy", "9" * 400, "٣", "0x10"),
    )

    def check(name: str, value: str, read: Callable[[], Any]) -> str | None:
        kept = os.environ.get(name)
        os.environ[name] = value
        try:
            return problem_of(read, (ConfigurationError, CheckpointError), MEMORY)
        finally:
            os.environ.pop(name) if kept is None else os.environ.update({name: kept})

    def limits() -> None:
        zoo.build("mlp", (28, 28, 1), 10, np.random.default_rng(0))
        checkpoint.load("missing.npz")

    reads = {
        "NN_BACKEND": environment.backend,
        "NUMBA_DISABLE_JIT": environment.backend,
        "NUMBA_NUM_THREADS": environment.import_numba,
        "NN_LIMIT_SCALE": limits,
    }
    for (name, read), value in itertools.product(reads.items(), values):
        yield f"{name}={value[:10]}", functools.partial(check, name, value, read)


def labels(folder: Path) -> Checks:
    """Data sets with one label that no other image has, or that is none."""
    data = fixtures.write_set(folder / "labelled", 60)
    path = data / "train-labels-idx1-ubyte"
    original = path.read_bytes()

    def check(content: bytes) -> str | None:
        path.write_bytes(content)
        return problem_of(lambda: mnist.load(data, progress=False), DataError, MEMORY)

    for place, value in itertools.product((8, 30, len(original) - 1), (*range(10, 30), 63, 127, 128, 254, 255)):
        yield (
            f"byte {place} = {value}",
            functools.partial(check, original[:place] + bytes([value]) + original[place + 1 :]),
        )
    for length in (0, 4, 7, 8, 9, 40):
        yield f"{length} bytes", functools.partial(check, original[:length])


def patterns(folder: Path) -> Checks:
    """Names that look like patterns: each is found by its own name, and by no other."""
    names = [
        "a[1].json",
        "[b].json",
        "*.json",
        "**.json",
        "?.json",
        "[!c].json",
        "[",
        "]",
        "a[",
        "!",
        "~",
        "{a,b}",
        "$HOME",
    ]
    names += [
        "-x.json",
        "--resume",
        "a b.json",
        "a\nb.json",
        "é.json",
        "[0-9].json",
        "[[].json",
        "[]].json",
        "[*].json",
    ]
    place = folder / "names"
    place.mkdir()

    def check(name: str, other: str) -> str | None:
        for file in place.iterdir():
            file.unlink()
        (place / name).touch()
        (place / other).touch()
        found = expand_patterns([place / name])
        return None if found == [place / name] else f"found {found}"

    for name, other in itertools.product(names, ("1.json", "a1.json", "b.json", "c.json", "x-b.json")):
        yield f"{name!r} beside {other}", functools.partial(check, name, other)


def texts(_: Path) -> Checks:
    """Characters that do harm on a terminal, or that an encoding does not have."""
    characters = [*map(chr, range(0xA0)), *"\u200e\u2028\u202e\u2066\ufeff\udce9\ud800é日😀"]

    def check(character: str, encoding: str) -> str | None:
        bytes_ = io.BytesIO()
        stream = io.TextIOWrapper(bytes_, encoding=encoding, write_through=True)
        shown = printable(f"a{character}b")
        problem = problem_of(lambda: console.Stream(stream).write(shown), (), MEMORY)
        sent = bytes_.getvalue().decode(encoding)
        return problem or (None if sent.isprintable() and sent.startswith("a") else f"sent {sent!r}")

    for character, encoding in itertools.product(characters, ("ascii", "cp1252", "cp932", "utf-8")):
        yield f"{character!r} in {encoding}", functools.partial(check, character, encoding)


def outputs(folder: Path) -> Checks:
    """Outputs that name an input, another output, or a place where nothing can be written."""
    data = fixtures.write_set(folder / "data", 60)
    network = fixtures.write_weights(folder / "weights.npz")
    drawing, strokes = folder / "7.json", folder / "strokes.npz"
    write_drawing(drawing, fixtures.SEVEN)
    write_stroke_set(strokes, StrokeSet.from_samples([[fixtures.STROKE]], [7]))
    arch, other, tensors = folder / "arch.json", folder / "notes.txt", folder / "weights.safetensors"
    arch.write_text('[{"type": "Flatten"}, {"type": "Dense", "units": 10}]')
    other.write_text("mine")
    with contextlib.redirect_stdout(io.StringIO()):
        export.main(["--weights", str(network), "--to=safetensors", "--out", str(tensors)])
    images = data / "train-images-idx3-ubyte"
    commands: dict[str, tuple[Callable[..., int], list[object], list[str], list[Path]]] = {
        "train": (train.main, ["--data", data, "--arch", arch, "--epochs=1"], ["--out", "--metrics"], [images, arch]),
        "evaluate": (evaluate.main, ["--data", data, "--weights", network], ["--metrics"], [images, network]),
        "strokes": (
            *(evaluate.main, ["--data", data, "--weights", network, "--strokes", strokes]),
            *(["--metrics"], [network, strokes]),
        ),
        "export": (export.main, ["--weights", network, "--to=onnx"], ["--out"], [network]),
        "import": (import_.main, [tensors, "--arch", arch], ["--out"], [tensors, arch]),
        "synthesize": (synthesize.main, ["--count=5"], ["--out"], []),
    }
    (folder / "sub").mkdir()
    spellings: dict[str, Callable[[Path], Path]] = {
        "as it is": lambda path: path,
        "with dots": lambda path: path.parent / "." / "sub" / ".." / path.name if path.parent == folder else path,
        "relative": lambda path: Path(os.path.relpath(path)),
        "link": lambda path: _linked(folder / f"link{path.suffix}", path, os.symlink),
        "link to a link": lambda path: _linked(
            folder / f"far{path.suffix}", _linked(folder / f"near{path.suffix}", path, os.symlink), os.symlink
        ),
        "hard link": lambda path: _linked(folder / f"hard{path.suffix}", path, os.link),
    }
    (folder / "loop.npz").symlink_to("loop.npz")
    impossible = [
        folder / "loop.npz",
        folder / "sub",
        other / "below.npz",
        folder / ("x" * 300),
        folder / "y" / ("x" * 300),
        Path("/proc/x.npz"),
    ]

    def check(main: Callable[..., int], arguments: list[object], option: str, make: Callable[[], Path]) -> str | None:
        path = make()
        before = _contents(folder)
        error = io.StringIO()

        def run() -> None:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(error):
                status = main([*map(str, arguments), option, str(path)])
            if status != 2 or error.getvalue().count("\n") != 1:
                raise AssertionError(f"status {status}, {error.getvalue()!r}")

        problem = problem_of(run, (), MEMORY)
        changed = {name for name in before.items() ^ _contents(folder).items()}
        return problem or (f"changed: {sorted(changed)}" if changed else None)

    for name, (main, arguments, options, inputs) in commands.items():
        for option in options:
            for victim, (spelling, spell) in itertools.product(inputs, spellings.items()):
                yield (
                    f"{name} {option}: {victim.name} {spelling}",
                    functools.partial(check, main, arguments, option, functools.partial(spell, victim)),
                )
            for place in (*impossible, other):
                if place == other and option == "--out" and name in ("export", "synthesize"):
                    continue  # they write files of any kind
                yield (
                    f"{name} {option}: {place.name[:20]}",
                    functools.partial(check, main, arguments, option, lambda place=place: place),
                )


def _linked(link: Path, target: Path, make: Callable[[Path, Path], None]) -> Path:
    link.unlink(missing_ok=True)
    make(target, link)
    return link


def _contents(folder: Path) -> dict[str, str]:
    """What each file of a folder holds; where a link leads."""
    return {
        str(path): str(path.readlink()) if path.is_symlink() else hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }


def paths(folder: Path) -> Checks:
    """Files that can't be read, among files that can: a line for each, and the others are read."""
    network = fixtures.write_weights(folder / "weights.npz")
    good = folder / "7.json"
    write_drawing(good, fixtures.SEVEN)
    (folder / "folder.png").mkdir()
    (folder / "loop.png").symlink_to("loop.png")
    (folder / "nowhere.png").symlink_to("missing.png")
    for suffix in ("png", "json", "jpg"):
        (folder / f"empty.{suffix}").touch()
        (folder / f"noise.{suffix}").write_bytes(bytes(range(256)) * 4)
    bad = [f"folder.png/{name}" for name in ("x.png", "x.json")]
    bad += [
        "loop.png",
        "nowhere.png",
        "missing.png",
        "x" * 256 + ".png",
        "\udce9.png",
        "a\x1b[31m.png",
        "7.json/x.json",
    ]
    bad += [f"{kind}.{suffix}" for kind in ("empty", "noise") for suffix in ("png", "json", "jpg")]

    def check(files: list[str]) -> str | None:
        out, error = io.StringIO(), io.StringIO()

        def run() -> None:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
                status = predict.main(["--weights", str(network), *(str(folder / name) for name in files)])
            lines = len(out.getvalue().splitlines()), len(error.getvalue().splitlines())
            if status != 1 or lines != (files.count("7.json"), len(files) - files.count("7.json")):
                raise AssertionError(f"status {status}: {out.getvalue()!r}, {error.getvalue()!r}")

        return problem_of(run, (), MEMORY)

    check(["7.json", "empty.png"])  # loads the kernels
    for name, order in itertools.product(bad, (0, 1, 2)):
        files = ["7.json", "7.json"]
        files.insert(order, name)
        yield f"{name[:20]!r} at {order}", functools.partial(check, files)


KINDS: tuple[Callable[[Path], Checks], ...] = (
    *(outputs, paths, patterns, texts, variables, labels),
    *(drawings, stroke_sets, window_settings, recipe_files, architectures, weights, checkpoints, corrections, networks),
)
