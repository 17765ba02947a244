"""Take pictures of the browser page: its main states, on phones, a desktop and a large screen, in both themes.

python -m scripts.page_screenshots --out DIR [--size WxH ...] [--theme dark|light ...] [--scene NAME ...]
    [--weights FILE ...]
"""

from apps.cli import signals

if __name__ == "__main__":
    signals.exit_immediately("scripts.page_screenshots")  # before the slow imports

# isort: split
import io
import itertools
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from apps.cli.arguments import Parser, window_size
from apps.cli.command import SUCCESS, command
from apps.web import bundle
from nn.digits.synthesis import sample, sample_non_digit
from nn.paths import WEIGHTS
from scripts.browser import canvas_box, chromium, draw, settle, when_ready

SIZES = ((390, 844), (844, 390), (1280, 800), (2560, 1440))
THEMES = ("dark", "light")
NETWORKS = tuple(WEIGHTS / f"{name}.npz" for name in ("deep-drawing", "deep", "tiny", "baseline"))

#: Screens below this height or width are those of phones.
PHONE = 450

#: Seed of the synthetic digits.
SEED = 12


def open_page(browser: Any, address: str, size: tuple[int, int], theme: str) -> Any:
    """A page of this size in CSS pixels; a small one is a phone's, with touch and three device pixels for each."""
    phone = min(size) < PHONE
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, device_scale_factor=3 if phone else 1, has_touch=phone,
        is_mobile=phone, color_scheme=theme, reduced_motion="reduce",
    )  # fmt: skip
    return when_ready(context.new_page(), address)


def pictures(page: Any) -> Iterator[tuple[str, np.ndarray]]:
    """Each scene's name and pixels, (H, W, 3) uint8, in pixels of CSS."""
    for name in _scenes(page):
        page.mouse.move(0, 0)
        settle(page)
        picture = Image.open(io.BytesIO(page.screenshot(scale="css")))
        yield name, np.asarray(picture.convert("RGB"))


def _scenes(page: Any) -> Iterator[str]:
    rng = np.random.default_rng(SEED)
    yield "blank"
    draw(page, sample(3, rng, "round"))
    yield "digit"
    page.keyboard.press("?")
    yield "help"
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    draw(page, sample_non_digit(rng, "letter"))
    yield "not-a-digit"
    page.keyboard.press("c")
    draw(page, sample(4, rng, "closed, two strokes"))
    page.keyboard.press("i")
    page.wait_for_function("() => document.getElementById('inside-occlusion').textContent.startsWith('Occlusion for')")
    yield "inside"
    maps = page.locator(".layer canvas").nth(3)
    maps.focus()  # chooses the unit with the highest activation
    yield "unit"
    page.keyboard.press("m")
    settle(page)
    _hide_times(page)
    yield "models"
    page.keyboard.press("Escape")
    page.keyboard.press("w")
    settle(page)
    for place, digit in enumerate((2, 0, 4, 8)):
        draw(page, sample(digit, rng), centre=(place + 0.5) / 4, part=0.66 * min(1.0, canvas_box(page)["width"] / 300))
    page.wait_for_function("() => document.querySelectorAll('#ruler li').length === 4")
    yield "line"


def _hide_times(page: Any) -> None:
    """Times differ from run to run."""
    page.add_style_tag(content=".models .time { visibility: hidden }")


@command("scripts.page_screenshots")
def main(argv: Sequence[str] | None = None) -> int:
    """Take them, print the names of the files, and return the exit status: 0, or 2 where a browser is missing."""
    parser = Parser((__doc__ or "").split("\n")[0], prog="python -m scripts.page_screenshots")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="the folder for them")
    parser.add_argument("--size", nargs="+", type=window_size, default=SIZES, metavar="WxH", help="in pixels")
    parser.add_argument("--theme", nargs="+", choices=THEMES, default=THEMES)
    parser.add_argument("--scene", nargs="+", metavar="NAME", help="those alone, such as 'digit' and 'inside'")
    parser.add_argument("--weights", nargs="+", type=Path, default=NETWORKS, metavar="FILE", help="the page's networks")
    arguments = parser.parse_args(argv)
    arguments.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        address = Path(folder, "page.html")
        bundle.write(arguments.weights, address)
        for size, theme in itertools.product(arguments.size, arguments.theme):
            page = open_page(browser, address.as_uri(), size, theme)
            for name, pixels in pictures(page):
                if arguments.scene is None or name in arguments.scene:
                    file = arguments.out / f"page-{name}-{size[0]}x{size[1]}-{theme}.png"
                    Image.fromarray(pixels).quantize(256, dither=Image.Dither.NONE).save(file, optimize=True)
                    print(file)
            page.context.close()
    return SUCCESS


if __name__ == "__main__":
    sys.exit(main())
