"""Files made up by atheris, which looks at what the readers do with them and goes where they have not been."""

import importlib.util
import sys
from pathlib import Path

import numpy as np

from nn.data.idx import write_idx
from nn.digits.stroke_files import Drawing, write_drawing, write_stroke_set
from nn.digits.stroke_set import StrokeSet
from tests.stress import material, programs
from tests.stress.campaign import Impossible, Results, expect

STROKE = np.array([[60.0, 60.0], [200.0, 60.0], [120.0, 230.0]])

#: Lets one reader read whatever atheris thinks of; what it raises and should not ends the program.
FUZZER = """
import atheris, sys
from pathlib import Path
with atheris.instrument_imports(include=["nn.data", "nn.checkpoint", "nn.digits.strokes", "nn.layers", "nn.model"]):
    from tests.stress import fuzzing
name, path = sys.argv.pop(1), Path(sys.argv.pop(1))
atheris.Setup(sys.argv, lambda content: fuzzing.read(name, path, content))
atheris.Fuzz()
"""


def guided(count: int, folder: Path) -> Results:
    """Let each reader read for so many seconds, beginning with a sound file. A result for each."""
    if importlib.util.find_spec("atheris") is None:
        raise Impossible("atheris is not installed: pip install -e '.[fuzz]'")
    for name, corpus in _seeds(folder).items():
        options = [f"-max_total_time={count}", "-seed=1", "-timeout=60", "-rss_limit_mb=2048", "-max_len=20000"]
        command = [sys.executable, "-c", FUZZER, name, str(folder / name), *options, str(corpus)]
        ended = programs.run(command, folder, patience=count + programs.PATIENCE)
        yield expect(ended.status == 0, f"{name}: {ended.out[-400:]}{ended}")


def _seeds(folder: Path) -> dict[str, Path]:
    """A folder for each reader, with a sound file in it."""
    seeds = {name: folder / f"{name}-seeds" for name in ("idx", "checkpoint", "drawing", "strokes")}
    for seed in seeds.values():
        seed.mkdir()
    write_idx(seeds["idx"] / "sound", np.arange(24, dtype=np.uint8).reshape(2, 3, 4))
    material.write_weights(seeds["checkpoint"] / "sound")
    write_drawing(seeds["drawing"] / "sound", Drawing([STROKE], 7, (280.0, 280.0)))
    write_stroke_set(seeds["strokes"] / "sound", StrokeSet.from_samples([[STROKE]], np.array([7])))
    return seeds
