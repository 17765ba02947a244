"""Weights of PyTorch modules: of our own exports, of networks of the zoo, and of an architecture that is named."""

import contextlib
import json
import struct

import numpy as np
import pytest

from nn import CheckpointError, imports, zoo
from nn.export import export_model
from nn.imports import import_model
from tests.nn.export.networks import SHIPPED, images, of_case, set_weights, shipped
from tests.nn.layers.test_layers import CASES


def write(path, tensors, metadata=None):
    """A file as the package safetensors writes it: the arrays by name, not in the order of the modules."""
    header, data = {"__metadata__": metadata or {}}, b""
    for name, array in sorted(tensors.items()):
        types = {"f2": "F16", "f4": "F32", "f8": "F64", "i8": "I64"}
        kind = types[array.dtype.str[1:]]
        header[name] = {"dtype": kind, "shape": array.shape, "data_offsets": [len(data), len(data) + array.nbytes]}
        data += array.tobytes()
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path


@pytest.mark.parametrize("name", SHIPPED)
def test_our_own_files(name, tmp_path):
    source = shipped(name)
    export_model(source.model, tmp_path / "network.safetensors", "safetensors", source.meta)
    imported = import_model(tmp_path / "network.safetensors")
    assert imported.model.config() == source.model.config()
    for name, array in source.model.state_dict().items():
        np.testing.assert_array_equal(imported.model.state_dict()[name], array)
    assert imported.meta == source.meta | {"imported": "network.safetensors"}


@pytest.mark.parametrize("case", CASES)
def test_every_layer(case, tmp_path, rng):
    model = of_case(case, rng)
    if not any(parameter.value.ndim > 1 for parameter in model.parameters):
        pytest.skip("has no kernel")
    export_model(model, tmp_path / "network.safetensors", "safetensors")
    found = import_model(tmp_path / "network.safetensors").model
    x = images(model, rng)
    np.testing.assert_array_equal(found.forward(x), model.forward(x))


