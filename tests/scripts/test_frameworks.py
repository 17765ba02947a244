"""What the benchmark runs in each process, as far as it needs no other framework."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from nn.data import mnist
from scripts import frameworks
from scripts.frameworks import networks, ours


@pytest.fixture
def few_digits(monkeypatch):
    """A tiny data set instead of MNIST."""
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (50, 28, 28), np.uint8), rng.integers(0, 10, 50).astype(np.uint8)
    data = mnist.Dataset(images, labels, images, labels, 10, ours.WEIGHTS.parent)
    monkeypatch.setattr(mnist, "load", lambda **options: data)
    return data


def test_digits_repeat_when_there_are_too_few(few_digits):
    images, labels = frameworks.digits(120)
    assert images.shape == (120, 28, 28)
    np.testing.assert_array_equal(images[50:100], few_digits.train_images)
    np.testing.assert_array_equal(labels[100:], few_digits.train_labels[:20])


@pytest.mark.parametrize("task", ["train:mlp:8:16", "growth:8:16", "warm:mlp:1", "cold:mlp:2", "busy:mlp:2"])
def test_our_tasks_give_seconds(task, few_digits, monkeypatch):
    monkeypatch.setattr(ours, "GROWTH_IMAGES", 32)
    monkeypatch.setattr(frameworks, "WARM_SECONDS", 1e-6)
    monkeypatch.setattr(frameworks, "IDLE_SECONDS", 0)
    assert frameworks.prepare("ours", task, 1)() > 0


@pytest.mark.skipif(os.name == "nt", reason="processes keep the number of a parent that has ended")
def test_the_busy_process_ends_with_its_parent():
    start = f"subprocess.Popen([sys.executable, '-c', {frameworks.NEIGHBOUR!r}, str(os.getpid())])"
    command = [sys.executable, "-c", f"import os, subprocess, sys; {start}"]
    subprocess.run(command, stdout=subprocess.PIPE, timeout=60, check=True)  # until nobody has the pipe open


def test_a_framework_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(frameworks.PACKAGES, "other", ("json", "no_such_package"))
    assert frameworks.missing("other") == ["no_such_package"]
    assert frameworks.missing("ours") == []


def test_the_process_answers_each_line():
    code = (
        "from scripts import frameworks; frameworks.prepare = lambda *arguments: lambda: 0.5; "
        "frameworks.version = lambda name: print('noise') or 'test 1'; "
        "from scripts.frameworks.__main__ import main; main()"
    )
    command = [sys.executable, "-c", code, "ours", "limit", "1"]
    ended = subprocess.run(command, input="go\ngo\n", capture_output=True, text=True, check=True)
    assert [json.loads(line) for line in ended.stdout.splitlines()] == [{"version": "test 1"}, 0.5, 0.5]
    assert ended.stderr == "noise\n"


@pytest.mark.parametrize("name", networks.NETWORKS)
def test_every_network_gives_ten_classes(name):
    assert networks.build(name).output_shape == (10,)


def test_pytorch_makes_the_same_networks():
    pytest.importorskip("torch")
    from scripts.frameworks import pytorch

    for name in networks.NETWORKS:
        model = networks.build(name)
        weights = sum(parameter.numel() for parameter in pytorch._network(model, "").parameters())
        assert weights == sum(parameter.value.size for parameter in model.parameters), name
