"""The report of a comparison: the metrics of each configuration, and which differences are significant."""

import dataclasses
import itertools
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from apps.cli import runs
from apps.cli.comparison_run import RunResult, RunSpec
from apps.cli.significance import holm, mean_interval
from nn import checkpoint, metrics
from nn.atomic import atomic_write
from nn.ensemble import Ensemble
from nn.fold import optimize_for_inference
from nn.model import Sequential
from nn.text import printable

#: For the latency: repetitions over all networks, and predictions of each network in a repetition. The networks
#: alternate, so that other load on the machine affects all of them.
REPETITIONS, CALLS = 10, 50

Group = Sequence[tuple[RunSpec, RunResult]]


@dataclass(frozen=True)
class ConfigurationMetrics:
    """The metrics of an architecture with a recipe.

    Attributes:
        arch, recipe: their names.
        settings: of the recipe.
        seeds: of the runs that finished, one or more; the other lists are in this order.
        accuracies: of each run.
        interval: 95 % confidence interval of the accuracy: Student's for the mean over the seeds; of a single run
            Wilson's.
        stroke_accuracies: of each run on the strokes; None without strokes.
        train_seconds: of each run.
        parameters, multiply_adds: of the network, for one image.
        file_bytes: of the weights.
        latency: seconds for the prediction of one image, the median.
        accuracy: the mean over the runs.
        deviation: the standard deviation over the runs; None for a single run.
        ensemble: the accuracy of all runs' networks together; None for a single run.
    """

    arch: str
    recipe: str
    settings: dict[str, Any]
    seeds: list[int]
    accuracies: list[float]
    interval: tuple[float, float]
    stroke_accuracies: list[float] | None
    train_seconds: list[float]
    parameters: int
    multiply_adds: int
    file_bytes: int
    latency: float
    accuracy: float
    deviation: float | None
    ensemble: float | None = None


@dataclass(frozen=True)
class PairTest:
    """McNemar's test of two configurations.

    Attributes:
        first, second: the configurations.
        seed: of the two networks.
        only_first, only_second: number of images that only the first or only the second classifies correctly.
        p: McNemar's p-value.
        adjusted: the same after Holm's correction for all pairs.
    """

    first: str
    second: str
    seed: int
    only_first: int
    only_second: int
    p: float
    adjusted: float


