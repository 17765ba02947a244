"""Broken pictures and drawings: for ``predict.py``, and for the window."""

import contextlib
import io
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from apps.cli import predict
from nn.digits.stroke_files import Drawing, write_drawing
from tests.stress import material, programs
from tests.stress.campaign import Results, expect
from tests.stress.mutation import mutated, mutated_json

#: Files that are read by one call of predict.py, or in one window.
BATCH = 100


def read(count: int, folder: Path) -> Results:
    """Let predict.py read broken pictures and drawings, a hundred at a time: a line for each, whatever it is."""
    network = material.write_weights(folder / "weights.npz")
    for files in _batches(count, folder):
        yield from _a_line_each(files, network)


def dropped(count: int, folder: Path) -> Results:
    """Drop the same on the window, or open them by ``--open``'s way: each is read, or a line there says why not."""
    network = material.write_weights(folder / "weights.npz")
    for files in _batches(count, folder):
        yield from _dropped(files, network)


#: Opens files in one window, every other one by ``--open``'s way, and prints what the window says of each.
WINDOW = """
import json, sys
from dataclasses import replace
from pathlib import Path
import pygame
from apps.draw.ui.app import App
from apps.draw.core.messages import Command, Do
from apps.draw.engine.inference import Mind
weights = Path(sys.argv[1])
app = App(Mind(weights, folder=weights.parent))
for number, file in enumerate(sys.argv[2:]):
    app.state = replace(app.state, note="", error=None)
    if number % 2:
        pygame.event.post(pygame.event.Event(pygame.DROPFILE, file=file))
    else:
        app.take(Do(Command.OPEN, file))
    while app.state.running and not (app.state.note and app.state.answered == app.state.asked):
        app.step()
    print(json.dumps([app.state.note, app.state.trouble, app.state.error]))
app.close()
"""


def _dropped(files: list[Path], network: Path) -> Results:
    """A result for each file."""
    command = [sys.executable, "-c", WINDOW, str(network), *map(str, files)]
    ended = programs.run(command, network.parent, {"SDL_VIDEODRIVER": "dummy", "PYGAME_HIDE_SUPPORT_PROMPT": "1"})
    said = [json.loads(line) for line in ended.out.splitlines()]
    if ended.status or ended.err or len(said) != len(files):
        yield f"the window, after {len(said)} of {len(files)} files: {ended}"
    for file, (note, trouble, error) in zip(files, said, strict=False):
        good = note.startswith(f"{file}: ") and "\n" not in note if trouble else note == f"Opened {file.name}"
        yield expect(good and error is None, f"{file.name}: {note!r}, {error!r}")


def _batches(count: int, folder: Path) -> Iterator[list[Path]]:
    """Broken files, so many at a time, and at last those that are extreme; each is there until the next are made."""
    rng = random.Random(4)
    sound, document = _sound_files(folder / "sound")
    for first in range(0, count, BATCH):
        files = [_broken(rng, sound, document, folder / str(n)) for n in range(first, min(first + BATCH, count))]
        yield files
        for file in files:
            file.unlink()
    yield list(_extreme_pictures(folder))


def _broken(rng: random.Random, sound: dict[str, bytes], document: Any, place: Path) -> Path:
    """Write a file that is one of the sound ones no longer, with its ending."""
    name = rng.choice(list(sound))
    path = place.with_suffix(Path(name).suffix)
    if name.endswith(".json") and rng.random() < 0.7:
        path.write_text(mutated_json(rng, document), errors="replace")
    else:
        path.write_bytes(mutated(rng, sound[name]))
    return path


def _a_line_each(files: list[Path], network: Path) -> Results:
    """A result for each file: it has its line, on stdout or on stderr."""
    out, err = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = predict.main([f"--weights={network}", *map(str, files)])
    except Exception as error:
        yield f"{type(error).__name__}: {error}"
        return
    answers, complaints = out.getvalue().splitlines(), err.getvalue().splitlines()
    expected = 0 if not complaints else 1 if answers else 2
    if status != expected or len(answers) + len(complaints) != len(files):
        yield f"status {status} and {len(answers)} + {len(complaints)} lines for {len(files)} files"
    for file in files:
        lines = [line for line in answers if line.startswith(f"{file} ")]
        lines += [line for line in complaints if line.startswith(f"predict.py: {file}: ")]
        yield expect(len(lines) == 1, f"{file.name}: {len(lines)} lines")


def _sound_files(folder: Path) -> tuple[dict[str, bytes], Any]:
    """Small pictures of all kinds and a drawing, by name; and the drawing's document."""
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
    Image.fromarray(gray.astype(np.uint16) * 257).save(folder / "deep.png")
    write_drawing(folder / "drawing.json", Drawing([np.array([[60.0, 60], [200, 60], [120, 230]])], 7, (280.0, 280.0)))
    return {path.name: path.read_bytes() for path in folder.iterdir()}, json.loads(
        (folder / "drawing.json").read_bytes()
    )


def _extreme_pictures(folder: Path) -> Iterator[Path]:
    for name, size, shade in (
        *(("dot-0", (1, 1), 0), ("dot-255", (1, 1), 255), ("white", (50, 50), 255), ("black", (50, 50), 0)),
        *(("row", (20_000, 1), 255), ("column", (1, 20_000), 0), ("huge", (20_000, 20_000), 255)),
    ):
        path = folder / f"{name}.png"
        Image.new("1" if name == "huge" else "L", size, shade).save(path)
        yield path
