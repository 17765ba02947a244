import io
import json
import pickle
import time
import zipfile

import numpy as np
import pytest

from nn import Adam, Add, BatchNorm, Conv2D, Dense, Flatten, Parameter, ReLU, Sequential, checkpoint, register
from nn.errors import CheckpointError
from nn.fuse import fuse
from nn.layers import Layer
from nn.layers import description as descriptions
from nn.quantize import round_weights


@pytest.fixture
def model(rng):
    return Sequential([Flatten(), Dense(3)], (4, 4, 1), rng=rng)


@pytest.fixture
def path(tmp_path, model):
    path = tmp_path / "weights" / "a.npz"
    checkpoint.save(path, model, {"seed": 7}, {"memory/steps": np.array(3)})
    return path


@pytest.fixture
def small(path, model):
    """The same file, as int8."""
    checkpoint.save(path, model, {"seed": 7}, {"memory/steps": np.array(3)}, precision="int8")
    return path


@pytest.fixture(params=["path", "small"], ids=["float32", "int8"])
def either(request):
    """The file in each precision."""
    return request.getfixturevalue(request.param)


def description(input_shape, units):
    return {"input_shape": input_shape, "dtype": "float32", "layers": [{"type": "Dense", "units": units}]}


def entries_of(path):
    with np.load(path) as archive:
        return dict(archive)


def rewrite(path, change):
    """Write the archive again after ``change`` of its entries."""
    entries = entries_of(path)
    change(entries)
    np.savez(path, **entries)


def change_header(path, **fields):
    def change(entries):
        header = json.loads(entries["meta"].tobytes()) | fields
        entries["meta"] = np.frombuffer(json.dumps(header).encode(), np.uint8)

    rewrite(path, change)


def test_round_trip(path, model):
    found = checkpoint.load(path)
    assert found.meta == {"seed": 7}
    assert found.arrays["memory/steps"] == 3
    assert found.model.config() == model.config()
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(found.model.state_dict()[name], value)


def test_float64_stays_float64(tmp_path, rng):
    model = Sequential([Flatten(), Dense(3)], (4, 4, 1), rng=rng, dtype=np.float64)
    checkpoint.save(tmp_path / "a.npz", model, {})
    assert checkpoint.load(tmp_path / "a.npz").model.state_dict()["dense_1/kernel"].dtype == np.float64


def test_a_fused_model_is_an_error(tmp_path, rng):
    model = fuse(Sequential([Flatten(), Dense(3), ReLU()], (4, 4, 1), rng=rng))
    with pytest.raises(ValueError, match="of a fused model, describe the plain one"):
        checkpoint.save(tmp_path / "a.npz", model, {})
    assert not (tmp_path / "a.npz").exists()


@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_same_weights_same_bytes(tmp_path, model, precision, monkeypatch):
    checkpoint.save(tmp_path / "a.npz", model, {}, precision=precision)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 1e6)
    checkpoint.save(tmp_path / "b.npz", model, {}, precision=precision)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_nothing_but_the_file_is_left(either):
    assert [p.name for p in either.parent.iterdir()] == ["a.npz"]


def test_a_failed_save_leaves_the_old_file(path, model, monkeypatch):
    before = path.read_bytes()

    def full(file, entries, **options):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint, "write_arrays", full)
    with pytest.raises(CheckpointError, match=r"a\.npz: can't write the weights: No space left"):
        checkpoint.save(path, model, {})
    assert path.read_bytes() == before
    assert len(list(path.parent.iterdir())) == 1


