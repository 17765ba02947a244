"""Signals that come before a script has begun."""

import ast
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCRIPTS = ROOT / "scripts"

#: Imports ``early`` as the file in argv[1] would, and is sent the signal argv[2] at that moment.
IMPORTS = """
import signal, sys
sys.argv, number = sys.argv[1:2], int(sys.argv[2])
sys.modules["__main__"].__file__ = sys.argv[0]
signal.signal(number, signal.SIG_IGN if IGNORED else signal.SIG_DFL)
import apps.cli.early
signal.raise_signal(number)
print("went on")
"""


def importing(program, signum, *, ignored=False):
    """How a program ends that a signal reaches while it imports."""
    code = IMPORTS.replace("IGNORED", str(ignored))
    command = [sys.executable, "-c", code, program, str(int(signum))]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


@pytest.mark.parametrize(("signum", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_script_that_imports_ends_in_a_line(signum, status):
    ended = importing(SCRIPTS / "train.py", signum)
    assert (ended.returncode, ended.stdout) == (status, "")
    assert ended.stderr == "train.py: interrupted\n"


def test_what_is_to_be_ignored_is():
    ended = importing(SCRIPTS / "train.py", signal.SIGINT, ignored=True)
    assert (ended.returncode, ended.stdout) == (0, "went on\n")


def test_other_programs_keep_their_handlers(tmp_path):
    ended = importing(tmp_path / "mine.py", signal.SIGTERM)
    assert ended.returncode == -signal.SIGTERM


def test_every_script_imports_it_before_all_else():
    scripts = [path for path in SCRIPTS.glob("*.py") if "@cli.script" in path.read_text()]
    assert len(scripts) >= 8
    for path in scripts:
        first = next(node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Import | ast.ImportFrom))
        assert ast.unparse(first) == "import apps.cli.early", path.name
