"""The page in one file."""

import hashlib
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

from apps.draw.ui.theme import DARK, LIGHT, THEMES
from apps.web import bundle
from nn.errors import CheckpointError
from nn.paths import WEIGHTS

#: The largest pages, in bytes.
LIMITS = {"deep-drawing": 300_000, "tiny": 50_000}


@pytest.mark.parametrize("name", LIMITS)
def test_a_page_is_small_and_makes_no_requests(name, tmp_path):
    path = tmp_path / "page.html"
    size = bundle.write([WEIGHTS / f"{name}.npz"], path)
    text = path.read_text(encoding="utf-8")
    assert size == path.stat().st_size <= LIMITS[name]
    visible = re.sub(r'<script type="data".*?</script>', "", text)
    assert not re.search(r"https?:|src=|import |fetch|name=\"server\"", visible)
    assert "default-src 'none'" in visible
    assert text.isascii()  # any character set that a server names gives the same page


def test_the_same_files_give_the_same_bytes(tmp_path):
    digests = set()
    for seed in ("0", "1"):
        out = tmp_path / f"{seed}.html"
        program = f"from apps.web import bundle; bundle.write([{str(WEIGHTS / 'tiny.npz')!r}], {str(out)!r})"
        subprocess.run([sys.executable, "-c", program], check=True, env=os.environ | {"PYTHONHASHSEED": seed})
        digests.add(hashlib.sha256(out.read_bytes()).hexdigest())
    assert len(digests) == 1


def test_a_module_and_those_of_other_folders_become_one(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "names.js").write_text('export const hello = "Hello";\n')
    (tmp_path / "shared.js").write_text('import { hello } from "./inner/names.js";\nexport const all = [hello];\n')
    (tmp_path / "inner" / "main.js").write_text(
        'import { all as words } from "../shared.js";\nimport { hello } from "./names.js";\n'
        "export function say(name) {\n  return [...words, hello, name];\n}\n"
    )
    module = bundle.bundle_module(tmp_path / "inner" / "main.js", "say")
    assert module.count("Hello") == 1
    assert "import" not in module
    (tmp_path / "out.mjs").write_text(module)
    if node := shutil.which("node"):
        program = 'import("./out.mjs").then(({ default: { say } }) => console.log(say("you").join()))'
        assert subprocess.check_output([node, "-e", program], cwd=tmp_path, text=True) == "Hello,Hello,you\n"


def test_networks_are_named_by_their_files(tmp_path):
    strange = tmp_path / 'a"<b>&.npz'
    strange.write_bytes((WEIGHTS / "tiny.npz").read_bytes())
    page = bundle.bundle([strange, WEIGHTS / "baseline.npz"])
    assert re.findall('data-name="([^"]*)"', page) == ["a&quot;&lt;b&gt;&amp;", "baseline"]


def test_a_broken_network_leaves_the_old_page(tmp_path):
    out = tmp_path / "page.html"
    out.write_text("old")
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"PK")
    for path in (broken, tmp_path / "missing.npz"):
        with pytest.raises(CheckpointError, match=path.name):
            bundle.write([path], out)
    assert out.read_text() == "old"


@pytest.mark.parametrize("size", [0, 1, 5, 6, 1000])
def test_text_holds_the_bytes(size, rng):
    data = rng.integers(0, 256, size, np.uint8).tobytes() if size != 6 else b"\xff" * 6
    text = bundle.encode_base117(data)
    assert not set(text) & set("<\0\r")
    found = b""
    for at in range(0, len(text), 7):
        digits = [bundle.ALPHABET.tolist().index(ord(letter)) for letter in text[at : at + 7]]
        found += sum(digit * 117**place for place, digit in enumerate(digits)).to_bytes(6, "little")
    assert found[:size] == data
    assert len(found) - size < 6


def test_the_page_has_the_colours_of_the_window():
    style = (bundle.PAGE / "style.css").read_text()
    found = {name: values for name, *values in re.findall(r"--(\w+): light-dark\((#\w+), (#\w+)\)", style)}
    hexadecimal = {theme: "#{:02x}{:02x}{:02x}".format for theme in THEMES}["dark"]
    assert found == {name: [hexadecimal(*getattr(theme, name)) for theme in (LIGHT, DARK)] for name in vars(DARK)}
