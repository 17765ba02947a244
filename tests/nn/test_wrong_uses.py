"""Wrong uses of the public API: each raises an error of one line that names the argument.

A row is a call, the values to call it with, and what the message says. Each value is a case of its own.
"""

import contextlib
import functools
import math
from pathlib import Path

import numpy as np
import pytest

from nn import (
    GELU,
    SGD,
    Adam,
    AdamW,
    AvgPool2D,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool2D,
    LeakyReLU,
    MaxPool2D,
    Parameter,
    ReLU,
    Sequential,
    checkpoint,
    inspection,
    metrics,
    recipes,
    schedules,
    softmax,
    softmax_cross_entropy,
    training,
    zoo,
)
from nn.averaging import EarlyStopping, ExponentialMovingAverage, StochasticWeightAveraging
from nn.data.augment import Augmentation
from nn.data.batches import shuffled_order
from nn.data.mnist import validation_split
from nn.digits import Recognizer, calibration, strokes
from nn.digits.calibration import Calibration
from nn.digits.stroke_set import StrokeSet
from nn.ensemble import Ensemble, average
from nn.fold import fold_batch_norm, optimize_for_inference
from nn.fuse import fuse
from nn.layers import Add, register
from nn.quantize import dequantize, quantize, round_weights
from nn.trainer import Trainer

NAN, INF = math.nan, math.inf
NOT_INTEGERS = [0, -1, 2.0, "3", None, NAN, True, [2], 1j]
NOT_BATCH_SIZES = [value for value in NOT_INTEGERS if value is not None]
NOT_FRACTIONS = [1, -0.1, NAN, INF, "0.5", None, True, [0.5]]
NOT_RATES = [-0.1, NAN, INF, "0.1", None, True, [0.1], 1j]

images = np.linspace(0, 1, 6 * 5 * 4).reshape(6, 5, 4)
labels = np.array([0, 1, 2, 0, 1, 2])
strokes_of_7 = [[(0, 0), (60, 0), (20, 100)]]
probabilities = np.full((4, 10), 0.1, np.float32)
scores = np.array([[0.2, 0.8], [0.6, 0.4]])


def model(**options):
    return Sequential([Flatten(), Dense(4), ReLU(), Dense(3)], (5, 4, 1), **options)


def parameters():
    return model().parameters


def built(layer, shape=(6, 6, 2)):
    return Sequential([layer], shape).layers[0]


def with_nan(array, index):
    array = np.array(array, np.float32)
    array[index] = NAN
    return array


def fit(x=images, y=labels, **options):
    found = model()
    return found.fit(x, y, **options)


def stream(x=images, y=labels, **options):
    found = model()
    arguments = {"epochs": 1, "optimizer": Adam(found.parameters), "model": found} | options
    return list(training.fit(arguments.pop("model"), arguments.pop("optimizer"), x, y, **arguments))


def of(name, make):
    """A call with one option."""
    return lambda value: make(**{name: value})


def without(other):
    """Arguments that are no model."""
    return [None, 5, "model", other]


@functools.cache
def recognizer():
    return Recognizer.load()


NOT_SCALED = [255 * images, (16 * images).astype(np.float16), (255 * images).astype(">f4")]
WRONG_LABELS = [
    labels[:5],
    labels[:, None],
    np.eye(3)[labels],
    labels + 1,
    labels - 1,
    labels / 2,
    labels.astype(float),
    labels.astype(str),
    labels.astype(object),
    labels * 1j,
    2,
    None,
    "abc",
    [],
    [[0, 1], [2]],
    np.ma.masked_equal(labels, 1),
    np.array([2**63, 0, 0, 0, 0, 0], np.uint64),
]
WRONG_IMAGES = [
    images[0],
    images[:, :4],
    images[:, None],
    images[..., None, None],
    images.reshape(6, 20),
    np.stack([images] * 3, axis=-1),
    images.astype(np.int64),
    images.astype(str),
    images.astype(object),
    images.astype(complex),
    None,
    "abc",
    5,
    [[1, 2], [3]],
    np.ma.masked_less(images, 0.5),
]


