"""The page in a real browser: pointers of all kinds, keys, files, panels."""

import base64
import io
import json
import pickle
import re
import subprocess
import zipfile

import numpy as np
import pytest
from PIL import Image

from nn import checkpoint
from nn.digits import Recognizer
from nn.digits.synthesis import sample, sample_non_digit
from nn.paths import WEIGHTS
from nn.trace import Trace
from scripts.browser import canvas_box, draw, last_answer, placed, served, settle, touch, when_ready

PHONES = {
    "390x844": {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 3},
    "915x412": {"viewport": {"width": 915, "height": 412}, "device_scale_factor": 3},
}


def digit(label, seed=12):
    return sample(label, np.random.default_rng(seed))


def text(page, name):
    return page.inner_text(f"#{name}")


@pytest.mark.parametrize("ratio", [1, 2])
def test_the_mouse_draws_and_the_answer_is_pythons(open_page, ratio):
    page = open_page(device_scale_factor=ratio)
    assert text(page, "digit") == "Blank"
    for label in (3, 7):
        strokes = digit(label)
        draw(page, strokes)
        assert text(page, "digit") == str(label)
        answer = last_answer(page)
        expected = Recognizer.load().recognize(placed(strokes, canvas_box(page)))
        # The pointer's coordinates are whole pixels, the strokes are not.
        np.testing.assert_allclose(answer["probabilities"], expected.probabilities, atol=0.02)
        assert text(page, "caption").endswith("sure")
        page.keyboard.press("c")
    wide, high = page.evaluate("() => [canvas.width, canvas.height]")
    assert wide == high == round(canvas_box(page)["width"] * ratio)


@pytest.mark.parametrize("phone", PHONES)
def test_a_finger_draws_and_nothing_scrolls(open_page, phone):
    page = open_page(**PHONES[phone], has_touch=True, is_mobile=True)
    touch(page, digit(3))
    assert text(page, "digit") == "3"
    scrolled = "() => [scrollX, scrollY, document.scrollingElement.scrollHeight - innerHeight, visualViewport.scale]"
    assert page.evaluate(scrolled) == [0, 0, 0, 1]


def test_two_fingers_draw_one_stroke(open_page):
    page = open_page(**PHONES["390x844"], has_touch=True, is_mobile=True)
    session, box = page.context.new_cdp_session(page), canvas_box(page)
    x, y = box["x"] + 50, box["y"] + 50
    for kind, points in (
        ("touchStart", [(x, y, 1)]),
        ("touchStart", [(x, y, 1), (x + 150, y, 2)]),
        ("touchMove", [(x, y + 200, 1), (x + 150, y + 200, 2)]),
        ("touchEnd", []),
    ):
        session.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": px, "y": py, "id": number} for px, py, number in points]},
        )
    settle(page)
    assert text(page, "digit") == "1"
    page.keyboard.press("u")
    settle(page)
    assert text(page, "digit") == "Blank"


def test_a_pointer_that_leaves_keeps_drawing_where_it_comes_back(open_page):
    page = open_page()
    box = canvas_box(page)
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 40, middle)
    page.mouse.down()
    page.mouse.move(box["x"] - 60, middle)  # beyond the edge, under capture
    page.mouse.move(box["x"] - 60, middle + 150)
    page.mouse.move(box["x"] + 200, middle + 150)
    page.mouse.up()
    settle(page)
    count = page.evaluate("() => answers.length")
    page.mouse.move(box["x"] + 300, middle)  # the button is up
    settle(page)
    assert page.evaluate("() => answers.length") == count
    page.keyboard.press("u")
    settle(page)
    assert text(page, "digit") == "Blank"  # both parts are one stroke for undo


def test_the_window_changes_its_size_while_the_pen_is_down(open_page):
    page = open_page()
    first, *rest = placed(digit(3, seed=13), canvas_box(page))[0]  # a single stroke
    half = len(rest) // 2
    page.mouse.move(*first)
    page.mouse.down()
    for point in rest[:half]:
        page.mouse.move(*point)
    before = canvas_box(page)
    page.set_viewport_size({"width": 700, "height": 900})
    settle(page)
    after = canvas_box(page)
    for point in rest[half:]:
        part = (point - [before["x"], before["y"]]) / before["width"]
        page.mouse.move(*(part * after["width"] + [after["x"], after["y"]]))
    page.mouse.up()
    settle(page)
    assert text(page, "digit") == "3"
    wide = page.evaluate("() => canvas.width")
    assert wide == round(after["width"])


