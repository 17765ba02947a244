"""Imports run one way: ops <- layers, losses, optimizers <- model, fuse, zoo <- checkpoint, training <- digits."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

#: The rank of each module of ``nn``: it may import what has a lower one, or what stands in the same folder.
RANKS = [
    {"errors", "atomic", "deprecation"},
    {"data", "metrics"},
    {"ops"},
    {"parameter", "initializers", "schedules"},
    {"layers", "losses", "optimizers", "averaging", "quantize"},
    {"model"},
    {"fuse", "zoo"},
    {"fold"},
    {"checkpoint", "training", "recipes"},
    {"ensemble", "inspection"},
    {"digits"},
    {"synthetic_drawings"},
    {"trainer"},
]

NUMPY_ONLY = {"data", "metrics", "errors", "atomic"}


def modules(folder):
    return sorted((ROOT / folder).rglob("*.py"))


def imports(path, *, lazy=True):
    """The dotted names that a module imports; without ``lazy``, at its top level only."""
    tree = ast.parse(path.read_text())
    nodes = ast.walk(tree) if lazy else tree.body
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module
            if node.module in ("nn", "nn.ops", "nn.digits", "nn.data"):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rank(part):
    return next(i for i, names in enumerate(RANKS) if part in names)


@pytest.mark.parametrize("path", modules("nn"), ids=lambda p: str(p.relative_to(ROOT)))
def test_nn_imports_downwards(path):
    own = path.relative_to(ROOT / "nn").parts[0].removesuffix(".py")
    for name in imports(path):
        top, *rest = name.split(".")
        assert top not in ("matplotlib", "pygame", "apps", "scripts", "tests"), f"{path} imports {name}"
        if top != "nn" or not rest or own == "__init__" or rest[0] == own:
            continue
        parts = {part for names in RANKS for part in names}
        if rest[0] in parts:
            assert rank(rest[0]) < rank(own), f"{path} imports {name}"
        if own in NUMPY_ONLY:
            assert rest[0] in NUMPY_ONLY, f"{path} imports {name}"


@pytest.mark.parametrize("folder", ["nn/data", "nn/metrics.py"])
def test_data_and_metrics_need_numpy_alone(folder):
    paths = modules(folder) or [ROOT / folder]
    for path in paths:
        for name in imports(path):
            top = name.split(".")[0]
            assert top not in ("numba", "llvmlite", "PIL"), f"{path} imports {name}"


def test_apps_do_not_import_scripts():
    for path in modules("apps"):
        assert not any(name.split(".")[0] == "scripts" for name in imports(path)), path


def test_only_comparisons_name_the_frameworks():
    frameworks = {"torch", "tensorflow", "keras", "onnxruntime", "onnx", "jax"}
    for folder in ("nn", "apps", "scripts"):
        for path in modules(folder):
            if path.name != "contestants.py":
                assert not frameworks & {name.split(".")[0] for name in imports(path)}, path
