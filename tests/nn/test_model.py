import numpy as np
import pytest

from nn import Add, Conv2D, Dense, Dropout, Flatten, MaxPool2D, ReLU, Sequential, zoo
from nn.losses import softmax
from tests.gradcheck import apart, check_gradients


def small(rng, **options):
    layers = [Conv2D(2, padding="same"), ReLU(), MaxPool2D(2), Flatten(), Dense(5), ReLU(), Dense(3)]
    return Sequential(layers, (5, 4, 1), rng=rng, **options)


@pytest.mark.usefixtures("each_backend")
def test_gradients_of_a_whole_model(rng):
    check_gradients(small(rng, dtype=np.float64), apart((3, 5, 4, 1), rng), rng)


def test_names_count_by_kind(rng):
    names = [layer.name for layer in small(rng).layers]
    assert names == ["conv2d_1", "relu_1", "max_pool2d_1", "flatten_1", "dense_1", "relu_2", "dense_2"]
    assert [parameter.name for parameter in small(rng).parameters] == [
        "conv2d_1/kernel",
        "conv2d_1/bias",
        "dense_1/kernel",
        "dense_1/bias",
        "dense_2/kernel",
        "dense_2/bias",
    ]


def test_summary_of_the_baseline():
    lines = zoo.build("baseline").summary().splitlines()
    table = [line.split("  ") for line in lines]
    assert len(table) == 12
    assert lines[3].split() == ["conv2d_1", "(26,", "26,", "32)", "320", "194,688"]
    assert lines[7].split() == ["dense_1", "(64,)", "346,176", "346,112"]
    assert lines[-1].split() == ["total", "347,146", "541,440"]


def test_unknown_architecture():
    with pytest.raises(ValueError, match=r"expected one of baseline, mlp, .*, got 'basline'"):
        zoo.build("basline")


def test_initial_weights_follow_the_seed():
    first, again, other = (zoo.build("baseline", rng=np.random.default_rng(s)).state_dict() for s in (1, 1, 2))
    for name, value in first.items():
        np.testing.assert_array_equal(value, again[name])
        assert name.endswith("bias") or (value != other[name]).any()


class TestBuiltLayers:
    """A second network of layers that are built."""

    def test_keep_and_share_their_weights(self, rng):
        model = small(rng)
        before = model.state_dict()
        other = Sequential([*model.layers[:-1], Dense(6)], rng=rng)
        assert (other.input_shape, other.output_shape) == ((5, 4, 1), (6,))
        assert all(a is b for a, b in zip(model.layers[:-1], other.layers[:-1], strict=True))
        assert len({parameter.name for parameter in other.parameters}) == len(other.parameters)
        for name, value in model.state_dict().items():
            np.testing.assert_array_equal(value, before[name])
        other.parameters[0].value += 1
        np.testing.assert_array_equal(model.parameters[0].value, before["conv2d_1/kernel"] + 1)

    def test_new_layers_get_names_that_are_free(self, rng):
        model = small(rng)
        other = Sequential([*model.layers, ReLU(), Dense(2)], rng=rng)
        names = [layer.name for layer in other.layers]
        assert names[-2:] == ["relu_3", "dense_3"]
        assert names[:-2] == [layer.name for layer in model.layers]

    def test_float64_stays(self, rng):
        model = Sequential([*small(rng, dtype=np.float64).layers[:-1], Dense(2)])
        assert model.dtype == model.parameters[-1].value.dtype == np.float64

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (
                lambda m: Sequential(m.layers, (6, 4, 1)),
                r"conv2d_1: built for input \(N, 5, 4, 1\), got \(N, 6",
            ),
            (lambda m: Sequential(m.layers[4:], (7,)), r"dense_1: built for input \(N, 8\), got \(N, 7\)"),
            (lambda m: Sequential([Flatten(), m.layers[-1]], (5, 4, 1)), r"dense_2: built for input \(N, 5\), got"),
            (lambda m: Sequential([Dense(2)]), "expected an input_shape, as the first layer is new"),
            (lambda m: Sequential(m.layers, dtype=np.float64), "conv2d_1: expected parameters of float64, got float32"),
        ],
    )
    def test_that_do_not_fit(self, make, message, rng):
        model = small(rng)
        before = model.state_dict()
        with pytest.raises(ValueError, match=message):
            make(model)
        for name, value in model.state_dict().items():
            np.testing.assert_array_equal(value, before[name])

    def test_of_two_networks(self, rng):
        """Layers without parameters get other names, in copies; those with parameters of one name are refused."""
        first, second = small(rng), small(rng)
        both = Sequential([*first.layers[:4], second.layers[4], ReLU(), *second.layers[6:]])
        assert len({layer.name for layer in both.layers}) == len(both.layers)
        twice = Sequential([*first.layers[:2], *second.layers[2:4], Dense(5), first.layers[5], second.layers[5]])
        assert [layer.name for layer in twice.layers[-2:]] == ["relu_2", "relu_3"]
        assert second.layers[5].name == "relu_2"
        with pytest.raises(ValueError, match="dense_2: expected layers of different names, got two of this name"):
            Sequential([*first.layers, *Sequential([Dense(3), Dense(3)], (3,)).layers[1:]])

    @pytest.mark.parametrize("make", [lambda layer: [layer, layer], lambda layer: [Add([layer, Add([layer])])]])
    def test_a_layer_used_twice(self, make):
        with pytest.raises(ValueError, match="expected each layer once"):
            Sequential(make(Dense(3)), (3,))


