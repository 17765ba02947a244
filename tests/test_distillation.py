import numpy as np
import pytest

from nn import Adam, Dense, Flatten, Sequential
from nn.distillation import Teacher, distillation
from nn.losses import softmax, softmax_cross_entropy
from nn.training import fit
from tests.gradcheck import assert_gradient, numeric_gradient

pytestmark = pytest.mark.usefixtures("each_backend")


@pytest.fixture
def batch(rng):
    """Logits, labels, and a teacher's logits."""
    return 3 * rng.standard_normal((5, 4)), np.array([0, 3, 1, 1, 2]), 5 * rng.standard_normal((5, 4))


@pytest.mark.parametrize(("share", "temperature"), [(0.9, 4.0), (0.3, 1.0), (1.0, 0.5)])
def test_gradient(batch, share, temperature):
    logits, labels, told = batch
    options = {"share": share, "temperature": temperature}
    numeric = numeric_gradient(lambda: distillation(logits, labels, told, 0.1, **options).value, logits)
    assert_gradient("logits", distillation(logits, labels, told, 0.1, **options).gradient, numeric)


def test_without_a_share_the_labels_alone_count(batch):
    logits, labels, told = batch
    taught, alone = distillation(logits, labels, told, share=0.0), softmax_cross_entropy(logits, labels)
    assert (taught.value, taught.correct) == (alone.value, alone.correct)
    np.testing.assert_array_equal(taught.gradient, alone.gradient)


def test_nothing_is_left_to_learn_where_both_say_the_same(batch):
    logits, labels, _ = batch
    shifted = logits + 7  # the same probabilities
    np.testing.assert_allclose(distillation(logits, labels, shifted, share=1.0).gradient, 0, atol=1e-15)


def test_float32_stays_float32_and_finite(batch):
    logits, labels, told = (array.astype(np.float32) if array.dtype == float else array for array in batch)
    loss = distillation(1e4 * logits, labels, 1e4 * told)
    assert loss.gradient.dtype == np.float32
    assert np.isfinite(loss.value)
    assert np.isfinite(loss.gradient).all()
    assert np.isnan(distillation(logits, labels, np.full_like(told, np.nan)).value)


def test_a_teacher_with_other_classes(batch):
    logits, labels, told = batch
    with pytest.raises(ValueError, match=r"distillation: expected the teacher's logits \(5, 4\), got \(5, 3\)"):
        distillation(logits, labels, told[:, :3])


def test_a_network_learns_what_its_teacher_says(rng):
    """The labels say nothing, and the teacher's answers do: the pupil comes to say the same of images new to both."""
    images, labels = rng.random((512, 4, 4), np.float32), rng.integers(0, 3, 512)
    networks = [Sequential([Flatten(), Dense(3)], (4, 4, 1), rng=np.random.default_rng(seed)) for seed in (1, 2)]
    teacher, pupil = networks
    teacher.parameters[0].value *= 8
    before = teacher.fingerprint()
    for _ in fit(pupil, Adam(pupil.parameters, 0.03), images, labels, epochs=20, teacher=Teacher(teacher)):
        pass
    new = rng.random((200, 4, 4, 1), np.float32)
    assert np.mean(pupil.predict(new).argmax(axis=1) == teacher.predict(new).argmax(axis=1)) > 0.9
    assert np.abs(pupil.predict(new) - softmax(teacher.forward(new))).mean() < 0.05
    assert teacher.fingerprint() == before
