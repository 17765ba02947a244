"""Files of figures."""

import io
from pathlib import Path

from PIL import Image

from apps.cli.plots.figure import literal, save, set_title, window, write
from apps.cli.plots.images import draw_samples
from tests import processes


def test_a_figure_is_saved_whole_and_the_same_each_time(tmp_path: Path, predicted):
    def saved(name):
        save(tmp_path / "new" / name, draw_samples, *predicted, title="A title")
        return (tmp_path / "new" / name).read_bytes()

    first = saved("first.png")
    assert first == saved("second.png")
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["first.png", "second.png"]
    with Image.open(io.BytesIO(first)) as image:
        assert image.width > 1000


def test_titles_with_any_name_are_drawn_as_they_are(tmp_path: Path):
    """Not as formulas, and without the bytes of a name that is not UTF-8."""
    names = r"a$\frac$ caf\xe9 \x1b"
    text = "a$\\frac$ caf\udce9 \x1b"
    assert literal(text).replace(r"\$", "$") == names

    def draw(figure):
        set_title(figure, 4.0, 2.0, text)
        write(figure, 0.1, 0.1, text)

    save(tmp_path / "figure.png", draw)


def test_without_a_display_there_is_no_window(monkeypatch):
    monkeypatch.setattr("matplotlib.pyplot.get_backend", lambda: "agg")
    monkeypatch.setenv("MPLBACKEND", "agg")
    from matplotlib import pyplot

    pyplot.switch_backend("agg")
    assert window("nothing") is None
    assert not pyplot.get_fignums()


def test_an_invalid_backend_is_an_error_of_configuration():
    code = """
from nn.errors import ConfigurationError
try:
    from apps.cli import plots
except ConfigurationError as error:
    print(error)
"""
    result = processes.run(processes.python(code), environment={"MPLBACKEND": "foo"})
    assert result == processes.Result(0, "MPLBACKEND: expected a backend of matplotlib, got 'foo'\n", "")
