"""What the runs of a comparison say: the figures of each contender, and which differences are more than chance."""

import itertools
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from apps.cli.significance import holm, mean_interval
from apps.cli.trials import Outcome, Trial
from nn import checkpoint, metrics
from nn.fold import optimize_for_inference
from nn.model import Sequential

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: How often each network reads an image to be timed: the networks take turns, so that none has the quiet minute alone.
TURNS, CALLS_A_TURN = 10, 50

# Okabe & Ito, "Color Universal Design" (2008); a colour is an architecture, a mark is a recipe.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#1A1A1A")
MARKS = "osD^vPX"


@dataclass(frozen=True)
class Figures:
    """What there is to say of an architecture trained by a recipe.

    Attributes:
        arch, recipe: their names.
        settings: the recipe's.
        seeds: of the runs that succeeded, one or more; what follows comes in their order.
        accuracies: the shares that were read right.
        interval: 95 % of it: Student's for the mean over all seeds, judged on the same images; of a single run
            Wilson's for its accuracy on all images of the kind.
        stroke_accuracies: the same of drawings, if there are any.
        train_seconds: for each run.
        parameters, multiply_adds: of the network, for one image.
        file_bytes: of the weights.
        latency: seconds that reading one image takes, the median.
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

    @property
    def accuracy(self) -> float:
        """The mean over the runs."""
        return statistics.fmean(self.accuracies)

    @property
    def deviation(self) -> float | None:
        """The standard deviation from run to run; None for a single one."""
        return statistics.stdev(self.accuracies) if len(self.accuracies) > 1 else None


@dataclass(frozen=True)
class Pair:
    """Two contenders, told apart by the images that one of them alone reads right.

    Attributes:
        first, second: the contenders.
        seed: of the two networks that are compared.
        only_first, only_second: how many images the one reads right and the other wrong.
        p: McNemar's.
        adjusted: the same after Holm, among all pairs.
    """

    first: str
    second: str
    seed: int
    only_first: int
    only_second: int
    p: float
    adjusted: float


def figures(
    outcomes: Mapping[Trial, Outcome], images: np.ndarray, labels: np.ndarray, stroke_labels: np.ndarray | None
) -> list[Figures]:
    """The figures of each contender, in the order in which they first come.

    Call it when nothing else is running: it measures.

    Args:
        outcomes: of the trials that succeeded.
        images: (N, H, W), those that were judged on.
        labels: (N,) the truth about them.
        stroke_labels: (M,) the truth about the drawings, if there are any.
    """
    contenders = _by_contender(outcomes)
    models = [_model(*group[0]) for group in contenders.values()]
    latencies = _latencies(models, images[0])
    return [
        _figures_of(group, model, latency, labels, stroke_labels)
        for group, model, latency in zip(contenders.values(), models, latencies, strict=True)
    ]


def _by_contender(outcomes: Mapping[Trial, Outcome]) -> dict[str, list[tuple[Trial, Outcome]]]:
    groups: dict[str, list[tuple[Trial, Outcome]]] = {}
    for trial, outcome in outcomes.items():
        groups.setdefault(trial.contender, []).append((trial, outcome))
    return groups


def _model(trial: Trial, outcome: Outcome) -> Sequential:
    model = Sequential.from_config(trial.network)
    model.load_state_dict(outcome.weights)
    return model


def _figures_of(
    group: Sequence[tuple[Trial, Outcome]],
    model: Sequential,
    latency: float,
    labels: np.ndarray,
    stroke_labels: np.ndarray | None,
) -> Figures:
    trial = group[0][0]
    accuracies = [metrics.accuracy(labels, outcome.answers) for _, outcome in group]
    on_strokes = None
    if stroke_labels is not None:
        answers = [outcome.stroke_answers for _, outcome in group if outcome.stroke_answers is not None]
        on_strokes = [metrics.accuracy(stroke_labels, said) for said in answers]
    return Figures(
        arch=trial.arch,
        recipe=trial.recipe,
        settings=trial.settings,
        seeds=[trial.seed for trial, _ in group],
        accuracies=accuracies,
        interval=_interval(accuracies, len(labels)),
        stroke_accuracies=on_strokes,
        train_seconds=[outcome.seconds for _, outcome in group],
        parameters=sum(parameter.value.size for parameter in model.parameters),
        multiply_adds=sum(layer.multiply_adds() for layer in model.layers),
        file_bytes=_file_bytes(model),
        latency=latency,
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
    """Seconds that each network takes to read an image, the median."""
    networks = [optimize_for_inference(model) for model in models]
    batch = image[None, ..., None] * np.float32(1 / 255)
    seconds: list[list[float]] = [[] for _ in networks]
    for turn in range(TURNS + 1):
        for network, times in zip(networks, seconds, strict=True):
            for _ in range(CALLS_A_TURN):
                began = time.perf_counter()
                network.predict(batch)
                times.append(time.perf_counter() - began)
            if turn == 0:  # to warm up, and to compile
                times.clear()
    return [statistics.median(times) for times in seconds]


def pairs(outcomes: Mapping[Trial, Outcome], labels: np.ndarray) -> list[Pair]:
    """Each two contenders by McNemar's exact test.

    It compares the two networks of the first seed that both have. Networks of one contender mostly fail on the same
    images, so to pool the seeds would be to count each image several times, and find significance where there is none.
    What the seeds say is in the interval of the mean.

    Args:
        outcomes: of the trials that succeeded.
        labels: (N,) the truth.
    """
    right = {
        name: {trial.seed: outcome.answers == labels for trial, outcome in group}
        for name, group in _by_contender(outcomes).items()
    }
    found = []
    for first, second in itertools.combinations(right, 2):
        if common := right[first].keys() & right[second].keys():
            seed = min(common)
            found.append((first, second, seed, right[first][seed], right[second][seed]))
    p_values = [metrics.mcnemar(a, b) for *_, a, b in found]
    return [
        Pair(first, second, seed, int(np.sum(a & ~b)), int(np.sum(b & ~a)), p, adjusted)
        for (first, second, seed, a, b), p, adjusted in zip(found, p_values, holm(p_values), strict=True)
    ]


def table_of_figures(contenders: Sequence[Figures]) -> str:
    """A table in Markdown, a row for each contender."""
    header = [
        *("architecture", "recipe", "runs", "parameters", "multiply-adds", "file, KiB", "training, s"),
        *("accuracy, %", "deviation", "95 % interval", "one image, us"),
    ]
    with_strokes = any(figures.stroke_accuracies for figures in contenders)
    return _markdown([header + ["strokes, %"] * with_strokes, *map(_row, contenders)], 2)


def _row(figures: Figures) -> list[str]:
    low, high = figures.interval
    row = [
        *(figures.arch, figures.recipe, str(len(figures.seeds))),
        *(f"{figures.parameters:,}", f"{figures.multiply_adds:,}", f"{figures.file_bytes / 1024:,.0f}"),
        f"{statistics.median(figures.train_seconds):.1f}",
        f"{100 * figures.accuracy:.2f}",
        "" if figures.deviation is None else f"{100 * figures.deviation:.2f}",
        f"{100 * low:.2f} to {100 * high:.2f}",
        f"{1e6 * figures.latency:.0f}",
    ]
    if figures.stroke_accuracies:
        row.append(f"{100 * statistics.fmean(figures.stroke_accuracies):.2f}")
    return row


def table_of_pairs(compared: Sequence[Pair]) -> str:
    """A table in Markdown, a row for each pair; Holm's column where there are several."""
    several = len(compared) > 1
    header = ["A", "B", "seed", "only A right", "only B right", "p (McNemar)"] + ["p (Holm)"] * several
    rows = [
        [
            *(pair.first, pair.second, str(pair.seed), f"{pair.only_first:,}", f"{pair.only_second:,}"),
            *([_p(pair.p), _p(pair.adjusted)] if several else [_p(pair.p)]),
        ]
        for pair in compared
    ]
    return _markdown([header, *rows], 2)


