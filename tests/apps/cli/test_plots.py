"""The pictures: what they say, not how they look."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from apps.cli import plots
from nn.data.augment import Augmentation


@pytest.fixture
def judged():
    """Sixty images of noise, every third of them read wrong, the later the surer."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 60)
    answers = np.where(np.arange(60) % 3 == 0, (labels + 1) % 10, labels)
    sure = np.linspace(0.5, 0.95, 60)
    probabilities = np.repeat((1 - sure)[:, None] / 9, 10, axis=1)
    probabilities[np.arange(60), answers] = sure
    return rng.integers(0, 256, (60, 28, 28)).astype(np.uint8), labels, probabilities


def texts(picture):
    """Everything that is written in a figure."""
    labels = [text.get_text() for text in picture.texts]
    for axes in picture.axes:
        labels += [text.get_text() for text in axes.texts] + [axes.get_title(loc="left")]
        if axes.get_legend():
            labels += [text.get_text() for text in axes.get_legend().get_texts()]
    return labels


def tiles(picture):
    """The images of a sheet."""
    return picture.axes[0].images


def corner(image):
    """Where an image begins, in inches from the sheet's upper left corner."""
    left, _, _, top = image.get_extent()
    return round(left, 6), round(top, 6)


def test_samples_tell_right_from_wrong_in_words(judged):
    picture = plots.figure()
    plots.draw_samples(picture, *judged, title="A title")
    said = texts(picture)
    assert "A title" in said
    assert "✓ Right: 20 of 40" in said
    assert "✗ Wrong: 20 of 20" in said
    assert sum(text.startswith("it is") for text in said) == 20
    assert len(tiles(picture)) == 40


def test_each_image_has_a_place_of_its_own(judged):
    for draw, rows in ((plots.draw_samples, 4), (plots.draw_errors, 2)):
        picture = plots.figure()
        draw(picture, *judged, title="")
        corners = {corner(image) for image in tiles(picture)}
        assert len(corners) == len(tiles(picture)) == 10 * rows
        assert len({x for x, _ in corners}) == 10
        assert len({y for _, y in corners}) == rows


def test_samples_need_no_mistakes(judged):
    images, labels, probabilities = judged
    right = probabilities.argmax(axis=1) == labels
    picture = plots.figure()
    plots.draw_samples(picture, images[right], labels[right], probabilities[right], title="")
    assert not any("Wrong" in text for text in texts(picture))


def test_mistakes_come_surest_first(judged):
    images, labels, probabilities = judged
    picture = plots.figure()
    plots.draw_errors(picture, images, labels, probabilities, title="")
    captions = [text for text in texts(picture) if text.startswith("✗")]
    assert captions[0] == f"✗ {probabilities[57].argmax()}  {100 * probabilities[57].max():.1f} %"
    shares = [float(caption.split()[2]) for caption in captions]
    assert len(shares) == 20
    assert shares == sorted(shares, reverse=True)
    assert np.array_equal(tiles(picture)[0].get_array(), images[57])


def test_no_mistake_is_said_so(judged):
    images, _, probabilities = judged
    picture = plots.figure()
    plots.draw_errors(picture, images, probabilities.argmax(axis=1), probabilities, title="")
    assert any("every image is read right" in text for text in texts(picture))


def test_confusion_writes_each_count_in_its_cell():
    confusion = np.diag([50, 60, 0])
    confusion[0, 2] = 7
    picture = plots.figure()
    plots.draw_confusion(picture, confusion, title="", names=["a", "b", "c"])
    cells = {text.get_position(): text.get_text() for text in picture.axes[0].texts}
    assert cells[2, 0] == "7"  # x is what was read, y what it is
    assert cells[1, 1] == "60"
    assert (0, 2) not in cells
    assert "87.7 %" in cells.values()
    assert "no image" in cells.values()


def test_confusion_takes_answers_that_are_no_class():
    picture = plots.figure()
    plots.draw_confusion(picture, np.full((2, 3), 4), title="", names=["0", "1", "none"])
    assert "none" in texts(picture)


