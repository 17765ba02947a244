"""Mutation testing: change one operator, number or keyword of a source file, and see whether its tests notice.

    python -m scripts.mutation nn/checkpoint.py nn/data/idx.py --sample 40
    python -m scripts.mutation nn/ops nn/layers nn/digits --sample 40

The mutants are those of cosmic-ray (https://cosmic-ray.readthedocs.io), the extra ``mutation``, without those that
change only annotations, the ``*`` of a signature or constants of ``SPEED``. Of each path a seeded sample is tried,
spread evenly over its files, in a copy of the checkout. Each mutant has a process of its own, forked from one that has
imported the libraries, and meets the tests that mirror its file, the cheapest first, until one fails. The script prints
the mutants that survive, and the share that was killed, with its 95 % interval.
"""

import argparse
import ast
import difflib
import importlib
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

from tests.test_layout import group, mirrored

ROOT = Path(__file__).parents[1]

#: What a checkout needs for its tests.
COPIED = ("nn", "apps", "scripts", "tests", "weights", "docs", "setup.cfg", "pyproject.toml", "README.md")

#: What the tests import that no mutant changes.
LIBRARIES = ("numba", "numpy", "PIL.Image")

#: Operators that need names of variables, or that fail on dotted names.
LEFT_OUT = {"core/VariableInserter", "core/VariableReplacer", "core/ExceptionReplacer"}

#: Constants of ``nn/ops`` whose value changes how long something takes, and the last bits of sums, but no result.
SPEED = {
    *("CHUNK", "CHUNKS", "FEW", "FEWEST_IMAGES", "FEW_FILTERS", "FEW_WEIGHTS", "GROUPS", "KERNEL_TRANSFORM"),
    *("MANY_CHANNELS", "MC", "PARTS", "ROWS", "RUN", "SMALL", "SMALL_BYTES", "TILES_OF_CHUNK", "TRANSFORM"),
}

#: Seconds of the processor, and bytes, that the tests of a mutant may take: an endless loop is killed.
TIME_LIMIT = 300
MEMORY_LIMIT = 16 << 30


class Mutant(NamedTuple):
    """A change of a file.

    Attributes:
        path: of the file, from the root of the checkout.
        source: the changed text.
    """

    path: str
    source: str

    def __str__(self) -> str:
        before = (ROOT / self.path).read_text(encoding="utf-8")
        changes = difflib.unified_diff(before.splitlines(), self.source.splitlines(), lineterm="", n=0)
        return "\n".join([self.path, *list(changes)[2:]])


class Tests(NamedTuple):
    """A test run.

    Attributes:
        backend: of the operations; only "numpy" compiles nothing.
        arguments: of pytest.
    """

    backend: str
    arguments: tuple[str, ...]


def main() -> int:
    """Try the mutants; the exit status is 0, or 1 if the tests fail without a change."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", metavar="PATH", help="source file or folder, from the root of the checkout")
    parser.add_argument(
        "--sample", type=int, default=40, metavar="N", help="mutants of each path (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the sample (default: %(default)s)")
    arguments = parser.parse_args()
    for library in LIBRARIES:
        importlib.import_module(library)
    with tempfile.TemporaryDirectory() as folder:
        checkout = copy_checkout(Path(folder, "checkout"))
        for path in arguments.paths:
            mutants = sample(path, arguments.sample, arguments.seed)
            for tests in {tests for mutant in mutants for tests in tests_of(mutant.path)}:
                if fails(checkout, tests):
                    print(f"{path}: expected tests that pass, but without a change these fail: {tests}")
                    return 1
            survivors = [mutant for mutant in mutants if not is_killed(checkout, mutant)]
            print(*survivors, share(path, len(mutants) - len(survivors), len(mutants)), sep="\n", flush=True)
    return 0


def copy_checkout(target: Path) -> Path:
    """Copy what the tests need, with the compiled kernels."""
    target.mkdir()
    for name in COPIED:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, target / name)
    return target


def sample(path: str, count: int, seed: int) -> list[Mutant]:
    """Mutants of a file, or of the files of a folder and its subfolders: every n-th, from a random one on."""
    place = ROOT / path
    files = sorted(place.rglob("*.py")) if place.is_dir() else [place]
    every = [(file, *change) for file in files for change in _changes(file.read_text(encoding="utf-8"))]
    step = max(1.0, len(every) / count)
    begin = random.Random(seed).random() * step
    first = [int(begin + step * number) for number in range(min(count, len(every)))]
    return [mutant for place in first if (mutant := _mutant(every[place : place + max(1, int(step))]))]


def _changes(source: str) -> Iterator[tuple[str, int]]:
    """The operators that change a source, and which of the places where they apply."""
    nodes = list(ast_nodes(get_ast(source)))
    for name in sorted(set(operator_names()) - LEFT_OUT):
        operator = get_operator(name)()
        places = sum(1 for node in nodes for _ in operator.mutation_positions(node))
        yield from ((name, occurrence) for occurrence in range(places))


def _mutant(changes: list[tuple[Path, str, int]]) -> Mutant | None:
    """The first change that is Python, and more than one of annotations or of the speed."""
    for file, operator, occurrence in changes:
        before = file.read_text(encoding="utf-8")
        after = _mutated(before, operator, occurrence)
        if _compared(after) not in ("", _compared(before)):
            return Mutant(file.relative_to(ROOT).as_posix(), after)
    return None


def _mutated(source: str, operator: str, occurrence: int) -> str:
    return str(mutate_code(source, get_operator(operator)(), occurrence))


def _compared(source: str) -> str:
    """The syntax tree without annotations and ``SPEED``, and with arguments of one kind; "" if there is none."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return ""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef():
                node.returns = None
            case ast.arguments():
                node.args = [*node.posonlyargs, *node.args, *node.kwonlyargs]
                node.posonlyargs = node.kwonlyargs = []
            case ast.arg() | ast.AnnAssign():
                node.annotation = ast.Constant(None)
            case ast.Assign() if {each.id for each in ast.walk(node.targets[0]) if isinstance(each, ast.Name)} <= SPEED:
                node.value = ast.Constant(None)
    return ast.dump(tree)