def _p(value: float) -> str:
    return "< 0.0001" if value < 0.0001 else f"{value:.4f}"


def _markdown(rows: Sequence[Sequence[str]], left: int) -> str:
    """The rows, the first of them the header, in columns that line up; the first ``left`` to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("| " + " | ".join(cells) + " |")
    rules = ["-" * width if column < left else "-" * (width - 1) + ":" for column, width in enumerate(widths)]
    lines.insert(1, "| " + " | ".join(rules) + " |")
    return "\n".join(lines)


def draw(picture: "Figure", contenders: Sequence[Figures], *, title: str) -> None:
    """Accuracy with its 95 % interval against the network's work, and against the time that it takes.

    Args:
        picture: what to draw in.
        contenders: their figures.
        title: above both.
    """
    from matplotlib import rc_context

    from apps.cli.plots.figure import MARGIN, STYLE

    archs = list(dict.fromkeys(figures.arch for figures in contenders))
    recipes = list(dict.fromkeys(figures.recipe for figures in contenders))
    with rc_context(STYLE):
        picture.set_size_inches(12, 4.8)
        picture.suptitle(title, x=MARGIN / 12, ha="left", fontsize=15, weight="bold")
        work, latency = picture.subplots(1, 2, sharey=True)
        for figures in contenders:
            low, high = figures.interval
            middle = figures.accuracy
            style = {
                "yerr": [[100 * max(0, middle - low)], [100 * max(0, high - middle)]],
                "color": COLOURS[archs.index(figures.arch) % len(COLOURS)],
                "marker": MARKS[recipes.index(figures.recipe) % len(MARKS)],
                "capsize": 4,
                "linestyle": "none",
            }
            label = f"{figures.arch}, {figures.recipe}: {100 * middle:.2f} %"
            work.errorbar(figures.multiply_adds, 100 * middle, label=label, **style)
            latency.errorbar(1e6 * figures.latency, 100 * middle, **style)
        work.set_title("Accuracy, %")
        work.set_xlabel("multiply-adds for an image")
        latency.set_xlabel("microseconds to read one image")
        for axes in (work, latency):
            axes.set_xscale("log")
            axes.margins(x=0.15)
        picture.legend(loc="outside right upper")
