"""Mutation testing: change one operator, number or keyword of a source file, and see whether its tests notice.

    python -m scripts.mutation nn/checkpoint.py nn/data/idx.py --sample 100
    python -m scripts.mutation nn/ops nn/layers nn/digits --sample 100

The mutants are those of cosmic-ray (https://cosmic-ray.readthedocs.io), the extra ``mutation``. Of each path a seeded
sample is tried, in a copy of the checkout, with the tests that mirror the mutated file. The script prints the mutants
that survive, and the share that was killed, with its 95 % interval.
"""

import argparse
import difflib
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names
from tqdm import tqdm

from nn.metrics import wilson_interval

ROOT = Path(__file__).parents[1]

#: What a checkout needs for its tests.
COPIED = ("nn", "apps", "scripts", "tests", "weights", "docs", "setup.cfg", "pyproject.toml", "README.md")

#: Operators that need names of variables, or that fail on dotted names.
LEFT_OUT = {"core/VariableInserter", "core/VariableReplacer", "core/ExceptionReplacer"}

#: A mutant that takes longer, in seconds, has an endless loop: it is killed.
TIME_LIMIT = 300


class Mutant(NamedTuple):
    """A change of a file.

    Attributes:
        path: of the file, from the root of the checkout.
        operator: the name of cosmic-ray's operator.
        occurrence: which of the places where the operator applies.
    """

    path: str
    operator: str
    occurrence: int


def main() -> int:
    """Try the mutants; the exit status is 0."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", metavar="PATH", help="source file or folder, from the root of the checkout")
    parser.add_argument(
        "--sample", type=int, default=100, metavar="N", help="mutants of each path (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the sample (default: %(default)s)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "checkout")
        for name in COPIED:
            source = ROOT / name
            (shutil.copytree if source.is_dir() else shutil.copy2)(source, copy / name if source.is_dir() else copy)
        for path in arguments.paths:
            mutants = list(_mutants(path))
            tried = random.Random(arguments.seed).sample(mutants, min(arguments.sample, len(mutants)))
            killed = sum(_is_killed(copy, mutant) for mutant in tqdm(tried, desc=path))
            low, high = wilson_interval(killed, len(tried))
            print(
                f"{path}: {killed} of {len(tried)} mutants killed, {killed / len(tried):.1%} "
                f"({low:.1%} to {high:.1%}); {len(mutants):,} in all",
                flush=True,
            )
    return 0


def _mutants(path: str) -> Iterator[Mutant]:
    """All mutants of a file, or of the files of a folder and the folders in it."""
    place = ROOT / path
    for file in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
        nodes = list(ast_nodes(get_ast(file.read_text(encoding="utf-8"))))
        for name in sorted(operator_names()):
            if name in LEFT_OUT:
                continue
            operator = get_operator(name)()
            places = sum(1 for node in nodes for _ in operator.mutation_positions(node))
            yield from (Mutant(file.relative_to(ROOT).as_posix(), name, number) for number in range(places))


def _is_killed(copy: Path, mutant: Mutant) -> bool:
    """Whether a test fails on the mutant; a survivor is printed."""
    file = copy / mutant.path
    before = file.read_text(encoding="utf-8")
    after = mutate_code(before, get_operator(mutant.operator)(), mutant.occurrence)
    file.write_text(after, encoding="utf-8")
    try:
        killed = any(_fails(copy, *command) for command in _tests(mutant.path))
    finally:
        file.write_text(before, encoding="utf-8")
    if not killed:
        changed = difflib.unified_diff(before.splitlines(), after.splitlines(), mutant.path, lineterm="", n=0)
        print("survived", *changed, sep="\n", flush=True)
    return killed


def _tests(path: str) -> Iterator[tuple[dict[str, str], list[str]]]:
    """The test runs for a source file, the quickest first: environment variables and arguments of pytest."""
    source = Path(path)
    is_operation = path.startswith("nn/ops/")
    # Only operations need compiled code, which takes long to compile.
    environment = {} if is_operation else {"NN_BACKEND": "numpy"}
    mirrored = Path("tests", source.parent, f"test_{source.name}")
    if (ROOT / mirrored).exists():
        yield environment, [str(mirrored)]
    if is_operation:
        reference = ROOT / "nn/ops" / source.name
        own_cases = reference.exists() and "@operation" in reference.read_text(encoding="utf-8")
        yield environment, ["tests/nn/ops/test_rungs.py", *(["-k", source.stem] if own_cases else [])]
        yield environment, ["tests/nn/layers/test_layers.py", "tests/nn/test_golden.py"]
    elif path.startswith("nn/layers/"):
        yield environment, ["tests/nn/layers/test_layers.py", "tests/nn/test_model.py"]
        yield environment, ["tests/nn/test_fold.py", "tests/nn/test_fuse.py", "tests/nn/test_zoo.py"]


def _fails(copy: Path, environment: dict[str, str], arguments: list[str]) -> bool:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", *arguments]
    try:
        result = subprocess.run(
            command,
            cwd=copy,
            env=os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"} | environment,
            capture_output=True,
            timeout=TIME_LIMIT,
        )
    except subprocess.TimeoutExpired:
        return True
    return result.returncode != 0


if __name__ == "__main__":
    sys.exit(main())
