"""The page's main states beside golden pictures, coarse enough that another version of Chromium passes.

``python -m tests.apps.web.test_page_golden`` takes the pictures anew, where the page was changed on purpose.
"""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from apps.web import bundle
from nn.paths import WEIGHTS
from scripts.browser import chromium
from scripts.page_screenshots import open_page, pictures
from tests.apps.draw.test_golden import MEAN, MOST, difference

FOLDER = Path(__file__).parent / "golden_page"
SCREENS = {"phone-light": ((390, 844), "light"), "desktop-dark": ((1280, 800), "dark")}

#: Pixels that become one, along each side: less than a line of text, more than a letter's edge.
BLOCK = 6


def shots(browser, address, screen):
    """Each scene's blocks, (H, W, 3) float, by name."""
    size, theme = SCREENS[screen]
    page = open_page(browser, address, size, theme)
    try:
        found = {}
        for name, pixels in pictures(page):
            high, wide = size[1] // BLOCK, size[0] // BLOCK
            part = pixels[: high * BLOCK, : wide * BLOCK]
            found[name] = part.reshape(high, BLOCK, wide, BLOCK, 3).mean(axis=(1, 3))
        return found
    finally:
        page.context.close()


@pytest.mark.parametrize("screen", SCREENS)
def test_every_scene_looks_as_it_did(browser, page_file, screen):
    scenes = shots(browser, page_file.as_uri(), screen)
    sheet = np.asarray(Image.open(FOLDER / f"{screen}.png").convert("RGB"), float)
    for (name, scene), golden in zip(scenes.items(), np.split(sheet, len(scenes), axis=1), strict=True):
        mean, most = difference(scene, golden)
        assert mean < MEAN, name
        assert most < MOST, name


def paint():
    """Take the pictures anew."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        path = Path(folder, "page.html")
        bundle.write([WEIGHTS / "deep-drawing.npz", WEIGHTS / "tiny.npz"], path)
        for screen in SCREENS:
            sheet = np.concatenate(list(shots(browser, path.as_uri(), screen).values()), axis=1)
            picture = Image.fromarray(np.rint(sheet).astype(np.uint8)).quantize(256, dither=Image.Dither.NONE)
            picture.save(FOLDER / f"{screen}.png", optimize=True)


if __name__ == "__main__":
    paint()
