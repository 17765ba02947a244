"""Images with their predictions, and augmented images."""

import numpy as np
import pytest

from apps.cli.plots.figure import new_figure
from apps.cli.plots.images import _percent, draw_augmentation, draw_errors, draw_rows, draw_samples
from nn.data.augment import Augmentation


def tiles(figure):
    """The images of a page."""
    return figure.axes[0].images


def corner(image):
    """The place of an image, in inches from the page's upper left corner."""
    left, _, _, top = image.get_extent()
    return round(left, 6), round(top, 6)


def test_samples_tell_correct_from_wrong_in_words(predicted, texts):
    figure = new_figure()
    draw_samples(figure, *predicted, title="A title")
    found = texts(figure)
    assert "A title" in found
    assert "✓ Correct: 20 of 40" in found
    assert "✗ Wrong: 20 of 20" in found
    assert sum(text.startswith("true ") for text in found) == 20
    assert len(tiles(figure)) == 40


def test_each_image_has_its_own_place(predicted):
    for draw, rows in ((draw_samples, 4), (draw_errors, 2)):
        figure = new_figure()
        draw(figure, *predicted, title="")
        corners = {corner(image) for image in tiles(figure)}
        assert len(corners) == len(tiles(figure)) == 10 * rows
        assert len({x for x, _ in corners}) == 10
        assert len({y for _, y in corners}) == rows


def test_samples_without_errors(predicted, texts):
    images, labels, probabilities = predicted
    right = probabilities.argmax(axis=1) == labels
    figure = new_figure()
    draw_samples(figure, images[right], labels[right], probabilities[right], title="")
    assert not any("Wrong" in text for text in texts(figure))


def test_errors_come_in_descending_order_of_confidence(predicted, texts):
    images, labels, probabilities = predicted
    figure = new_figure()
    draw_errors(figure, images, labels, probabilities, title="")
    captions = [text for text in texts(figure) if text.startswith("✗")]
    assert captions[0] == f"✗ {probabilities[57].argmax()}  {100 * probabilities[57].max():.1f} %"
    shares = [float(caption.split()[2]) for caption in captions]
    assert len(shares) == 20
    assert shares == sorted(shares, reverse=True)
    assert np.array_equal(tiles(figure)[0].get_array(), images[57])


def test_no_errors(predicted, texts):
    images, _, probabilities = predicted
    figure = new_figure()
    draw_errors(figure, images, probabilities.argmax(axis=1), probabilities, title="")
    assert any("every prediction is correct" in text for text in texts(figure))


@pytest.mark.parametrize("shape", [(40, 9, 9), (3, 9, 8, 1), (40, 9, 9, 3)])
def test_augmented_images_stand_beside_the_image(shape, texts):
    images = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    figure = new_figure()
    draw_augmentation(figure, images, Augmentation(rotation=12, shift=1.5), 7)
    assert {"Augmentation: rotation 12, shift 1.5", "Image", "augmented"} <= set(texts(figure))
    rows = min(8, len(images))
    shown = [np.asarray(image.get_array()).reshape(shape[1:]) for image in tiles(figure)]
    assert len(shown) == 10 * rows
    originals = shown[::10]
    assert all((images == image).reshape(len(images), -1).all(axis=1).any() for image in originals)
    assert len({image.tobytes() for image in originals}) == rows
    assert len({variant.tobytes() for variant in shown}) == 10 * rows
    assert len({corner(image) for image in tiles(figure)}) == 10 * rows


def test_no_augmentation_shows_the_image_again(texts):
    images = np.random.default_rng(0).integers(0, 256, (2, 9, 9)).astype(np.uint8)
    figure = new_figure()
    draw_augmentation(figure, images, Augmentation())
    assert "Augmentation: none" in texts(figure)
    for number, drawn in enumerate(tiles(figure)):
        relative = np.asarray(drawn.get_array()) / drawn.norm.vmax  # 255 is as white as 1
        np.testing.assert_allclose(relative, images[number // 10] / 255, atol=1e-6)


def test_percentages_are_not_rounded_up_to_certainty():
    assert _percent(0.99996) == ">99.9 %"
    assert _percent(1.0) == "100.0 %"
    assert _percent(0.5) == "50.0 %"


def test_captions_have_the_names_of_classes(predicted, texts):
    names = [f"class {label}" for label in range(predicted[2].shape[1])]
    for draw in (draw_samples, draw_errors):
        figure = new_figure()
        draw(figure, *predicted, title="", names=names)
        assert any(text.startswith("true class ") for text in texts(figure))


def test_images_in_colour(predicted, rng):
    _, labels, probabilities = predicted
    images = rng.integers(0, 256, (len(labels), 6, 5, 3), np.uint8)
    figure = new_figure()
    draw_samples(figure, images, labels, probabilities, title="")
    assert tiles(figure)[0].get_array().shape == (6, 5, 3)
    draw_augmentation(new_figure(), images, Augmentation(rotation=10))


def test_rows_have_their_names_and_one_scale_of_grays(texts):
    figure = new_figure()
    dark, bright = np.full((3, 28, 28), 40, np.uint8), np.full((2, 28, 28), 200, np.uint8)
    draw_rows(figure, {"fog": dark, "brightness": bright}, title="A title")
    assert {"A title", "fog", "brightness"} <= set(texts(figure))
    assert len({corner(image) for image in tiles(figure)}) == 5
    assert {image.get_clim() for image in tiles(figure)} == {(0, 255)}
