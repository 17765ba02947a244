"""Named architectures and those out of files."""

import json

import numpy as np
import pytest

from nn import zoo


@pytest.mark.parametrize("arch", zoo.ARCHITECTURES)
@pytest.mark.parametrize("classes", [10, 3])
def test_every_architecture_predicts(arch, classes, rng):
    model = zoo.build(arch, classes=classes, rng=rng)
    assert model.predict(np.zeros((2, 28, 28), np.uint8)).shape == (2, classes)


@pytest.mark.parametrize(("arch", "limit"), [("tiny", 10_000), ("micro", 2_000), ("nano", 700)])
def test_small_architectures_are_small(arch, limit):
    assert sum(parameter.value.size for parameter in zoo.build(arch).parameters) < limit


def write(path, document):
    path.write_text(json.dumps(document))
    return str(path)


def test_a_file_of_layers(tmp_path):
    layers = [
        {"type": "Conv2D", "filters": 4, "kernel_size": 5},
        *({"type": "ReLU"}, {"type": "MaxPool2D"}, {"type": "Flatten"}, {"type": "Dense", "units": "classes"}),
    ]
    model = zoo.build(write(tmp_path / "mine.json", layers), classes=7)
    assert model.output_shape == (7,)
    assert [layer.kind for layer in model.layers] == ["conv2d", "relu", "max_pool2d", "flatten", "dense"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_with_a_byte_order_mark(encoding, tmp_path):
    (tmp_path / "mine.json").write_text('[{"type": "Flatten"}, {"type": "Dense", "units": "classes"}]', encoding)
    assert zoo.build(str(tmp_path / "mine.json"), classes=7).output_shape == (7,)


@pytest.mark.parametrize("name", ["x" * 300, "mine.json/arch.json", "nu\0l"])
def test_an_impossible_name(name, tmp_path):
    (tmp_path / "mine.json").write_text("[]")
    with pytest.raises(ValueError, match=r"expected one of baseline, .*, or a file of layers, got "):
        zoo.build(str(tmp_path / name))


def test_a_file_with_a_residual_block(tmp_path):
    block = {"type": "Add", "layers": [{"type": "Dense", "units": "classes"}, {"type": "GELU"}]}
    layers = [{"type": "Flatten"}, {"type": "Dense", "units": "classes"}, block]
    model = zoo.build(write(tmp_path / "mine.json", layers), classes=7)
    assert [parameter.name for parameter in model.parameters][2:] == ["add_1/dense_1/kernel", "add_1/dense_1/bias"]


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ({"layers": []}, "expected a list of layers"),
        ([3], "expected a list of layers"),
        ([], "layers: expected at least one"),
        ([{"filters": 3}], "layer 1: expected a type, one of "),
        ([{"type": "Conv3D"}], "layer 1: expected a type, one of .*, got 'Conv3D'"),
        ([{"type": []}], "layer 1: expected a type"),
        ([{"type": "Flatten"}, {"type": "Dense", "unit": 3}], "layer 2: .*unit"),
        ([{"type": "Flatten"}, {"type": "Dense", "units": 0}], "Dense: units: expected"),
        ([{"type": "Flatten"}, {"type": "Dense", "units": 9}], r"expected an output of \(10,\).*, got \(9,\)"),
        ([{"type": "Dense", "units": 10}], "put a Flatten before"),
    ],
)
def test_files_that_describe_no_network(document, complaint, tmp_path):
    with pytest.raises(ValueError, match=complaint):
        zoo.build(write(tmp_path / "odd.json", document))


def test_files_that_are_not_there_or_not_json(tmp_path):
    with pytest.raises(ValueError, match=r"expected one of baseline, .*, or a file of layers, got 'vgg'"):
        zoo.build("vgg")
    (tmp_path / "text.json").write_text("layers:")
    with pytest.raises(ValueError, match="not a list of layers in JSON"):
        zoo.build(str(tmp_path / "text.json"))
