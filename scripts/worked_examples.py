"""The worked examples of the pages in docs/ops: Python sessions in blocks of ``pycon``, which run one after another."""

import doctest
import re
import types
from pathlib import Path

from nn.ops import backend

FOLDER = Path(__file__).parents[1] / "docs" / "ops"
BLOCK = re.compile(r"^```pycon\n(.*?)^```", flags=re.M | re.S)


def parse(page: Path) -> doctest.DocTest:
    """All examples of a page, as one session."""
    text = page.read_text("utf-8")
    examples: list[doctest.Example] = []
    for block in BLOCK.finditer(text):
        found = doctest.DocTestParser().get_examples(block[1], page.name)
        for example in found:
            example.lineno += text[: block.start()].count("\n") + 1
        examples += found
    return doctest.DocTest(examples, {}, page.name, str(page), 0, text)


def run(name: str) -> types.SimpleNamespace:
    """The variables that the session of docs/ops/<name>.md leaves, computed by the NumPy references."""
    names: dict[str, object] = {}
    with backend.use("numpy"):
        for example in parse(FOLDER / f"{name}.md").examples:
            exec(compile(example.source, name, "exec"), names)
    return types.SimpleNamespace(**{key: value for key, value in names.items() if not key.startswith("__")})
