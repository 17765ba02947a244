"""A training in the terminal."""

import io

import numpy as np
import pytest

pytest.importorskip("rich")

from rich.console import Console

from apps.cli.watch.dashboard import EIGHTHS, HEIGHT, WIDTH, Dashboard, picture, plot
from apps.live.live_run import LiveRun
from apps.live.settings import LiveSettings
from tests.apps.cli.watch.snapshots import snapshot
from tests.apps.live.bars import bars


def console():
    return Console(file=io.StringIO(), width=130, height=60, force_terminal=False)


def test_the_last_snapshot_stays():
    output = console()
    dashboard = Dashboard("validation", output)
    dashboard.show(snapshot(2))
    last = snapshot(30, epochs=1, learning_rate=1e-2)
    dashboard.show(last)
    dashboard.close()
    text = output.file.getvalue()
    assert "finished, epoch 1 of 1, step 10 of 10" in text
    assert f"Loss {last.curves.loss[-1]:.3f}" in text
    assert f"{last.observation.errors} of 60 validation images misread" in text
    assert "Confusion: label by answer" in text
    assert "Embedding of 60 images" in text
    assert "Filters" in text


def test_a_training_before_its_first_step_and_of_a_dense_layer():
    images, labels, *validation = bars().split(60)
    run = LiveRun(LiveSettings(layers=()), images, labels, tuple(validation))
    output = console()
    dashboard = Dashboard(console=output)
    dashboard.show(run.snapshot())
    dashboard.close()
    assert "before the first step" in output.file.getvalue()
    assert "Filters" not in output.file.getvalue()  # 28x28 weights do not fit


def test_a_plot_goes_from_the_bottom_to_the_top():
    lines = plot(np.linspace(0, 1, 2 * WIDTH)).plain.split("\n")
    assert [len(line) for line in lines] == [WIDTH] * HEIGHT
    assert lines[0][-1] == lines[-1][-1] == EIGHTHS[-1]
    assert lines[0][0] == lines[-1][0] == " "
    assert plot(np.array([np.nan, np.inf])).plain.strip() == ""
    assert plot(np.zeros(0)).plain.strip() == ""


def test_a_picture_has_two_pixels_a_character():
    text = picture(np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]))
    assert text.plain == "▀▀\n▀▀"
    assert [str(span.style) for span in text.spans[:2]] == [
        "rgb(0,0,0) on rgb(255,255,255)",
        "rgb(255,255,255) on rgb(0,0,0)",
    ]
    signed = picture(np.array([[1.0], [-1.0]]), signed=True)
    assert str(signed.spans[0].style) == "rgb(85,170,255) on rgb(255,127,0)"
