"""Answers requests for repetitions of one task; see ``scripts.frameworks``."""

import importlib
import json
import os
import sys

from scripts import frameworks


def main() -> None:
    """Answer requests until the standard input ends."""
    name, task, threads = sys.argv[1:]
    kind, _, argument = task.partition(":")
    if kind in frameworks.PROGRAMS:
        module = importlib.import_module(f"scripts.frameworks.{name}")
        sys.exit(getattr(module, kind)(int(threads), argument))
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # the output of the frameworks goes to stderr
    repeat = frameworks.prepare(name, task, int(threads))
    repeat()
    answers.write(json.dumps({"version": frameworks.version(name)}) + "\n")
    for _ in sys.stdin:
        answers.write(json.dumps(repeat()) + "\n")


if __name__ == "__main__":
    main()
