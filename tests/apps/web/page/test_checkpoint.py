"""``checkpoint.js`` and ``npz.js`` read what ``nn.checkpoint`` writes, and refuse what it refuses, with one line."""

import json
import zipfile

import numpy as np
import pytest

import nn
from nn import checkpoint
from nn.digits import Recognizer
from nn.errors import CheckpointError
from nn.paths import WEIGHTS
from tests.apps.web.page.driver import needs_node, run

pytestmark = needs_node

KERNEL, BIAS, SCALE = "model/dense_1/kernel", "model/dense_1/bias", "scale/dense_1/kernel"


@pytest.fixture(params=["float32", "int8"])
def path(request, tmp_path):
    path = tmp_path / "weights.npz"
    model = nn.Sequential([nn.MaxPool2D(4), nn.BatchNorm(), nn.Flatten(), nn.Dense(10)], (28, 28, 1))
    meta = {"calibration": {"temperature": 2, "threshold": 0.5}}
    checkpoint.save(path, model, meta, {"steps": np.array(3)}, precision=request.param)
    return path


def header(entries, **fields):
    description = json.loads(entries["meta"].tobytes()) | fields
    return entries | {"meta": np.frombuffer(json.dumps(description).encode(), np.uint8)}


def with_layers(entries, layers, **fields):
    return header(entries, model={"input_shape": [28, 28, 1], "dtype": "float32", "layers": layers} | fields)


def with_calibration(entries, calibration):
    return header(entries, meta={"calibration": calibration})


def nested(depth):
    layer = {"type": "ReLU"}
    for _ in range(depth):
        layer = {"type": "Add", "layers": [layer]}
    return layer


HEAD = [{"type": "MaxPool2D", "pool_size": 4}, {"type": "BatchNorm"}, {"type": "Flatten"}]
LAYERS = [*HEAD, {"type": "Dense", "units": 10}]

#: Changes of the entries that make a file invalid.
CHANGES = {
    "no meta": lambda e: {name: array for name, array in e.items() if name != "meta"},
    "meta is not JSON": lambda e: e | {"meta": np.frombuffer(b"{", np.uint8)},
    "meta is a list": lambda e: e | {"meta": np.frombuffer(b"[]", np.uint8)},
    "meta is too deep": lambda e: e | {"meta": np.frombuffer(b"[" * 100_000, np.uint8)},
    "meta is large": lambda e: e | {"meta": np.full(5 << 20, 32, np.uint8)},
    "unknown entry": lambda e: e | {"odd": np.ones(1)},
    "unknown parameter": lambda e: e | {"model/x\n\n<b>": np.ones(1, np.float32)},
    "unknown scale": lambda e: e | {"scale/x": np.ones(1, np.float32)},
    "no kernel": lambda e: {name: array for name, array in e.items() if name != KERNEL},
    "shape": lambda e: e | {BIAS: np.ones(9, np.float32)},
    "float64": lambda e: e | {BIAS: np.ones(10)},
    "float16": lambda e: e | {BIAS: np.ones(10, np.float16)},
    "other byte order": lambda e: e | {BIAS: np.ones(10, ">f4")},
    "text": lambda e: e | {BIAS: np.full(10, "x")},
    "NaN": lambda e: e | {BIAS: np.full(10, np.nan, np.float32)},
    "infinity": lambda e: e | {KERNEL: np.full((49, 10), np.inf, np.float32)},
    "kernel of int16": lambda e: e | {KERNEL: np.ones((49, 10), np.int16)},
    "integer -128": lambda e: e | {KERNEL: np.full((49, 10), -128, np.int8)},
    "scale of 0": lambda e: e | {SCALE: np.zeros(10, np.float32)},
    "scale of NaN": lambda e: e | {SCALE: np.full(10, np.nan, np.float32)},
    "huge scale": lambda e: e | {SCALE: np.full(10, 3e38, np.float32), KERNEL: np.full((49, 10), 9, np.int8)},
    "negative variance": lambda e: e | {"model/batch_norm_1/variance": np.full(1, -1, np.float32)},
    "other format": lambda e: header(e, format="other"),
    "version 5": lambda e: header(e, version=5),
    "version true": lambda e: header(e, version=True),
    "other precision": lambda e: header(e, version=4, precision="int4"),
    "no meta data": lambda e: header(e, meta=[]),
    "no model": lambda e: header(e, model=None),
    "empty model": lambda e: header(e, model={}),
    "no layers": lambda e: with_layers(e, []),
    "layers of another type": lambda e: with_layers(e, {"0": LAYERS}),
    "a layer of another type": lambda e: with_layers(e, [*HEAD, None]),
    "unknown layer": lambda e: with_layers(e, [*HEAD, {"type": "constructor"}]),
    "unknown argument": lambda e: with_layers(e, [*HEAD, {"type": "Dense", "units": 10, "__proto__": 1}]),
    "no units": lambda e: with_layers(e, [*HEAD, {"type": "Dense"}]),
    "units of text": lambda e: with_layers(e, [*HEAD, {"type": "Dense", "units": "10"}]),
    "many units": lambda e: with_layers(e, [*HEAD, {"type": "Dense", "units": 10**15}]),
    "no flatten": lambda e: with_layers(e, [{"type": "BatchNorm"}, {"type": "Dense", "units": 10}]),
    "window": lambda e: with_layers(e, [{"type": "MaxPool2D", "pool_size": 29}, *LAYERS]),
    "large window": lambda e: with_layers(e, [{"type": "Conv2D", "filters": 1, "kernel_size": 10**9}, *LAYERS]),
    "stride of 0": lambda e: with_layers(e, [{"type": "AvgPool2D", "stride": 0}, *LAYERS]),
    "epsilon of 0": lambda e: with_layers(e, [HEAD[0], {"type": "BatchNorm", "epsilon": 0}, *LAYERS[2:]]),
    "slope": lambda e: with_layers(e, [{"type": "LeakyReLU", "negative_slope": -1}, *LAYERS]),
    "branches": lambda e: with_layers(e, [{"type": "Add", "layers": [{"type": "Flatten"}]}, *LAYERS]),
    "nested blocks": lambda e: with_layers(e, [nested(9), *LAYERS]),
    "many nested blocks": lambda e: with_layers(e, [nested(200), *LAYERS]),
    "input shape": lambda e: with_layers(e, LAYERS, input_shape=[28, 29, 1]),
    "input shape of text": lambda e: with_layers(e, LAYERS, input_shape="28"),
    "large input shape": lambda e: with_layers(e, LAYERS, input_shape=[10**9, 10**9, 1]),
    "dtype": lambda e: with_layers(e, LAYERS, dtype="float16"),
    "output shape": lambda e: with_layers(e, LAYERS[:-1]) | {KERNEL: e[KERNEL]},
    "temperature": lambda e: with_calibration(e, {"temperature": 0}),
    "threshold": lambda e: with_calibration(e, {"threshold": 1.5}),
    "threshold of text": lambda e: with_calibration(e, {"threshold": "0.5"}),
    "classes": lambda e: header(e, meta={"class_names": list("ABCDEFGHIJ")}),
    "calibration": lambda e: with_calibration(e, {"odd": 1}),
    "calibration of text": lambda e: with_calibration(e, "odd"),
}


