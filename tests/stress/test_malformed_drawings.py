"""Broken pictures and drawings, for `predict.py` and for the window."""

import contextlib
import io
import json
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features

from apps.cli import predict
from nn.digits.stroke_files import write_drawing
from tests import processes
from tests.stress import fixtures
from tests.stress.mutation import mutated, mutated_json

#: Files that one call of predict.py reads, or one window opens.
BATCH = 100


@pytest.mark.stress(default=0, full=5_000)
def test_predict_prints_a_line_for_each_malformed_file(cases, tmp_path):
    network = fixtures.write_weights(tmp_path / "weights.npz")
    for files in _batches(cases.count, tmp_path):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = predict.main([f"--weights={network}", *map(str, files)])
        answers, errors = out.getvalue().splitlines(), err.getvalue().splitlines()
        expected = 0 if not errors else 1 if answers else 2
        complete = len(answers) + len(errors) == len(files)
        for file in files:
            lines = [line for line in answers if line.startswith(f"{file} ")]
            lines += [line for line in errors if line.startswith(f"predict.py: {file}: ")]
            passed = status == expected and complete and len(lines) == 1
            cases.check(passed, f"{file.name}: status {status}, lines {lines}")


#: Opens files in one window, every second one as a dropped file, and prints the window's messages for each.
WINDOW = """
import json, sys
from dataclasses import replace
from pathlib import Path
import pygame
from apps.draw.ui.app import App
from apps.draw.core import actions
from apps.draw.core.state import Perform, StatusMessage
from apps.draw.engine.inference import InferenceEngine
weights = Path(sys.argv[1])
app = App(InferenceEngine(weights, folder=weights.parent))
for number, file in enumerate(sys.argv[2:]):
    app.state = replace(app.state, status=StatusMessage(""), error=None)
    if number % 2:
        pygame.event.post(pygame.event.Event(pygame.DROPFILE, file=file))
    else:
        app.take(Perform(actions.OPEN_PATH, file))
    while app.state.running and not (app.state.status.text and app.state.answered == app.state.asked):
        app.step()
    print(json.dumps([app.state.status.text, app.state.status.error, app.state.error]))
app.close()
"""


@pytest.mark.stress(default=0, full=5_000)
def test_the_window_opens_each_malformed_file_or_shows_why_not(cases, tmp_path):
    network = fixtures.write_weights(tmp_path / "weights.npz")
    for files in _batches(cases.count, tmp_path):
        result = processes.run(processes.python(WINDOW, network, *files), tmp_path)
        messages = [json.loads(line) for line in result.out.splitlines()]
        complete = not result.status and not result.err and len(messages) == len(files)
        cases.check(complete, f"the window, after {len(messages)} of {len(files)} files: {result}")
        for file, (text, failed, error) in zip(files, messages, strict=False):
            passed = text.startswith(f"{file}: ") and "\n" not in text if failed else text == f"Opened {file.name}"
            cases.check(passed and error is None, f"{file.name}: {text!r}, {error!r}")


def _batches(count: int, folder: Path) -> Iterator[list[Path]]:
    """Malformed files in batches, then extreme pictures; each batch exists until the next."""
    rng = random.Random(4)
    originals = _well_formed_files(folder / "well-formed")
    document = json.loads(originals["drawing.json"])
    for first in range(0, count, BATCH):
        files = []
        for number in range(first, min(first + BATCH, count)):
            name = rng.choice(list(originals))
            file = (folder / str(number)).with_suffix(Path(name).suffix)
            if name == "drawing.json" and rng.random() < 0.7:
                file.write_text(mutated_json(rng, document), errors="replace")
            else:
                file.write_bytes(mutated(rng, originals[name]))
            files.append(file)
        yield files
        for file in files:
            file.unlink()
    yield list(_extreme_pictures(folder))


def _well_formed_files(folder: Path) -> dict[str, bytes]:
    """Small pictures of all kinds and a drawing, by name."""
    folder.mkdir()
    gray = np.zeros((40, 30), np.uint8)
    gray[5:35, 12:16] = 255
    picture = Image.fromarray(gray)
    picture.save(folder / "gray.png")
    picture.save(folder / "gray.jpg")
    picture.convert("RGBA").save(folder / "colour.png")
    picture.convert("P").save(folder / "palette.png")
    picture.convert("RGB").save(folder / "colour.bmp")
    picture.convert("RGB").save(folder / "colour.jpg", progressive=True)
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits"):
        picture.save(folder / f"{compression}.tif", compression=compression)
    picture.convert("1").save(folder / "fax.tif", compression="group4")
    picture.save(folder / "gray.gif")
    picture.save(folder / "gray.pgm")
    for suffix, feature in (("webp", "webp"), ("avif", "avif"), ("jp2", "jpg_2000")):
        if features.check(feature):
            picture.convert("RGB").save(folder / f"colour.{suffix}")
    Image.fromarray(gray.astype(np.uint16) * 257).save(folder / "deep.png")
    write_drawing(folder / "drawing.json", fixtures.SEVEN)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def _extreme_pictures(folder: Path) -> Iterator[Path]:
    for name, size, shade in (
        *(("dot-0", (1, 1), 0), ("dot-255", (1, 1), 255), ("white", (50, 50), 255), ("black", (50, 50), 0)),
        *(("row", (20_000, 1), 255), ("column", (1, 20_000), 0), ("huge", (20_000, 20_000), 255)),
    ):
        path = folder / f"{name}.png"
        Image.new("1" if name == "huge" else "L", size, shade).save(path)
        yield path
