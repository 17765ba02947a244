"""What a training shows while it runs."""

import pytest

from apps.cli import progress
from apps.cli.progress import Progress
from nn.training import EpochEnd, StepEnd


def step(number, steps=10, epoch=1):
    return StepEnd(
        epoch=epoch, step=number, steps=steps, images=number * 8, loss_sum=number * 4.0, correct=number * 2, seconds=0.1
    )


def epoch_end(epoch, validation):
    return EpochEnd(epoch, seconds=2.0, train_loss=0.5, train_accuracy=0.25, validation_accuracy=validation)


@pytest.mark.parametrize("validation", [None, 0.75])
def test_an_epoch_is_a_line_on_stdout(validation, capsys):
    with Progress(3, 80) as progress:
        for number in range(1, 11):
            progress.on_event(step(number))
        progress.on_event(epoch_end(1, validation))
    out, err = capsys.readouterr()
    expected = "epoch 1/3   loss 0.5000   accuracy 25.00 %"
    expected += "" if validation is None else "   validation 75.00 %"
    assert out == f"{expected}   2.00 s   40 images/s\n"
    assert "epoch 1/3, loss 0.5000, accuracy 25.00 %" in err


def test_in_a_notebook_all_is_text_in_one_stream(capsys, monkeypatch):
    """Each stream has a place of its own below a cell."""
    monkeypatch.setattr(progress, "in_notebook", lambda: True)
    with Progress(1, 80) as bar:
        bar.on_event(step(10))
        bar.on_event(epoch_end(1, None))
    out, err = capsys.readouterr()
    assert "100%|" in out
    assert "\repoch 1/1   loss 0.5000" in out
    assert err == ""


def test_quiet_shows_nothing(capsys):
    with Progress(1, 80, quiet=True) as progress:
        progress.on_event(step(10))
        progress.on_event(epoch_end(1, None))
    assert capsys.readouterr() == ("", "")
