"""The canvas for notebooks: its Python side, and its script in a browser, with a model as front ends have one."""

import base64
import subprocess
import sys

import numpy as np
import pytest

from nn.digits import Recognizer
from nn.digits.synthesis import sample
from nn.errors import CheckpointError
from nn.paths import WEIGHTS
from scripts.browser import draw, settle

anywidget = pytest.importorskip("anywidget", reason="needs anywidget: the extra notebooks")

from apps.notebook import DrawingCanvas  # noqa: E402

SEVEN = [[(0, 0), (60, 0), (20, 100)]]

#: Renders the widget as anywidget does: with a model of values, listeners, and messages to Python, which it collects.
RENDER = """async ({ esm, css, bytes, strokes }) => {
  const decoded = Object.entries(bytes).map(([name, text]) => {
    const data = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    return [name, new DataView(data.buffer)];
  });
  const listeners = {};
  const values = { strokes, ...Object.fromEntries(decoded) };
  globalThis.saved = [];
  globalThis.model = {
    get: (name) => values[name],
    set: (name, value) => {
      values[name] = value;
      for (const listener of listeners[`change:${name}`] ?? []) listener();
    },
    save_changes: () => saved.push(structuredClone(values.strokes)),
    on: (event, listener) => (listeners[event] ??= []).push(listener),
    off: (event, listener) => (listeners[event] = listeners[event].filter((each) => each !== listener)),
  };
  globalThis.listeners = listeners;
  document.head.append(Object.assign(document.createElement("style"), { textContent: css }));
  const { default: widget } = await import(URL.createObjectURL(new Blob([esm], { type: "text/javascript" })));
  globalThis.show = async () => {
    const el = document.createElement("div");
    document.body.append(el);
    return widget.render({ model, el });
  };
  globalThis.close = await show();
}"""


def state(canvas):
    """What the browser gets."""
    encode = {name: base64.b64encode(getattr(canvas, name)).decode() for name in ("_engine", "_weights")}
    return {"esm": canvas._esm, "css": canvas._css, "bytes": encode, "strokes": canvas.get_state()["strokes"]}


@pytest.fixture
def open_canvas(browser):
    """Shows the widget in a page; it must print nothing and ask for nothing."""
    contexts, heard = [], []

    def opened(canvas, dark=False, **changes):
        context = browser.new_context()
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("request", lambda request: request.url.startswith("blob:") or heard.append(request.url))
        if dark:
            page.evaluate("() => Object.assign(document.body.style, { background: '#111', color: '#ddd' })")
        page.evaluate(RENDER, state(canvas) | changes)
        page.wait_for_selector("[data-ready]")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert heard == []


def digit(page):
    settle(page)
    return page.inner_text("p b")


def test_strokes_are_arrays_that_the_recognizer_takes():
    canvas = DrawingCanvas(WEIGHTS / "tiny.npz")
    assert canvas.strokes == ()
    assert Recognizer.load().recognize(canvas.strokes).reason == "blank"
    canvas.strokes = SEVEN
    assert canvas.strokes[0].shape == (3, 2)
    assert Recognizer.load().recognize(canvas.strokes).label == 7
    assert repr(canvas) == "<DrawingCanvas: 1 stroke>"


def test_what_the_browser_sends_becomes_strokes_and_is_reported():
    canvas, changes = DrawingCanvas(WEIGHTS / "tiny.npz"), []
    canvas.observe(lambda change: changes.append(change["new"]), "strokes")
    canvas.set_state({"strokes": [[[1, 2], [3.5, 4]], [[5, 6]]]})
    assert [stroke.tolist() for stroke in changes.pop()] == [[[1, 2], [3.5, 4]], [[5, 6]]]
    assert canvas.strokes[0].dtype == np.float64


@pytest.mark.parametrize("strokes", [[[1, 2, 3]], [[(0, np.nan)]], [[]], [["ab"]]])
def test_invalid_strokes_change_nothing(strokes):
    canvas = DrawingCanvas(WEIGHTS / "tiny.npz")
    canvas.strokes = SEVEN
    with pytest.raises(ValueError, match=r"^stroke 1: expected [^\n]*$"):
        canvas.strokes = strokes
    assert len(canvas.strokes[0]) == 3


def test_two_canvases_share_nothing():
    one, other = DrawingCanvas(WEIGHTS / "tiny.npz"), DrawingCanvas(WEIGHTS / "tiny.npz")
    one.strokes = SEVEN
    assert other.strokes == ()


