"""Feature maps, saliency maps and the nearest training images."""

from dataclasses import replace

import numpy as np
import pytest

from apps.draw.core.document import Document, Picture
from apps.draw.engine.analyses import inside
from apps.draw.engine.model import network_input
from nn import inspection


def data(analysis, models, request):
    return dict(piece for piece in analysis(models, request) if piece is not None)


def test_maps_are_the_network_s_activations(models, request_seven):
    found = data(inside.maps, models, request_seven)
    image = network_input(models.current, request_seven.document)
    np.testing.assert_array_equal(found["image"].values, image)
    activations = inspection.activations(models.current.trained, image[None])
    convolution, pooling = found["maps"]
    for maps in (convolution, pooling):
        np.testing.assert_array_equal(maps.values, activations[maps.name][0])
    assert convolution.kernel.shape[3] == convolution.values.shape[2]
    np.testing.assert_array_equal(found["hidden"].values, activations[found["hidden"].name][0])
    for name, values in activations.items():
        np.testing.assert_array_equal(found["trace"][name].batch, values)


@pytest.mark.parametrize("analysis", [inside.saliency, inside.occlusion])
def test_the_answer_or_the_chosen_digit_is_explained(models, request_seven, analysis):
    answer = int(
        models.current.network.predict(network_input(models.current, request_seven.document)[None])[0, :10].argmax()
    )
    (explained,) = data(analysis, models, request_seven).values()
    assert explained.label == answer
    other = (answer + 1) % 10
    (chosen,) = data(analysis, models, replace(request_seven, explain=other)).values()
    assert chosen.label == other
    assert not np.array_equal(chosen.values, explained.values)


def test_a_training_image_is_nearest_to_itself(models, request_seven):
    image = models.mnist.train_images[5 * inside.EVERY]
    document = Document(picture=Picture(image, "itself", prepared=True))
    pieces = list(inside.neighbours(models, replace(request_seven, document=document)))
    nearest = pieces[-1][1]
    np.testing.assert_array_equal(nearest.images[0], image)
    assert nearest.labels[0] == models.mnist.train_labels[5 * inside.EVERY]
    again = list(inside.neighbours(models, request_seven))
    assert len(again) == 1 < len(pieces)  # the features of the training images are kept


@pytest.mark.parametrize("analysis", [inside.maps, inside.saliency, inside.occlusion])
def test_without_a_network_there_is_nothing_to_show(no_network, request_seven, analysis):
    assert list(analysis(no_network, request_seven)) == []
