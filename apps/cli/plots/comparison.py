"""The figure of a comparison."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from apps.cli.plots.figure import literal, set_title, styled

if TYPE_CHECKING:
    from apps.cli.comparison_report import ConfigurationMetrics

# Okabe & Ito, "Color Universal Design" (2008). The colour stands for the architecture, the marker for the recipe.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#1A1A1A")
MARKERS = "osD^vPX"


@styled
def draw_comparison(figure: Figure, configurations: "Sequence[ConfigurationMetrics]", *, title: str) -> None:
    """Draw accuracy with its 95 % interval over the network's multiply-adds, and over its latency."""
    archs = list(dict.fromkeys(each.arch for each in configurations))
    recipes = list(dict.fromkeys(each.recipe for each in configurations))
    set_title(figure, 12, 4.8, title)
    work, latency = figure.subplots(1, 2, sharey=True)
    for each in configurations:
        accuracy, (low, high) = 100 * each.accuracy, each.interval
        style = {
            "yerr": [[max(0, accuracy - 100 * low)], [max(0, 100 * high - accuracy)]],
            "color": COLOURS[archs.index(each.arch) % len(COLOURS)],
            "marker": MARKERS[recipes.index(each.recipe) % len(MARKERS)],
            "capsize": 4,
            "linestyle": "none",
        }
        label = f"{each.arch}, {each.recipe}: {accuracy:.2f} %"
        work.errorbar(each.multiply_adds, accuracy, label=literal(label), **style)
        latency.errorbar(1e6 * each.latency, accuracy, **style)
    work.set_title("Accuracy, %")
    work.set_xlabel("multiply-adds per image")
    latency.set_xlabel("microseconds per image")
    for axes in (work, latency):
        axes.set_xscale("log")
        axes.margins(x=0.15)
    figure.legend(loc="outside right upper")
