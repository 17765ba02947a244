"""PyTorch: the weights as a safetensors file, and beside it, with the suffix ``.py``, the module that loads them.

The tensors have PyTorch's layouts and the names of the module's state dict, such as ``conv2d_1.weight``. The module
takes images (N, C, H, W), as torchvision has them, and returns logits, as PyTorch's losses expect them.

The file is the length of a JSON header, the header, which describes the tensors, and their data:
https://github.com/huggingface/safetensors#format
"""

import json
import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from nn.atomic import atomic_write
from nn.export.channels_first import channels_first
from nn.export.graph import Graph
from nn.export.torch_module import FIRST_WORDS, module_source, state_dict

#: The names of element types.
DTYPES: dict[np.dtype, str] = {
    np.dtype(np.float64): "F64",
    np.dtype(np.float32): "F32",
    np.dtype(np.float16): "F16",
    np.dtype(np.int64): "I64",
}


def write(graph: Graph, path: Path, metadata: Mapping[str, str]) -> None:
    """Write both files.

    Args:
        graph: of arrays of float32.
        path: of the weights; the module has the suffix ``.py``.
        metadata: becomes the ``__metadata__`` of the weights.

    Raises:
        ValueError: there is an unknown operation in the graph, or the module would replace another file.
        OSError: a file can't be written.
    """
    graph = channels_first(graph)
    source, module = module_source(graph, path.name), path.with_suffix(".py")
    if module.exists() and not module.read_bytes().startswith(FIRST_WORDS.encode()):
        raise ValueError(f"{module}: would be replaced, but is not an exported module; choose another name")
    tensors = {name: np.ascontiguousarray(array) for name, array in state_dict(graph).items()}
    header: dict[str, object] = {"__metadata__": {"format": "pt", **metadata}}
    end = 0
    for name, array in tensors.items():
        start, end = end, end + array.nbytes
        header[name] = {"dtype": DTYPES[array.dtype], "shape": list(array.shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with atomic_write(path) as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for array in tensors.values():
            file.write(array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes())
    with atomic_write(module) as file:
        file.write(source.encode())