def tests_of(path: str) -> Iterator[Tests]:
    """The test runs for a source file, the cheapest first."""
    own = mirrored(path)
    if (ROOT / own).exists():
        yield Tests("numpy", (own,))
    elif group(path) and not path.startswith("nn/ops/"):
        yield Tests("numpy", (group(path),))
    if path.startswith("nn/ops/"):
        yield from _tests_of_operations(path)
    elif path.startswith("nn/layers/"):
        yield Tests("numpy", ("tests/nn/layers/test_layers.py", "tests/nn/test_model.py"))
        users = ("test_trace", "test_fold", "test_fuse", "test_zoo", "export/test_graph", "imports/test_onnx")
        yield Tests("numpy", tuple(f"tests/nn/{name}.py" for name in users))
    elif path.startswith("nn/digits/synthesis/"):
        yield Tests("numpy", ("tests/nn/digits/synthesis", "tests/nn/test_synthetic_drawings.py"))
    elif path.startswith("nn/digits/"):
        whole = ("recognizer", "pages", "picture_recognition", "stroke_files", "prediction")
        yield Tests("numpy", tuple(f"tests/nn/digits/test_{name}.py" for name in whole))


def _tests_of_operations(path: str) -> Iterator[Tests]:
    """The test runs for an operation: those in Python first, as kernels take long to compile."""
    name = Path(path).stem
    reference = ROOT / "nn/ops" / f"{name}.py"
    is_operation = reference.exists() and "@operation" in reference.read_text(encoding="utf-8")
    rungs = ("tests/nn/ops/test_rungs.py", *(("-k", name) if is_operation else ()))
    if "/fast/" not in path:
        yield Tests("numpy", rungs)
        yield Tests("loops", rungs)
    own = mirrored(path)
    yield Tests("numba", (own,) if (ROOT / own).exists() else rungs)
    if is_operation:
        yield Tests("numba", rungs)
        yield Tests("numba", ("tests/nn/layers/test_layers.py", "tests/nn/test_golden.py"))
    elif "/fast/" in path:
        yield Tests("numba", ("tests/nn/layers/test_program.py",))


def is_killed(checkout: Path, mutant: Mutant) -> bool:
    """Whether a test fails on the mutant."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "checkout")
        shutil.copytree(checkout, copy, copy_function=os.link)
        file = copy / mutant.path
        file.unlink()
        file.write_text(mutant.source, encoding="utf-8")
        return any(fails(copy, tests) for tests in tests_of(mutant.path))


def fails(checkout: Path, tests: Tests) -> bool:
    """Whether a test fails in a checkout, or takes too much time or memory."""
    process = os.fork()
    if process == 0:
        try:
            os._exit(_run(checkout, tests))
        finally:
            os._exit(1)
    return os.waitpid(process, 0)[1] != 0


def _run(checkout: Path, tests: Tests) -> int:
    """Run tests in this process, from the checkout instead of from ``ROOT``."""
    resource.setrlimit(resource.RLIMIT_CPU, (TIME_LIMIT, TIME_LIMIT))
    signal.alarm(10 * TIME_LIMIT)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    output = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(output, descriptor)
    for name in [name for name in sys.modules if name.partition(".")[0] in COPIED]:
        del sys.modules[name]
    sys.path[:] = [str(checkout), *(place for place in sys.path if Path(place).resolve() != ROOT)]
    os.environ |= {"NN_BACKEND": tests.backend, "PYTHONPATH": str(checkout), "PYTHONDONTWRITEBYTECODE": "1"}
    sys.dont_write_bytecode = True
    os.chdir(checkout)
    return pytest.main(["-x", "-q", "-n", "0", "-p", "no:cacheprovider", *tests.arguments])


def share(path: str, killed: int, tried: int) -> str:
    """A line with the share of mutants killed."""
    from nn.metrics import wilson_interval  # at the end: what is imported here is not the mutant

    low, high = wilson_interval(killed, tried)
    return f"{path}: {killed} of {tried} mutants killed, {killed / tried:.1%} ({low:.1%} to {high:.1%})"


if __name__ == "__main__":
    sys.exit(main())
