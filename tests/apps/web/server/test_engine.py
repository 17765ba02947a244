"""The workers of the engine. test_routes.py has the answers."""

import asyncio
import json
import threading

import numpy as np
import pytest

from apps.web.server.engine import Engine, Ink
from nn.digits import Recognizer
from nn.errors import CheckpointError
from tests.apps.web.server.test_routes import SEVEN, png
from tests.tiny_set import write_tiny_set

DRAWING = Ink("application/json", json.dumps({"strokes": SEVEN}).encode())
PICTURE = Ink("image/png", png(np.zeros((30, 30), np.uint8)))


def test_a_slow_picture_and_fine_tuning_do_not_delay_strokes(models, monkeypatch):
    go = threading.Event()
    monkeypatch.setattr(Recognizer, "recognize_image", lambda self, gray: go.wait())
    monkeypatch.setattr(Recognizer, "undo", lambda self: go.wait())

    async def scenario():
        engine = Engine(models)
        model = models.current
        slow = [asyncio.create_task(engine.recognize(model, PICTURE)), asyncio.create_task(engine.undo(model))]
        answers = await asyncio.gather(*(engine.recognize(model, DRAWING) for _ in range(50)))
        assert not any(task.done() for task in slow)
        go.set()
        await asyncio.gather(*slow)
        return answers

    assert len(asyncio.run(scenario())) == 50


def test_drawings_of_several_models_are_recognized_in_one_batch(models, weights, monkeypatch):
    calls = []
    recognize_many = Recognizer.recognize_many

    def counting(self, drawings):
        calls.append(len(drawings))
        return recognize_many(self, drawings)

    monkeypatch.setattr(Recognizer, "recognize_many", counting)
    broken, first, second = models.all

    async def scenario():
        engine = Engine(models)
        await engine.warm_up()
        wrong = Ink("application/json", b"[]")
        requests = [(first, DRAWING), (second, DRAWING), (first, wrong), (broken, DRAWING), (first, DRAWING)]
        return await asyncio.gather(*(engine.recognize(*each) for each in requests), return_exceptions=True)

    one, two, invalid, unreadable, three = asyncio.run(scenario())
    for prediction, name in ((one, "deep-drawing"), (three, "deep-drawing"), (two, "tiny")):
        expected = Recognizer.load(weights / f"{name}.npz").recognize(SEVEN)
        np.testing.assert_allclose(prediction.probabilities, expected.probabilities, rtol=1e-4, atol=1e-6)
    assert type(invalid) is ValueError
    assert type(unreadable) is CheckpointError
    assert sorted(calls) == [1, 2]


def test_a_model_is_loaded_once_by_all_workers(models):
    loaded = []
    load = models.current._load
    models.current._load = lambda path: loaded.append(path) or load(path)

    async def scenario():
        engine = Engine(models)
        await asyncio.gather(*(engine.recognize(models.current, ink) for ink in (DRAWING, PICTURE) * 3))

    asyncio.run(scenario())
    assert len(loaded) == 1


def test_a_network_that_can_t_be_inspected_has_no_neighbours(models, monkeypatch, tmp_path):
    monkeypatch.setenv("NN_DATA", str(write_tiny_set(tmp_path / "set", size=28)))
    monkeypatch.setattr("nn.inspection.last_hidden", lambda network: None)
    with pytest.raises(LookupError, match="deep-drawing: the network has no hidden layer"):
        asyncio.run(Engine(models).nearest(models.current, DRAWING, 3))
