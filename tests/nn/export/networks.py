"""The networks that exports are tried with: the shipped ones, and one for each case of each layer."""

from pathlib import Path

import numpy as np

from nn import Sequential, checkpoint
from nn.paths import WEIGHTS
from tests.nn.layers.test_layers import CASES

SHIPPED = sorted(path.stem for path in Path(WEIGHTS).glob("*.npz"))

#: The largest difference of logits that is allowed.
TOLERANCE = 2e-5


def set_weights(model, rng):
    """Random values in all arrays, also those that are 0 or 1 in a new network."""
    for array in model.parameters + model.buffers:
        positive = array.name.endswith(("gamma", "variance"))
        array.value[...] = rng.uniform(0.5, 2, array.value.shape) if positive else rng.normal(0, 0.3, array.value.shape)


def of_case(case, rng, dtype=np.float32):
    """A network of one layer, with random weights."""
    make, shape = CASES[case]
    model = Sequential([make()], shape, dtype=dtype)
    set_weights(model, rng)
    return model


def shipped(name):
    """The checkpoint of a shipped network."""
    return checkpoint.load(Path(WEIGHTS, f"{name}.npz"))


def images(model, rng, count=20):
    """Images of any network: between 0 and 1 as those of MNIST, most pixels background."""
    return np.maximum(rng.uniform(-1, 1, (count, *model.input_shape)), 0).astype(np.float32)
