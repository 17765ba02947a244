"""The layers of the network."""

from apps.draw.engine.analyses.summary import summary
from nn import zoo


def test_it_lists_the_layers_as_they_were_trained(models, request_seven):
    ((name, rows),) = summary(models, request_seven)
    network = zoo.build("tiny")
    assert (name, rows[0]) == ("summary", ("input", (28, 28, 1), 0, 0))
    assert [row.name for row in rows[1:]] == [layer.name for layer in network.layers]
    assert sum(row.parameters for row in rows) == sum(parameter.value.size for parameter in network.parameters)


def test_a_file_without_a_network_shows_nothing(no_network, request_seven):
    assert list(summary(no_network, request_seven)) == []
