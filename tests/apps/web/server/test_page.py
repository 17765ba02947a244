"""The served page in a real browser: it runs under the server's policy, and shows what the server adds."""

import pytest

from apps.models import ModelFolder
from apps.web import bundle
from apps.web.server.application import DigitsApplication
from nn.digits import Recognizer, fine_tuning
from nn.digits.synthesis import sample
from nn.paths import WEIGHTS
from scripts.browser import draw, last_answer, when_ready
from tests.apps.web.client import serving
from tests.tiny_set import write_tiny_set


@pytest.fixture
def page(browser, tmp_path, monkeypatch):
    """The page, which must print nothing and ask this server alone."""
    monkeypatch.setenv("NN_DATA", str(write_tiny_set(tmp_path / "set", size=28)))
    monkeypatch.setattr(fine_tuning, "STEPS", 20)
    monkeypatch.setattr(fine_tuning, "SYNTHETIC", 30)
    heard = []
    application = DigitsApplication(ModelFolder(None, Recognizer.load), bundle.PAGE, "127.0.0.1")
    with serving(application) as client, browser.new_context(reduced_motion="reduce") as context:
        address = f"http://127.0.0.1:{client.port}/"
        page = context.new_page()
        page.set_default_timeout(120_000)  # the first fine-tuning may compile kernels
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("request", lambda request: request.url.startswith((address, "data:,")) or heard.append(request.url))
        yield when_ready(page, address)
    assert heard == []


def wait_for_status(page, text):
    page.locator("#status", has_text=text).wait_for()


@pytest.fixture
def seven(rng):
    return sample(7, rng)


def test_it_reads_with_all_networks_of_the_server(page, seven):
    draw(page, seven)
    assert page.inner_text("#digit") == "7"
    page.keyboard.press("m")
    names = page.locator(".models .name")
    shipped = {path.stem for path in WEIGHTS.glob("*.npz")}
    names.nth(len(shipped) - 1).wait_for()
    assert {name.split()[0] for name in names.all_inner_texts()} == shipped


def test_fine_tuning_and_undo(page, seven):
    draw(page, seven)
    before = last_answer(page)
    page.keyboard.press("l")
    page.keyboard.press("1")
    page.get_by_role("button", name="Learn", exact=True).click()
    wait_for_status(page, "Accuracy on the samples: 0% before")
    after = last_answer(page)
    assert after["probabilities"][1] > before["probabilities"][1]
    page.get_by_role("button", name="Undo the last").click()
    wait_for_status(page, "Undid the last fine-tuning")
    assert last_answer(page)["probabilities"] == before["probabilities"]


def test_it_shows_the_nearest_training_images(page, seven):
    draw(page, seven)
    page.keyboard.press("i")
    page.locator(".nearest canvas").nth(7).wait_for()
    assert page.locator(".nearest canvas").count() == 8
