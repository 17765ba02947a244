"""A small neural-network library, written from scratch in NumPy with Numba kernels."""

from nn.errors import CheckpointError, DataError
from nn.fuse import fuse
from nn.layers import BatchNorm, Conv2D, Dense, Dropout, Flatten, Layer, MaxPool2D, ReLU
from nn.losses import softmax, softmax_cross_entropy
from nn.model import Sequential
from nn.optimizers import SGD, Adam
from nn.parameter import Parameter

__all__ = [
    "SGD",
    "Adam",
    "BatchNorm",
    "CheckpointError",
    "Conv2D",
    "DataError",
    "Dense",
    "Dropout",
    "Flatten",
    "Layer",
    "MaxPool2D",
    "Parameter",
    "ReLU",
    "Sequential",
    "fuse",
    "softmax",
    "softmax_cross_entropy",
]
