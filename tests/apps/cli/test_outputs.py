"""What an output may replace."""

import os
import sys

import pytest

from apps.cli.arguments import UsageError
from apps.cli.outputs import JSON, NPZ, Output, check_outputs

posix = pytest.mark.skipif(sys.platform == "win32", reason="has no such files")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "weights.npz").write_bytes(b"PK\3\4")
    (tmp_path / "metrics.json").write_bytes(b'\n{"accuracy": 1}')
    (tmp_path / "images.idx").write_bytes(b"\0\0\10\3")
    (tmp_path / "empty").touch()
    (tmp_path / "sub").mkdir()
    return tmp_path


def check(folder, out=None, metrics=None, inputs=()):
    paths = [None if name is None else folder / name for name in (out, metrics)]
    outputs = Output("--out", paths[0], NPZ), Output("--metrics", paths[1], JSON)
    check_outputs(*outputs, inputs=[name and folder / name for name in inputs])


def test_earlier_outputs_are_replaced(folder):
    check(folder, "weights.npz", "metrics.json", inputs=["images.idx", None, "sub"])
    check(folder, "new/weights.npz", "empty")
    assert not (folder / "new").exists()


@pytest.mark.parametrize("name", ["weights.npz", "sub/../weights.npz", "new"])
def test_two_outputs_are_two_files(folder, name):
    with pytest.raises(UsageError, match=r"^--metrics: expected a file of its own, got .*, as --out writes$"):
        check(folder, "new" if name == "new" else "weights.npz", name)


@posix
@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_an_output_is_no_input_under_another_name(folder, link):
    link(folder / "weights.npz", folder / "other.npz")
    with pytest.raises(UsageError, match=r"^--out: expected a file of its own, got .*, which is an input$"):
        check(folder, "other.npz", inputs=["weights.npz"])


def test_a_dangling_link_is_the_file_that_it_points_to(folder):
    (folder / "link").symlink_to("new.npz")
    with pytest.raises(UsageError, match="file of its own"):
        check(folder, "link", "new.npz")


@pytest.mark.parametrize(("out", "metrics"), [("metrics.json", None), ("images.idx", None), (None, "weights.npz")])
def test_files_of_another_kind_stay(folder, out, metrics):
    with pytest.raises(UsageError, match="is a file of another kind; remove it to write there"):
        check(folder, out, metrics)


@posix
def test_links_in_a_loop_are_no_files(folder):
    (folder / "loop").symlink_to("loop")
    with pytest.raises(OSError, match="loop"):
        check(folder, "loop")
    check(folder, "new.npz", inputs=["loop"])  # the command reports it


@posix
def test_outputs_may_share_a_device(folder):
    check(folder, os.devnull, os.devnull)


@pytest.mark.parametrize("name", ["sub", "x" * 300, "weights.npz/below"])
def test_an_output_that_can_not_be_written(folder, name):
    with pytest.raises(OSError, match=name[:5]):
        check(folder, name)
