"""Imports run one way, without circles and without side effects.

``ops <- layers, losses, optimizers <- fuse, training <- model, zoo, fold <- checkpoint <- digits <- apps <- scripts``
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

#: The ranks of the modules and packages of ``nn``: one imports only from lower ranks and from its own package.
RANKS = [
    {"text", "platforms"},
    {"checks", "errors", "files", "atomic", "deprecation", "json_values", "paths"},
    {"limits", "npz"},
    {"data", "html", "metrics"},
    {"history", "ops"},
    {"parameter", "initializers", "schedules", "thread_choice"},
    {"layers", "losses", "optimizers", "averaging", "quantize", "augmentation"},
    {"fuse", "images"},
    {"training"},
    {"model"},
    {"zoo"},
    {"fold"},
    {"checkpoint", "export"},
    {"imports"},
    {"recipes", "ensemble", "inspection", "trace"},
    {"digits", "neighbours", "shifts"},
    {"synthetic_drawings"},
    {"trainer"},
    {"sklearn"},
]

NUMPY_ONLY = {
    "checks",
    "data",
    "metrics",
    "text",
    "errors",
    "files",
    "npz",
    "atomic",
    "deprecation",
    "paths",
    "platforms",
}

#: Imports Pillow, when it reads a folder of pictures.
READS_PICTURES = "nn.data.layouts.picture_folders"

#: Statements with an effect beyond their own module that run at import, and why.
SIDE_EFFECTS = {
    "nn/ops/backend.py": "OpenMP and the locks that a fork needs have to be set up before the first compiled call",
    "nn/layers/__init__.py": "the table of layers, filled from the package's own names",
    "apps/cli/plots/__init__.py": "matplotlib reads MPLBACKEND when it is imported, and raises a ValueError of its own",
    "apps/notebook/canvas.py": "its packages are those of an extra, and the error where one is missing names it",
    "apps/draw/__init__.py": "pygame prints its greeting when it is imported, unless told not to before",
}


def modules(*folders):
    """The source files, by the dotted names of their modules."""
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in paths}


SOURCES = modules("nn", "apps", "scripts")


def is_guard(node, word):
    """Whether a node is ``if TYPE_CHECKING`` or ``if __name__ == ...``."""
    return isinstance(node, ast.If) and word in ast.unparse(node.test)


def statements(tree):
    """All statements of a module that run, at import or later."""
    pending = [tree]
    while pending:
        node = pending.pop()
        if not is_guard(node, "TYPE_CHECKING"):
            yield node
            for field in ("body", "orelse", "finalbody", "handlers", "cases"):
                pending += getattr(node, field, ())


def imports(path):
    """The dotted names of the modules that a file imports at any time."""
    for node in statements(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found = names & SOURCES.keys()
            yield from found
            if found != names:
                yield node.module


GRAPH = {name: set(imports(path)) for name, path in SOURCES.items()}


def rank(part):
    return next(i for i, names in enumerate(RANKS) if part in names)


def test_each_part_of_nn_has_a_rank():
    parts = {name.split(".")[1] for name in modules("nn") if name != "nn"}
    assert parts == set().union(*RANKS)


def imports_of(folder):
    """The name of each module of a folder, and the name of each module that it imports, as a list of its parts."""
    return [(name, imported.split(".")) for name in modules(folder) for imported in GRAPH[name]]


def test_nn_imports_from_lower_ranks():
    for name, (top, *rest) in imports_of("nn"):
        assert top not in ("matplotlib", "pygame", "apps", "scripts", "tests"), (name, top)
        if top != "nn" or name == "nn":
            continue
        own = name.split(".")[1]
        assert rest, f"{name} imports all of nn"
        assert rest[0] == own or rank(rest[0]) < rank(own), (name, rest)
        assert own not in NUMPY_ONLY or rest[0] in NUMPY_ONLY, (name, rest)


def test_data_and_metrics_need_numpy_alone():
    for name, (top, *_) in imports_of("nn"):
        if name.split(".")[1:2] in (["data"], ["metrics"]):
            assert top not in ("numba", "llvmlite"), name
            assert top != "PIL" or name == READS_PICTURES, name


def test_apps_do_not_import_scripts():
    assert not [name for name, (top, *_) in imports_of("apps") if top == "scripts"]


#: The packages of the window: one imports only from itself and from those before it. The core is pure.
WINDOW = ["core", "engine", "ui"]


def test_the_packages_of_the_window_import_downwards():
    for name, (top, *rest) in imports_of("apps/draw"):
        if name in ("apps.draw", "apps.draw.__main__"):
            continue
        own = WINDOW.index(name.split(".")[2])
        assert top != "pygame" or own == WINDOW.index("ui"), name
        assert top not in ("threading", "time") or own > 0, (name, top)
        assert rest[:1] != ["cli"], name
        assert rest[:1] != ["draw"] or WINDOW.index(rest[1]) <= own, (name, rest)


def test_only_makers_tools_import_other_frameworks():
    frameworks = {"torch", "tensorflow", "keras", "onnxruntime", "onnx", "jax", "openvino", "ai_edge_litert"}
    users = {name for name in SOURCES if frameworks & {imported.split(".")[0] for imported in GRAPH[name]}}
    assert {name for name in users if not name.startswith("scripts.frameworks.")} == {"scripts.exchange"}


def circle(graph):
    """The names along a circle of imports, or an empty list."""
    done, path = set(), []

    def visit(name):
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        path.append(name)
        found = next(filter(None, map(visit, sorted(graph.get(name, ())))), [])
        path.pop()
        done.add(name)
        return found

    return next(filter(None, map(visit, graph)), [])


def test_no_circular_imports():
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "b", "c", "a"]
    assert circle(GRAPH) == []


#: Modules that only some systems have.
SYSTEM_MODULES = {"fcntl", "resource", "msvcrt", "winreg", "pwd", "grp", "termios", "_thread", "ctypes"}


#: Runs on Linux alone: it forks, and limits the memory of a process.
LINUX_TOOL = "scripts.mutation"


def test_only_one_module_depends_on_the_system():
    """Locks, signals, ``/proc`` and the like are in `nn.platforms`, which says what other systems do."""
    for name in SOURCES.keys() - {"nn.platforms", LINUX_TOOL}:
        assert not SYSTEM_MODULES & GRAPH[name], name
        for node in ast.walk(ast.parse(SOURCES[name].read_text())):
            match node:
                case ast.Attribute(value=ast.Name(id="sys" | "os")):
                    found = ast.unparse(node)
                    assert found not in ("sys.platform", "os.name", "os.fork", "os.register_at_fork"), name
                case ast.Call(func=ast.Name(id="hasattr" | "getattr"), args=[ast.Name(id="os" | "signal"), *_]):
                    pytest.fail(f"{name}: {ast.unparse(node)}")
                case ast.Constant(value=str(text)):
                    assert not text.startswith("/proc"), (name, text)


#: Calls whose result is assigned are free of side effects; so are these statements.
DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.AnnAssign)


def side_effects(path):
    """The statements of a module, run at import, that change more than the module itself."""
    body = ast.parse(path.read_text()).body
    own = {node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    return [node for node in _side_effects(body) if root_name(node) not in own]


def _side_effects(body):
    for node in body:
        if is_guard(node, "TYPE_CHECKING") or is_guard(node, "__name__"):
            continue
        if isinstance(node, ast.If):  # names that depend on the platform or the backend
            yield from _side_effects(node.body + node.orelse)
        elif isinstance(node, ast.Expr):
            yield from [] if isinstance(node.value, ast.Constant) else [node]
        elif isinstance(node, ast.Assign):  # to a name, or into something that already exists
            yield from [] if all(isinstance(to, ast.Name | ast.Tuple) for to in node.targets) else [node]
        elif not isinstance(node, DEFINITIONS):
            yield node


def root_name(node):
    """``f`` of ``f.register(...)``."""
    while not isinstance(node, ast.Name):
        node = next(ast.iter_child_nodes(node), ast.Name(""))
    return node.id


def test_side_effects_are_found(tmp_path):
    path = tmp_path / "module.py"
    path.write_text("x = f()\ndef h(): pass\nh.register(1)\nif y:\n    g()\nos.environ['A'] = 'b'\nwith z: pass")
    found = [ast.unparse(node).splitlines()[0] for node in side_effects(path)]
    assert found == ["g()", "os.environ['A'] = 'b'", "with z:"]


def test_side_effects_at_import_are_listed():
    assert {str(path.relative_to(ROOT)) for path in SOURCES.values() if side_effects(path)} == SIDE_EFFECTS.keys()
