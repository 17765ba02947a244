"""The notebooks of docs/notebooks: listed, and run in a kernel, from an empty folder.

    python -m pytest -m notebooks -n 0

It needs the extra ``notebooks``, and takes two minutes.
"""

import ast
import re

import pytest

from tests.processes import ROOT

FOLDER = ROOT / "docs" / "notebooks"
NOTEBOOKS = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")

#: Text that a cell must print, and the type of a value that it must show, if any.
EXPECTED = {
    "train": (r"epoch 2/2   loss 0\.\d+   accuracy 9\d\.\d\d %   validation 9\d", "text/html"),
    "convolution": (r"kernel: the largest difference is 0.0\nimage: the largest difference is 0.0", "image/png"),
    "backpropagation": (
        r"(8|9)\d\.\d% of 1,000 test images are right\nwrong: none\nwrong: b, b1, b2, k, w1, w2\n"
        r"wrong: b, b1, k, w1\nwrong: b, k\nwrong: b1, b2\nwrong: k\n$",
        None,
    ),
    "watch": (
        r"as it should be: (8|9)\d\.\d%\nrate too low: +\d+\.\d%\n(.*\n)+in order: .*it answers 9 to (9\d|100)%",
        "image/png",
    ),
    "inside": (r"a change of 0\.\d\d at each pixel makes it say \d", "image/png"),
    "ink": (r"scaled +[34]\d\.\d%\n(.*\n)+drawn again +9\d\.\d%\n", "image/png"),
    "speed": (r"largest difference (0\.0|\de-0[4-9]).*\n(.*\n)*numba: \d+\.\d\d ms a step", "image/png"),
    "draw": (r"accuracy on the drawing: ", "application/vnd.jupyter.widget-view+json"),
    "export": (r"\d+ KiB", "text/plain"),
    "own_data": (r"(9\d|100)\.\d% of 120 shapes are right", "text/html"),
}


def name(path):
    return path.stem


def cells(path):
    return re.findall(r"^```python\n(.*?)^```", path.read_text(), flags=re.M | re.S)


def test_each_notebook_is_listed_and_tested():
    listed = re.findall(r"^- \[.*\]\((\w+)\.md\)", (FOLDER / "README.md").read_text(), flags=re.M)
    assert sorted(listed) == [path.stem for path in NOTEBOOKS] == sorted(EXPECTED)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_cells_are_short_and_name_no_path_of_the_checkout(path):
    for cell in cells(path):
        ast.parse(cell)
        assert len(cell.splitlines()) <= 25
        assert max(map(len, cell.splitlines())) <= 120
        assert not re.search(r"__file__|\.\./|scripts|tests|weights/", cell)


@pytest.mark.notebooks
@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_a_notebook_runs_and_prints_text(path, tmp_path, monkeypatch):
    jupytext = pytest.importorskip("jupytext", reason="needs the extra notebooks")
    nbclient = pytest.importorskip("nbclient", reason="needs the extra notebooks")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")  # small products lose by a second thread on a busy machine
    monkeypatch.delenv("MPLBACKEND")  # the kernel has its own, which puts figures into the notebook
    notebook = jupytext.read(path)
    resources = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, timeout=300, resources=resources, coalesce_streams=True).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    streams = [output for output in outputs if output.output_type == "stream"]
    printed = "".join(output.text for output in streams)
    text, mime = EXPECTED[path.stem]
    # Without stderr, where a download is reported: the two may come in either order.
    assert re.search(text, "".join(output.text for output in streams if output.name == "stdout"))
    assert mime is None or mime in {mime for output in outputs for mime in output.get("data", ())}
    assert not [line for line in printed.splitlines() if "%|" in line]  # what a progress bar leaves