class Unregistered(ReLU):
    pass


class NoInit(ReLU):
    def __init__(self):
        pass


#: (call, values, regular expression of the message)
ROWS = {
    # Layers: options.
    "Dense units": (Dense, NOT_INTEGERS, "Dense: units"),
    "Dense kernel_initializer": (of("kernel_initializer", lambda **o: Dense(2, **o)), ["he", None, 3, ["zeros"]], None),
    "Conv2D filters": (Conv2D, NOT_INTEGERS, "Conv2D: filters"),
    "Conv2D kernel_size": (
        of("kernel_size", lambda **o: Conv2D(2, **o)),
        [0, (3,), (3, 3, 3), "33", 2.5, (2, 0)],
        None,
    ),
    "Conv2D stride": (of("stride", lambda **o: Conv2D(2, **o)), [0, -1, 1.5, None, (1, "2")], None),
    "Conv2D padding": (of("padding", lambda **o: Conv2D(2, **o)), ["SAME", 1, None, True, ["same"]], None),
    "pool_size": (MaxPool2D, [0, -2, 1.5, "2", (2,), None], "MaxPool2D: pool_size"),
    "pool stride": (of("stride", AvgPool2D), [0, -2, 1.5, "2", (2,)], "AvgPool2D: stride"),
    "Dropout rate": (Dropout, NOT_FRACTIONS, "Dropout: rate"),
    "BatchNorm momentum": (BatchNorm, NOT_FRACTIONS, "BatchNorm: momentum"),
    "BatchNorm epsilon": (of("epsilon", BatchNorm), [0, -1, NAN, INF, "1"], "BatchNorm: epsilon"),
    "LeakyReLU": (LeakyReLU, NOT_RATES, "LeakyReLU: negative_slope"),
    "GELU": (GELU, [1, "tanh", None], "GELU: approximate"),
    "Add": (Add, [[], None, "relu", [ReLU], ReLU(), [3]], "Add: layers"),
    # Layers: what they are called with.
    "unbuilt": (
        lambda layer: layer.forward(np.zeros((2, 3), np.float32)),
        [Dense(2), ReLU(), BatchNorm()],
        "built layer",
    ),
    "input": (
        lambda x: built(Dense(2), (3,)).forward(x),
        [np.zeros((2, 4), "f"), np.zeros(3, "f"), np.zeros((2, 3)), np.zeros((2, 3), int), [[1, 2, 3]], None],
        "dense_1: expected input",
    ),
    "images of layers": (
        lambda layer: built(layer, (6, 6)),
        [Conv2D(2), MaxPool2D(2), GlobalAvgPool2D(), Dense(2)],
        r"_1: expected",
    ),
    "too small": (lambda layer: built(layer, (1, 1, 2)), [Conv2D(2), MaxPool2D(2)], "expected images of at least"),
    "gradient": (
        lambda dy: (found := built(ReLU(), (3,))).forward(np.zeros((2, 3), "f"), training=True) is found.backward(dy),
        [np.zeros((2, 4), "f"), np.zeros((2, 3)), None, [[0.0] * 3]],
        "relu_1: expected gradient",
    ),
    "backward first": (
        lambda layer: built(layer).backward(np.zeros(1)),
        [Conv2D(1), ReLU(), Dropout(), BatchNorm(), Flatten(), MaxPool2D(2)],
        "backward needs a forward with training=True",
    ),
    "trainable": (lambda value: setattr(Dense(2), "trainable", value), [1, "no", None], "dense: trainable"),
    "register": (register, [5, ReLU(), dict, type("Dense", (ReLU,), {})], "register: expected"),
    # Sequential.
    "layers": (lambda v: Sequential(v, (3,)), [[], None, "ab", Dense(2), [Dense], [model()], [None]], "layers"),
    "no super": (lambda v: Sequential(v, (3,)), [[NoInit()]], "layer 1: NoInit did not call super"),
    "input_shape": (
        lambda v: Sequential([Flatten()], v),
        [None, 784, (), (None, 28, 28, 1), (28, 28.0, 1), (0, 3), (-1, 3), "abc", np.zeros(3), (True, 2)],
        "input_shape",
    ),
    "rng": (of("rng", model), [0, "seed", np.random, np.random.RandomState(0)], "rng"),
    "dtype": (of("dtype", model), ["int8", "float16", "flaot32", int, 5, complex], "dtype"),
    "from_config": (Sequential.from_config, [None, {}, 5, "abc", {"layers": None}], "description of a model"),
    "load_state_dict": (
        lambda v: model().load_state_dict(v),
        [None, 5, {}, {"a": 1}, model().state_dict() | {"dense_1/bias": None}, [1]],
        "load_state_dict|dense_|a: no",
    ),
    "save unregistered": (
        lambda v: checkpoint.save("a.npz", Sequential([v], (3,))),
        [Unregistered()],
        r"relu_1: .*Unregistered: .*@nn.register",
    ),
    # Images and labels, wherever they are given.
    "predict images": (lambda v: model().predict(v), [*WRONG_IMAGES, *NOT_SCALED], "model: .*images"),
    "fit images": (fit, [*WRONG_IMAGES, *NOT_SCALED, images[:0], with_nan(images, (2, 0, 1))], "fit: .*images"),
    "stream images": (stream, [*WRONG_IMAGES, *NOT_SCALED, images[:0], with_nan(images, (2, 0, 1))], "fit: .*images"),
    "evaluate images": (lambda v: model().evaluate(v, labels), [*WRONG_IMAGES, *NOT_SCALED], "evaluate: .*images"),
    "fit labels": (lambda v: fit(y=v), WRONG_LABELS, "fit: labels"),
    "stream labels": (lambda v: stream(y=v), WRONG_LABELS, "fit: labels"),
    "validation labels": (lambda v: fit(validation_data=(images, v)), WRONG_LABELS, "fit: validation_data: labels"),
    "stream validation": (lambda v: stream(validation=(images, v)), WRONG_LABELS, "fit: validation: labels"),
    "validation images": (lambda v: fit(validation_data=(v, labels)), WRONG_IMAGES, "fit: validation_data: .*images"),
    "evaluate labels": (lambda v: model().evaluate(images, v), WRONG_LABELS, "evaluate: labels"),
    "loss labels": (lambda v: softmax_cross_entropy(np.zeros((6, 3), "f"), v), WRONG_LABELS, "labels"),
    "swapped": (lambda v: fit(labels, images), [0], "fit: .*images"),
    "NCHW": (lambda v: model().predict(v), [np.zeros((2, 1, 5, 4))], r"\(N, C, H, W\): use np.moveaxis"),
    "no batch axis": (lambda v: model().predict(v), [images[0], images[0, ..., None]], r"batch axis, images\[None\]"),
    "flat": (lambda v: model().predict(v), [images.reshape(6, 20)], r"use images.reshape\(-1, 5, 4, 1\)"),
    "colours": (lambda v: model().predict(v), [np.zeros((2, 5, 4, 3))], "the model needs 1 channel"),
    "one-hot": (lambda v: fit(y=v), [np.eye(3)[labels]], r"use labels.argmax\(axis=1\)"),
    "index of NaN": (fit, [with_nan(images, (2, 0, 1))], r"found nan at index \[2, 0, 1\]"),
    "index of a label": (lambda v: fit(y=v), [[0, 1, 2, 0, 7, 2]], "got 7 at index 4"),
    "NaN to predict": (
        lambda v: model().predict(v),
        [with_nan(images, 1), with_nan(images, (5, 4, 3))],
        "images: .*nan",
    ),
    # Options of training.
    "epochs": (of("epochs", fit), NOT_INTEGERS, "fit: epochs"),
    "batch_size": (of("batch_size", fit), NOT_INTEGERS, "fit: batch_size"),
    "predict batch_size": (lambda v: model().predict(images, v), NOT_BATCH_SIZES, "predict: batch_size"),
    "evaluate batch_size": (lambda v: model().evaluate(images, labels, v), NOT_BATCH_SIZES, "predict: batch_size"),
    "seed": (of("seed", stream), [-1, 0.5, None, "0", True, [1, 2]], "fit: seed"),
    "optimizer": (of("optimizer", fit), ["Adam", Adam, None, 0.1, SGD(parameters())], "optimizer"),
    "stream optimizer": (of("optimizer", stream), ["adam", Adam, None, 0.1, SGD(parameters())], "optimizer"),
    "stream model": (of("model", stream), without(parameters()), "fit: model"),
    "schedule": (of("schedule", stream), [0.1, "cosine", [0.1]], "fit: schedule"),
    "schedule's rates": (of("schedule", stream), [lambda s, r=rate: r for rate in NOT_RATES], "Adam: learning_rate"),
    "label_smoothing": (of("label_smoothing", fit), NOT_FRACTIONS, "fit: label_smoothing"),
    "clip_norm": (of("clip_norm", fit), [0, -1, NAN, INF, "1"], "fit: clip_norm"),
    "average": (of("average", fit), [0.9, "ema", EarlyStopping([], 1)], "fit: average"),
    "average of others": (
        of("average", fit),
        [ExponentialMovingAverage(parameters(), 0.9)],
        "an average of the model's parameters",
    ),
    "augmentation": (of("augmentation", fit), [True, "default", {"rotation": 5}], "fit: augmentation"),
    "validation_data": (
        of("validation_data", fit),
        [images, (images,), (images, labels, labels), 0.1],
        "validation_data",
    ),
    "start": (of("start", stream), [3, training.StepEnd(1, 1, 5, 1, 1.0, 1, 1.0)], "fit: start"),
    "on_event": (of("on_event", fit), [5, "print"], "fit: on_event"),
    "Trainer": (lambda v: Trainer(model(), v), ["plain", None, {}], "Trainer: recipe"),
    "Trainer model": (lambda v: Trainer(v, recipes.Recipe()), without([]), "Trainer: model"),
    # Optimizers, averages and schedules.
    "learning_rate": (lambda v: Adam(parameters(), v), NOT_RATES, "Adam: learning_rate"),
    "SGD learning_rate": (lambda v: SGD(parameters(), v), NOT_RATES, "SGD: learning_rate"),
    "set learning_rate": (lambda v: setattr(SGD(parameters()), "learning_rate", v), NOT_RATES, "SGD: learning_rate"),
    "weight_decay": (lambda v: AdamW(parameters(), weight_decay=v), NOT_RATES, "AdamW: weight_decay"),
    "momentum": (lambda v: SGD(parameters(), momentum=v), NOT_FRACTIONS, "SGD: momentum"),
    "nesterov": (lambda v: SGD(parameters(), nesterov=v), [1, "yes", None], "SGD: nesterov"),
    "beta1": (lambda v: Adam(parameters(), beta1=v), NOT_FRACTIONS, "Adam: beta1"),
    "beta2": (lambda v: Adam(parameters(), beta2=v), NOT_FRACTIONS, "Adam: beta2"),
    "epsilon": (lambda v: Adam(parameters(), epsilon=v), NOT_RATES, "Adam: epsilon"),
    "parameters": (Adam, [[], None, model(), 0.001, "w", [np.zeros(3)], {"w": 1}], "Adam: parameters"),
    "same parameters": (Adam, [parameters() * 2], "each name once"),
    "clip": (lambda v: Adam(parameters()).clip_gradients(v), [0, -1, NAN, "1", None], "clip_gradients: norm"),
    "optimizer state": (lambda v: Adam(parameters()).load_state_dict(v), [None, {}, 5, {"steps": 1}], "Adam: "),
    "decay": (lambda v: ExponentialMovingAverage(parameters(), v), NOT_FRACTIONS, "decay"),
    "every": (lambda v: ExponentialMovingAverage(parameters(), 0.9, v), NOT_INTEGERS, "every"),
    "swa start": (lambda v: StochasticWeightAveraging(parameters(), v), [-1, 0.5, None, "2"], "start"),
    "arrays": (lambda v: StochasticWeightAveraging(v), [None, 5, model(), [np.zeros(2)]], "arrays"),
    "patience": (lambda v: EarlyStopping([], v), NOT_INTEGERS, "EarlyStopping: patience"),
    "stop accuracy": (lambda v: EarlyStopping([], 1).on_epoch_end(1, v), [NAN, None, "0.9"], "EarlyStopping: accuracy"),
    "constant": (schedules.constant, NOT_RATES, "constant: learning_rate"),
    "cosine": (lambda v: schedules.cosine(v, 10), NOT_RATES, "cosine: learning_rate"),
    "cosine steps": (lambda v: schedules.cosine(0.1, v), [-1, 1.5, None, "9"], "cosine: steps"),
    "cosine final": (lambda v: schedules.cosine(0.1, 9, v), NOT_RATES, "cosine: final"),
    "one_cycle": (lambda v: schedules.one_cycle(v, 10), NOT_RATES, "one_cycle: learning_rate"),
    "one_cycle warmup": (lambda v: schedules.one_cycle(0.1, 9, v), [0, 1, -1, NAN, "x"], "one_cycle: warmup"),
    "anneal": (lambda v: schedules.anneal_to_constant(0.1, 9, v), [0, 2, NAN, None], "constant_from"),
    # Losses and metrics.
    "smoothing": (
        lambda v: softmax_cross_entropy(np.zeros((6, 3), "f"), labels, v),
        NOT_FRACTIONS,
        "softmax_cross_entropy: smoothing",
    ),
    "logits": (
        lambda v: softmax_cross_entropy(v, labels),
        [
            np.zeros(6),
            np.zeros((6, 3), int),
            np.zeros((6, 3), "f2"),
            [[0.0]],
            None,
            np.zeros((6, 0)),
            np.zeros((6, 3, 1)),
        ],
        "softmax_cross_entropy: logits",
    ),
    "softmax": (softmax, [np.zeros(3), [[0.0, 1.0]], None, np.zeros((2, 3), int), np.zeros((2, 0))], "softmax: logits"),
    "accuracy labels": (
        lambda v: metrics.accuracy(v, labels),
        [labels[:, None], labels.astype(str), labels.astype(float), np.eye(3)[labels], None, 3],
        "labels",
    ),
    "accuracy predictions": (
        lambda v: metrics.accuracy(labels, v),
        [labels[:, None], np.eye(6)[labels], labels / 2, None, "012012", [[1], [2, 3]]],
        "predictions",
    ),
    "accuracy lengths": (lambda v: metrics.accuracy(labels, v), [labels[:5], labels[:1]], "arrays of one length"),
    "accuracy of none": (lambda v: metrics.accuracy(v, v), [[], np.empty(0, int)], "at least one sample"),
    "classes": (lambda v: metrics.confusion_matrix(labels, labels, v), [0, 2.0, None, "3", True], "classes"),
    "confusion labels": (
        lambda v: metrics.confusion_matrix(v, labels, 3),
        [labels + 1, labels - 1, labels / 2],
        "labels",
    ),
    "confusion": (metrics.per_class_accuracy, [labels, None, "a", np.zeros((3, 2), int)], "confusion"),
    "wilson": (lambda v: metrics.wilson_interval(v, 5), [6, -1, 0.5, None, NAN, True], "correct"),
    "wilson n": (lambda v: metrics.wilson_interval(0, v), [-1, 0.5, None, "5"], "n: expected"),
    "wilson z": (lambda v: metrics.wilson_interval(1, 5, v), [-1, NAN, None, "2"], "z: expected"),
    "ece": (
        lambda v: metrics.expected_calibration_error(v, [0, 1]),
        [scores * 3, -scores, scores[:, 0], scores > 0.5, with_nan(scores, 0), scores[:1], "ab"],
        "probabilities|arrays of one length",
    ),
    "ece bins": (lambda v: metrics.expected_calibration_error(scores, [0, 1], v), NOT_INTEGERS, "bins"),
    "nll": (lambda v: metrics.negative_log_likelihood(scores, v), [[0, -1], [0, 2], [0.0, 1.0], [[0], [1]]], "labels"),
    "nll logits": (
        lambda v: metrics.negative_log_likelihood(v, [0, 1]),
        [scores * 3, scores - 1, [[1, 0], [0, 1]]],
        "prob",
    ),
    "mcnemar": (lambda v: metrics.mcnemar(v, [True, False]), [[3, 7], [0.5, 1.0], ["a", "b"], None], "correct_a"),
    "writers": (lambda v: metrics.writer_mean_accuracy(v, [1, 2]), [[0.5, 2], [7, 7]], "correct: expected booleans"),
    # Files.
    "path": (lambda v: checkpoint.save(v, model()), [None, 5, model(), b"a"], "save: path"),
    "save model": (lambda v: checkpoint.save("a.npz", v), [None, "b.npz", {}, parameters()], "save: model"),
    "meta": (
        lambda v: checkpoint.save("a.npz", model(), v),
        [{"a": NAN}, {"a": np.float32("inf")}, {1: 2}, {"a": {1}}, {"a": 1j}, {"a": model()}, [1], "abc"],
        "save: meta",
    ),
    "arrays to save": (
        lambda v: checkpoint.save("a.npz", model(), {}, {"a": v}),
        [np.array([None]), np.ones(2, complex), {"b": 1}, None, [[1], [1, 2]], np.zeros(1, "M8[s]"), np.zeros(1, "V4")],
        r"save: arrays\['a'\]",
    ),
    "names to save": (
        lambda v: checkpoint.save("a.npz", model(), {}, {v: np.ones(1)}),
        [5, "", "a\0b", "a\\b", None, "\ud800"],
        "save: arrays: expected names",
    ),
    "precision": (lambda v: checkpoint.save("a.npz", model(), precision=v), ["float64", "int4", 8, True], "precision"),
    "load path": (checkpoint.load, [None, 5, model(), ["a.npz"]], "load: path"),
    "load": (checkpoint.load, ["missing.npz", ".", ""], "expected a file of weights"),
    "arch": (zoo.build, ["basline", None, 5, "", ["mlp"], {}], "expected one of baseline"),
    "zoo classes": (lambda v: zoo.build("mlp", classes=v), NOT_INTEGERS, "classes|units"),
    "zoo input_shape": (lambda v: zoo.build("mlp", v), [784, None, "a", (28, 0), (28, 28.0)], "input_shape"),
    "recipe": (lambda v: recipes.get(v, "mlp"), ["fast", None, 5, ""], "expected one of default"),
    "recipe fields": (
        lambda v: recipes.Recipe(**v),
        [{"epochs": 0}, {"optimizer": ["a"]}, {"patience": 1.5}],
        "recipe: ",
    ),
    # Other parts of the library.
    "quantize": (quantize, [None, np.ones((2, 2)), Parameter("b", np.ones(3)), "kernel"], "quantize: kernel"),
    "quantize NaN": (quantize, [Parameter("k", with_nan(np.ones((2, 2)), 0), 1)], "k: expected finite"),
    "round_weights": (round_weights, [None, model(), [np.ones(3)]], "round_weights: parameters"),
    "dequantize": (
        lambda v: dequantize(*v, Parameter("k", np.ones((2, 2), "f"), 1)),
        [(np.ones((2, 2)), np.ones(2, "f")), (np.ones(2, "f"), np.ones((2, 2), "i1")), (None, None), ([[1]], 1)],
        "k: expected",
    ),
    "fuse": (fuse, [None, 5, parameters()], "fuse: model"),
    "fold": (fold_batch_norm, [None, 5, parameters()], "fold_batch_norm: model"),
    "optimize": (optimize_for_inference, [None, "a.npz"], "fold_batch_norm: model"),
    "Ensemble": (Ensemble, [[], None, model(), "a.npz", ["a.npz"], [None]], "Ensemble: members"),
    "Ensemble shapes": (Ensemble, [[model(), zoo.build("mlp")]], "network 2: expected a network from"),
    "Ensemble metas": (lambda v: Ensemble([model()], v), [[], [{}, {}], 5], "Ensemble: metas"),
    "Ensemble.load": (Ensemble.load, [[], None, 5, [None], "a.npz"], "paths|a.npz: expected a file"),
    "average of": (average, [[], None, [scores, scores[:1]], scores[0, 0]], "average: probabilities"),
    "saliency label": (lambda v: inspection.saliency_map(model(), images, v), [3, -1, 0.5, None, "2", True], "label"),
    "saliency images": (lambda v: inspection.saliency_map(model(), v, 0), WRONG_IMAGES, "model: .*images"),
    "activations": (lambda v: inspection.activations(model(), v), WRONG_IMAGES, "model: .*images"),
    "occlusion": (lambda v: inspection.occlusion_map(model(), v, 0), [images, images[0, 0], None, "a"], "image"),
    "occlusion size": (lambda v: inspection.occlusion_map(model(), images[0], 0, size=v), NOT_INTEGERS, "size"),
    "occlusion stride": (lambda v: inspection.occlusion_map(model(), images[0], 0, stride=v), NOT_INTEGERS, "stride"),
    "occlusion batch": (
        lambda v: inspection.occlusion_map(model(), images[0], 0, batch_size=v),
        NOT_INTEGERS,
        "batch_size",
    ),
    # Data.
    "order": (lambda v: shuffled_order(v, 0, 1), [-1, 2.5, None, "5"], "count"),
    "order seed": (lambda v: shuffled_order(3, v, 1), [-1, 2.5, None, "5"], "seed"),
    "order epoch": (lambda v: shuffled_order(3, 0, v), [-1, 2.5, None, "5"], "epoch"),
    "rotation": (
        lambda v: Augmentation(rotation=v),
        [-1, 181, NAN, INF, "5", None, True, (1, 2)],
        "augmentation: .*rotation",
    ),
    "scale": (lambda v: Augmentation(scale=v), [1, -1, NAN, "5", None], "augmentation: .*scale"),
    "draw": (lambda v: Augmentation().draw(v, (4, 4), np.random.default_rng(0)), [-1, 1.5, None], "draw: count"),
    "draw shape": (lambda v: Augmentation().draw(2, v, np.random.default_rng(0)), [4, None, (4,), "ab"], "image_shape"),
    "draw rng": (lambda v: Augmentation().draw(2, (4, 4), v), [None, 0, np.random], "draw: rng"),
    "split": (lambda v: validation_split(labels, v), [-1, 7, 2.5, None, "3"], "count"),
    "split labels": (
        lambda v: validation_split(v, 1),
        [labels - 1, labels / 2, labels[:, None], None, "012"],
        "labels",
    ),
    "split seed": (lambda v: validation_split(labels, 1, v), [-1, None, 0.5, "1"], "seed"),
    # Digits.
    "recognize": (
        lambda v: recognizer().recognize(v),
        [None, 5, "7", [5], [[]], [[(1, 2, 3)]], [[(NAN, 0)]], [[(1e10, 0)]], np.ones((3, 2)), [[(1j, 0)]], {"a": 1}],
        "stroke",
    ),
    "complex strokes": (lambda v: recognizer().recognize(v), [[np.ones((3, 2), complex)]], "stroke 1"),
    "recognize_many": (lambda v: recognizer().recognize_many(v), [None, 5, strokes_of_7], "drawing|stroke"),
    "recognize_line": (lambda v: recognizer().recognize_line(v), [None, 5, [[]]], "stroke"),
    "picture": (
        lambda v: recognizer().recognize_image(v),
        [
            None,
            "a.png",
            np.zeros((9, 9, 3)),
            np.zeros(9),
            np.full((9, 9), 2.0),
            np.full((9, 9), -1),
            with_nan(images[0], 0),
        ],
        "picture",
    ),
    "picture of a line": (
        lambda v: recognizer().recognize_line_image(v),
        [None, np.zeros(9), np.zeros((0, 5))],
        "picture",
    ),
    "learn": (lambda v: recognizer().learn(v), [[], None, 5, [strokes_of_7], strokes_of_7], "learn: "),
    "learn labels": (lambda v: recognizer().learn([(strokes_of_7, v)]), [11, -1, "7", 7.0, True], "learn: drawing 1"),
    "Recognizer": (Recognizer, [None, "deep.npz", Path("a"), 5], "Recognizer: model"),
    "Recognizer calibration": (lambda v: Recognizer(model(), v), [2.0, {"temperature": 1}], "Recognizer: calibration"),
    "Recognizer.load": (Recognizer.load, [5, [], ["missing.npz"], "missing.npz", model()], "path|missing.npz"),
    "temperature": (Calibration, [0, -1, NAN, INF, "1", None, True], "calibration: .*temperature"),
    "reject_threshold": (lambda v: Calibration(1.0, v), [-0.1, 1.1, NAN, "1", None], "calibration: .*reject_threshold"),
    "calibrated": (
        Calibration().digit_probabilities,
        [
            probabilities[0],
            probabilities[:, :9],
            None,
            probabilities.tolist(),
            probabilities > 0,
        ],
        "calibration: probabilities",
    ),
    "calibration probabilities": (
        lambda v: calibration.fit(v, np.arange(4)),
        [probabilities[0], probabilities[:, :9], None, with_nan(probabilities, 0), probabilities[:3]],
        "calibration: (probabilities|labels)",
    ),
    "calibration labels": (
        lambda v: calibration.fit(probabilities, v),
        [np.arange(3), np.arange(4) - 1, np.arange(4) / 2, None, np.arange(4)[:, None], ["1"] * 4],
        "calibration: labels",
    ),
    "reject_rate": (lambda v: calibration.fit(probabilities, np.arange(4), v), [-1, 2, NAN, "0", None], "reject_rate"),
    "bounds": (strokes.bounds, [[], None, 5], "bounds: strokes|expected at least one stroke"),
    "place size": (
        lambda v: strokes.place(strokes.as_strokes(strokes_of_7), v, (0, 0)),
        [NAN, -1, "5", None],
        "place: size",
    ),
    "StrokeSet labels": (
        lambda v: StrokeSet.from_samples([strokes_of_7], v),
        [[10], [-1], [0.5], ["7"], [1, 2], 7, None],
        "label",
    ),
}
CASES = [
    pytest.param(call, value, message or name.split()[-1], id=f"{name}-{number}")
    for name, (call, values, message) in ROWS.items()
    for number, value in enumerate(values)
]


@pytest.fixture(scope="module")
def empty_folder(tmp_path_factory):
    """The current folder of all cases, which write nothing."""
    folder = tmp_path_factory.mktemp("empty")
    with contextlib.chdir(folder):
        yield folder


@pytest.mark.parametrize(("call", "value", "message"), CASES)
def test_a_wrong_use_is_an_error_that_names_the_argument(call, value, message, empty_folder):
    with pytest.raises((ValueError, RuntimeError, FloatingPointError), match=message) as caught:
        call(value)
    assert "\n" not in str(caught.value)
    assert not list(empty_folder.iterdir()), "a file was written"


def test_there_are_two_hundred():
    assert len(CASES) >= 200