def full_size(rng, dtype=np.float32):
    """A network with every kind of array."""
    layers = [Conv2D(5, 3), BatchNorm(), ReLU(), Flatten(), Dense(7), ReLU(), Dense(3)]
    model = Sequential(layers, (6, 5, 2), rng=rng, dtype=dtype)
    for array in model.parameters + model.buffers:
        array.value[...] = rng.standard_normal(array.value.shape)
    for buffer in model.buffers:
        buffer.value[...] = np.abs(buffer.value)
    return model


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_int8_rounds_the_kernels_and_nothing_else(tmp_path, rng, dtype):
    model = full_size(rng, dtype)
    checkpoint.save(tmp_path / "a.npz", model, {"seed": 7}, precision="int8")
    entries = entries_of(tmp_path / "a.npz")
    kernels = {"conv2d_1/kernel": 5, "dense_1/kernel": 7, "dense_2/kernel": 3}
    assert {n.removeprefix("model/") for n, a in entries.items() if a.dtype == np.int8} == set(kernels)
    for name, channels in kernels.items():
        scale = entries[f"scale/{name}"]
        assert (scale.shape, scale.dtype) == ((channels,), np.float32)
    assert json.loads(entries["meta"].tobytes())["precision"] == "int8"
    before = model.state_dict()
    found = checkpoint.load(tmp_path / "a.npz")
    round_weights(model.parameters)
    assert any((before[name] != value).any() for name, value in model.state_dict().items())
    assert (found.meta, found.arrays, found.model.config()) == ({"seed": 7}, {}, model.config())
    for name, value in model.state_dict().items():
        assert found.model.state_dict()[name].dtype == dtype
        np.testing.assert_array_equal(found.model.state_dict()[name], value)


def test_saving_leaves_the_network_as_it_is(tmp_path, rng):
    model = full_size(rng)
    before = model.state_dict()
    checkpoint.save(tmp_path / "a.npz", model, {}, precision="int8")
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


def test_int8_weights_are_saved_as_int8_without_loss(tmp_path, rng):
    checkpoint.save(tmp_path / "a.npz", full_size(rng), {}, precision="int8")
    checkpoint.save(tmp_path / "b.npz", checkpoint.load(tmp_path / "a.npz").model, {}, precision="int8")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def compressions(path):
    with zipfile.ZipFile(path) as archive:
        return {entry.compress_type for entry in archive.infolist()}


def test_int8_is_compressed_and_a_quarter_of_the_size(tmp_path, rng):
    model = Sequential([Flatten(), Dense(100)], (20, 20, 1), rng=rng)
    for precision in ("float32", "int8"):
        checkpoint.save(tmp_path / f"{precision}.npz", model, {}, precision=precision)
    assert compressions(tmp_path / "int8.npz") == {zipfile.ZIP_DEFLATED}
    assert (tmp_path / "int8.npz").stat().st_size < 0.28 * (tmp_path / "float32.npz").stat().st_size


def test_floats_are_not_compressed(path):
    header = json.loads(entries_of(path)["meta"].tobytes())
    assert header["version"] == 3
    assert set(header) == {"format", "version", "model", "meta"}
    assert compressions(path) == {zipfile.ZIP_STORED}


@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_optimizer_state_round_trip(tmp_path, rng, precision):
    model = full_size(rng)
    state = Adam(model.parameters).state_dict()
    for array in state.values():
        if array.dtype.kind == "f":
            array[...] = rng.standard_normal(array.shape)
    checkpoint.save(tmp_path / "a.npz", model, {}, state, precision=precision)
    found = checkpoint.load(tmp_path / "a.npz").arrays
    assert {n: (a.dtype, a.tobytes()) for n, a in found.items()} == {
        n: (np.asarray(a).dtype, np.asarray(a).tobytes()) for n, a in state.items()
    }


