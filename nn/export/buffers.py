"""The buffers of a program that runs a graph: each output has one, and a buffer is used again when it is free."""

import math
from collections import Counter
from collections.abc import Collection

from nn.export.graph import INPUT, Graph


def assign_buffers(
    graph: Graph, identities: Collection[str], in_place: Collection[str]
) -> tuple[dict[str, int], list[int]]:
    """Assign the outputs of a graph to few and small buffers.

    Args:
        graph: of any operations.
        identities: the operations whose output has the values of their input, so both are in one buffer.
        in_place: the operations that may write their output over an input that nothing else needs.

    Returns:
        (buffer, sizes): the number of the buffer by node's name, also for ``INPUT``, which is in buffer 0; and the
        number of values of each buffer. The output of the graph stays until the end.

    >>> from nn import zoo
    >>> buffer, sizes = assign_buffers(Graph.from_model(zoo.build("baseline")), ["flatten"], ["relu", "max_pool2d"])
    >>> [buffer[name] for name in ("image", "conv2d_1", "relu_1", "max_pool2d_1", "flatten_1", "dense_1")]
    [0, 1, 1, 1, 1, 0]
    >>> sizes
    [784, 21632]
    """
    uses = Counter(name for node in graph.nodes for name in node.inputs) + Counter([graph.output])
    buffer, sizes = {INPUT: 0}, [math.prod(graph.input_shape)]
    pending = [uses[INPUT]]  # how often the values in each buffer are still read
    for node in graph.nodes:
        size, inputs = math.prod(node.shape), [buffer[name] for name in node.inputs]
        free = [number for number, count in enumerate(pending) if not count]
        for number in inputs:
            pending[number] -= 1
        if node.operation in identities:
            number = inputs[0]
        elif node.operation in in_place and (unused := [number for number in inputs if not pending[number]]):
            number = unused[0]
        elif free:
            # The smallest one that is large enough, else the largest one.
            number = min(free, key=lambda each: (sizes[each] < size, abs(sizes[each] - size)))
        else:
            number = len(sizes)
            sizes.append(0)
            pending.append(0)
        buffer[node.name] = number
        sizes[number] = max(sizes[number], size)
        pending[number] += uses[node.name]
    return buffer, sizes
