"""A C99 header with the weights and the forward pass, for microcontrollers: no dependency, no ``malloc``.

The kernels are 8-bit integers, quantized as in ``nn.quantize``, with one scale for each output channel; batch
normalization is part of the scales. The header computes in float32, so a network that was saved with int8 precision
gives the same logits, except for rounding errors. ``c_template.h`` is the frame of the header, and
``c_operations.h`` has one function for each operation.

A program calls ``digits_predict(image)``, or ``digits_probabilities(image, probabilities)``; see docs/export.md.
"""

import json
import math
import re
import string
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path

import numpy as np

from nn.atomic import atomic_write
from nn.export.buffers import assign_buffers
from nn.export.graph import Graph, Node
from nn.export.quantized import quantize_graph

#: Operations that do nothing here: a flat image has the same values in the same order.
_IDENTITIES = ("identity", "flatten", "dropout")

#: Operations that may overwrite their input. Pools may, because no window begins before the output that it gives.
_IN_PLACE = (
    *("relu", "leaky_relu", "sigmoid", "tanh", "gelu", "batch_norm", "add"),
    *("max_pool2d", "avg_pool2d", "global_avg_pool2d"),
)


def write(graph: Graph, path: Path, metadata: Mapping[str, str]) -> None:
    """Write the header.

    Args:
        graph: of arrays of float32; its output is a vector.
        path: of the header.
        metadata: of ``nn.export.metadata``; it is part of the comment at the beginning.

    Raises:
        ValueError: there is an unknown operation in the graph, the output is not a vector, or a weight is not finite.
        OSError: the file can't be written.
    """
    source = header(graph, path.name, metadata)
    with atomic_write(path) as file:
        file.write(source.encode("ascii"))


def header(graph: Graph, name: str, metadata: Mapping[str, str]) -> str:
    """The text of the header; see ``write``.

    Args:
        graph, metadata: as for ``write``.
        name: of the file, for the comment.
    """
    shape = graph.shape(graph.output)
    if len(shape) != 1:
        raise ValueError(f"{graph.output}: expected an output of (classes,) for a C header, got {shape}")
    graph = quantize_graph(graph)
    buffer, sizes = assign_buffers(graph, _IDENTITIES, _IN_PLACE)
    forward = "\n".join(
        f"    /* {_plain(node.name)}: {_shape(graph.shape(node.inputs[0]))} -> {_shape(node.shape)} */\n"
        f"    {_call(node, graph, buffer)}"
        for node in graph.nodes
        if node.operation not in _IDENTITIES
    )
    arrays = [array for node in graph.nodes for array in node.arrays.values()]
    return string.Template(_resource("c_template.h")).substitute(
        comment=_about(graph, name, metadata, sum(array.nbytes for array in arrays), 4 * sum(sizes)),
        image_size=math.prod(graph.input_shape),
        classes=shape[0],
        largest_index=max([*sizes, *(array.size for array in arrays)]),
        operations=_operations(forward),
        weights="\n".join(text for node in graph.nodes for text in _constants(node, graph)),
        buffers="\n".join(
            f"static DIGITS_RAM float digits_buffer_{number}[{size}];" for number, size in enumerate(sizes)
        ),
        forward=forward,
        output=f"digits_buffer_{buffer[graph.output]}",
    )


def _call(node: Node, graph: Graph, buffer: Mapping[str, int]) -> str:
    """The statement that computes a node."""
    name, size, shape = _identifier(node), math.prod(node.shape), graph.shape(node.inputs[0])
    weights = [f"{name}_{role}" for role in node.arrays]
    function, arguments = node.operation, [str(size)]
    match node.operation:
        case "conv2d" | "depthwise_conv2d":
            arguments = [f"&{name}_window", *weights]
        case "max_pool2d" | "avg_pool2d":
            arguments = [f"&{name}_window"]
        case "global_avg_pool2d":
            function, arguments = "avg_pool2d", [f"&{name}_window"]
        case "dense":
            arguments = [str(shape[0]), str(size), *weights]
        case "batch_norm":
            arguments += [str(shape[-1]), *weights]
        case "leaky_relu":
            arguments += [_number(np.float32(node.attributes["negative_slope"]))]
        case "gelu":
            function = "gelu_tanh" if node.attributes["approximate"] else "gelu"
        case "relu" | "sigmoid" | "tanh" | "add":
            pass
        case _:
            raise ValueError(f"{node.name}: C exports do not know the operation {node.operation!r}")
    arguments = [f"digits_buffer_{buffer[each]}" for each in (*node.inputs, node.name)] + arguments
    return _fill(f"digits_{function}({', '.join(arguments)});", " " * 4, " " * 8).lstrip()


