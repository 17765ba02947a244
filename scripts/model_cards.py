"""Model cards: a page on each file of weights, from its metadata and the metrics of its evaluation.

M. Mitchell et al., "Model cards for model reporting", 2019, https://arxiv.org/abs/1810.03993.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from apps.cli.evaluation.tables import HEADINGS
from apps.cli.shipped import ShippedWeights
from nn import checkpoint
from nn.atomic import atomic_write
from nn.recipes import Recipe

#: Ends the part of a card that is generated; what follows is written by hand, and kept.
MARK = "<!-- `python -m scripts.make_weights` writes what is above. -->"

#: The most frequent confusions that a card lists.
CONFUSIONS = 5

Metrics = Mapping[str, Any]


def write_card(
    path: Path,
    weights: Path,
    shipped: ShippedWeights,
    training: Metrics | None,
    images: Metrics,
    strokes: Metrics | None,
) -> None:
    """Write the card of a file of weights; its part that is written by hand stays.

    Args:
        path: of the card.
        weights: the file.
        shipped: its entry in ``SHIPPED``.
        training: the metrics of ``train.py``; None if they were not kept.
        images: of ``evaluate.py --corruptions``.
        strokes: of ``evaluate.py --strokes``, or None.
    """
    saved = checkpoint.load(weights)
    meta, model = saved.meta, saved.model
    parameters = sum(parameter.value.size for parameter in model.parameters)
    operations = sum(layer.multiply_adds() for layer in model.layers)
    facts = {
        "file": f"`{weights.name}`, {round(weights.stat().st_size / 1000):,} KB, weights as {meta['precision']}",
        "network": f"`{shipped.arch}`: {parameters:,} parameters, {operations:,} multiply-adds an image",
        "command": f"`{meta['command']}`, seed {meta['seed']}",
        "data": f"MNIST's training images (CRC-32 {meta['data_crc32']:08x}), {_held_out(meta)}",
        "settings": _settings(meta["settings"]),
        "training": shipped.training if training is None else _training(training),
        "versions": ", ".join(f"{name} {version}" for name, version in meta["versions"].items()),
    }
    parts = [
        f"# `{weights.stem}`",
        f"**Use:** {shipped.use}",
        _markdown([["", ""], *([name, fact] for name, fact in facts.items())]),
        "## Figures",
        _figures(images, strokes),
        "Most frequent errors: " + ", ".join(_confusions(images["confusion"])) + ".",
        "## Where it fails",
        shipped.limits,
        "## Corrupted images",
        f"The 15 corruptions of MNIST-C at its severities, the network alone. {_corrupted(meta['settings'])}",
        _table("corruption", images["corruptions"]),
        MARK,
    ]
    text = "\n\n".join(parts) + "\n"
    if path.exists():
        text += path.read_text(encoding="utf-8").partition(MARK)[2].removeprefix("\n")
    with atomic_write(path) as file:
        file.write(text.encode())


def _held_out(meta: Metrics) -> str:
    held_out = meta.get("validation", 0)
    return f"{held_out:,} of them held out" if held_out else "all of them"


def _settings(settings: Mapping[str, Any]) -> str:
    """The settings that are not those of the plain recipe."""
    plain = Recipe.from_dict({}).to_dict()
    recipe = Recipe.from_dict(settings).to_dict()
    changed = {name: value for name, value in recipe.items() if value != plain[name] and name != "augmentation"}
    ranges = {name: value for name, value in recipe["augmentation"].items() if value}
    return ", ".join(f"{name} {value}" for name, value in (changed | ranges).items()) or "those of `plain`"


def _training(metrics: Metrics) -> str:
    seconds, threads = metrics["train_seconds"], metrics["threads"]
    cores = f"{threads} core{'s' * (threads > 1)}"
    return f"{seconds / 60:.1f} minutes on {cores}: at most {seconds * threads:,.0f} core-seconds"


def _corrupted(settings: Mapping[str, Any]) -> str:
    fraction = settings.get("corrupted_fraction", 0)
    if not fraction:
        return "It was not trained on them."
    return f"It was trained on them: {100 * fraction:.0f} % of its training images had one, with other draws."


def _figures(images: Metrics, strokes: Metrics | None) -> str:
    low, high = images["interval"]
    wrong = round(images["n"] * (1 - images["accuracy"]))
    rows = {"MNIST's test images": {key: images[key] for key in ("n", "accuracy")} | {"errors": wrong}}
    rows["MNIST's test images"] |= {"low": low, "high": high}
    rows |= images.get("groups", {})
    rows["15 corruptions"] = images["corruptions"]["mean"]
    if strokes is not None:
        low, high = strokes["writer_interval"]
        rows["pen strokes, by writers"] = {"n": strokes["n"], "accuracy": strokes["accuracy"], "low": low, "high": high}
        held_out = strokes["held_out_digits"]
        rows["held-out ways to write digits"] = {"accuracy": sum(held_out.values()) / len(held_out)}
    return _table("measured on", rows)


def _confusions(confusion: Sequence[Sequence[int]]) -> list[str]:
    counts = [(n, true, read) for true, row in enumerate(confusion) for read, n in enumerate(row) if n and true != read]
    return [f"{true} read as {read} ({n})" for n, true, read in sorted(counts, reverse=True)[:CONFUSIONS]]


def _table(title: str, kinds: Mapping[str, Mapping[str, float | int]]) -> str:
    named = {name for values in kinds.values() for name in values}
    columns = [name for name in ("n", "errors", "accuracy", "low", "high") if name in named]
    rows = [[kind, *(_cell(values.get(column)) for column in columns)] for kind, values in kinds.items()]
    return _markdown([[title, *(HEADINGS.get(column, column) for column in columns)], *rows])


def _cell(value: float | int | None) -> str:
    if value is None:
        return ""
    return f"{100 * value:.2f} %" if isinstance(value, float) else f"{value:,}"


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    header, *others = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([header, "|" + "---|" * len(rows[0]), *others])