@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_earlier_formats_with_transposed_dense_kernels(tmp_path, rng, precision):
    path, model = tmp_path / "a.npz", full_size(rng)
    memory = {f"memory/{name}": array for name, array in model.state_dict().items()} | {"points": np.ones((2, 3))}
    checkpoint.save(path, model, {"seed": 7}, memory, precision=precision)
    now = checkpoint.load(path)

    def change(entries):
        for name, array in entries.items():
            if name.endswith("/kernel") and array.ndim == 2:
                entries[name] = np.ascontiguousarray(array.T)

    rewrite(path, change)
    change_header(path, version=2 if precision == "int8" else 1)
    earlier = checkpoint.load(path)
    for name, array in now.model.state_dict().items():
        np.testing.assert_array_equal(earlier.model.state_dict()[name], array)
    for name, array in now.arrays.items():
        np.testing.assert_array_equal(earlier.arrays[name], array)


@pytest.mark.parametrize("precision", ["float64", "float16", "int4", ""])
def test_unknown_precision(tmp_path, model, precision):
    with pytest.raises(ValueError, match=f"precision: expected float32 or int8, got '{precision}'"):
        checkpoint.save(tmp_path / "a.npz", model, {}, precision=precision)
    assert not (tmp_path / "a.npz").exists()


def test_weights_that_cannot_be_quantized_are_errors(small, model):
    before = small.read_bytes()
    model.parameters[0].value[1, 2] = np.nan
    with pytest.raises(ValueError, match="dense_1/kernel: expected finite weights"):
        checkpoint.save(small, model, {}, precision="int8")
    assert small.read_bytes() == before


def test_missing_file(tmp_path):
    with pytest.raises(CheckpointError, match=r"none\.npz: expected a file of weights, found nothing"):
        checkpoint.load(tmp_path / "none.npz")
    with pytest.raises(CheckpointError, match="found a folder"):
        checkpoint.load(tmp_path)


@pytest.mark.parametrize("content", [b"", b"PK", b"x" * 1000], ids=["empty", "two bytes", "noise"])
def test_not_an_archive(path, content):
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"a\.npz: not a file of weights"):
        checkpoint.load(path)


