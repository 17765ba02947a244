"""The window's main states beside golden pictures, coarse enough that another version of pygame passes.

``python -m tests.apps.draw.test_golden`` paints the pictures anew, where the window was changed on purpose.
"""

import os
import tempfile
from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from apps.draw.engine.inference import InferenceEngine
from nn import checkpoint, zoo
from scripts.inline_training import InlineTraining
from scripts.screenshots import THEMES, pictures
from tests.apps.draw.fakes import FullRecognizer
from tests.apps.live.bars import bars

FOLDER = Path(__file__).parent / "golden_window"
SIZE = (640, 480)
#: Pixels that become one, along each side: less than a line of text, more than a letter's edge.
BLOCK = 4
ACROSS = 4

#: Levels of 255 by which the blocks of a scene may differ: their mean, and all but a few of them.
MEAN, MOST = 1.0, 45.0


def shots(theme, folder):
    """Each scene's name and blocks, (H, W, 3) float, with a recognizer and a network that are always the same."""
    weights = folder / "weights"
    weights.mkdir()
    for seed, name in enumerate(("deep-drawing", "tiny")):
        checkpoint.save(weights / f"{name}.npz", zoo.build("tiny", rng=np.random.default_rng(seed)), {})
    recognizer = FullRecognizer()
    engine = InferenceEngine(load=lambda path: recognizer, folder=weights)
    found = {}
    training = partial(InlineTraining, load=lambda download: bars(), slices=4)
    for name, pixels in pictures(engine, SIZE, theme, folder, training):
        recognizer.reason = "not a digit" if name == "help" else None  # the scene before
        high, wide = SIZE[1] // BLOCK, SIZE[0] // BLOCK
        found[name] = pixels.reshape(high, BLOCK, wide, BLOCK, 3).mean(axis=(1, 3))
    return found


def golden(theme, count):
    """The scenes of a sheet."""
    sheet = np.asarray(Image.open(FOLDER / f"{theme}.png").convert("RGB"), float)
    high, wide = SIZE[1] // BLOCK, SIZE[0] // BLOCK
    cells = sheet.reshape(-1, high, ACROSS, wide, 3).swapaxes(1, 2).reshape(-1, high, wide, 3)
    return cells[:count]


def difference(scene, other):
    """Mean, and what all but one in 200 of the blocks stay below."""
    levels = np.abs(scene - other)
    return levels.mean(), np.quantile(levels.max(axis=-1), 0.995)


@pytest.fixture(params=THEMES)
def theme(request, monkeypatch, tmp_path):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setenv("NN_DATA", str(tmp_path / "no-data"))
    return request.param


def test_every_scene_looks_as_it_did(theme, tmp_path):
    scenes = shots(theme, tmp_path)
    expected = golden(theme, len(scenes))
    for (name, scene), picture in zip(scenes.items(), expected, strict=True):
        mean, most = difference(scene, picture)
        assert mean < MEAN, name
        assert most < MOST, name


def test_no_scene_passes_for_another():
    for theme in THEMES:
        for a, b in combinations(golden(theme, 23), 2):
            mean, most = difference(a, b)
            assert mean >= MEAN or most >= MOST


def paint():
    """Paint the pictures anew."""
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    FOLDER.mkdir(exist_ok=True)
    for theme in THEMES:
        with tempfile.TemporaryDirectory() as folder:
            os.environ["NN_DATA"] = str(Path(folder) / "no-data")
            cells = np.array(list(shots(theme, Path(folder)).values()))
        high, wide = cells.shape[1:3]
        sheet = np.zeros((-(-len(cells) // ACROSS) * ACROSS, high, wide, 3))
        sheet[: len(cells)] = cells
        rows = sheet.reshape(-1, ACROSS, high, wide, 3).swapaxes(1, 2).reshape(-1, ACROSS * wide, 3)
        picture = Image.fromarray(np.rint(rows).astype(np.uint8)).quantize(256, kmeans=1, dither=Image.Dither.NONE)
        picture.save(FOLDER / f"{theme}.png", optimize=True)


if __name__ == "__main__":
    paint()
