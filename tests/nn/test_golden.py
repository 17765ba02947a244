"""Our numbers are those of PyTorch 2.13 (``make_golden.py`` made the file)."""

import numpy as np
import pytest

from nn import Adam, Conv2D, Dense, Flatten, MaxPool2D, ReLU, Sequential, softmax_cross_entropy
from nn.fuse import fuse
from tests.nn.make_golden import GOLDEN

pytestmark = pytest.mark.usefixtures("each_backend")


@pytest.fixture(scope="module")
def golden():
    with np.load(GOLDEN) as archive:
        return dict(archive)


@pytest.fixture(params=["plain", "fused"])
def model(request, golden):
    layers = [Conv2D(3), ReLU(), MaxPool2D(2), Flatten(), Dense(5), ReLU(), Dense(4)]
    plain = Sequential(layers, (9, 8, 1), dtype=np.float64)
    plain.load_state_dict({p.name: np.ascontiguousarray(golden[f"start/{p.name}"]) for p in plain.parameters})
    return fuse(plain) if request.param == "fused" else plain


def test_forward(model, golden):
    np.testing.assert_allclose(model.forward(golden["x"]), golden["logits"], rtol=1e-11, atol=1e-12)


def test_gradients(model, golden):
    loss = softmax_cross_entropy(model.forward(golden["x"], training=True), golden["labels"])
    model.backward(loss.gradient)
    assert loss.value == pytest.approx(golden["losses"][0], rel=1e-12)
    for parameter in model.parameters:
        np.testing.assert_allclose(parameter.grad, golden[f"grad/{parameter.name}"], rtol=1e-10, atol=1e-13)


def test_ten_adam_steps(model, golden):
    optimizer = Adam(model.parameters, 0.01)
    losses = []
    for _ in range(10):
        loss = softmax_cross_entropy(model.forward(golden["x"], training=True), golden["labels"])
        model.backward(loss.gradient)
        optimizer.step()
        losses.append(loss.value)
    np.testing.assert_allclose(losses, golden["losses"], rtol=1e-9)
    for parameter in model.parameters:
        np.testing.assert_allclose(parameter.value, golden[f"end/{parameter.name}"], rtol=1e-8, atol=1e-10)