def lenet(rng, classes=10):
    """The state dict of a LeNet-5, as PyTorch users write it."""
    shapes = {"conv1": (6, 1, 5, 5), "conv2": (16, 6, 5, 5), "fc1": (120, 400), "fc2": (84, 120), "fc3": (classes, 84)}
    arrays = {f"{name}.weight": rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    return arrays | {f"{name}.bias": rng.normal(size=shape[0]).astype(np.float32) for name, shape in shapes.items()}


def test_a_network_of_the_zoo_is_found_by_its_shapes(tmp_path, rng):
    tensors = lenet(rng, classes=7)
    imported = import_model(write(tmp_path / "a.safetensors", tensors))
    assert imported.model.output_shape == (7,)
    assert imported.notes == ["assumed the architecture lenet5, the only one of nn.zoo with weights of these shapes"]
    ours = imported.model.state_dict()
    np.testing.assert_array_equal(ours["conv2d_2/kernel"], tensors["conv2.weight"].transpose(2, 3, 1, 0))
    by_pixel = tensors["fc1.weight"].reshape(120, 16, 5, 5).transpose(2, 3, 1, 0).reshape(400, 120)
    np.testing.assert_array_equal(ours["dense_1/kernel"], by_pixel)
    np.testing.assert_array_equal(ours["dense_3/bias"], tensors["fc3.bias"])


def test_an_architecture_of_a_file(tmp_path, rng):
    """Numbered modules, 10 after 2; a bias is left out; float16; batch normalization."""
    (tmp_path / "arch.json").write_text(
        json.dumps(
            [
                {"type": "Conv2D", "filters": 4, "kernel_size": 3},
                *({"type": "BatchNorm"}, {"type": "ReLU"}, {"type": "Flatten"}),
                *({"type": "Dense", "units": 6}, {"type": "Dense", "units": 6}, {"type": "Dense", "units": "classes"}),
            ]
        )
    )
    shapes = {
        "net.0.weight": (4, 1, 3, 3),
        **{f"net.1.{role}": (4,) for role in ("weight", "bias", "running_mean", "running_var")},
        **{"net.2.weight": (6, 2704), "net.2.bias": (6,), "net.9.weight": (6, 6), "net.9.bias": (6,)},
        **{"net.10.weight": (10, 6), "net.10.bias": (10,)},
    }
    tensors = {name: rng.uniform(1, 2, shape).astype(np.float16) for name, shape in shapes.items()}
    tensors["net.1.num_batches_tracked"] = np.array(3)
    imported = import_model(write(tmp_path / "a.safetensors", tensors), str(tmp_path / "arch.json"))
    ours = imported.model.state_dict()
    np.testing.assert_array_equal(ours["batch_norm_1/variance"], tensors["net.1.running_var"])
    np.testing.assert_array_equal(ours["dense_2/kernel"], tensors["net.9.weight"].T)
    assert not ours["conv2d_1/bias"].any()


def test_modules_in_another_order(tmp_path, rng):
    """Shapes tell which is which, if no two are the same."""
    tensors = {name.replace("conv1", "stem").replace("fc3", "a_head"): array for name, array in lenet(rng).items()}
    ours = import_model(write(tmp_path / "a.safetensors", tensors)).model.state_dict()
    np.testing.assert_array_equal(ours["dense_3/kernel"], tensors["a_head.weight"].T)


def test_what_does_not_fit_is_named(tmp_path, rng):
    path = tmp_path / "a.safetensors"
    cases = [
        (lenet(rng), "mlp", "expected the weights of 3 layers, found those of 5"),
        (lenet(rng), "resnet", "expected one of baseline"),
        ({"a.weight": np.ones((10, 784), np.float32)}, None, r"name the architecture \(--arch\); found \(10, 784\)"),
        ({}, None, "it has no weights"),
        ({"a.bias": np.ones(3, np.float32)}, None, "no weights of convolutions or dense layers"),
        ({**lenet(rng), "fc2.weight": np.ones((84, 84), np.float32)}, "lenet5", "for dense_2, found 0"),
    ]
    for tensors, arch, message in cases:
        with pytest.raises(CheckpointError, match=message):
            import_model(write(path, tensors), arch)


def test_damaged_files(tmp_path, rng):
    path = tmp_path / "a.safetensors"
    model = zoo.build("tiny")
    set_weights(model, rng)
    export_model(model, path, "safetensors")
    data = path.read_bytes()
    for number in range(60):
        changed = bytearray(data[: rng.integers(len(data))] if number < 20 else data)
        for place in rng.integers(0, 3_000 if number % 2 else 40, 3 if number >= 20 else 0):
            changed[place] = rng.integers(256)
        path.write_bytes(changed)
        with contextlib.suppress(CheckpointError):
            import_model(path)


@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": "F32", "shape": [2], "data_offsets": [0, 9]},
        {"dtype": "F32", "shape": [2], "data_offsets": [-8, 0]},
        {"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [1 << 40], "data_offsets": [0, 8]},
        {"dtype": "BOOL", "shape": [8], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": 3, "data_offsets": [0, 8]},
        [],
    ],
)
def test_wrong_descriptions(entry, tmp_path):
    text = json.dumps({"a.weight": entry}).encode()
    (tmp_path / "a.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + bytes(8))
    with pytest.raises(CheckpointError):
        import_model(tmp_path / "a.safetensors")


@pytest.mark.parametrize("metadata", [{"model": 5}, {"meta": None}, {"format": ["pt"]}, [1], "pt"])
def test_metadata_that_are_no_texts(metadata, tmp_path, rng):
    path = write(tmp_path / "a.safetensors", lenet(rng), metadata)
    with pytest.raises(CheckpointError, match="not a safetensors file"):
        import_model(path)


@pytest.mark.parametrize("meta", ["{", "[1]", "[" * 100_000])
def test_a_description_of_another_program_is_left_out(meta, tmp_path, rng):
    assert import_model(write(tmp_path / "a.safetensors", lenet(rng), {"meta": meta})).meta == {
        "imported": "a.safetensors"
    }


def test_a_network_of_normalized_images(tmp_path, rng):
    path = write(tmp_path / "a.safetensors", lenet(rng))
    plain, normalized = import_model(path).model, import_model(path, mean=0.25, std=0.5).model
    x = rng.random((2, *plain.input_shape)).astype(np.float32)
    np.testing.assert_allclose(normalized.forward(x), plain.forward((x - 0.25) / 0.5), rtol=1e-4, atol=1e-3)


def test_other_names_and_sizes_are_refused(tmp_path, monkeypatch):
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(9))
    with pytest.raises(CheckpointError, match=r"a.bin: expected a file that ends in "):
        import_model(path)
    path = path.rename(tmp_path / "a.safetensors")
    monkeypatch.setattr(imports, "MAX_BYTES", 8)
    with pytest.raises(CheckpointError, match=r"a.safetensors: expected at most 0 MiB, found more"):
        import_model(path)