def _constants(node: Node, graph: Graph) -> Iterator[str]:
    """The definitions of a node's window and weights."""
    name, shape = _identifier(node), graph.shape(node.inputs[0])
    if node.operation.endswith("2d"):
        out = node.shape if len(node.shape) == 3 else (1, 1, *node.shape)
        window, stride, pads = _window(node, shape)
        rows = (", ".join(map(str, part)) for part in (shape, out, window, stride, pads))
        yield f"static const digits_window {name}_window = {{{',  '.join(rows)}}};\n"
    for role, array in node.arrays.items():
        kind = "int8_t" if array.dtype == np.int8 else "float"
        values = ", ".join(map(str, array.ravel()) if kind == "int8_t" else map(_number, array.ravel()))
        lines = _fill(values, " " * 4, " " * 4)
        yield f"static const DIGITS_FLASH {kind} {name}_{role}[{array.size}] = {{\n{lines}\n}};\n"


def _window(node: Node, shape: Sequence[int]) -> tuple[Sequence[int], Sequence[int], Sequence[int]]:
    """The window, the stride, and the padding at the top and the left."""
    if node.operation == "global_avg_pool2d":
        return shape[:2], (1, 1), (0, 0)
    options = node.attributes
    if "pads" in options:
        return node.arrays["kernel"].shape[1:3], options["stride"], options["pads"][:2]
    return options["pool_size"], options["stride"], (0, 0)


def _operations(forward: str) -> str:
    """The functions that ``forward`` calls and those that they call, in the order of ``c_operations.h``."""
    chosen: list[str] = []
    for block in reversed(_resource("c_operations.h").split("\n\n")):
        found = re.search(r"^(?:\} |static inline \w+ )(digits_\w+)", block, re.MULTILINE)
        if found and re.search(rf"\b{found[1]}\b", "\n".join([forward, *chosen])):
            chosen.append(block.strip() + "\n")
    return "\n".join(reversed(chosen))


def _about(graph: Graph, name: str, metadata: Mapping[str, str], flash: int, ram: int) -> str:
    """The comment at the beginning of the header."""
    classes = enumerate(json.loads(metadata.get("classes", "[]")))
    named = [f", {number} is {each}" for number, each in classes if each != str(number)]
    meta = json.loads(metadata.get("meta", "{}"))
    accuracy = meta.get("test_accuracy")
    paragraphs = [
        f"{name}: a neural network in C99, written by digits-from-scratch.",
        "int digits_predict(const uint8_t image[DIGITS_IMAGE_SIZE]) returns the class. digits_probabilities also gives"
        " the probability of each class, and digits_logits the logits. All three are at the end of this file.",
        f"The image is {_shape(graph.input_shape)}, row by row: 0 is the background, 255 is ink. A digit is centred and"
        " scaled as those of MNIST are.",
        "Include this file in one .c file, because each file that includes it has its own buffers. Compile:"
        " cc -std=c99 -O2 main.c -lm, where -lm is for expf.",
        f"Flash: {flash:,} bytes of weights, and the code. RAM: {ram:,} bytes of buffers, and a small stack.",
        f"Classes: 0 to {graph.shape(graph.output)[0] - 1}{''.join(named)}.",
    ]
    if isinstance(accuracy, float):
        weights = "" if meta.get("precision") == "int8" else ", measured before the kernels became integers"
        paragraphs.append(f"Accuracy: {accuracy:.2%} of {meta.get('test_images', 'the')} test images{weights}.")
    if meta:
        paragraphs.append(f"Made with: {json.dumps(meta)}")
    return "\n *\n".join(_fill(_plain(each), " * ", " * ") for each in paragraphs)


def _identifier(node: Node) -> str:
    """The beginning of the names of a node's constants: ``add_1/conv2d_1`` is ``digits_add_1_conv2d_1``."""
    return "digits_" + re.sub(r"\W", "_", node.name, flags=re.ASCII)


def _number(value: np.float32) -> str:
    """A constant that is exactly ``value``: the shortest one."""
    return f"{value}f"


def _shape(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape))


def _fill(text: str, first: str, others: str) -> str:
    """``text`` on lines of at most 120 characters that begin with ``first`` and ``others``."""
    return textwrap.fill(text, 120, initial_indent=first, subsequent_indent=others)


def _plain(text: str) -> str:
    """``text`` in ASCII, without what begins or ends a comment, and without trigraphs."""
    text = text.encode("ascii", "backslashreplace").decode()
    return text.replace("??", "? ?").replace("/*", "/ *").replace("*/", "* /")


def _resource(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="ascii")