def test_weights_are_checked(tmp_path):
    (tmp_path / "broken.npz").write_bytes(b"PK")
    for name in ("broken.npz", "missing.npz"):
        with pytest.raises(CheckpointError, match=name):
            DrawingCanvas(tmp_path / name)


def test_a_missing_package_is_one_line_that_says_how_to_install_it():
    program = "import sys; sys.modules['anywidget'] = None; import apps.notebook"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ended.stderr.splitlines()[-1] == (
        "ModuleNotFoundError: apps.notebook needs the package anywidget: pip install 'digits-from-scratch[notebooks]'"
    )


def test_the_answer_is_pythons_and_the_strokes_arrive(open_canvas):
    canvas = DrawingCanvas()
    page = open_canvas(canvas)
    assert digit(page) == "Blank"
    for label in (3, 7):
        drawn = draw(page, sample(label, np.random.default_rng(12)))
        saved = page.evaluate("() => saved.splice(0)")
        assert [len(strokes) for strokes in saved] == [*range(1, len(drawn) + 1)]  # one more when the pen is lifted
        canvas.set_state({"strokes": saved[-1]})
        prediction = Recognizer.load().recognize(canvas.strokes)
        assert digit(page) == str(prediction.label) == str(label)
        assert "sure" in page.inner_text("p span")
        assert page.locator(".wins").inner_text().split()[0] == str(label)
        page.click("text=Clear")
        assert digit(page) == "Blank"
        assert page.evaluate("() => saved.splice(0)") == [[]]


def test_undo_and_the_keyboard(open_canvas):
    page = open_canvas(DrawingCanvas(WEIGHTS / "tiny.npz"))
    page.focus("canvas")
    for key in ("Space", *8 * ["ArrowDown"], "Space"):
        page.keyboard.press(key)
    assert digit(page) == "1"
    assert page.evaluate("() => saved.at(-1)")[0][-1] == [140, 220]
    page.click("text=Undo")
    assert digit(page) == "Blank"
    assert page.evaluate("() => saved.at(-1)") == []
    assert page.is_disabled("text=Undo")
    assert page.is_disabled("text=Clear")


def test_strokes_from_python_are_shown_and_not_sent_back(open_canvas):
    canvas = DrawingCanvas()
    canvas.strokes = SEVEN
    page = open_canvas(canvas)
    assert digit(page) == "7"
    for strokes, label in ([[[0.5, 0.1], [0.5, 0.9]]], "1"), ([[[-500, 0], [-500, 900]]], "1"), ([], "Blank"):
        page.evaluate("(strokes) => model.set('strokes', strokes)", strokes)
        assert digit(page) == label
    assert page.evaluate("() => saved") == []
    page.click("text=Undo")
    assert digit(page) == "1"
    (stroke,) = page.evaluate("() => saved.at(-1)")
    assert np.ptp(np.array(stroke)[:, 1]) == pytest.approx(0.7 * 280)


def test_views_of_one_model_show_the_same_until_they_are_closed(open_canvas):
    page = open_canvas(DrawingCanvas(WEIGHTS / "tiny.npz"))
    page.evaluate("() => show()")
    draw_in_first = page.locator("canvas").first.bounding_box()
    page.mouse.move(draw_in_first["x"] + 140, draw_in_first["y"] + 40)
    page.mouse.down()
    page.mouse.move(draw_in_first["x"] + 140, draw_in_first["y"] + 240, steps=9)
    page.mouse.up()
    page.wait_for_function("() => [...document.querySelectorAll('p b')].every((node) => node.textContent === '1')")
    page.evaluate("() => close()")
    assert page.evaluate("() => listeners['change:strokes'].length") == 1


def test_the_widget_follows_a_dark_notebook(open_canvas):
    colours = []
    for dark in (False, True):
        page = open_canvas(DrawingCanvas(WEIGHTS / "tiny.npz"), dark)
        paper = "() => [...document.querySelector('canvas').getContext('2d').getImageData(2, 2, 1, 1).data]"
        colours.append(page.evaluate(paper))
    assert colours == [[255, 255, 255, 255], [0, 0, 0, 255]]


def test_without_an_engine_strokes_still_arrive(open_canvas):
    canvas = DrawingCanvas(WEIGHTS / "tiny.npz")
    page = open_canvas(canvas, bytes=state(canvas)["bytes"] | {"_engine": ""})
    assert digit(page) == "No answer"
    assert "WebAssembly" in page.inner_text("p")
    draw(page, [np.array([[0, 0], [0, 100]])])
    assert len(page.evaluate("() => saved.at(-1)")) == 1
