"""ONNX Runtime, with the network that ``nn.export`` writes, folded."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from nn import Sequential
from nn.export import export_model
from nn.fold import fold_batch_norm


def exported(model: Sequential) -> bytes:
    """The network as ONNX, batch normalization folded."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "network.onnx")
        export_model(fold_batch_norm(model), path, "onnx")
        return path.read_bytes()


def prediction(model: Sequential, threads: int, x: np.ndarray, variant: str) -> Callable[[], Any]:
    """Probabilities, with all graph optimizations."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(exported(model), options, providers=["CPUExecutionProvider"])
    (name,) = (given.name for given in session.get_inputs())
    return lambda: session.run(None, {name: x})
