"""Systematic variants of faults that were found once; see ``siblings.py``."""

import random
import time

import pytest

from nn.ops import backend
from tests.stress.siblings import KINDS

#: Seconds of the processor that a case may take, besides compiling kernels. Some train a network again.
TIME_LIMIT = 10


@pytest.mark.stress(default=6, full=5_000)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_variant_is_taken_or_refused_in_a_line(cases, kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    variants = list(kind(tmp_path))
    for name, check in random.Random(0).sample(variants, min(cases.count, len(variants))):
        began = time.process_time() - backend.compile_seconds()
        problem = check()
        seconds = time.process_time() - backend.compile_seconds() - began
        cases.check(problem is None and seconds < TIME_LIMIT, f"{name}: {problem}, {seconds:.1f} s")
