import numpy as np

from nn.digits.painting import paint
from nn.digits.skeletonize import skeletonize, to_segments


def components(mask, corners=True):
    """How many pieces the mask has; pixels that only touch at a corner are together, or not."""
    steps = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if corners or y == 0 or x == 0]
    left = {tuple(pixel) for pixel in np.argwhere(mask).tolist()}
    count = 0
    while left:
        count += 1
        heap = [left.pop()]
        while heap:
            y, x = heap.pop()
            near = {(y + down, x + right) for down, right in steps} & left
            left -= near
            heap += near
    return count


def test_the_skeleton_is_a_line_in_the_middle():
    mask = np.zeros((30, 60), bool)
    mask[10:21, 5:55] = True
    line = skeletonize(mask)
    assert line[15, 15:45].all()
    assert line.sum(axis=0).max() == 1
    assert not (line & ~mask).any()


def test_pieces_and_holes_stay(rng):
    for _ in range(5):
        strokes = [rng.uniform(20, 80, (4, 2)), rng.uniform(20, 80, (3, 2))]
        mask = paint(strokes, (100, 100), 7) > 127
        line = skeletonize(mask)
        assert components(line) == components(mask)
        assert components(~line, corners=False) == components(~mask, corners=False)
        assert line.sum() < mask.sum() / 3


def test_a_line_stays_as_it_is():
    mask = np.eye(12, dtype=bool)
    np.testing.assert_array_equal(skeletonize(mask), mask)
    assert not skeletonize(np.zeros((4, 4), bool)).any()


def test_steps_lead_from_pixel_to_pixel():
    mask = np.zeros((6, 8), bool)
    mask[1, 1:4] = True  # a line, around a corner, and down
    mask[2, 4] = mask[3, 4] = True
    mask[5, 7] = True  # a dot
    found = {tuple(map(tuple, stroke.tolist())) for stroke in to_segments(mask)}
    assert found == {((1, 1), (2, 1)), ((2, 1), (3, 1)), ((3, 1), (4, 2)), ((4, 2), (4, 3)), ((7, 5), (7, 5))}


def test_no_step_cuts_a_corner_that_is_inked():
    mask = np.array([[True, True], [False, True]])
    assert len(to_segments(mask)) == 2