def entries_of(path):
    with np.load(path) as archive:
        return dict(archive)


def python_accepts(path):
    try:
        Recognizer.load(path)
    except CheckpointError:
        return False
    return True


def load(*paths):
    """For each file the page's logits of a white image; None if it refuses the file, which takes one plain line."""
    results = run("load", paths=paths)
    for path, result in zip(paths, results, strict=True):
        if isinstance(result, dict):
            assert result["kind"] == "Error", (path, result)
            assert 0 < len(result["error"]) <= 300
            assert "\n" not in result["error"]
    return [None if isinstance(result, dict) else result for result in results]


def test_the_shipped_weights_are_read():
    assert None not in load(*WEIGHTS.glob("*.npz"))


def test_all_that_numpy_writes_is_read(path, tmp_path):
    entries = entries_of(path)
    stored, packed, fortran, earlier = (tmp_path / f"{name}.npz" for name in ("stored", "packed", "fortran", "earlier"))
    np.savez(stored, **entries)
    np.savez_compressed(packed, **entries)
    np.savez(fortran, **entries | {KERNEL: np.asfortranarray(entries[KERNEL])})
    version = {3: 1, 4: 2}[json.loads(entries["meta"].tobytes())["version"]]
    np.savez(earlier, **header(entries, version=version) | {KERNEL: np.ascontiguousarray(entries[KERNEL].T)})
    drawing = [[[0, 0], [60, 0], [20, 100]]]
    expected = Recognizer.load(path).recognize(drawing)
    for each in (path, stored, packed, fortran, earlier):
        (found,) = run("recognize", weights=each, drawings=[drawing])
        assert found["label"] == expected.label
        assert found["confidence"] == pytest.approx(expected.confidence, abs=1e-5)


def test_what_python_refuses_is_refused(path, tmp_path):
    entries, paths = entries_of(path), []
    for name, change in CHANGES.items():
        paths.append(tmp_path / f"{name}.npz")
        np.savez(paths[-1], **change(entries))
        assert not python_accepts(paths[-1]), name
    assert dict(zip(CHANGES, load(*paths), strict=True)) == dict.fromkeys(CHANGES)


def test_damaged_files_are_refused_or_harmless(path, tmp_path):
    rng, whole, paths = np.random.default_rng(0), path.read_bytes(), []

    def write(content):
        paths.append(tmp_path / f"{len(paths)}.npz")
        paths[-1].write_bytes(content)

    for content in (b"", b"PK", b"x" * 1000, b"PK\x05\x06" + bytes(18), whole + b"x", b"x" + whole):
        write(content)
    for size in range(0, len(whole), len(whole) // 40):
        write(whole[:size])
    for _ in range(200):
        broken = bytearray(whole)
        broken[rng.integers(len(broken))] ^= 1 << rng.integers(8)
        write(broken)
    first, *others = load(path, *paths)
    assert others.count(None) > 40
    assert set(others) == {None, first}


def test_a_decompression_bomb_is_not_unpacked(path, tmp_path):
    bomb, lying = tmp_path / "bomb.npz", tmp_path / "lying.npz"
    bomb.write_bytes(path.read_bytes())
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model/zeros.npy", bytes(5 << 20))
    size = (5 << 20).to_bytes(4, "little")
    lying.write_bytes(bomb.read_bytes().replace(size, (1000).to_bytes(4, "little")))
    messages = [each["error"] for each in run("load", paths=[bomb, lying])]
    assert messages[0] == "expected at most 4 MiB of weights, found more"
    assert messages[1] == "not a file of weights: model/zeros.npy: can't be unpacked to 1000 bytes"


def test_a_network_that_needs_too_much_memory_is_refused(path, tmp_path):
    layers = [{"type": "ReLU"}] * 70
    np.savez(tmp_path / "large.npz", **with_layers(entries_of(path), layers, input_shape=[1000, 1000, 1]))
    (result,) = run("load", paths=[tmp_path / "large.npz"])
    assert result["error"] == "engine: expected at most 256 MiB of memory, needed more"