def test_truncated_anywhere(either):
    whole = either.read_bytes()
    for size in range(0, len(whole), max(1, len(whole) // 40)):
        either.write_bytes(whole[:size])
        with pytest.raises(CheckpointError):
            checkpoint.load(either)


def test_changed_bytes_are_detected_or_harmless(either, rng):
    expected = checkpoint.load(either).model.state_dict()
    whole = either.read_bytes()
    for _ in range(200):
        broken = bytearray(whole)
        broken[rng.integers(len(broken))] ^= 1 << rng.integers(8)
        either.write_bytes(broken)
        try:
            found = checkpoint.load(either)
        except CheckpointError:
            continue
        for name, value in expected.items():
            np.testing.assert_array_equal(found.model.state_dict()[name], value)


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was executed",))


def test_pickles_are_not_opened(path):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|O", "fortran_order": False, "shape": ()})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("model/evil.npy", header.getvalue() + pickle.dumps(Bomb()))
    with pytest.raises(CheckpointError, match="not a file of weights"):
        checkpoint.load(path)


def test_a_zip_bomb_is_not_unpacked(path, monkeypatch):
    monkeypatch.setattr(checkpoint, "MAX_BYTES", 1 << 20)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model/zeros.npy", bytes(1 << 21))
    with pytest.raises(CheckpointError, match="expected at most 1 MiB"):
        checkpoint.load(path)


def test_a_long_description_is_not_parsed(path, monkeypatch):
    change_header(path, meta={"a": "x" * (4 << 20)})
    with pytest.raises(CheckpointError, match=r"a.npz: expected a description of at most 4 MiB, found more"):
        checkpoint.load(path)
    monkeypatch.setattr(checkpoint, "MAX_META_BYTES", entries_of(path)["meta"].nbytes)
    assert len(checkpoint.load(path).meta["a"]) == 4 << 20


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda e: e.pop("meta"), "no entry 'meta'"),
        (lambda e: e.update(meta=np.frombuffer(b"{", np.uint8)), "not JSON"),
        (lambda e: e.update(meta=np.frombuffer(b"[]", np.uint8)), "not a file of weights of this program"),
        (lambda e: e.update(odd=np.ones(1)), "unknown entry 'odd'"),
        (lambda e: e.update(model=np.ones(1)), "unknown entry 'model'"),
        (lambda e: e.update({"scale/dense_1/kernel": np.ones(3, np.float32)}), "unknown entry 'scale/dense_1/kernel'"),
        (lambda e: e.update({"model/dense_1/kernel": np.ones((16, 3), np.int8)}), r"float32, found \(16, 3\) int8"),
        (lambda e: e.pop("model/dense_1/bias"), "dense_1/bias: expected an array"),
        (lambda e: e.update({"model/x": np.ones(1)}), "x: no such parameter"),
        (lambda e: e.update({"model/dense_1/bias": np.ones(9, np.float32)}), r"expected \(3,\) float32"),
        (lambda e: e.update({"model/dense_1/bias": np.full(3, np.nan, np.float32)}), "NaN or infinity"),
    ],
)
def test_unexpected_contents_are_errors(path, change, message):
    rewrite(path, change)
    with pytest.raises(CheckpointError, match=message) as error:
        checkpoint.load(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"scale/dense_1/kernel": None}, "scale/dense_1/kernel: expected an array, found none"),
        ({"scale/dense_1/bias": np.ones(3, np.float32)}, "scale/dense_1/bias: no such kernel"),
        ({"scale/x": np.ones(3, np.float32)}, "scale/x: no such kernel"),
        ({"scale": np.ones(3, np.float32)}, "unknown entry 'scale'"),
        ({"scale/dense_1/kernel": np.ones(16, np.float32)}, r"a scale \(3,\) float32, found \(16,\) float32"),
        ({"scale/dense_1/kernel": np.float32(1)}, r"a scale \(3,\) float32, found \(\) float32"),
        ({"scale/dense_1/kernel": np.ones(3)}, r"a scale \(3,\) float32, found \(3,\) float64"),
        ({"scale/dense_1/kernel": np.float32([1, np.nan, 1])}, "expected finite scales above 0, found nan"),
        ({"scale/dense_1/kernel": np.float32([1, np.inf, 1])}, "expected finite scales above 0, found 1.0 to inf"),
        ({"scale/dense_1/kernel": np.float32([1, 0, 1])}, "expected finite scales above 0, found 0.0"),
        ({"scale/dense_1/kernel": np.float32([1, -1, 1])}, "expected finite scales above 0, found -1.0"),
        ({"scale/dense_1/kernel": np.full(3, 3e38, np.float32)}, "dense_1/kernel: expected finite weights"),
        ({"model/dense_1/kernel": None}, r"dense_1/kernel: expected an array of shape \(16, 3\), found none"),
        ({"model/dense_1/kernel": np.ones((16, 3), np.float32)}, r"\(16, 3\) int8, found \(16, 3\) float32"),
        ({"model/dense_1/kernel": np.ones((3, 16), np.int8)}, r"\(16, 3\) int8, found \(3, 16\) int8"),
        ({"model/dense_1/kernel": np.full((16, 3), -128, np.int8)}, "integers from -127 to 127, found -128"),
        ({"model/dense_1/bias": np.ones(3, np.int8)}, r"dense_1/bias: expected \(3,\) float32, found \(3,\) int8"),
        (
            {"model/dense_1/bias": np.ones(3, np.int8), "scale/dense_1/bias": np.ones(3, np.float32)},
            "scale/dense_1/bias: no such kernel",
        ),
    ],
)
def test_integers_that_do_not_fit(small, changes, message):
    def change(entries):
        for name, array in changes.items():
            entries.pop(name, None)
            if array is not None:
                entries[name] = array

    rewrite(small, change)
    with pytest.raises(CheckpointError, match=message) as error:
        checkpoint.load(small)
    assert str(error.value).startswith(f"{small}: ")


