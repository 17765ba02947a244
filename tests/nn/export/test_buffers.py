"""No value is overwritten before its last use, and buffers are used again."""

import pytest

from nn import Add, Conv2D, Dense, Dropout, Flatten, ReLU, Sequential, zoo
from nn.export.buffers import assign_buffers
from nn.export.graph import INPUT, Graph

IDENTITIES, IN_PLACE = ("flatten", "dropout"), ("relu", "add", "max_pool2d", "batch_norm", "tanh")

RESIDUAL = Sequential(
    [
        Conv2D(3),
        Add([ReLU(), Conv2D(3, 1), Add([Dropout(), ReLU()])], shortcut=[Dropout(), Conv2D(3, 1), ReLU()]),
        Add([ReLU(), ReLU(), Dropout()]),
        *(Flatten(), Dropout(), Add([Dense(48), ReLU()]), Dense(2)),
    ],
    (6, 6, 1),
)


def check(graph, buffer, sizes):
    """Follow the program: each input must still be in its buffer."""
    value = {INPUT: INPUT}  # a node that changes nothing has the value of its input
    content = {buffer[INPUT]: INPUT}
    for node in graph.nodes:
        for name in node.inputs:
            assert content[buffer[name]] == value[name], f"{node.name} reads {name}"
        if node.operation not in IDENTITIES:
            in_place = node.operation in IN_PLACE
            assert in_place or buffer[node.name] not in [buffer[name] for name in node.inputs], node.name
        value[node.name] = value[node.inputs[0]] if node.operation in IDENTITIES else node.name
        content[buffer[node.name]] = value[node.name]
        size = 1
        for length in node.shape:
            size *= length
        assert size <= sizes[buffer[node.name]]
    assert content[buffer[graph.output]] == value[graph.output]


@pytest.mark.parametrize("model", [RESIDUAL, *map(zoo.build, zoo.ARCHITECTURES)], ids=["residual", *zoo.ARCHITECTURES])
def test_values_stay_until_their_last_use(model):
    graph = Graph.from_model(model)
    buffer, sizes = assign_buffers(graph, IDENTITIES, IN_PLACE)
    check(graph, buffer, sizes)
    assert len(sizes) <= (4 if model is RESIDUAL else 2)


def test_the_output_stays():
    graph = Graph((4,))
    graph.add("a", "dense", (INPUT,), (4,))
    assert assign_buffers(graph, (), ()) == ({INPUT: 0, "a": 1}, [4, 4])
    assert assign_buffers(Graph((4,)), (), ()) == ({INPUT: 0}, [4])


def test_the_free_buffer_that_fits_best():
    graph = Graph((100,))
    graph.add("a", "dense", (INPUT,), (10,))
    graph.add("b", "dense", ("a",), (20,))
    graph.add("c", "dense", ("b",), (10,))
    graph.add("d", "dense", ("c",), (90,))
    buffer, sizes = assign_buffers(graph, (), ())
    assert sizes == [100, 10]
    assert [buffer[name] for name in "abcd"] == [1, 0, 1, 0]
