"""The browser of the page's tests."""

from tests.apps.web.conftest import browser

__all__ = ["browser"]
