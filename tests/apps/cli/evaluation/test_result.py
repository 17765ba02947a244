"""Titles of evaluations, and their text."""

from pathlib import Path

import numpy as np
import pytest

from apps.cli.evaluation.report import evaluate_predictions
from apps.cli.evaluation.result import Evaluation, networks_name, plot_evaluation, print_evaluation


@pytest.mark.parametrize(
    ("paths", "name"),
    [
        (["a/one.npz"], "one"),
        ([f"{'long' * 20}.npz"], "long" * 20),
        (["a/one.npz", "two.npz"], "one + two"),
        (["a/weights.npz", "b/weights.npz"], "ensemble of 2 networks"),
        ([f"seed-{n}.npz" for n in range(9)], "ensemble of 9 networks"),
    ],
)
def test_titles_name_the_networks_if_the_names_are_short_and_distinct(paths, name):
    assert networks_name([Path(path) for path in paths]) == name


def evaluation(report):
    nothing = np.empty((0, 28, 28)), np.empty(0, int), np.empty(0, int), np.empty((0, 10))
    return Evaluation("title", *nothing, report, {}, ["Accuracy: 1.0000"], tables=(["kind  n", "photo 1"],))


def test_tables_follow_the_metrics(capsys):
    report = evaluate_predictions(np.array([0, 1]), np.array([0, 1]), 2)
    print_evaluation(evaluation(report), quiet=True)
    assert capsys.readouterr().out == (
        "Accuracy: 1.0000\n95 % interval: 0.3424 to 1.0000, from 2 samples\n\nkind  n\nphoto 1\n"
    )
    print_evaluation(evaluation(report), quiet=False)
    out = capsys.readouterr().out
    assert out.startswith("title\n")
    assert out.endswith(f"photo 1\n\n{report.text()}\n")


def test_without_single_digits_there_is_no_confusion_matrix(capsys, tmp_path):
    print_evaluation(evaluation(None), quiet=False)
    assert capsys.readouterr().out == "title\nAccuracy: 1.0000\n\nkind  n\nphoto 1\n"
    plot_evaluation(evaluation(None), tmp_path)
    assert not list(tmp_path.iterdir())