def test_an_interrupted_touch_takes_its_stroke_back_and_redo_brings_it(open_page):
    page = open_page(**PHONES["390x844"], has_touch=True, is_mobile=True)
    session, box = page.context.new_cdp_session(page), canvas_box(page)
    start = {"x": box["x"] + 100, "y": box["y"] + 60}
    for kind, points in (
        ("touchStart", [start]),
        ("touchMove", [start | {"y": start["y"] + 200}]),
        ("touchCancel", []),
    ):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    settle(page)
    assert text(page, "digit") == "Blank"
    page.keyboard.press("y")
    settle(page)
    assert text(page, "digit") == "1"


def test_it_recognizes_unseen_before_the_first_drawing(browser, page_file):
    context = browser.new_context()
    context.add_init_script("""new MutationObserver((records) => {
        globalThis.recognized ||= records.some(({ oldValue }) => oldValue === "1");
    }).observe(document, { subtree: true, characterData: true, characterDataOldValue: true });""")
    page = context.new_page()
    page.goto(page_file.as_uri())
    page.wait_for_function("() => globalThis.recognized")
    settle(page)
    assert text(page, "digit") == "Blank"
    context.close()


def test_undo_redo_clear_and_brush(open_page):
    page = open_page()
    undo, redo, clear = (page.get_by_role("button", name=name) for name in ("Undo", "Redo", "Clear"))
    assert undo.is_disabled()
    assert clear.is_disabled()
    draw(page, digit(3))
    clear.click()
    settle(page)
    assert text(page, "digit") == "Blank"
    undo.click()
    settle(page)
    assert text(page, "digit") == "3"
    undo.click()
    redo.click()
    settle(page)
    assert text(page, "digit") == "3"
    width = "() => getComputedStyle(document.getElementById('brush')).getPropertyValue('--part')"
    before = float(page.evaluate(width))
    page.keyboard.press("]")
    settle(page)
    assert float(page.evaluate(width)) > before
    for _ in range(9):
        page.keyboard.press("-")
    settle(page)
    assert page.get_by_role("button", name="Thinner brush").is_disabled()


def test_what_is_not_a_digit_gets_a_reason(open_page):
    page = open_page()
    draw(page, sample_non_digit(np.random.default_rng(12), "letter"))
    assert text(page, "digit") == "Not a digit"
    assert "does not look like a digit" in text(page, "second")
    page.keyboard.press("c")
    page.mouse.click(*(canvas_box(page)[side] + 50 for side in ("x", "y")))
    settle(page)
    assert text(page, "digit") == "A dot"


def test_a_line_of_digits(open_page):
    page = open_page()
    page.keyboard.press("w")
    settle(page)
    rng = np.random.default_rng(12)
    for place, label in enumerate((2, 0, 4, 8)):
        draw(page, sample(label, rng), centre=(place + 0.5) / 4)
    page.wait_for_function("() => digit.textContent === '2048'")
    assert page.locator("#ruler li").all_inner_texts() == ["2", "0", "4", "8"]
    page.keyboard.press("w")
    settle(page)
    assert text(page, "digit") == "Blank"


def test_networks_side_by_side(open_page):
    page = open_page()
    draw(page, digit(3))
    page.keyboard.press("m")
    settle(page)
    rows = page.locator(".models button")
    assert [row.split("\n")[0] for row in rows.all_inner_texts()] == ["deep-drawing   in use", "tiny"]
    assert rows.locator(".digit").all_inner_texts() == ["3", "3"]
    page.keyboard.press("n")
    settle(page)
    assert rows.nth(1).get_attribute("aria-pressed") == "true"
    strokes = page.evaluate("() => answers.at(-1).image")
    expected = Recognizer.load(WEIGHTS / "tiny.npz")._predict([np.reshape(np.float32(strokes), (28, 28))])[0]
    np.testing.assert_allclose(last_answer(page)["probabilities"], expected.probabilities, atol=1e-4)