@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_a_negative_variance_is_neither_written_nor_read(tmp_path, rng, precision):
    path, model = tmp_path / "a.npz", full_size(rng)
    (_, variance) = model.buffers
    checkpoint.save(path, model, {}, precision=precision)
    change = np.linspace(-1, 1, variance.value.size, dtype=np.float32)
    before = path.read_bytes()
    variance.value[...] = change
    with pytest.raises(ValueError, match="batch_norm_1/variance: expected numbers of at least 0, found -1"):
        checkpoint.save(path, model, {}, precision=precision)
    assert path.read_bytes() == before
    rewrite(path, lambda entries: entries.update({"model/batch_norm_1/variance": change}))
    with pytest.raises(CheckpointError, match="batch_norm_1/variance: expected numbers of at least 0, found -1"):
        checkpoint.load(path)


def test_int8_arrays_in_a_float_checkpoint_are_errors(small):
    change_header(small, version=3)
    with pytest.raises(CheckpointError, match="unknown entry 'scale/dense_1/kernel'"):
        checkpoint.load(small)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"version": 5}, "expected format version 1 to 4, found 5"),
        ({"version": 4}, "expected precision 'int8', found None"),
        ({"version": 4, "precision": "int4"}, "expected precision 'int8', found 'int4'"),
        ({"version": 4, "precision": "int8"}, "scale/dense_1/kernel: expected an array, found none"),
        ({"version": None}, "found None"),
        ({"format": "other"}, "not a file of weights"),
        ({"meta": []}, "lacks the model or the meta data"),
        ({"model": {}}, "not the description of a model"),
        ({"model": description([4, 4, 1], 3)}, "expected vectors"),
        ({"model": description([1 << 15], 1)}, r"dense_1/kernel: expected \(32768, 1\)"),
        ({"model": description([1 << 15], 3)}, "expected at most"),
        ({"model": description([1], 10**15)}, "expected at most"),
        ({"model": description([10**15], 1)}, "expected at most"),
    ],
)
def test_invalid_descriptions_are_errors(path, fields, message):
    change_header(path, **fields)
    with pytest.raises(CheckpointError, match=message):
        checkpoint.load(path)


class TestWhatSaveWritesLoadReads:
    @pytest.mark.parametrize("precision", [None, "int8"])
    @pytest.mark.parametrize(
        "array",
        [
            np.zeros(2_000_000, np.int8),  # compresses a thousandfold
            np.zeros((0, 3)),
            np.zeros(2, "U0"),
            np.array(5),
            np.asfortranarray(np.arange(6.0).reshape(2, 3)),
            np.arange(3, dtype=">i8"),
            np.array(["a", "bc"]),
            np.array([True]),
            [1, 2],
        ],
    )
    def test_arrays(self, array, precision, tmp_path, rng):
        model = Sequential([Flatten(), Dense(3)], (4, 4, 1), rng=rng)
        checkpoint.save(tmp_path / "a.npz", model, arrays={"x.npy": array}, precision=precision)
        found = checkpoint.load(tmp_path / "a.npz").arrays["x.npy"]
        assert found.dtype == np.asarray(array).dtype
        np.testing.assert_array_equal(found, array)

    def test_meta(self, tmp_path, rng):
        model = Sequential([Flatten(), Dense(3)], (4, 4, 1), rng=rng)
        meta = {"a": np.float32(0.5), "n": np.int64(3), "path": tmp_path, "list": (1, np.arange(2))}
        checkpoint.save(tmp_path / "a.npz", model, meta)
        expected = {"a": 0.5, "n": 3, "path": str(tmp_path), "list": [1, [0, 1]]}
        assert checkpoint.load(tmp_path / "a.npz").meta == expected

    def test_too_large(self, tmp_path, rng, monkeypatch):
        model = Sequential([Flatten(), Dense(3)], (4, 4, 1), rng=rng)
        with pytest.raises(ValueError, match="save: meta: expected at most 4 MiB of JSON"):
            checkpoint.save(tmp_path / "a.npz", model, {"a": "x" * (5 << 20)})
        monkeypatch.setattr(checkpoint, "MAX_BYTES", 1 << 20)
        with pytest.raises(ValueError, match=r"save: expected at most 1 MiB of weights and arrays, got 3$"):
            checkpoint.save(tmp_path / "a.npz", model, arrays={"a": np.zeros(3 << 20, np.int8)})
        assert not list(tmp_path.iterdir())

    def test_the_largest(self, path, model, monkeypatch):
        size = sum(array.nbytes + (1 << 10) for array in entries_of(path).values())
        monkeypatch.setattr(checkpoint, "MAX_BYTES", size)
        checkpoint.save(path, model, {"seed": 7}, {"memory/steps": np.array(3)})
        monkeypatch.setattr(checkpoint, "MAX_BYTES", size - 1)
        with pytest.raises(ValueError, match="expected at most 0 MiB"):
            checkpoint.save(path, model, {"seed": 7}, {"memory/steps": np.array(3)})


