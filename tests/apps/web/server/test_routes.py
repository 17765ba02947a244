"""What the API answers."""

import dataclasses
import io
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from apps.web.server import routes
from nn.data import mnist
from nn.digits import Line, LineDigit, Page, Recognizer

SEVEN = [[[0, 0], [60, 0], [20, 100]]]
LINE = [*SEVEN, [[110, 0], [110, 100]]]


@pytest.fixture
def recognizer(weights):
    return Recognizer.load(weights / "deep-drawing.npz")


def picture_of_one():
    picture = np.full((90, 60), 255, np.uint8)
    picture[20:70, 28:34] = 0
    return picture


def png(picture):
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return buffer.getvalue()


def check_prediction(found, expected):
    assert (found["label"], found["reason"]) == (expected.label, expected.reason)
    np.testing.assert_allclose(found["probabilities"], expected.probabilities, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(found["confidence"], expected.confidence, rtol=1e-4)
    np.testing.assert_allclose(found["digit_probability"], expected.digit_probability, rtol=1e-4)


def test_a_drawing_is_recognized_as_by_the_library(client, recognizer):
    found = client.post("/v1/recognize", {"strokes": SEVEN}).json
    check_prediction(found, recognizer.recognize(SEVEN))
    assert "image" not in found


def test_the_network_s_input_is_answered_if_it_is_asked_for(client, recognizer):
    found = client.post("/v1/recognize?image=true", {"strokes": SEVEN}).json
    np.testing.assert_allclose(found["image"], recognizer.recognize(SEVEN).image, atol=1e-4)


@pytest.mark.parametrize(("strokes", "reason"), [([], "blank"), ([[[5, 5]]], "a dot")])
def test_a_drawing_that_is_no_digit_has_a_reason(client, strokes, reason):
    found = client.post("/v1/recognize", {"strokes": strokes}).json
    assert (found["label"], found["reason"]) == (None, reason)


def test_a_picture_is_recognized_as_by_the_library(client, recognizer):
    picture = picture_of_one()
    found = client.post("/v1/recognize", png(picture), "image/png").json
    check_prediction(found, recognizer.recognize_image(picture))


@pytest.mark.parametrize("ink", ["drawing", "picture"])
def test_a_line_is_read_as_by_the_library(client, recognizer, ink):
    if ink == "drawing":
        expected, body, kind = recognizer.recognize_line(LINE), {"strokes": LINE}, "application/json"
    else:
        picture = np.hstack([picture_of_one()] * 3)
        expected, body, kind = recognizer.recognize_line_image(picture), png(picture), "image/png"
    found = client.post("/v1/recognize?mode=line", body, kind).json
    assert found["text"] == expected.text
    np.testing.assert_allclose(found["confidence"], expected.confidence, rtol=1e-4)
    assert len(found["digits"]) == len(expected.digits) > 1
    for digit, each in zip(found["digits"], expected.digits, strict=True):
        check_prediction(digit, each.prediction)
        assert digit["box"] == list(each.box)


def test_a_page_is_read_as_by_the_library(client, recognizer):
    row = np.hstack([picture_of_one()] * 3)
    picture = np.vstack([row, row])
    expected = recognizer.recognize_page_image(picture)
    found = client.post("/v1/recognize?mode=page", png(picture), "image/png").json
    assert found["text"] == expected.text
    assert len(found["lines"]) == len(expected.lines) == 2
    assert found["lines"][1]["digits"][0]["box"] == list(expected.lines[1].digits[0].box)
    assert found["lines"][0]["marks"] == []
    drawn = client.post("/v1/recognize?mode=page", {"strokes": LINE}).json
    assert [line["text"] for line in drawn["lines"]] == [recognizer.recognize_line(LINE).text]


def test_several_digits_are_told_with_what_they_are(recognizer):
    one = recognizer.recognize(SEVEN)
    page = Page((Line((LineDigit(one, (0, 0, 1, 1)), LineDigit(one, (2, 0, 3, 1)))),))
    found = routes._prediction(dataclasses.replace(one, label=None, reason="several digits", page=page), False)
    assert (found["label"], found["reason"], found["page"]["text"]) == (None, "several digits", page.text)
    assert "page" not in routes._prediction(one, False)


def test_foreign_ink_of_a_picture_is_told(client):
    picture = picture_of_one()
    picture[:, -3:] = 0
    assert client.post("/v1/recognize", png(picture), "image/png").json["ignored"] == [[57, 0, 60, 90]]
    assert "ignored" not in client.post("/v1/recognize", png(picture_of_one()), "image/png").json


def test_a_long_line_is_refused(client):
    answer = client.post("/v1/recognize?mode=line", {"strokes": SEVEN * 201})
    assert (answer.status, answer.json) == (400, {"error": "strokes: expected at most 200, found 201"})
    assert client.post("/v1/recognize", {"strokes": SEVEN * 201}).status == 200


def test_the_models_are_listed_and_chosen_by_name(client, weights):
    found = client.get("/v1/models").json
    assert found["default"] == "deep-drawing"
    assert [model["name"] for model in found["models"]] == ["broken", "deep-drawing", "tiny"]
    assert found["models"][2]["bytes"] == (weights / "tiny.npz").stat().st_size
    check_prediction(
        client.post("/v1/recognize?model=tiny", {"strokes": SEVEN}).json,
        Recognizer.load(weights / "tiny.npz").recognize(SEVEN),
    )


def test_the_weights_are_a_file_that_the_client_may_keep(client, weights):
    path = next(model["weights"] for model in client.get("/v1/models").json["models"] if model["name"] == "tiny")
    answer = client.get(path)
    assert answer.body == (weights / "tiny.npz").read_bytes()
    assert client.get(path, f"If-None-Match: {answer.headers['etag']}").status == 304


def test_a_broken_model_is_an_error_of_the_server_in_one_line(client):
    for path in ("/v1/recognize?model=broken", "/v1/nearest?model=broken", "/v1/recognize?mode=line&model=broken"):
        answer = client.post(path, {"strokes": SEVEN})
        assert answer.status == 503
        assert answer.json["error"].startswith("broken: ")


def test_the_nearest_image_of_a_training_image_is_itself(client):
    data = mnist.load(download=False)
    number = 6
    strokes = client.post("/v1/nearest?count=3", png(255 - data.train_images[number]), "image/png").json["neighbours"]
    assert len(strokes) == 3
    for each in strokes:
        np.testing.assert_array_equal(each["image"], data.train_images[each["number"]])
        assert each["label"] == data.train_labels[each["number"]]
    similarities = [each["similarity"] for each in strokes]
    assert similarities == sorted(similarities, reverse=True)
    again = client.post("/v1/nearest?count=3", png(255 - data.train_images[number]), "image/png").json
    assert again["neighbours"] == strokes


def test_nearest_images_need_mnist(client, monkeypatch, tmp_path):
    monkeypatch.setenv("NN_DATA", str(tmp_path / "none"))
    answer = client.post("/v1/nearest", {"strokes": SEVEN})
    assert answer.status == 404
    assert answer.json["error"].startswith("MNIST is missing or damaged")


def test_fine_tuning_changes_the_answers_and_the_weights_until_it_is_undone(client, weights, tmp_path):
    before = client.post("/v1/recognize", {"strokes": SEVEN}).json
    found = client.post("/v1/learn", {"samples": [{"strokes": SEVEN, "label": 7}]}).json
    assert found["corrections"] == 1
    assert 0 <= found["before"] <= found["after"] <= 1
    after = client.post("/v1/recognize", {"strokes": SEVEN}).json
    assert after["probabilities"] != before["probabilities"]
    (tmp_path / "tuned.npz").write_bytes(client.get("/v1/weights").body)
    check_prediction(after, Recognizer.load(tmp_path / "tuned.npz").recognize(SEVEN))
    assert client.post("/v1/undo", b"").json == {"undone": True, "corrections": 0}
    check_prediction(client.post("/v1/recognize", {"strokes": SEVEN}).json, SimpleNamespace(**before))
    assert client.get("/v1/weights").body == (weights / "deep-drawing.npz").read_bytes()
    assert client.post("/v1/undo", b"").json == {"undone": False, "corrections": 0}