def test_the_window_of_a_unit_and_its_sum_are_those_of_the_network(open_page):
    page = open_page()
    draw(page, digit(3))
    page.keyboard.press("i")
    settle(page)
    image = np.reshape(np.float32(last_answer(page)["image"]), (28, 28))
    trace = Trace.of(checkpoint.load(WEIGHTS / "deep-drawing.npz").model, image)
    shown = [name for name in trace if not name.startswith(("image", "flatten", "dropout"))]
    layers = page.locator(".layer")
    assert [name.split()[0] for name in layers.all_inner_texts()] == shown
    for name, layer in zip(shown, layers.all(), strict=True):
        layer.locator("canvas").focus()
        page.keyboard.press("ArrowLeft")
        settle(page)
        lines = [line.rpartition(" = ") for line in text(page, "unit-text").replace("−", "-").split("\n")]
        place = [int(word) - 1 for word in text(page, "unit-title").replace(",", "").split() if word.isdigit()]
        channel, *position = place
        index = (*position, channel)
        (value,) = [float(value) for words, _, value in lines if words.startswith(name)]
        assert value == pytest.approx(trace[name].values[index], abs=0.006), name
        then = {words.split()[1].rstrip(":"): float(value) for words, _, value in lines if words.startswith("then")}
        assert then == {
            each: pytest.approx(trace[each].values[at], abs=0.006) for each, at in trace.onward(name, index)
        }, name
        (product_sum,) = [re.search("products ([+-][0-9.]+)", words) for words, _, _ in lines[:1]]
        terms = text(page, "unit-terms").replace("−", "-").split("\n")
        if product_sum is not None and len(terms) > 1:
            assert len(terms) == 9
            total = sum(float(re.split("[:=] ", term)[-1]) for term in terms)
            assert total == pytest.approx(float(product_sum[1]), abs=0.06), name
    assert page.evaluate("() => document.querySelector('.inside .box').hidden") is False


def test_on_a_phone_the_numbers_of_a_unit_take_the_room_of_the_occlusion_map(open_page):
    page = open_page(viewport={"width": 390, "height": 844}, has_touch=True)
    draw(page, digit(3))
    page.keyboard.press("i")
    settle(page)
    occlusion = page.locator("#inside-occlusion")
    assert occlusion.is_visible()
    page.locator(".layer canvas").nth(3).focus()
    settle(page)
    assert not occlusion.is_visible()
    maps = page.locator(".layers").bounding_box()
    assert maps["height"] > 130  # two maps of 62 pixels, one below the other
    page.get_by_role("button", name="3", exact=True).click()
    settle(page)
    assert occlusion.is_visible()
    assert text(page, "unit-terms") == ""


def test_a_click_keeps_a_unit_and_keys_lead_from_layer_to_layer_and_to_the_ink(open_page):
    page = open_page()
    draw(page, digit(3))
    page.keyboard.press("i")
    settle(page)

    def title():
        settle(page)
        return text(page, "unit-title")

    first = page.locator(".layer canvas").first
    first.hover(position={"x": 30, "y": 30})
    pointed = title()
    first.hover(position={"x": 60, "y": 10})
    assert title() != pointed  # it follows the pointer
    first.click(position={"x": 30, "y": 30})
    assert title() == pointed
    first.hover(position={"x": 60, "y": 10})
    assert title() == pointed  # it is kept
    page.keyboard.press("ArrowRight")
    assert title() != pointed
    page.keyboard.press("Escape")
    first.hover(position={"x": 30, "y": 30})
    assert title() == pointed
    page.locator(".layer canvas").last.focus()
    names = [title().split(",")[0]]
    while names[-1] != "image":
        page.keyboard.press(",")
        names.append(title().split(",")[0])
    image = np.reshape(np.float32(last_answer(page)["image"]), (28, 28))
    trace = Trace.of(checkpoint.load(WEIGHTS / "deep-drawing.npz").model, image)
    assert names == [name for name in trace if not name.startswith(("flatten", "dropout"))][::-1]
    page.keyboard.press(".")
    assert title().startswith(names[-2])
    page.locator(".layer canvas").last.focus()
    (_, (row, column, _)) = trace.path("softmax", trace.strongest("softmax"))[-1]
    for _ in names:
        page.keyboard.press("b")
        settle(page)
    assert title() == f"image, row {row + 1}, column {column + 1}"
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert page.locator("#panel").is_hidden()


