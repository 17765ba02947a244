"""Accuracy and confusion matrix of predictions."""

import json

import numpy as np

from apps.cli.evaluation.report import REJECTED, evaluate_predictions


def test_rejected_samples_count_as_wrong():
    report = evaluate_predictions(np.array([0, 0, 1, 1]), np.array([0, REJECTED, 1, 0]), 3)
    assert report.accuracy == 0.5
    assert report.per_class == [0.5, 0.5, None]
    assert report.to_dict()["unanswered"] == [1, 0, 0]
    table, names = report.table()
    assert names == ["0", "1", "2", "reject"]
    assert table.tolist() == [[1, 0, 0, 1], [1, 1, 0, 0], [0, 0, 0, 0]]
    assert len({len(line) for line in report.text().splitlines()[1:]}) == 1


def test_without_rejected_samples():
    labels = np.repeat(np.arange(10), 200)
    report = evaluate_predictions(labels, labels, 10)
    assert "unanswered" not in report.to_dict()
    json.dumps(report.to_dict(), allow_nan=False)
    lines = report.text().splitlines()
    assert lines[0].strip() == "predicted"
    assert len({len(line) for line in lines[1:]}) == 1
    assert lines[4].split() == ["2", "·", "·", "200", *7 * ["·"], "100.00", "%"]


def test_of_many_classes_the_most_frequent_confusions_are_listed():
    labels = np.repeat(np.arange(40), 10)
    predictions = labels.copy()
    predictions[:3] = 7
    predictions[10] = 0
    text = evaluate_predictions(labels, predictions, 40).text()
    assert text.splitlines() == [
        "The most frequent confusions of 40 classes:",
        "       3  0 as 7, of 10",
        "       1  1 as 0, of 10",
    ]
    assert evaluate_predictions(labels, labels, 40).text().endswith("none")


def test_classes_have_names():
    report = evaluate_predictions(np.array([0, 1]), np.array([0, 0]), 2, ("T-shirt/top", "A very long name"))
    assert report.table()[1] == ["T-shirt/top", "A very long name"]
    assert report.to_dict()["class_names"] == ["T-shirt/top", "A very long name"]
    assert "class_names" not in evaluate_predictions(np.array([0, 1]), np.array([0, 0]), 2).to_dict()
    assert [len(line) for line in report.text().splitlines()[1:]] == [51, 51, 51]
