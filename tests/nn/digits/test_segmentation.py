import numpy as np

from nn.digits.normalize import pen_width
from nn.digits.painting import paint
from nn.digits.segmentation import connected_components, over_segment
from nn.digits.strokes import transform

RING = [50 + 50 * np.stack([np.cos(np.arange(64) / 10), np.sin(np.arange(64) / 10)], axis=1)]


def test_components_are_what_is_connected(rng):
    mask = np.array([[1, 0, 1, 0, 0], [0, 1, 0, 0, 1], [0, 0, 0, 0, 1], [1, 1, 0, 1, 0]], bool)
    labels, count = connected_components(mask)
    assert count == 3
    assert (labels > 0).tolist() == mask.tolist()
    assert labels[0, 0] == labels[1, 1] == labels[0, 2]
    assert labels[1, 4] == labels[3, 3]
    assert len({labels[0, 0], labels[1, 4], labels[3, 0]}) == 3
    assert connected_components(np.zeros((3, 4), bool))[1] == 0


def test_touching_digits_are_cut_between_them():
    picture = paint(
        transform([*RING, *transform(RING, 1.0, (107.5, 0.0))], 1.0, (10.0, 10.0)), (240, 120), 8
    ) / np.float32(255)
    pieces, components = over_segment(picture[5:115], pen_width(picture))
    assert len(set(components)) == 1
    left, right = set(np.unique(pieces[:, :107])), set(np.unique(pieces[:, 120:]))
    assert left & right <= {0}
    assert ((pieces > 0) == (picture[5:115] > 0))[picture[5:115] > 0.5].all()