def test_occlusion_is_shown_for_any_digit(open_page):
    page = open_page()
    draw(page, digit(3))
    page.keyboard.press("i")
    page.wait_for_function("() => document.getElementById('inside-occlusion').textContent === 'Occlusion for 3'")
    page.keyboard.press("7")
    page.wait_for_function("() => document.getElementById('inside-occlusion').textContent === 'Occlusion for 7'")
    assert page.get_by_role("button", name="7", exact=True).get_attribute("aria-pressed") == "true"
    page.keyboard.press("a")
    page.wait_for_function("() => document.getElementById('inside-occlusion').textContent === 'Occlusion for 3'")
    page.keyboard.press("Escape")
    assert page.locator("#panel").is_hidden()


def test_the_panel_is_warmed_up_unseen_and_the_occlusion_map_waits_for_time(browser, page_file):
    context = browser.new_context()
    context.add_init_script("globalThis.idle = []; globalThis.requestIdleCallback = (work) => idle.push(work);")
    page = when_ready(context.new_page(), page_file.as_uri())
    spend = """(milliseconds) => {
        let painted = 0;
        const { putImageData } = CanvasRenderingContext2D.prototype;
        CanvasRenderingContext2D.prototype.putImageData = function (...image) {
            painted += this.canvas.closest(".layer") !== null;
            putImageData.apply(this, image);
        };
        for (let turn = 0; idle.length && turn < 300; turn++) {
            idle.splice(0).forEach((work) => work({ timeRemaining: () => milliseconds }));
        }
        CanvasRenderingContext2D.prototype.putImageData = putImageData;
        return painted;
    }"""
    assert page.evaluate(spend, 50) == 0
    page.keyboard.press("i")
    settle(page)
    assert page.evaluate(spend, 50) > 0
    assert text(page, "digit") == "Blank"
    draw(page, digit(3))
    page.evaluate(spend, 4)
    assert text(page, "inside-occlusion") == "Occlusion"
    page.evaluate(spend, 50)
    assert text(page, "inside-occlusion") == "Occlusion for 3"
    context.close()


def test_the_panel_follows_the_pen(open_page):
    page = open_page()
    page.keyboard.press("i")
    settle(page)
    pixels = "() => document.querySelector('.layer canvas').toDataURL()"
    seen = {page.evaluate(pixels)}
    box = canvas_box(page)
    page.mouse.move(box["x"] + 60, box["y"] + 60)
    page.mouse.down()
    for x, y in ((160, 100), (200, 240), (100, 300)):
        page.mouse.move(box["x"] + x, box["y"] + y)
        settle(page)
        seen.add(page.evaluate(pixels))
    page.mouse.up()
    assert len(seen) == 4


def test_everything_works_with_the_keyboard(open_page):
    page = open_page()
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.textContent").startswith("Inside")
    while page.evaluate("() => document.activeElement.id") != "canvas":
        page.keyboard.press("Tab")
    for key in ("Space", *["ArrowDown"] * 10, "Space"):  # a one
        page.keyboard.press(key)
    settle(page)
    assert text(page, "digit") == "1"
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.textContent").startswith("Clear")
    page.keyboard.press("Enter")
    settle(page)
    assert text(page, "digit") == "Blank"
    page.keyboard.press("?")
    assert page.get_by_role("heading", name="Digit recognizer").last.is_visible()
    page.keyboard.press("Escape")
    assert page.locator("dialog").is_hidden()
    background = "() => getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(background)
    page.keyboard.press("d")
    settle(page)
    assert page.evaluate(background) != before


def test_the_answer_is_read_out_once_the_pen_rests(open_page):
    page = open_page()
    draw(page, digit(3))
    page.wait_for_function("() => live.textContent.startsWith('3.')")
    assert page.locator("#live").get_attribute("aria-live") == "polite"


def drop(page, name, data):
    """Drop a file on the page."""
    page.evaluate(
        """([name, text]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name));
            dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, cancelable: true }));
        }""",
        [name, base64.b64encode(data).decode()],
    )


