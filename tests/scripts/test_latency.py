"""The latency benchmark of the window."""

import json

import numpy as np
import pygame
import pytest

from apps.draw.engine.inference import InferenceEngine
from nn import checkpoint, zoo
from scripts import latency, timed_app
from tests.apps.draw.fakes import (
    FakeRecognizer,
)


@pytest.mark.parametrize("inside", [[], ["--inside"]])
def test_latency_times_every_movement(inside, monkeypatch, tmp_path):
    checkpoint.save(tmp_path / "tiny.npz", zoo.build("tiny"), {})
    monkeypatch.setattr(
        latency, "InferenceEngine", lambda path: InferenceEngine(load=lambda path: FakeRecognizer(), folder=tmp_path)
    )
    monkeypatch.setattr(timed_app, "RATE", 2000)
    monkeypatch.setattr(timed_app, "PAUSE", 0.01)
    monkeypatch.setattr(latency, "IDLE", 0.04)
    assert latency.main(["--n", "70", "--metrics", str(tmp_path / "latency.json"), *inside]) == 0
    figures = json.loads((tmp_path / "latency.json").read_text())
    for name in ("ink", "answer"):
        times = figures[f"{name}_ms"]
        assert times["n"] == 70
        assert 0.0 < times["median"] <= times["p95"] <= times["p99"] <= times["max"]
    assert figures["frames_per_second"] > 0
    assert figures["idle_cpu"] >= 0
    assert figures["inside"] == bool(inside)


def test_the_start_is_timed_to_the_first_frame_and_to_ready(tmp_path):
    checkpoint.save(tmp_path / "tiny.npz", zoo.build("tiny", rng=np.random.default_rng(0)), {})
    options = ["--startup", "--n", "1", "--size", "640x480", "--weights", str(tmp_path / "tiny.npz")]
    assert latency.main([*options, "--metrics", str(tmp_path / "startup.json")]) == 0
    figures = json.loads((tmp_path / "startup.json").read_text())
    assert 0 < figures["shown_ms"][0] < figures["ready_ms"][0]


def test_a_window_that_does_not_open_is_one_line(tmp_path, capsys):
    assert latency.main(["--startup", "--weights", str(tmp_path / "none.npz")]) == 2
    error = capsys.readouterr().err
    reason = f"{tmp_path / 'none.npz'}: expected a file of weights, found nothing"
    assert error == f"scripts.latency: the window did not open: apps.draw: {reason}\n"


@pytest.mark.parametrize(
    ("option", "value"),
    [("--size", "-5"), ("--size", "5000"), ("--n", "0"), ("--n", "-1"), ("--metrics", "/dev/null/m.json")],
)
def test_invalid_options_are_one_line(option, value, capsys):
    assert latency.main([f"{option}={value}"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("scripts.latency: ")
    assert option in error or value.startswith("/dev/null")
    assert error.count("\n") == 1


def test_no_display_is_one_line(monkeypatch, capsys):
    def no_display(*arguments, **options):
        raise pygame.error("none here")

    monkeypatch.setattr(latency, "measure", no_display)
    assert latency.main([]) == 2
    assert capsys.readouterr().err == "scripts.latency: no display to open a window on: none here\n"
