"""Which configurations differ significantly, and the tables."""

import numpy as np

from apps.cli import comparison_report
from apps.cli.comparison_run import RunResult, RunSpec


def answered(arch, seed, answers):
    """A run that has finished with these answers."""
    spec = RunSpec(arch, "plain", seed, {}, {}, None, [], 0)
    return spec, RunResult(np.array(answers, np.uint8), None, 1.0, {})


def test_pairs_are_told_apart_by_the_first_seed_that_both_have():
    labels = np.zeros(20, int)
    outcomes = dict(
        [
            answered("a", 0, [1] * 20),
            answered("b", 1, [0] * 12 + [1] * 8),
            answered("a", 1, [1] * 10 + [0] * 2 + [1] * 8),
            answered("a", 2, [0] * 20),
            answered("b", 2, [1] * 20),
            answered("c", 1, [1] * 20),
            answered("d", 9, [0] * 20),
        ]
    )
    found = {(pair.first, pair.second): pair for pair in comparison_report.compare_pairs(outcomes, labels)}
    assert list(found) == [("a, plain", "b, plain"), ("a, plain", "c, plain"), ("b, plain", "c, plain")]
    ab, ac, bc = found.values()
    assert (ab.seed, ab.only_first, ab.only_second, ab.p) == (1, 0, 10, 2 / 2**10)
    assert (ac.seed, ac.only_first, ac.only_second, ac.p) == (1, 2, 0, 0.5)
    assert bc.p == 2 / 2**12
    assert [ab.adjusted, ac.adjusted, bc.adjusted] == [2 * ab.p, ac.p, 3 * bc.p]
    lines = comparison_report.pair_table(list(found.values())).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert " ".join(lines[2].split()) == "| a, plain | b, plain | 1 | 0 | 10 | 0.0020 | 0.0039 |"
    assert "Holm" not in comparison_report.pair_table([ab])
