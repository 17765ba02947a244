"""The table of the API's routes; the OpenAPI document is made from it, too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import numpy as np

from apps.models import Model
from apps.web.server import bodies
from apps.web.server.engine import Engine, Ink
from apps.web.server.parameters import Parameter
from nn.digits import Line, Page, Prediction


@dataclass(frozen=True)
class Call:
    """A request to the API, checked.

    Attributes:
        model: the one it asks for.
        ink: its body.
        parameters: the values of the query's parameters.
        local: whether it comes from this computer.
    """

    model: Model
    ink: Ink
    parameters: dict[str, Any]
    local: bool


@dataclass(frozen=True)
class Route:
    """A method of the API.

    Attributes:
        method, path: of the requests.
        summary: one line.
        handler: computes the JSON document, or the bytes of a file.
        response: the name of the document's schema in openapi.py, or the media type of the file.
        body: the media types that are taken, with the name of the schema for JSON; empty if there is no body.
        parameters: of the query.
        loopback: whether only clients on this computer may call it.
    """

    method: str
    path: str
    summary: str
    handler: Callable[[Engine, Call], Awaitable[Any]]
    response: str
    body: dict[str, str] | None = None
    parameters: tuple[Parameter, ...] = ()
    loopback: bool = False


async def _recognize(engine: Engine, call: Call) -> Any:
    with_image = call.parameters["image"]
    if call.parameters["mode"] == "line":
        return _line(await engine.recognize_line(call.model, call.ink), with_image)
    if call.parameters["mode"] == "page":
        return _page(await engine.recognize_page(call.model, call.ink), with_image)
    return _prediction(await engine.recognize(call.model, call.ink), with_image)


async def _models(engine: Engine, call: Call) -> Any:
    return {
        "default": engine.models.current.name,
        "can_learn": call.local,
        "models": [
            {"name": model.name, "bytes": model.size, "weights": f"/v1/weights?{urlencode({'model': model.name})}"}
            for model in engine.models.all
        ],
    }


async def _weights(engine: Engine, call: Call) -> Any:
    return await engine.weights(call.model)


async def _nearest(engine: Engine, call: Call) -> Any:
    found = await engine.nearest(call.model, call.ink, call.parameters["count"])
    return {"neighbours": [each._asdict() | {"image": each.image.tolist()} for each in found]}


async def _learn(engine: Engine, call: Call) -> Any:
    result, corrections = await engine.learn(call.model, call.ink.body)
    return {
        "before": result.before, "after": result.after, "seconds": result.seconds, "corrections": corrections,
    }  # fmt: skip


async def _undo(engine: Engine, call: Call) -> Any:
    undone, corrections = await engine.undo(call.model)
    return {"undone": undone, "corrections": corrections}


def _prediction(prediction: Prediction, with_image: bool) -> dict[str, Any]:
    result = {
        "label": prediction.label,
        "reason": prediction.reason,
        "confidence": prediction.confidence,
        "digit_probability": prediction.digit_probability,
        "probabilities": prediction.probabilities.tolist(),
    }
    if prediction.ignored:
        result["ignored"] = [list(box) for box in prediction.ignored]
    if prediction.page is not None:
        result["page"] = _page(prediction.page, with_image)
    return result | {"image": np.round(prediction.image.astype(float), 4).tolist()} if with_image else result


def _line(line: Line, with_image: bool) -> dict[str, Any]:
    digits = [{"box": list(each.box), **_prediction(each.prediction, with_image)} for each in line.digits]
    marks = [{"text": each.text, "box": list(each.box)} for each in line.marks]
    return {"text": line.text, "confidence": line.confidence, "digits": digits, "marks": marks}


def _page(page: Page, with_image: bool) -> dict[str, Any]:
    lines = [_line(line, with_image) for line in page.lines]
    return {"text": page.text, "confidence": page.confidence, "lines": lines}


_MODEL = Parameter("model", "The model, by its name in `/v1/models`; the default is named there.", {"type": "string"})
_MODE = Parameter(
    "mode", "One digit, a line of digits from left to right, or all lines of a page.",
    {"type": "string", "enum": ["digit", "line", "page"], "default": "digit"},
)  # fmt: skip
_IMAGE = Parameter("image", "Whether to return the network's input.", {"type": "boolean", "default": False})
_COUNT = Parameter("count", "How many images, at most.", {"type": "integer", "minimum": 1, "maximum": 32, "default": 8})

_DRAWING_OR_PICTURE = {bodies.JSON: "Drawing"} | dict.fromkeys([*bodies.PICTURES, bodies.FORM], "Picture")

ROUTES = (
    Route(
        "POST", "/v1/recognize", "Recognize a drawing or a picture.", _recognize, "Recognized",
        _DRAWING_OR_PICTURE, (_MODE, _MODEL, _IMAGE),
    ),
    Route("GET", "/v1/models", "List the models.", _models, "Models"),
    Route(
        "GET", "/v1/weights", "Download a model's weights, fine-tuned if it was.", _weights,
        "application/octet-stream", parameters=(_MODEL,),
    ),
    Route(
        "POST", "/v1/nearest", "Find the training images of MNIST that the network finds most similar.", _nearest,
        "Nearest", _DRAWING_OR_PICTURE, (_MODEL, _COUNT),
    ),
    Route(
        "POST", "/v1/learn", "Fine-tune a model on drawings that it misread; only on this computer.", _learn, "Learned",
        {bodies.JSON: "Samples"}, (_MODEL,), loopback=True,
    ),
    Route(
        "POST", "/v1/undo", "Undo the last fine-tuning; only on this computer.", _undo, "Undone",
        parameters=(_MODEL,), loopback=True,
    ),
)  # fmt: skip
