"""Measure the browser page: its size, the time until it is ready, and the latency from the pointer to the answer.

    python -m scripts.page_latency [--only NAME ...] [--weights FILE] [--n N] [--metrics FILE.json]

The page is opened from the disk in headless Chromium, which needs Playwright: the extra web-test. A pointer writes
digits with 60 movements per second. Each movement is timed from its event until the browser has drawn the frame with
the answer for it: on a desktop and an emulated phone, at full speed and with the processor slowed four times, with and
without the Inside panel. Other programs on the computer make the figures worse: Chromium alone keeps two cores busy.
"""

from apps.cli import signals

if __name__ == "__main__":
    signals.exit_immediately("scripts.page_latency")  # before the slow imports

# isort: split
import asyncio
import bisect
import itertools
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from apps.cli import runs
from apps.cli.arguments import Parser, UsageError, add_arguments, positive_int
from apps.cli.command import SUCCESS, command
from apps.cli.outputs import JSON, Output, check_outputs
from apps.web import bundle
from nn.digits import synthesis
from nn.digits.recognizer import DEFAULT_WEIGHTS
from scripts.browser import chromium, launch_options, placed

#: Movements per second.
RATE = 60

#: Number of times that the page is opened.
OPENINGS = 20

#: Seconds that the browser needs after it opened a window, for the window itself.
SETTLING = 2

DEVICES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 800}},
    "phone": {
        "viewport": {"width": 390, "height": 844}, "device_scale_factor": 3, "has_touch": True, "is_mobile": True,
    },
}  # fmt: skip

#: What is measured, by name: a device, how many times it is slowed, and whether the Inside panel is open.
CONFIGURATIONS = {
    f"{device}{', slowed 4 times' * (slowed > 1)}{', looking inside' * inside}": (device, slowed, inside)
    for device, slowed, inside in itertools.product(DEVICES, (1, 4), (False, True))
}

#: Records when the page says that it is ready, in milliseconds since it began to open.
READY = """new MutationObserver((_, observer) => {
    if (document.documentElement?.dataset.ready === undefined) return;
    globalThis.readyAfter = performance.now();
    observer.disconnect();
}).observe(document, { attributes: true, childList: true, subtree: true });"""

#: Records each answer: its time, and those of the movements that it is for, in milliseconds of the page.
ANSWERS = """() => {
    globalThis.answered = [];
    let moved = [];
    const remember = (event) => moved.push(...(event.getCoalescedEvents?.() ?? [event]).map((each) => each.timeStamp));
    addEventListener("pointermove", (event) => event.buttons && remember(event), true);
    addEventListener("answer", () => {
        answered.push([performance.now(), moved]);
        moved = [];
    });
    performance.mark("begin");
}"""

#: What the browser traces: the stages of each frame, and the mark.
CATEGORIES = ["disabled-by-default-devtools.timeline.frame", "blink.user_timing"]