class TestRegisteredLayers:
    @pytest.fixture(autouse=True)
    def _forget(self, monkeypatch):
        monkeypatch.setattr(descriptions, "_REGISTERED", {})

    @staticmethod
    def scale():
        """A layer of one's own, of an argument and a parameter."""

        class Scale(Layer):
            kind = "scale"
            config_keys = ("factor",)

            def __init__(self, factor=1.0):
                super().__init__()
                self.factor = factor

            def build(self, input_shape, rng, dtype=np.float32):
                self.gain = Parameter(f"{self.name}/gain", np.full(1, self.factor, dtype))
                self.parameters = (self.gain,)
                return super().build(input_shape, rng, dtype)

            def forward(self, x, training=False):
                x = self.check_input(x)
                if training:
                    self.save_for_backward(x, x)
                return x * self.gain.value

            def backward(self, dy, need_dx=True):
                dy, x = self.saved(dy)
                self.gain.grad[...] = (dy * x).sum()
                return dy * self.gain.value

        return Scale

    def test_train_save_and_load(self, tmp_path, rng):
        kind = register(self.scale())
        model = Sequential([Flatten(), Dense(5), Add([kind(2.0)]), Dense(3)], (4, 4, 1), rng=rng)
        images = rng.random((20, 4, 4))
        model.fit(images, np.arange(20) % 3, epochs=2)
        checkpoint.save(tmp_path / "a.npz", model)
        again = checkpoint.load(tmp_path / "a.npz").model
        np.testing.assert_array_equal(again.predict(images), model.predict(images))
        assert again.layers[2].layers[0].factor == 2.0

    def test_load_without_its_class(self, tmp_path, rng):
        kind = register(self.scale())
        checkpoint.save(tmp_path / "a.npz", Sequential([kind()], (4,), rng=rng))
        descriptions._REGISTERED.clear()
        with pytest.raises(CheckpointError, match=r"layer 1: expected a type, .*'Scale': .*nn.register"):
            checkpoint.load(tmp_path / "a.npz")

    def test_save_an_unregistered_one(self, tmp_path, rng):
        with pytest.raises(ValueError, match=r"scale_1: expected .* registered one, got .*Scale: .*@nn.register"):
            checkpoint.save(tmp_path / "a.npz", Sequential([self.scale()()], (4,), rng=rng))

    def test_registering_again_is_for_notebooks(self):
        register(self.scale())
        kind = register(self.scale())
        assert type(descriptions.make_layers([{"type": "Scale"}])[0]) is kind
        with pytest.raises(ValueError, match="expected a new name, got Scale"):
            register(type("Scale", (ReLU,), {}))

    def test_arguments_that_would_be_lost(self):
        kind = self.scale()
        kind.config_keys = ()
        with pytest.raises(ValueError, match=r"Scale: expected config_keys to list .* \('factor',\), got \(\)"):
            register(kind)
