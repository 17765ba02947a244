"""The settings file."""

import pytest

from apps.draw.core import settings
from apps.draw.core.panels import Panel
from apps.draw.core.settings import Settings
from apps.draw.ui.app import App


def test_settings_are_remembered(user, weights):
    assert settings.load() == Settings()
    settings.save(Settings("light", 5, 900, 700, "MODELS", 12))
    assert settings.load() == Settings("light", 5, 900, 700, "MODELS", 12)
    app = App(user.engine, settings.load())
    try:
        assert (app.state.theme, app.state.brush, app.state.best) == ("light", 5, 12)
        assert app.state.panel is Panel.MODELS
        assert app.settings == settings.load()
    finally:
        app._worker.close(0.0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "[" * 100_000,
        '{"theme": 3, "brush": 99, "width": -1, "height": true, "panel": "x", "best": 1.5, "else": 1}',
        '{"width": 1e400}',
    ],
)
def test_broken_settings_are_no_error(text):
    settings.path().parent.mkdir(parents=True)
    settings.path().write_text(text)
    assert settings.load() == Settings()


def test_settings_that_cant_be_written_are_no_error(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "file"))
    settings.save(Settings())
    assert settings.load() == Settings()


def test_a_byte_order_mark_is_no_error():
    settings.path().parent.mkdir(parents=True, exist_ok=True)
    settings.path().write_text('{"theme": "light"}', "utf-8-sig")
    assert settings.load().theme == "light"


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), MemoryError()])
def test_settings_that_cant_be_read_now_are_not_replaced(error, monkeypatch):
    def fail(path):
        raise error

    monkeypatch.setattr("pathlib.Path.read_bytes", fail)
    assert settings.load() is None
