"""Files of figures."""

import io
from pathlib import Path

from PIL import Image

from apps.cli.plots.figure import save
from apps.cli.plots.images import draw_samples


def test_a_figure_is_saved_whole_and_the_same_each_time(tmp_path: Path, predicted):
    def saved(name):
        save(tmp_path / "new" / name, draw_samples, *predicted, title="A title")
        return (tmp_path / "new" / name).read_bytes()

    first = saved("first.png")
    assert first == saved("second.png")
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["first.png", "second.png"]
    with Image.open(io.BytesIO(first)) as image:
        assert image.width > 1000
