import numpy as np

from nn.digits.components import Components
from nn.digits.normalize import pen_width
from nn.digits.painting import paint
from nn.digits.segmentation import over_segment
from nn.digits.strokes import transform

RING = [50 + 50 * np.stack([np.cos(np.arange(64) / 10), np.sin(np.arange(64) / 10)], axis=1)]


def segment(picture):
    components = Components.of(picture > 0.5)
    return over_segment(picture, components.labels, components.boxes, 110.0, pen_width(picture))


def test_touching_digits_are_cut_between_them():
    picture = paint(
        transform([*RING, *transform(RING, 1.0, (107.5, 0.0))], 1.0, (10.0, 10.0)), (240, 120), 8
    ) / np.float32(255)
    pieces, boxes, origins = segment(picture)
    assert set(origins) == {1}
    left, right = set(np.unique(pieces[:, :107])), set(np.unique(pieces[:, 120:]))
    assert left & right <= {0}
    assert ((pieces > 0) == (picture > 0))[picture > 0.5].all()
    assert len(boxes) == len(origins) == pieces.max()


def test_pieces_are_numbered_from_left_to_right():
    picture = np.zeros((120, 300), np.float32)
    for left, top in ((200, 0), (20, 10), (110, 20)):
        picture[top : top + 90, left : left + 12] = 1
    pieces, boxes, origins = segment(picture)
    assert boxes.tolist() == [[20, 10, 32, 100], [110, 20, 122, 110], [200, 0, 212, 90]]
    assert pieces[50, [25, 115, 205]].tolist() == [1, 2, 3]
    assert len(set(origins)) == 3
