"""JAX on the CPU: a compiled step, or (``scan``) a compiled epoch; Adam written out."""

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from nn import Sequential


def _logits(model: Sequential, weights: dict[str, Any], x: Any) -> Any:
    """The outputs in training; dropout is left out, which makes JAX a little faster."""
    import jax
    import jax.numpy as jnp

    for layer in model.layers:
        values = [weights[parameter.name] for parameter in layer.parameters]
        options = layer.config()
        match layer.kind:
            case "conv2d":
                form = ("NHWC", "HWIO", "NHWC")
                padding = options["padding"].upper()
                x = jax.lax.conv_general_dilated(x, values[0], (1, 1), padding, dimension_numbers=form)
                x = x + values[1] if options.get("use_bias", True) else x
            case "batch_norm":
                axes = tuple(range(x.ndim - 1))
                x = (x - x.mean(axes)) / jnp.sqrt(x.var(axes) + options["epsilon"])
                x = (x * values[0] if options.get("scale", True) else x) + values[-1]
            case "avg_pool2d":
                window, stride = (1, *options["pool_size"], 1), (1, *options["stride"], 1)
                x = jax.lax.reduce_window(x, 0.0, jax.lax.add, window, stride, "VALID") / np.prod(window)
            case "max_pool2d":
                window = (1, *options["pool_size"], 1)
                x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, window, window, "VALID")
            case "dense":
                x = x @ values[0] + values[1]
            case "relu":
                x = jnp.maximum(x, 0)
            case "flatten":
                x = x.reshape(len(x), -1)
    return x


def training(
    model: Sequential, threads: int, images: np.ndarray, labels: np.ndarray, batch_size: int, variant: str
) -> Callable[[], Any]:
    """An epoch in shuffled batches of one size."""
    os.environ["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen={'true' if threads > 1 else 'false'}"
    import jax
    import jax.numpy as jnp

    def loss_of(weights: Any, x: Any, y: Any) -> Any:
        logits = jax.nn.log_softmax(_logits(model, weights, x))
        return -jnp.take_along_axis(logits, y[:, None], 1).mean()

    def step(state: Any, batch: Any) -> Any:
        weights, first, second, count = state
        loss, gradients = jax.value_and_grad(loss_of)(weights, x[batch], y[batch])
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradients)
        second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradients)
        rate = 1e-3 * jnp.sqrt(1 - 0.999**count) / (1 - 0.9**count)
        weights = jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v) + 1e-7), weights, first, second)
        return (weights, first, second, count + 1), loss

    x, y = jnp.asarray(images[..., None] * np.float32(1 / 255)), jnp.asarray(labels.astype(np.int32))
    weights = {parameter.name: jnp.asarray(parameter.value) for parameter in model.parameters}
    zeros = jax.tree.map(jnp.zeros_like, weights)
    state, rng = [(weights, zeros, zeros, 1.0)], np.random.default_rng(0)
    compiled_step, compiled_epoch = jax.jit(step), jax.jit(lambda state, batches: jax.lax.scan(step, state, batches))

    def epoch() -> None:
        count = len(images) // batch_size
        batches = rng.permutation(len(images))[: count * batch_size].reshape(count, batch_size)
        if variant == "scan":
            state[0], losses = compiled_epoch(state[0], batches)
            losses.block_until_ready()
            return
        for batch in batches:
            state[0], loss = compiled_step(state[0], batch)
        loss.block_until_ready()

    return epoch
