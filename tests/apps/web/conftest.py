"""A browser, and a page in one file. Tests without a browser are skipped."""

import pytest

from apps.web import bundle
from nn.paths import WEIGHTS
from scripts.browser import chromium, when_ready

#: The networks of the page, the one in use first.
NETWORKS = ("deep-drawing", "tiny")


@pytest.fixture(scope="module")
def browser():
    """One browser for a file of tests: Playwright's event loop would disturb others."""
    pytest.importorskip("playwright.sync_api", reason="needs Playwright: the extra web-test")
    from playwright.sync_api import Error

    context = chromium()
    try:
        browser = context.__enter__()
    except Error as error:
        pytest.skip(f"needs Chromium: {str(error).splitlines()[0]}")
    yield browser
    context.__exit__(None, None, None)


@pytest.fixture(scope="session")
def page_file(tmp_path_factory):
    """A page with two networks."""
    path = tmp_path_factory.mktemp("page") / "page.html"
    bundle.write([WEIGHTS / f"{name}.npz" for name in NETWORKS], path)
    return path


@pytest.fixture
def open_page(browser, page_file):
    """Opens the page in a window of its own; it must print nothing and ask for nothing."""
    contexts, heard = [], []

    def opened(address=None, **options):
        options = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"} | options
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        address = address or page_file.as_uri()
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("request", lambda request: request.url in (address, "data:,") or heard.append(request.url))
        return when_ready(page, address)

    yield opened
    for context in contexts:
        context.close()
    assert heard == []
