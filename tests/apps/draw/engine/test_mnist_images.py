"""Images of MNIST as documents."""

import numpy as np

from apps import mnist
from apps.draw.engine import mnist_images
from tests.tiny_set import write_tiny_set


def test_a_test_image_becomes_a_labelled_document(tmp_path, monkeypatch):
    monkeypatch.setenv("NN_DATA", str(write_tiny_set(tmp_path / "set", size=28)))
    data = mnist.load()
    document = mnist_images.document(data, 3)
    np.testing.assert_array_equal(document.picture.gray, data.test_images[3])
    assert (document.label, document.picture.prepared) == (data.test_labels[3], True)