@dataclass(frozen=True)
class ComparisonReport:
    """The report of a comparison.

    Attributes:
        configurations: the metrics of each.
        pairs: the test of each pair of configurations.
        data: what the evaluation used, in words.
    """

    configurations: list[ConfigurationMetrics]
    pairs: list[PairTest]
    data: str

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON values, with the keys that earlier releases wrote."""
        return {
            "contenders": [dataclasses.asdict(each) for each in self.configurations],
            "pairs": [dataclasses.asdict(pair) for pair in self.pairs],
        }

    def text(self, workers: str) -> str:
        """The tables in Markdown, with explanations.

        Args:
            workers: who trained, in words.
        """
        parts = [
            f"Evaluated on {self.data}; trained {workers}; timed on {runs.machine()}.",
            metrics_table(self.configurations),
            "Training time is the median. The interval is Student's for the mean over the seeds, Wilson's for one run; "
            "together: the networks of all seeds as an ensemble.",
        ]
        if self.pairs:
            parts += [
                "McNemar's exact test of two networks of one seed, by the images that only one classifies correctly:",
                pair_table(self.pairs),
            ]
        return "\n\n".join(parts)

    def write(self, folder: Path, text: str) -> None:
        """Write the text and the figure."""
        from apps.cli import plots

        with atomic_write(folder / "table.md") as file:
            file.write((printable(text, keep="\n") + "\n").encode())
        title = f"Accuracy on {self.data}, with its 95 % interval"
        plots.save(folder / "comparison.png", plots.draw_comparison, self.configurations, title=title)


def make_report(
    results: Mapping[RunSpec, RunResult],
    images: np.ndarray,
    labels: np.ndarray,
    stroke_labels: np.ndarray | None,
    data: str,
) -> ComparisonReport:
    """Evaluate the results. It measures latency, so nothing else should run at the same time.

    Args:
        results: of the runs that finished.
        images: (N, H, W) of the evaluation.
        labels: (N,) their true labels.
        stroke_labels: (M,) true labels of the strokes, or None.
        data: what the evaluation used, in words.
    """
    groups = _by_configuration(results)
    models = [_network(*group[0]) for group in groups.values()]
    latencies = _latencies(models, images[0])
    configurations = [
        dataclasses.replace(
            _metrics(group, model, latency, labels, stroke_labels), ensemble=_ensemble_accuracy(group, images, labels)
        )
        for group, model, latency in zip(groups.values(), models, latencies, strict=True)
    ]
    return ComparisonReport(configurations, compare_pairs(results, labels), data)


def _network(spec: RunSpec, result: RunResult) -> Sequential:
    """The network of a run."""
    model = Sequential.from_config(spec.network)
    model.load_state_dict(result.weights)
    return model


def _ensemble_accuracy(group: Group, images: np.ndarray, labels: np.ndarray) -> float | None:
    """The accuracy of the networks of all seeds together; None for one alone."""
    if len(group) == 1:
        return None
    probabilities = Ensemble([optimize_for_inference(_network(*run)) for run in group]).predict(images)
    return metrics.accuracy(labels, probabilities[:, : labels.max() + 1].argmax(axis=1))


def _by_configuration(results: Mapping[RunSpec, RunResult]) -> dict[str, list[tuple[RunSpec, RunResult]]]:
    groups: dict[str, list[tuple[RunSpec, RunResult]]] = {}
    for spec, result in results.items():
        groups.setdefault(spec.configuration, []).append((spec, result))
    return groups


def _metrics(
    group: Group, model: Sequential, latency: float, labels: np.ndarray, stroke_labels: np.ndarray | None
) -> ConfigurationMetrics:
    spec, results = group[0][0], [result for _, result in group]
    accuracies = [metrics.accuracy(labels, result.answers) for result in results]
    stroke_accuracies = None
    if stroke_labels is not None:
        answers = [result.stroke_answers for result in results if result.stroke_answers is not None]
        stroke_accuracies = [metrics.accuracy(stroke_labels, each) for each in answers]
    return ConfigurationMetrics(
        arch=spec.arch,
        recipe=spec.recipe,
        settings=spec.settings,
        seeds=[spec.seed for spec, _ in group],
        accuracies=accuracies,
        interval=_interval(accuracies, len(labels)),
        stroke_accuracies=stroke_accuracies,
        train_seconds=[result.seconds for result in results],
        parameters=sum(parameter.value.size for parameter in model.parameters),
        multiply_adds=sum(layer.multiply_adds() for layer in model.layers),
        file_bytes=_file_bytes(model),
        latency=latency,
        accuracy=statistics.fmean(accuracies),
        deviation=statistics.stdev(accuracies) if len(accuracies) > 1 else None,
    )


def _interval(accuracies: Sequence[float], n: int) -> tuple[float, float]:
    if len(accuracies) == 1:
        return metrics.wilson_interval(round(accuracies[0] * n), n)
    low, high = mean_interval(accuracies)
    return max(0.0, low), min(1.0, high)


def _file_bytes(model: Sequential) -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "weights.npz")
        checkpoint.save(path, model, {})
        return path.stat().st_size


def _latencies(models: Sequence[Sequential], image: np.ndarray) -> list[float]:
    """The median time of each network for one image, in seconds."""
    networks = [optimize_for_inference(model) for model in models]
    batch = image[None, ..., None] * np.float32(1 / 255)
    seconds: list[list[float]] = [[] for _ in networks]
    for repetition in range(REPETITIONS + 1):
        for network, times in zip(networks, seconds, strict=True):
            for _ in range(CALLS):
                start = time.perf_counter()
                network.predict(batch)
                times.append(time.perf_counter() - start)
            if repetition == 0:  # warm-up and compilation
                times.clear()
    return [statistics.median(times) for times in seconds]


def compare_pairs(results: Mapping[RunSpec, RunResult], labels: np.ndarray) -> list[PairTest]:
    """McNemar's exact test of each pair of configurations.

    It compares the two networks of the first seed that both have. Networks of one configuration mostly fail on the same
    images, so pooling the seeds would count each image several times and find differences that are not significant.
    The variation between seeds is in the interval of the mean.

    Args:
        results: of the runs that finished.
        labels: (N,) the true labels.
    """
    correct = {
        name: {spec.seed: result.answers == labels for spec, result in group}
        for name, group in _by_configuration(results).items()
    }
    found = []
    for first, second in itertools.combinations(correct, 2):
        if common := correct[first].keys() & correct[second].keys():
            seed = min(common)
            found.append((first, second, seed, correct[first][seed], correct[second][seed]))
    p_values = [metrics.mcnemar(a, b) for *_, a, b in found]
    return [
        PairTest(first, second, seed, int(np.sum(a & ~b)), int(np.sum(b & ~a)), p, adjusted)
        for (first, second, seed, a, b), p, adjusted in zip(found, p_values, holm(p_values), strict=True)
    ]


def metrics_table(configurations: Sequence[ConfigurationMetrics]) -> str:
    """A Markdown table with a row for each configuration."""
    header = [
        *("architecture", "recipe", "runs", "parameters", "multiply-adds", "file, KiB", "training, s"),
        *("accuracy, %", "deviation", "95 % interval", "together, %", "one image, us"),
    ]
    with_strokes = any(each.stroke_accuracies for each in configurations)
    return _markdown([header + ["strokes, %"] * with_strokes, *map(_row, configurations)])


def _row(each: ConfigurationMetrics) -> list[str]:
    low, high = each.interval
    row = [
        *(each.arch, each.recipe, str(len(each.seeds))),
        *(f"{each.parameters:,}", f"{each.multiply_adds:,}", f"{each.file_bytes / 1024:,.0f}"),
        f"{statistics.median(each.train_seconds):.1f}",
        f"{100 * each.accuracy:.2f}",
        "" if each.deviation is None else f"{100 * each.deviation:.2f}",
        f"{100 * low:.2f} to {100 * high:.2f}",
        "" if each.ensemble is None else f"{100 * each.ensemble:.2f}",
        f"{1e6 * each.latency:.0f}",
    ]
    if each.stroke_accuracies:
        row.append(f"{100 * statistics.fmean(each.stroke_accuracies):.2f}")
    return row


def pair_table(pairs: Sequence[PairTest]) -> str:
    """A Markdown table with a row for each pair; Holm's column if there are several."""
    several = len(pairs) > 1
    header = ["A", "B", "seed", "only A correct", "only B correct", "p (McNemar)"] + ["p (Holm)"] * several
    rows = [
        [
            *(pair.first, pair.second, str(pair.seed), f"{pair.only_first:,}", f"{pair.only_second:,}"),
            *("< 0.0001" if p < 0.0001 else f"{p:.4f}" for p in (pair.p, pair.adjusted)[: 1 + several]),
        ]
        for pair in pairs
    ]
    return _markdown([header, *rows])


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    """The rows, the first of them the header, in aligned columns: two to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rules = ["-" * width if column < 2 else "-" * (width - 1) + ":" for column, width in enumerate(widths)]
    lines = []
    for row in (rows[0], rules, *rows[1:]):
        cells = [cell.ljust(w) if i < 2 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
