"""Old names still work, and say what to use instead."""

import subprocess
import sys

import pytest

import nn
from nn.deprecation import deprecated_names


def model() -> nn.Sequential:
    return nn.Sequential([nn.Dense(2)], (3,))


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("nn.fold", "fold", "fold_batch_norm"),
        ("nn.fold", "for_prediction", "optimize_for_inference"),
        ("nn.inspection", "input_gradient", "saliency_map"),
        ("nn.inspection", "occlusion", "occlusion_map"),
    ],
)
def test_old_functions(module, old, new):
    loaded = __import__(module, fromlist=["name"])
    with pytest.warns(DeprecationWarning, match=f"{module}.{old} is deprecated; use {module}.{new}"):
        assert getattr(loaded, old) is getattr(loaded, new)


def test_old_methods():
    first, second = model(), model()
    second.parameters[0].value += 1
    with pytest.warns(DeprecationWarning, match="Sequential.state is deprecated; use Sequential.state_dict"):
        second.load_state_dict(first.state())
    with pytest.warns(DeprecationWarning, match="load_state_dict"):
        second.load_state(first.state_dict())
    with pytest.warns(DeprecationWarning, match="buffers"):
        assert first.statistics == [] == list(first.layers[0].buffers)
    with pytest.warns(DeprecationWarning, match="Sequential.of_built is deprecated; use Sequential.from_layers"):
        assert nn.Sequential.of_built(first.layers, (3,), "float32").layers == first.layers
    optimizer = nn.Adam(first.parameters)
    with pytest.warns(DeprecationWarning, match="Adam.state is deprecated"):
        optimizer.load_state_dict(optimizer.state())


def test_unknown_names_are_unknown():
    with pytest.raises(AttributeError, match="module 'm' has no attribute 'x'"):
        deprecated_names("m", {"y": "m:z"})("x")


def test_the_library_uses_no_old_name():
    code = "import nn.training, nn.inspection, nn.recipes; from nn import zoo; zoo.build('tiny').state_dict()"
    subprocess.run([sys.executable, "-W", "error::DeprecationWarning:nn", "-c", code], check=True)