@command("scripts.page_latency")
def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and return the exit status: 0, or 2 where a browser is missing."""
    parser = Parser(__doc__, prog="python -m scripts.page_latency")
    parser.add_argument("--n", type=positive_int, default=600, metavar="N", help="movements of the pointer each time")
    names = "; ".join(CONFIGURATIONS)
    parser.add_argument(
        "--only", choices=CONFIGURATIONS, nargs="+", default=list(CONFIGURATIONS), metavar="NAME",
        help=f"what to measure (default: all): {names}",
    )  # fmt: skip
    add_arguments(parser, "weights", "metrics")
    arguments = parser.parse_args(argv)
    if arguments.n < 2:
        raise UsageError("--n: expected at least 2, as the first one only sets the pen down, got 1")
    check_outputs(Output("--metrics", arguments.metrics, JSON), inputs=[arguments.weights])
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        metrics: dict[str, Any] = {"bytes": bundle.write([arguments.weights or DEFAULT_WEIGHTS], page)}
        with chromium() as browser:
            metrics["ready_ms"] = ready(browser, page)
        metrics["answer_ms"] = asyncio.run(answers(page, arguments.n, arguments.only))
    _print(metrics)
    runs.write_json(metrics, arguments.metrics)
    return SUCCESS


def ready(browser: Any, page: Path) -> float:
    """The median of the milliseconds from opening the page until it recognizes."""
    times = []
    for _ in range(OPENINGS):
        context = browser.new_context(**DEVICES["desktop"])
        context.add_init_script(READY)
        tab = context.new_page()
        tab.goto(page.as_uri())
        tab.wait_for_function("() => globalThis.readyAfter")
        times.append(tab.evaluate("() => readyAfter"))
        context.close()
    return statistics.median(times)


async def answers(page: Path, n: int, names: Sequence[str]) -> dict[str, dict[str, float]]:
    """The latencies: median and p95 in milliseconds, for each of these configurations."""
    from playwright.async_api import async_playwright

    found = {}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**launch_options())
        for name in names:
            times = await _latencies(browser, page, n, *CONFIGURATIONS[name])
            found[name] = {"median": statistics.median(times), "p95": float(np.percentile(times, 95)), "n": len(times)}
        await browser.close()
    return found


async def _latencies(browser: Any, page: Path, n: int, device: str, slowed: int, inside: bool) -> list[float]:
    context = await browser.new_context(**DEVICES[device])
    tab = await context.new_page()
    await tab.goto(page.as_uri())
    await tab.wait_for_selector("html[data-ready]", state="attached")
    if inside:
        await tab.keyboard.press("i")
    session = await context.new_cdp_session(tab)
    # The pointer is a finger then. Input.dispatchTouchEvent waits for a frame before each event, unlike a finger.
    await session.send("Emulation.setEmitTouchEventsForMouse", {"enabled": device == "phone"})
    await asyncio.sleep(SETTLING)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": slowed})
    await browser.start_tracing(page=tab, categories=CATEGORIES)
    await tab.evaluate(ANSWERS)
    sent = await _write(session, await tab.locator("canvas").first.bounding_box(), n)
    await tab.wait_for_timeout(500)  # for the last answer
    answered = await tab.evaluate("() => answered")
    frames = _frames(json.loads(await browser.stop_tracing())["traceEvents"])
    await context.close()
    await asyncio.gather(*sent, return_exceptions=True)  # the browser doesn't confirm a finger's
    if not frames or frames[-1][0] < answered[-1][0]:
        raise UsageError("the browser traced no frames: it is too old, or shows nothing")
    return [frames[bisect.bisect(frames, (at,))][1] - time for at, moved in answered for time in moved]


def _frames(events: list[dict[str, Any]]) -> list[tuple[float, float]]:
    """When the page handed over each frame, and when the browser showed it, in milliseconds of the page."""
    begin = next(event for event in events if event["name"] == "begin")
    offset = begin["args"]["data"]["startTime"] - begin["ts"] / 1000
    frames: list[tuple[float, float]] = []
    committed: dict[str, float] = {}
    for event in sorted((event for event in events if event["pid"] == begin["pid"]), key=lambda event: event["ts"]):
        match event["name"], event["ph"]:
            case "PipelineReporter", "b":  # a frame begins; the same numbers are used again
                committed.pop(event["id2"]["local"], None)
            case "Commit", "b":
                committed[event["id2"]["local"]] = event["ts"] / 1000 + offset
            case "SubmitCompositorFrameToPresentationCompositorFrame", "e" if event["id2"]["local"] in committed:
                frames.append((committed.pop(event["id2"]["local"]), event["ts"] / 1000 + offset))
    return sorted(frames)


async def _write(session: Any, box: dict[str, float], n: int) -> list[asyncio.Future[Any]]:
    """Write digits with ``n`` movements. Each is sent in time, whether the page has taken the one before or not.

    The times between them vary: at exactly the rate of the screen, all of them would come equally long before a frame.
    """
    due, sent, rng = time.perf_counter(), [], np.random.default_rng(0)
    for kind, x, y in itertools.islice(_movements(box), n):
        due += rng.uniform(0.5, 1.5) / RATE
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        event = {"type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1}
        sent.append(asyncio.ensure_future(session.send("Input.dispatchMouseEvent", event)))
    return sent


def _movements(box: dict[str, float]) -> Iterator[tuple[str, float, float]]:
    """The pointer's events for an endless sequence of digits."""
    rng = np.random.default_rng(0)
    for number in itertools.count():
        for stroke in placed(synthesis.sample(number % 10, rng), box):
            x, y = stroke[0]
            yield "mousePressed", float(x), float(y)
            for x, y in stroke[1:]:
                yield "mouseMoved", float(x), float(y)
            yield "mouseReleased", float(x), float(y)


def _print(metrics: dict[str, Any]) -> None:
    print(f"{'size':32} {metrics['bytes'] / 1000:7.1f} kB")
    print(f"{'ready':32} {metrics['ready_ms']:7.0f} ms, median of {OPENINGS}")
    for name, times in metrics["answer_ms"].items():
        print(f"{name:40} {times['median']:5.1f} ms median, {times['p95']:5.1f} ms p95, of {times['n']}")


if __name__ == "__main__":
    sys.exit(main())
