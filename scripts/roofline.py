"""Measure the peaks of the machine, and the share of them that training and inference reach: a roofline.

python -m scripts.roofline [--networks NAME ...] [--figure FILE] [--threads N]

The peaks: multiply-adds whose operands stay in registers and the nearest cache, and reading an array that stays in the
second-level caches, and one that does not. A task's arithmetic is what its kernels really do: products with inputs of
dense layers that are zero are left out, and convolutions by Winograd's algorithm count its products alone. Its bytes
are those that at least move: activations are written once and read once, their gradients too, the weights are read
once a pass, and Adam reads and writes them and their moments; from the caches, if those of a batch fit them. The bound
is the longer of the two times.
"""

from apps.cli import signals

if __name__ == "__main__":
    signals.exit_immediately("scripts.roofline")  # before the slow imports

# isort: split
import functools
import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numba
import numpy as np

from apps.cli import plots, runs
from apps.cli.arguments import Parser, positive_int
from apps.cli.command import SUCCESS, command
from nn import Sequential
from nn.layers import Conv2D, Dense
from nn.ops.backend import njit, prange
from nn.ops.fast import winograd
from nn.ops.fast.products import multiply_add
from nn.ops.fast.tiles import MR, NR_VECTORS, lane_count, store_tile, zero_tile
from scripts.frameworks import networks, ours, timed, unit_digits

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Terms of a product of the first measurement; bytes of the arrays of the two others, for each thread.
TERMS, NEAR, FAR = 1 << 20, 1 << 19, 1 << 27

#: Training batches; images of a prediction; repetitions, of which the fastest counts.
BATCHES, IMAGES, REPETITIONS = (32, 128), 1000, 5


@njit(parallel=True)
def _multiply_adds(a: np.ndarray, b: np.ndarray, out: np.ndarray, count: int) -> None:
    for thread in prange(len(out)):
        width = NR_VECTORS * lane_count(b)
        tile = multiply_add(zero_tile(MR, NR_VECTORS, out), a, 0, 1, 0, b, 0, 0, count, width)
        store_tile(tile, out, np.int64(thread) * out.shape[1], width, width)


@njit(parallel=True, fastmath=True)
def _sums(x: np.ndarray, repeats: int, out: np.ndarray) -> None:
    for thread in prange(len(x)):
        total = x.dtype.type(0)
        for _ in range(repeats):
            for i in range(x.shape[1]):
                total += x[thread, i]
        out[thread] = total


class Peaks(NamedTuple):
    """GFLOP/s of multiply-adds, and GB/s from the second-level caches and from memory."""

    arithmetic: float
    near: float
    far: float


class Task(NamedTuple):
    """A task: the GFLOP and the GB of one image, its time in seconds, and the images of a batch."""

    name: str
    work: float
    bytes: float
    seconds: float
    batch: int

    def bound(self, peaks: Peaks) -> float:
        """The least seconds that the machine needs for an image."""
        return max(self.work / peaks.arithmetic, self.bytes / (peaks.near if self.is_near() else peaks.far))

    def is_near(self) -> bool:
        """Whether the bytes of a batch fit the second-level cache of one core, of which ``NEAR`` is half."""
        return self.bytes * self.batch * 1e9 < 2 * NEAR


def fastest(work: Callable[[], Any], calls: int = 1) -> float:
    """Seconds of a call, at least."""
    work()
    return min(timed(work, calls) for _ in range(REPETITIONS))


