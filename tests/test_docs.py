"""The documentation: its links lead somewhere, its examples run, and README stays short."""

import re
from pathlib import Path

import numpy as np
import pytest

from nn.data import mnist
from nn.layers import description
from nn.recipes import RECIPES
from nn.zoo import ARCHITECTURES
from tests.tiny_set import write_tiny_set

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("weights/*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
STROKES = [np.array([[140.0, 40.0], [140.0, 240.0]])]


def name(path):
    return str(path.relative_to(ROOT))


def anchor(heading):
    """The anchor that GitHub makes of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(page):
    return {anchor(line.lstrip("#")) for line in page.read_text().splitlines() if line.startswith("#")}


def examples(page):
    """Each Python example of a page, as a line number and its code."""
    text = page.read_text()
    for match in re.finditer(r"^```python\n(.*?)^```", text, flags=re.M | re.S):
        yield text[: match.start()].count("\n") + 2, match.group(1)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_to_files_and_headings(page):
    for target in LINK.findall(re.sub(r"^```.*?^```", "", page.read_text(), flags=re.M | re.S)):
        if "://" in target:
            continue
        file, _, heading = target.partition("#")
        path = page.parent / file if file else page
        assert path.exists(), f"{name(page)}: {target}"
        assert not heading or heading in anchors(path), f"{name(page)}: {target}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_named_files_exist(page):
    """Paths in code marks, such as `nn/ops/conv2d.py`."""
    for target in re.findall(r"`((?:nn|apps|scripts|tests|docs|weights)/[\w/.-]*\w/?)`", page.read_text()):
        assert (ROOT / target).exists(), f"{name(page)}: {target}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_exist(page):
    text = page.read_text()
    files = re.findall(r"python (scripts/\w+\.py)", text)
    modules = [module.replace(".", "/") for module in re.findall(r"python -m (apps[\w.]*\w)", text)]
    files += [f"{module}/__main__.py" if (ROOT / module).is_dir() else f"{module}.py" for module in modules]
    assert not [file for file in files if not (ROOT / file).exists()]


def test_examples_of_the_readme_run(tmp_path, monkeypatch):
    data = mnist.load(write_tiny_set(tmp_path, size=28), download=False)
    monkeypatch.setattr(mnist, "load", lambda: data)
    monkeypatch.chdir(tmp_path)
    assert run(ROOT / "README.md")["prediction"].label == 1


def test_examples_of_recognition_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(ROOT / "docs" / "recognition.md")["line"].text == "1"


def test_examples_of_the_library_run(tmp_path, monkeypatch):
    pytest.importorskip("sklearn", reason="needs the extra sklearn")
    data = mnist.load(write_tiny_set(tmp_path, size=28), download=False)
    monkeypatch.setattr(mnist, "load", lambda: data)
    monkeypatch.setattr(description, "_REGISTERED", {})
    monkeypatch.chdir(tmp_path)
    names = run(ROOT / "docs" / "library.md")
    assert names["again"].layers[3].factor == 0.5
    assert names["search"].best_estimator_.classes_.tolist() == sorted(set(data.train_labels.tolist()))


def run(page):
    """Run a page's examples one after another; the names that they leave."""
    picture = np.zeros((60, 60), np.uint8)
    picture[10:50, 28:32] = 255
    names = {"np": np, "strokes": STROKES, "picture": picture}
    for line, code in examples(page):
        exec(compile("\n" * line + code, str(page), "exec"), names)
    return names


@pytest.mark.parametrize("name", [*RECIPES, *ARCHITECTURES])
def test_each_recipe_and_architecture_is_documented(name):
    assert f"| `{name}` |" in (ROOT / "docs" / "commands.md").read_text()


def test_readme_is_short():
    assert len((ROOT / "README.md").read_text().split()) <= 1200