def test_drawings_stand_in_their_places_and_keep_their_proportions():
    flat = [np.array([[0.0, 0.0], [40.0, 0.0]]), np.array([[20.0, 5.0]])]
    tall = [np.array([[7.0, 0.0], [7.0, 9000.0]])]
    picture = plots.figure()
    plots.draw_drawings(picture, [("first", [flat, tall]), ("second", [tall])], title="A title")
    assert {"A title", "first", "second"} <= set(texts(picture))
    (axes,) = picture.axes
    width, height = axes.get_position().size * picture.get_size_inches()
    assert width == pytest.approx(height)  # two by two
    assert axes.yaxis_inverted()
    lines = [line.get_xydata() for line in axes.lines]
    assert [len(line) for line in lines] == [2, 1, 2, 2]
    np.testing.assert_allclose(lines[0][:, 0].mean(), 0.5)
    np.testing.assert_allclose(np.ptp(lines[0][:, 0]), plots.DRAWING)
    np.testing.assert_allclose(lines[1][0] - lines[0].mean(axis=0), (0, plots.DRAWING / 8))
    np.testing.assert_allclose(lines[2].mean(axis=0), (1.5, 0.5))
    np.testing.assert_allclose(lines[3].mean(axis=0), (0.5, 1.5))


@pytest.mark.parametrize("epochs", [1, 3])
def test_curves_show_what_was_measured(epochs):
    history = [
        {"epoch": n, "train_loss": 1 / n, "train_accuracy": 0.9, "validation_accuracy": 0.91}
        for n in range(1, epochs + 1)
    ]
    picture = plots.figure()
    plots.draw_curves(picture, history, title="A title", test_accuracy=0.9853)
    said = texts(picture)
    assert {"training 90.00", "validation 91.00", "test, at the end 98.53"} <= set(said)
    assert list(picture.axes[0].lines[0].get_ydata()) == [1 / n for n in range(1, epochs + 1)]


@pytest.mark.parametrize("shape", [(40, 9, 9), (3, 9, 8, 1), (40, 9, 9, 3)])
def test_augmentation_is_shown_beside_the_image(shape):
    images = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    picture = plots.figure()
    plots.draw_augmentation(picture, images, Augmentation(rotation=12, shift=1.5), 7)
    assert {"Augmentation: rotation 12, shift 1.5", "Image", "as training might see it"} <= set(texts(picture))
    rows = min(8, len(images))
    shown = [np.asarray(image.get_array()).reshape(shape[1:]) for image in tiles(picture)]
    assert len(shown) == 10 * rows
    originals = shown[::10]
    assert all((images == image).reshape(len(images), -1).all(axis=1).any() for image in originals)
    assert len({image.tobytes() for image in originals}) == rows
    assert len({variant.tobytes() for variant in shown}) == 10 * rows
    assert len({corner(image) for image in tiles(picture)}) == 10 * rows


def test_augmentation_by_nothing_shows_the_image_again():
    images = np.random.default_rng(0).integers(0, 256, (2, 9, 9)).astype(np.uint8)
    picture = plots.figure()
    plots.draw_augmentation(picture, images, Augmentation())
    assert "Augmentation: none" in texts(picture)
    for number, drawn in enumerate(tiles(picture)):
        relative = np.asarray(drawn.get_array()) / drawn.norm.vmax  # 255 is as white as 1
        np.testing.assert_allclose(relative, images[number // 10] / 255, atol=1e-6)


def test_a_picture_is_saved_whole_and_the_same_each_time(tmp_path: Path, judged):
    def saved(name):
        picture = plots.figure()
        plots.draw_samples(picture, *judged, title="A title")
        plots.save(picture, tmp_path / "new" / name)
        return (tmp_path / "new" / name).read_bytes()

    first = saved("first.png")
    assert first == saved("second.png")
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["first.png", "second.png"]
    with Image.open(io.BytesIO(first)) as image:
        assert image.width > 1000


def test_nothing_is_hidden_by_rounding():
    assert plots._percent(0.99996) == ">99.9 %"
    assert plots._percent(1.0) == "100.0 %"
    assert plots._percent(0.5) == "50.0 %"


def test_without_a_display_there_is_no_window(monkeypatch):
    monkeypatch.setattr("matplotlib.pyplot.get_backend", lambda: "agg")
    monkeypatch.setenv("MPLBACKEND", "agg")
    from matplotlib import pyplot

    pyplot.switch_backend("agg")
    assert plots.window("nothing") is None
    assert not pyplot.get_fignums()
    live = plots.LiveCurves("nothing", epochs=1)
    assert not live.available
    live.step(0.5, 1.0, 0.5)