def measure_peaks(threads: int) -> Peaks:
    """The peaks with so many threads."""
    a, b, out = np.ones(MR, np.float32), np.ones(64, np.float32), np.empty((threads, 64 * MR), np.float32)
    flop = 2 * TERMS * MR * NR_VECTORS * winograd.REGISTER_BYTES // 4 * threads
    arithmetic = flop / fastest(lambda: _multiply_adds(a, b, out, TERMS))
    sums = np.empty(threads, np.float32)
    rates = []
    for size, repeats in ((NEAR, 100), (FAR, 1)):
        x = np.ones((threads, size // 4), np.float32)
        rates.append(x.nbytes * repeats / fastest(functools.partial(_sums, x, repeats, sums)))
    return Peaks(arithmetic / 1e9, rates[0] / 1e9, rates[1] / 1e9)


def work_of(model: Sequential, x: np.ndarray, *, training: bool) -> tuple[float, float]:
    """GFLOP and GB of an image of the batch ``x``."""
    work, activations, weights, first = 0.0, x[0].size, 0, True
    for layer in model.layers:
        share = 1.0
        if type(layer) is Dense:
            share = float(np.count_nonzero(x) / x.size)
        elif type(layer) is Conv2D:
            padded, out = layer.pad(x), np.empty((len(x), *layer.output_shape), x.dtype)
            if winograd.is_faster(padded, layer.kernel.value, layer.stride, out):
                pixels = math.prod(layer.output_shape[:2])
                tiles = math.prod(-(-size // winograd.OUT) for size in layer.output_shape[:2])
                share = tiles * winograd.PLACES / (pixels * math.prod(layer.kernel_size))
        passes = (2 if first else 3) if training else 1  # forward, the gradient of the weights, that of the input
        work += 2 * layer.multiply_adds() * share * passes
        first = first and not layer.multiply_adds()
        x = layer.forward(x)
        activations += x[0].size
        weights += sum(parameter.value.size for parameter in layer.parameters)
    # Of the weights: two passes to read them, and Adam's reads of the gradient, and reads and writes of three arrays.
    of_activations, of_weights = (4, 9) if training else (2, 1)
    return work / 1e9, 4 * (of_activations * activations + of_weights * weights / len(x)) / 1e9


def tasks_of(name: str, threads: int) -> list[Task]:
    """Training and inference with a network."""
    found = []
    for batch in BATCHES:
        model, count = networks.build(name), 40 * batch
        x, labels = unit_digits(count)
        epoch = ours.training(model, threads, (255 * x[..., 0]).astype(np.uint8), labels, batch)
        seconds = fastest(epoch) / count
        found.append(
            Task(f"{name}: training, batch {batch}", *work_of(model, x[:batch], training=True), seconds, batch)
        )
    x = unit_digits(IMAGES)[0]
    for count in (1, IMAGES):
        predict = ours.prediction(model, threads, x[:count])
        seconds = fastest(predict, max(1, 200 // count)) / count
        batch = min(count, 64)  # as ``predict`` divides them
        work = work_of(model, x[:batch], training=False)
        found.append(Task(f"{name}: inference, {count:,} image{'s'[: count > 1]}", *work, seconds, batch))
    return found


def print_tasks(tasks: Sequence[Task], peaks: Peaks) -> None:
    """A table in Markdown, the smallest share first."""
    print("\n| task | GFLOP/s | FLOP a byte | time | bound | share |\n|---|---|---|---|---|---|")
    for task in sorted(tasks, key=lambda task: task.bound(peaks) / task.seconds):
        bound = task.bound(peaks)
        rates = f"{task.work / task.seconds:.0f} | {task.work / task.bytes:.0f}"
        times = f"{1e6 * task.seconds:.1f} us | {1e6 * bound:.1f} us | {bound / task.seconds:.0%}"
        print(f"| {task.name} | {rates} | {times} |")


def draw(figure: "Figure", tasks: Sequence[Task], peaks: Peaks) -> None:
    """The roofs, and a point for each task."""
    figure.set_size_inches(8, 5)
    axes = figure.add_subplot()
    intensities = np.geomspace(0.5, 2000, 200)
    for rate, label in ((peaks.near, "second-level caches"), (peaks.far, "memory")):
        roof = np.minimum(peaks.arithmetic, rate * intensities)
        axes.loglog(intensities, roof, color="#333333", linestyle="-" if label == "memory" else ":", label=label)
    colors = {name: f"C{i}" for i, name in enumerate(dict.fromkeys(task.name.split(":")[0] for task in tasks))}
    for task in tasks:
        network, kind = task.name.split(":")
        point = task.work / task.bytes, task.work / task.seconds
        axes.plot(*point, "o" if "training" in kind else "^", color=colors[network], label=network)
    handles, labels = axes.get_legend_handles_labels()
    unique = dict(zip(labels, handles, strict=True))
    axes.legend(unique.values(), unique.keys(), fontsize=8)
    axes.set(xlabel="FLOP a byte", ylabel="GFLOP/s", title="circles: training, triangles: inference")


@command("scripts.roofline")
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name. Returns the exit status."""
    parser = Parser(__doc__)
    parser.add_argument("--networks", nargs="+", choices=networks.NETWORKS, default=networks.NETWORKS)
    parser.add_argument("--figure", type=Path, help="a picture of the result")
    parser.add_argument("--threads", type=positive_int, default=os.cpu_count() or 1, help="default: all cores")
    arguments = parser.parse_args(argv)
    numba.set_num_threads(arguments.threads)
    peaks = measure_peaks(arguments.threads)
    print(f"{runs.machine()}; {arguments.threads} threads; {time.strftime('%Y-%m-%d %H:%M')}")
    print(f"peaks: {peaks.arithmetic:.0f} GFLOP/s; {peaks.near:.0f} GB/s from the second-level caches,")
    print(f"  {peaks.far:.0f} GB/s from memory")
    tasks = [task for name in arguments.networks for task in tasks_of(name, arguments.threads)]
    print_tasks(tasks, peaks)
    if arguments.figure:
        plots.save(arguments.figure, draw, tasks, peaks)
    return SUCCESS


if __name__ == "__main__":
    sys.exit(main())
