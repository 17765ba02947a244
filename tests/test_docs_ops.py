"""The pages of docs/ops: complete, their examples and their arithmetic right, their code that of the files."""

import ast
import doctest
import itertools
import math
import re

import pytest

from nn.ops import backend
from scripts import docs_code, worked_examples
from tests.nn.ops.test_rungs import MODULES
from tests.processes import ROOT

FOLDER = ROOT / "docs" / "ops"
QUESTIONS = FOLDER / "questions.md"
PAGES = sorted(path for path in FOLDER.glob("*.md") if path.name not in ("README.md", QUESTIONS.name))
SECTIONS = (
    *("Equation", "Gradient", "Worked example", "The code", "How it is tested", "How the fast version works"),
    *("What goes wrong in practice", "Exercises", "Sources"),
)
MATHS = re.compile(r"^```math\n(.*?)^```|\$`(.*?)`\$", flags=re.M | re.S)
EXTERNAL = re.compile(r"\]\((https?://[^)\s]+)\)")

#: Addresses that last: of arXiv, DOIs, and of two proceedings.
ADDRESS = re.compile(
    r"https://(arxiv\.org/abs/\d{4}\.\d{4,5}|doi\.org/10\.\d{4}/[\w./%-]+"
    r"|jmlr\.org/papers/v\d+/\w+\.html|proceedings\.mlr\.press/v\d+/\w+\.html)"
)

#: LaTeX of numbers, as Python.
AS_PYTHON = (
    (r"\\(?:left|right|,|;|quad|qquad)|&", " "),
    (r"\\cdot|\\times", "*"),
    (r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"((\1)/(\2))"),
    (r"\\sqrt\{([^{}]*)\}", r"sqrt(\1)"),
    (r"\be\^\{([^{}]*)\}", r"exp(\1)"),
    (r"\\(ln|tanh|max)", r"\1"),
    (r"\^\{([^{}]*)\}", r"**(\1)"),
    (r"\^", "**"),
)
FUNCTIONS = {"sqrt": math.sqrt, "exp": math.exp, "ln": math.log, "tanh": math.tanh, "max": max}


def name(path):
    return path.stem


def evaluated(latex):
    """The value of an expression of numbers and how precisely it is written, or None for another expression."""
    for pattern, replacement in AS_PYTHON:
        latex = re.sub(pattern, replacement, latex)
    try:
        tree = ast.parse(latex.strip().rstrip(",."), mode="eval")
        value = eval(compile(tree, "maths", "eval"), {"__builtins__": {}}, FUNCTIONS)
    except (SyntaxError, NameError, TypeError):
        return None
    digits = re.fullmatch(r"\s*-?\d+\.(\d+)\s*[,.]?\s*", latex)
    return (value, 0.5 * 10 ** -len(digits[1]) if digits else 1e-9) if isinstance(value, int | float) else None


def equations(text):
    """Each two expressions of numbers that a page says are equal."""
    for block, inline in MATHS.findall(text):
        for line in re.split(r"\\\\|\\qquad", block or inline):
            parts = [(part, evaluated(part)) for part in re.split(r"=|\\approx", line)]
            numbers = [(part, value) for part, value in parts if value is not None]
            yield from itertools.pairwise(numbers)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_pages_have_all_sections(page):
    assert tuple(re.findall(r"^## (.*)$", page.read_text(), flags=re.M)) == SECTIONS


@pytest.mark.parametrize("page", [*PAGES, QUESTIONS], ids=name)
def test_examples_run(page, capsys):
    with backend.use("numpy"):  # test_rungs.py compares the others with it
        failed, tried = doctest.DocTestRunner(optionflags=doctest.REPORT_NDIFF).run(worked_examples.parse(page))
    assert (failed, tried > 0) == (0, True), capsys.readouterr().out


@pytest.mark.parametrize("page", [*PAGES, QUESTIONS], ids=name)
def test_arithmetic_is_right(page):
    found = list(equations(page.read_text()))
    assert found
    for (left, (a, precision_a)), (right, (b, precision_b)) in found:
        assert abs(a - b) <= 1.01 * max(precision_a, precision_b), f"{left} = {right}: {a}, {b}"


@pytest.mark.parametrize(("latex", "right"), [(r"1 \cdot 2 + 3 = 5", True), (r"\frac{2}{3} \approx 0.66", False)])
def test_the_arithmetic_is_checked(latex, right):
    (((_, (a, _)), (_, (b, precision))),) = equations(f"$`x = {latex}`$")
    assert (abs(a - b) <= 1.01 * precision) == right


@pytest.mark.parametrize("page", docs_code.pages(), ids=name)
def test_the_code_is_that_of_the_files(page):
    text = page.read_text()
    assert docs_code.updated(text) == text, "run: python -m scripts.docs_code"


def test_every_operation_of_networks_and_their_training_has_a_page():
    shown = {match["file"] for page in PAGES for match in docs_code.MARKER.finditer(page.read_text())}
    sources = [path.read_text() for folder in ("nn", "nn/layers") for path in (ROOT / folder).glob("*.py")]
    imports = " ".join(re.findall(r"^from nn\.ops(?:\.\w+)? import .*", "\n".join(sources), flags=re.M))
    used = {module for module in MODULES if re.search(rf"\b{module}\b", imports)}
    assert len(used) >= 15
    assert {f"nn/ops/{module}.py" for module in used} <= shown


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_pages_are_listed(page):
    assert f"]({page.name})" in (FOLDER / "README.md").read_text()


def test_external_links_are_in_the_list_of_sources():
    listed = EXTERNAL.findall((FOLDER / "README.md").read_text())
    used = {link for page in PAGES for link in EXTERNAL.findall(page.read_text())}
    assert len(listed) == len(set(listed))
    assert set(listed) == used
    for link in listed:
        assert ADDRESS.fullmatch(link), link
