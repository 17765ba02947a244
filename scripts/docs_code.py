"""Copy code into the pages of docs. A marker names a file and the definitions to show; the block after it is replaced.

python -m scripts.docs_code

    <!-- code: nn/ops/relu.py forward _forward_loops -->
    <!-- end of code -->
"""

from apps.cli import signals

if __name__ == "__main__":
    signals.exit_immediately("scripts.docs_code")  # before the slow imports

# isort: split
import ast
import re
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

from apps.cli.arguments import Parser, UsageError
from apps.cli.command import SUCCESS, command
from nn.atomic import atomic_write

ROOT = Path(__file__).parents[1]
MARKER = re.compile(r"<!-- code: (?P<file>\S+) (?P<names>[^>]+?) -->\n.*?<!-- end of code -->", flags=re.S)


def pages() -> list[Path]:
    """The pages with such markers."""
    return [path for path in sorted(ROOT.glob("docs/**/*.md")) if MARKER.search(path.read_text("utf-8"))]


def definition(source: str, name: str) -> str:
    """The lines of a function, a class or a method (``Class.method``), with its decorators and without indentation.

    Raises:
        LookupError: there is none of this name.
    """
    scope: list[ast.stmt] = ast.parse(source).body
    for part in name.split("."):
        found = [node for node in scope if getattr(node, "name", None) == part]
        if not found:
            raise LookupError(name)
        node = found[-1]
        scope = getattr(node, "body", [])
    decorators = getattr(node, "decorator_list", [])
    first = min(line.lineno for line in (node, *decorators))
    return textwrap.dedent("\n".join(source.splitlines()[first - 1 : node.end_lineno]))


def updated(text: str) -> str:
    """A page with the code as it is in the files now.

    Raises:
        LookupError: a definition does not exist.
        OSError: a file can't be read.
    """

    def replace(marker: re.Match[str]) -> str:
        source = (ROOT / marker["file"]).read_text("utf-8")
        code = "\n\n\n".join(definition(source, name) for name in marker["names"].split())
        return f"<!-- code: {marker['file']} {marker['names']} -->\n```py\n{code}\n```\n<!-- end of code -->"

    return MARKER.sub(replace, text)


@command("scripts.docs_code")
def main(argv: Sequence[str] | None = None) -> int:
    """Update all pages, print the names of those that changed, and return the exit status."""
    Parser((__doc__ or "").split("\n")[0], prog="python -m scripts.docs_code").parse_args(argv)
    for page in pages():
        text = page.read_text("utf-8")
        try:
            new = updated(text)
        except LookupError as error:
            raise UsageError(f"{page.relative_to(ROOT)}: expected a definition, found no {error.args[0]}") from None
        if new != text:
            with atomic_write(page) as file:
                file.write(new.encode())
            print(page.relative_to(ROOT))
    return SUCCESS


if __name__ == "__main__":
    sys.exit(main())