def bomb():
    """An archive of 20 kB that unpacks to 20 MB."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("meta.npy", bytes(20_000_000))
    return archive.getvalue()


def edited(**changes):
    """The weights of tiny with another description."""
    arrays = dict(np.load(WEIGHTS / "tiny.npz"))
    header = json.loads(arrays["meta"].tobytes()) | changes
    arrays["meta"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def hostile():
    tiny = (WEIGHTS / "tiny.npz").read_bytes()
    pickled = io.BytesIO()
    np.savez(pickled, meta=np.array([{}], object))
    nested = {"type": "Add", "layers": []}
    for _ in range(100):
        nested = {"type": "Add", "layers": [nested]}
    return {
        "empty": b"",
        "text": b"not weights",
        "truncated": tiny[: len(tiny) // 2],
        "damaged": tiny[:3000] + bytes(2000) + tiny[5000:],
        "bomb": bomb(),
        "pickle": pickle.dumps({}) + pickled.getvalue(),
        "object": pickled.getvalue(),
        "version": edited(version=99),
        "nested": edited(model={"input_shape": [28, 28, 1], "dtype": "float32", "layers": [nested]}),
        "huge": edited(
            model={
                "input_shape": [28, 28, 1],
                "dtype": "float32",
                "layers": [{"type": "Conv2D", "filters": 10**9, "kernel_size": 3}],
            }
        ),
    }


def test_invalid_weights_get_one_line_and_change_nothing(open_page):
    page = open_page()
    for name, data in hostile().items():
        drop(page, f"{name}.npz", data)
        page.wait_for_function(
            "(name) => document.getElementById('status').textContent.startsWith(name)", arg=f"! {name}.npz: "
        )
        assert "\n" not in text(page, "status")
    draw(page, digit(3))
    assert text(page, "digit") == "3"
    page.keyboard.press("m")
    settle(page)
    assert page.locator(".models button").count() == 2


def test_a_dropped_network_is_used(open_page):
    page = open_page()
    drop(page, "mine.npz", (WEIGHTS / "baseline.npz").read_bytes())
    page.wait_for_function("() => document.getElementById('status').textContent === 'Uses mine'")
    draw(page, digit(3))
    assert text(page, "digit") == "3"


def picture_of_a_one():
    """A dark stroke on bright paper, and the PNG of it."""
    gray = np.full((90, 60), 230, np.uint8)
    gray[20:70, 28:34] = 20
    file = io.BytesIO()
    Image.fromarray(gray).save(file, "PNG")
    return gray, file.getvalue()


def test_a_dropped_picture_is_read_as_in_python(open_page):
    page = open_page()
    gray, data = picture_of_a_one()
    drop(page, "one.png", data)
    page.wait_for_function("() => document.getElementById('status').textContent === 'Opened one.png'")
    answer = last_answer(page)
    expected = Recognizer.load().recognize_image(gray)
    assert answer["label"] == expected.label == 1
    np.testing.assert_allclose(answer["image"], expected.image.ravel(), atol=1e-4)
    page.keyboard.press("u")
    settle(page)
    assert text(page, "digit") == "Blank"


def test_files_of_other_types_get_one_line(open_page):
    page = open_page()
    drop(page, "notes.txt", b"hello")
    page.wait_for_function("() => document.getElementById('status').textContent.startsWith('! notes.txt: expected')")


@pytest.mark.parametrize("scheme", ["file", "http"])
def test_it_opens_from_the_disk_and_over_http(open_page, page_file, scheme):
    if scheme == "file":
        page = open_page()
        draw(page, digit(7))
        assert text(page, "digit") == "7"
        return
    with served(page_file.parent) as address:
        page = open_page(f"{address}/page.html")
        draw(page, digit(7))
        assert text(page, "digit") == "7"


@pytest.fixture(scope="module")
def axe(tmp_path_factory):
    """The accessibility checks of axe-core, as a script."""
    folder = tmp_path_factory.mktemp("axe")
    command = ["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "axe-core@4"]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    except (OSError, subprocess.SubprocessError):
        pytest.skip("needs axe-core, which npm could not fetch")
    return (folder / "node_modules/axe-core/axe.min.js").read_text()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_no_violations_of_accessibility_rules(open_page, axe, theme):
    page = open_page(color_scheme=theme)
    page.evaluate(axe)

    def violations():
        settle(page)
        found = page.evaluate("() => axe.run()")["violations"]
        return [(each["id"], [node["html"] for node in each["nodes"]]) for each in found]

    assert violations() == []
    draw(page, digit(3))
    assert violations() == []
    page.keyboard.press("i")
    page.locator(".layer canvas").first.click()
    assert violations() == []
    page.keyboard.press("m")
    assert violations() == []
    page.keyboard.press("w")
    assert violations() == []
    page.keyboard.press("?")
    assert violations() == []
