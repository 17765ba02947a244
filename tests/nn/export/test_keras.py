"""Keras on exported networks, on each of its backends that is installed; h5py alone shows that they are complete."""

import importlib.util
import json
import os
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from nn.export import export_model
from nn.export.keras import snake_case
from tests.nn.export.networks import SHIPPED, TOLERANCE, images, of_case, shipped
from tests.nn.layers.test_layers import CASES

pytest.importorskip("h5py", reason="h5py is not installed")

#: Loads each model of a folder and saves its logits for the images beside it: a backend is for a whole process.
PREDICT = """
import sys, pathlib, keras, numpy as np
for path in pathlib.Path(sys.argv[1]).glob("*.keras"):
    model = keras.saving.load_model(path)
    names = [layer.name for layer in model.layers]
    if names[-1] == "probabilities":
        model = keras.Model(model.inputs, model.layers[-2].output)
    images = np.load(path.with_suffix(".images.npy"))
    np.save(path.with_suffix(".logits.npy"), np.asarray(keras.ops.convert_to_numpy(model(images, training=False))))
"""


@pytest.mark.parametrize("backend", ["tensorflow", "torch", "jax"])
def test_same_logits(backend, tmp_path, rng):
    for package in ("keras", backend):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    expected = {}
    networks = {name: shipped(name).model for name in SHIPPED} | {case: of_case(case, rng) for case in CASES}
    for number, model in enumerate(networks.values()):
        x = images(model, rng)
        export_model(model, tmp_path / f"{number}.keras", "keras")
        np.save(tmp_path / f"{number}.images.npy", x)
        expected[number] = model.forward(x)
    environment = os.environ | {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-W", "ignore", "-c", PREDICT, str(tmp_path)]
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=300)
    for (name, _), (number, logits) in zip(networks.items(), expected.items(), strict=True):
        found = np.load(tmp_path / f"{number}.logits.npy")
        np.testing.assert_allclose(found, logits, rtol=1e-6, atol=TOLERANCE, err_msg=name)


def test_what_is_in_the_file(tmp_path):
    import h5py

    model = shipped("tiny").model
    export_model(model, tmp_path / "network.keras", "keras", {"seed": 3})
    with zipfile.ZipFile(tmp_path / "network.keras") as archive:
        config = json.loads(archive.read("config.json"))
        assert json.loads(archive.read("metadata.json"))["meta"] == '{"seed": 3}'
        with archive.open("model.weights.h5") as file, h5py.File(file) as weights:
            found = weights["layers/batch_normalization_3/vars/2"][:]
    np.testing.assert_array_equal(found, model.state_dict()["batch_norm_4/variance"])
    layers = [layer["class_name"] for layer in config["config"]["layers"]]
    assert layers[:3] == ["InputLayer", "Conv2D", "BatchNormalization"]
    assert layers[-1] == "Softmax"


def test_without_h5py_the_error_names_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ModuleNotFoundError, match=r"needs the package h5py: pip install"):
        export_model(shipped("tiny").model, tmp_path / "network.keras", "keras")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["MaxPooling2D", "ReLU", "LeakyReLU", "GlobalAveragePooling2D", "InputLayer"])
def test_names_of_classes_are_those_of_keras(name):
    keras = pytest.importorskip("keras.src.utils.naming", reason="Keras is not installed")
    assert snake_case(name) == keras.to_snake_case(name)
