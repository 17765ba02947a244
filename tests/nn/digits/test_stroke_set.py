import pytest

from nn.digits.stroke_set import StrokeSet
from tests.nn.digits.drawings import SEVEN, assert_same_strokes


def test_a_set_is_packed_from_samples():
    samples = [SEVEN, [((1, 2),)], [SEVEN[0]]]
    result = StrokeSet.from_samples(samples, [7, 1, 2], writers=[4, 4, 6])
    assert len(result) == 3
    for index, sample in enumerate(samples):
        assert_same_strokes(result.strokes(index), sample)
    assert result.label.tolist() == [7, 1, 2]
    assert result.writer.tolist() == [4, 4, 6]
    assert StrokeSet.from_samples(samples, [7, 1, 2]).writer.tolist() == [0, 0, 0]
    assert len(StrokeSet.from_samples([], [])) == 0
    with pytest.raises(ValueError, match="label: expected one for each of 3 samples, found 2"):
        StrokeSet.from_samples(samples, [7, 1])
    with pytest.raises(ValueError, match="sample_offsets: expected growing"):
        StrokeSet.from_samples([SEVEN, []], [7, 1])
