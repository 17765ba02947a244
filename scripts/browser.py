"""Chromium driven by Playwright: opens pages, and draws on them."""

import contextlib
import functools
import http.server
import shutil
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from apps.cli.arguments import UsageError
from nn import platforms

#: The installed browsers to look for, before Playwright's own.
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def launch_options() -> dict[str, Any]:
    """How Playwright launches the browser: the installed one, or else its own."""
    arguments = ["--no-sandbox"] if platforms.is_root() else []
    return {
        "executable_path": next(filter(None, map(shutil.which, NAMES)), None),
        "args": [*arguments, "--font-render-hinting=none"],
    }


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """A headless browser.

    Raises:
        UsageError: Playwright is not installed.
        playwright.sync_api.Error: there is no browser.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        raise UsageError("needs Playwright: pip install 'digits-from-scratch[web-test]'") from None

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a folder, served over HTTP on the loopback interface."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: Any) -> None:
            """Print nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def when_ready(page: Any, address: str) -> Any:
    """Open an address and wait until the page is ready. Predictions are collected in the page's ``answers``."""
    page.goto(address)
    page.wait_for_selector("html[data-ready]", state="attached")
    page.evaluate("""() => {
        globalThis.answers = [];
        addEventListener("answer", ({ detail }) => answers.push(detail && {
          ...detail, probabilities: [...(detail.probabilities ?? [])], image: [...(detail.image ?? [])] }));
    }""")
    return page


def placed(
    strokes: Sequence[np.ndarray], box: dict[str, float], part: float = 0.66, centre: float = 0.5
) -> list[np.ndarray]:
    """Strokes scaled to a box of the screen, with their centre at a part of its width; every third point."""
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = part * min(box["width"], box["height"]) / (high - low).max()
    middle = [box["x"] + box["width"] * centre, box["y"] + box["height"] / 2]
    return [(stroke[[*range(0, len(stroke) - 1, 3), -1]] - (low + high) / 2) * scale + middle for stroke in strokes]


def canvas_box(page: Any) -> Any:
    """Where the canvas to draw on, the first one of the page, is on the screen."""
    return page.locator("canvas").first.bounding_box()


def draw(page: Any, strokes: Sequence[np.ndarray], **where: float) -> list[np.ndarray]:
    """Draw with the mouse; see `placed` for ``where``. Returns the strokes in pixels of the page."""
    drawn = placed(strokes, canvas_box(page), **where)
    for stroke in drawn:
        page.mouse.move(*stroke[0])
        page.mouse.down()
        for point in stroke[1:]:
            page.mouse.move(*point)
        page.mouse.up()
    settle(page)
    return drawn


def touch(page: Any, strokes: Sequence[np.ndarray]) -> None:
    """Draw with a finger."""
    session = page.context.new_cdp_session(page)

    def send(kind: str, *points: np.ndarray) -> None:
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    for stroke in placed(strokes, canvas_box(page)):
        send("touchStart", stroke[0])
        for point in stroke[1:]:
            send("touchMove", point)
        send("touchEnd")
    settle(page)


def settle(page: Any) -> None:
    """Wait until all changes are on the screen."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def last_answer(page: Any) -> Any:
    """The last prediction of the page."""
    settle(page)
    return page.evaluate("() => answers.at(-1)")
