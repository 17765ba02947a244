"""What the benchmark runs in each process, as far as it needs no other framework."""

import json
import subprocess
import sys

import numpy as np
import pytest

from nn.data import mnist
from scripts import frameworks


@pytest.fixture
def few_digits(monkeypatch):
    """A tiny data set instead of MNIST."""
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (50, 28, 28), np.uint8), rng.integers(0, 10, 50).astype(np.uint8)
    data = mnist.Dataset(images, labels, images, labels, 10, frameworks.WEIGHTS.parent)
    monkeypatch.setattr(mnist, "load", lambda **options: data)
    return data


def test_digits_repeat_when_there_are_too_few(few_digits):
    images, labels = frameworks.digits(120)
    assert images.shape == (120, 28, 28)
    np.testing.assert_array_equal(images[50:100], few_digits.train_images)
    np.testing.assert_array_equal(labels[100:], few_digits.train_labels[:20])


@pytest.mark.parametrize("task", ["train:8:16", "growth:8:16", "deep:4", "predict:1"])
def test_our_tasks_give_seconds(task, few_digits, monkeypatch):
    monkeypatch.setattr(frameworks, "GROWTH_IMAGES", 32)
    monkeypatch.setattr(frameworks, "PREDICTED_IMAGES", 1)
    monkeypatch.setattr(frameworks, "STEPS", 1)
    assert frameworks.prepare("ours", task, 1)() > 0


def test_a_framework_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(frameworks.PACKAGES, "other", ("json", "no_such_package"))
    assert frameworks.missing("other") == ["no_such_package"]
    assert frameworks.missing("ours") == []


def test_the_process_answers_each_line():
    code = (
        "from scripts import frameworks; frameworks.prepare = lambda *arguments: lambda: 0.5; "
        "frameworks.version = lambda name: print('noise') or 'test 1'; frameworks.main()"
    )
    command = [sys.executable, "-c", code, "ours", "limit", "1"]
    ended = subprocess.run(command, input="go\ngo\n", capture_output=True, text=True, check=True)
    assert [json.loads(line) for line in ended.stdout.splitlines()] == [{"version": "test 1"}, 0.5, 0.5]
    assert ended.stderr == "noise\n"