class TestPredict:
    def test_bytes_equal_floats(self, rng):
        model = small(rng)
        images = rng.integers(0, 256, (7, 5, 4), dtype=np.uint8)
        floats = images[..., None] * np.float32(1 / 255)
        np.testing.assert_array_equal(model.predict(images), model.predict(floats))

    @pytest.mark.parametrize("batch_size", [1, 3, 7, 100])
    def test_batches_do_not_matter(self, batch_size, rng):
        model = small(rng)
        images = rng.random((7, 5, 4, 1), dtype=np.float32)
        np.testing.assert_allclose(model.predict(images, batch_size), model.predict(images), rtol=1e-5)

    @pytest.mark.parametrize(("arch", "batch"), [("mlp", 256), ("lenet5", 128), ("baseline", 64)])
    def test_batches_are_smaller_where_layers_have_large_outputs(self, arch, batch, monkeypatch):
        model, sizes = zoo.build(arch), []
        monkeypatch.setattr(model, "infer", lambda x: sizes.append(len(x)) or np.zeros((len(x), 10), np.float32))
        model.predict(np.zeros((300, 28, 28), np.uint8))
        assert sizes == [batch] * (300 // batch) + [300 % batch]

    def test_rows_are_probabilities(self, rng):
        p = small(rng).predict(rng.random((4, 5, 4)))
        assert p.shape == (4, 3)
        assert p.dtype == np.float32
        np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)

    def test_no_images(self, rng):
        assert small(rng).predict(np.empty((0, 5, 4), np.uint8)).shape == (0, 3)

    def test_dropout_is_off(self, rng):
        model = Sequential([Flatten(), Dropout(0.9), Dense(3)], (5, 4, 1), rng=rng)
        images = rng.random((4, 5, 4))
        np.testing.assert_array_equal(model.predict(images), model.predict(images))

    @pytest.mark.usefixtures("each_backend")
    @pytest.mark.parametrize("count", [1, 2, 7])  # one image, one batch, several
    @pytest.mark.parametrize("wrong", ["weights", "images"])
    def test_nan_raises(self, rng, count, wrong):
        model = small(rng)
        images = rng.random((count, 5, 4, 1), dtype=np.float32)
        model.predict(images, batch_size=3)
        if wrong == "weights":
            for parameter in model.parameters:
                parameter.value[...] = np.finfo(np.float32).max
        else:
            images[-1] = np.nan
        message = (
            "expected finite outputs, got NaN"
            if wrong == "weights"
            else f"finite numbers, found nan .* .{count - 1}, 0"
        )
        with pytest.raises(FloatingPointError, match=f"model: .*{message}"):
            model.predict(images, batch_size=3)

    @pytest.mark.usefixtures("each_backend")
    @pytest.mark.parametrize("count", [1, 2])  # one image, which compiled code checks, and a batch
    def test_images_that_were_not_scaled(self, rng, count):
        model = small(rng)
        images = rng.random((count, 5, 4, 1), dtype=np.float32)
        model.predict(images)
        images[-1, 2] = 200
        with pytest.raises(ValueError, match=r"expected floats in \[0, 1\], got 0.* to 200: scale them first"):
            model.predict(images)
        images[-1, 0] = -1  # standardized images are negative, too
        np.testing.assert_allclose(model.predict(images), softmax(model.forward(images)), rtol=1e-4, atol=1e-6)


class TestState:
    def test_round_trip(self, rng):
        first, second = small(rng), small(rng)
        second.load_state_dict(first.state_dict())
        images = rng.random((4, 5, 4))
        np.testing.assert_array_equal(first.predict(images), second.predict(images))

    def test_is_a_copy(self, rng):
        model = small(rng)
        model.state_dict()["dense_1/bias"][...] = 7
        assert (model.state_dict()["dense_1/bias"] == 0).all()

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda s: s.pop("dense_1/bias"), r"dense_1/bias: expected an array of shape \(5,\), found none"),
            (lambda s: s.update(extra=np.ones(1)), "extra: no such parameter"),
            (lambda s: s.update({"dense_2/bias": np.ones(4, np.float32)}), r"dense_2/bias: expected \(3,\)"),
            (lambda s: s.update({"dense_2/bias": np.ones(3)}), "expected .* float32, found .* float64"),
        ],
    )
    def test_a_state_that_does_not_fit_changes_nothing(self, change, message, rng):
        model = small(rng)
        before = model.state_dict()
        state = {name: value + 1 for name, value in before.items()}
        change(state)
        with pytest.raises(ValueError, match=message):
            model.load_state_dict(state)
        for name, value in model.state_dict().items():
            np.testing.assert_array_equal(value, before[name])


def test_config_makes_the_model_again(rng):
    model = small(rng)
    again = Sequential.from_config(model.config())
    assert again.config() == model.config()
    again.load_state_dict(model.state_dict())


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"layers": [], "input_shape": [4], "dtype": "float32"},
        {"layers": [{"type": "Dense", "units": 3}], "input_shape": [4]},
        {"layers": [{"type": "Dense", "units": 3}], "input_shape": [4], "dtype": "int8"},
        {"layers": [{"type": "Dens", "units": 3}], "input_shape": [4], "dtype": "float32"},
        {"layers": [{"type": "Dense"}], "input_shape": [4], "dtype": "float32"},
        {"layers": [{"type": "Dense", "units": 3, "odd": 1}], "input_shape": [4], "dtype": "float32"},
        {"layers": ["Dense"], "input_shape": [4], "dtype": "float32"},
        {"layers": [{"type": "Dense", "units": 3}], "input_shape": [4, 4], "dtype": "float32"},
        {"layers": 5, "input_shape": [4], "dtype": "float32"},
    ],
)
def test_config_that_describes_no_model(config):
    with pytest.raises(ValueError):
        Sequential.from_config(config)
