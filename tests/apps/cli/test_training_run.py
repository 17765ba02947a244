"""The state of a training run and its checkpoint. test_train.py interrupts and resumes whole runs."""

import dataclasses
import tracemalloc

import numpy as np
import pytest

from apps.cli.arguments import UsageError
from apps.cli.runs import CHECKPOINT
from apps.cli.training_run import TrainingRun, build_network, data_checksum
from nn import checkpoint, zoo
from nn.errors import CheckpointError
from nn.recipes import Recipe
from nn.trainer import Trainer
from nn.training import EpochEnd, StepEnd

RECIPE = Recipe(epochs=2, batch_size=10, ema_decay=0.5)


@pytest.fixture
def run():
    """A run that was interrupted after the first step of its second epoch."""
    images, labels = np.zeros((20, 4, 4), np.uint8), np.arange(20) % 2
    model = zoo.build("mlp", (4, 4, 1), 2, np.random.default_rng(0))
    run = TrainingRun(Trainer(model, RECIPE), {"seed": 7}, data_checksum(images, labels))
    for event in run.trainer.fit(images, labels, seed=7):
        run.on_event(event)
        if isinstance(event, StepEnd) and event.epoch == 2:
            break
    return run


def test_it_records_the_last_step_and_the_finished_epochs(run):
    assert (run.last.epoch, run.last.step) == (2, 1)
    (epoch,) = run.history
    assert set(epoch) == {field.name for field in dataclasses.fields(EpochEnd)} - {"validation_accuracy"}


def test_a_checkpoint_restores_the_run(run, tmp_path):
    run.save(tmp_path)
    loaded = TrainingRun.load(tmp_path / CHECKPOINT)
    assert (loaded.arguments, loaded.checksum, loaded.last, loaded.history) == (
        *(run.arguments, run.checksum, run.last, run.history),
    )
    assert loaded.trainer.recipe == RECIPE
    for expected, found in ((run.trainer, loaded.trainer), (run.trainer.model, loaded.trainer.model)):
        for name, array in expected.state_dict().items():
            np.testing.assert_array_equal(found.state_dict()[name], array)


def test_non_finite_weights_are_not_saved(run, tmp_path):
    run.save(tmp_path)
    before = (tmp_path / CHECKPOINT).read_bytes()
    run.trainer.model.parameters[0].value[0] = np.nan
    with pytest.raises(CheckpointError, match=CHECKPOINT):
        run.save(tmp_path)
    assert (tmp_path / CHECKPOINT).read_bytes() == before


def test_weights_alone_are_errors(tmp_path):
    checkpoint.save(tmp_path / "weights.npz", zoo.build("mlp"), {})
    with pytest.raises(CheckpointError, match="holds weights, but no training to resume"):
        TrainingRun.load(tmp_path / "weights.npz")


def test_a_claim_of_many_epochs_is_refused_in_little_memory(run, tmp_path):
    run.last = dataclasses.replace(run.last, epoch=10**7)
    run.save(tmp_path)
    tracemalloc.start()
    try:
        with pytest.raises(CheckpointError, match="expected the history of 9999999 epochs"):
            TrainingRun.load(tmp_path / CHECKPOINT)
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()


def test_the_checksum_depends_on_images_and_labels():
    images, labels = np.zeros((2, 3, 3), np.uint8), np.arange(2)
    checksum = data_checksum(images, labels)
    assert data_checksum(images.copy(), labels.copy()) == checksum
    assert data_checksum(images + np.uint8(1), labels) != checksum != data_checksum(images, labels[::-1])


def test_a_network_has_the_outputs_that_the_recipe_needs():
    drawings = Recipe(synthetic_drawings=1, non_digit_fraction=0.5)
    assert build_network("tiny", RECIPE, (28, 28), 10).output_shape == (10,)
    assert build_network("tiny", drawings, (28, 28), 10).output_shape == (11,)
    with pytest.raises(UsageError, match="--recipe: the recipe's synthetic drawings are 28x28"):
        build_network("tiny", drawings, (20, 20), 10)
    with pytest.raises(UsageError, match="--arch lenet5: "):
        build_network("lenet5", RECIPE, (3, 3), 10)
