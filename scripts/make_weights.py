"""Train the shipped weights, evaluate them, and write their model cards: `python -m scripts.make_weights`.

Files that are finished are skipped, and a training that was stopped resumes, so the same command may be given again.
--evaluate trains nothing: it evaluates the files that are there and writes their cards.
"""

from apps.cli import signals

if __name__ == "__main__":
    signals.exit_immediately("make_weights.py")  # before the slow imports

# isort: split
import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from apps.cli import evaluate, runs, train
from apps.cli.arguments import Parser, UsageError, user_path
from apps.cli.command import SUCCESS, command
from apps.cli.shipped import SHIPPED
from scripts.model_cards import write_card


@command("make_weights.py")
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name. Returns the exit status."""
    arguments = _parser().parse_args(argv)
    names = arguments.name or list(SHIPPED)
    if unknown := [name for name in names if name not in SHIPPED]:
        raise UsageError(f"expected names of {', '.join(SHIPPED)}, got {unknown[0]!r}")
    if not arguments.evaluate:
        missing = [name for name in names if not _is_trained(arguments, name)]
        minutes = sum(SHIPPED[name].minutes for name in missing)
        print(f"To train: {', '.join(missing) or 'nothing'}; about {minutes:.0f} minutes of one core", flush=True)
        for name in missing:
            status = _train(arguments, name)
            if not _is_trained(arguments, name):
                print(f"{name}: stopped; the same command resumes it")
                return status
    for name in names:
        _evaluate(arguments, name)
        images, strokes = _read(arguments, name, "images"), _read(arguments, name, "strokes")
        assert images is not None
        card, weights = (arguments.out / f"{name}{suffix}" for suffix in (".md", ".npz"))
        write_card(card, weights, SHIPPED[name], _read(arguments, name, "training"), images, strokes)
        print(f"{name}: {images['accuracy']:.4f} of {images['n']:,} test images; {card}", flush=True)
    return SUCCESS


def _parser() -> Parser:
    parser = Parser(__doc__)
    parser.add_argument("name", nargs="*", help=f"which weights (default: all): {', '.join(SHIPPED)}")
    default = Path("runs", "weights")
    for name, what in (("out", "weights and the cards"), ("runs", "runs and their metrics")):
        help_text = f"folder of the {what} (default: %(default)s)"
        parser.add_argument(f"--{name}", metavar="DIR", type=user_path, default=default, help=help_text)
    parser.add_argument("--data", metavar="DIR", help="folder of MNIST (default: as train.py)")
    parser.add_argument("--strokes", metavar="FILE.npz", type=user_path, help="evaluate on this stroke set as well")
    parser.add_argument("--evaluate", action="store_true", help="train nothing: evaluate and write the cards")
    return parser


def _train(arguments: argparse.Namespace, name: str) -> int:
    """Train, or resume the training; returns the exit status of the command that trains."""
    shipped, own = SHIPPED[name], arguments.runs / name
    outputs = [f"--out={arguments.out / name}.npz", f"--metrics={_metrics(arguments, name, 'training')}"]
    try:
        start = [f"--resume={runs.newest_unfinished(own, shipped.arch).parent}"]
    except UsageError:
        start = ["--arch", shipped.arch, "--recipe", shipped.recipe]
    return train.main([*start, *outputs, f"--runs={own}", *_data(arguments)])


def _evaluate(arguments: argparse.Namespace, name: str) -> None:
    """Evaluate a file of weights, unless the metrics are newer than it."""
    weights = arguments.out / f"{name}.npz"
    if not weights.is_file():
        raise UsageError(f"{weights}: no such file: train it first")
    kinds = {"images": ["--corruptions", *_data(arguments)]}
    kinds |= {} if arguments.strokes is None else {"strokes": [f"--strokes={arguments.strokes}"]}
    for kind, options in kinds.items():
        metrics = _metrics(arguments, name, kind)
        if metrics.is_file() and metrics.stat().st_mtime >= weights.stat().st_mtime:
            continue
        folder = arguments.runs / f"{name}-{kind}"
        status = evaluate.main([f"--weights={weights}", *options, f"--metrics={metrics}", f"--out={folder}"])
        if status != SUCCESS:
            raise UsageError(f"{weights}: evaluate failed, with status {status}")


def _data(arguments: argparse.Namespace) -> list[str]:
    return [] if arguments.data is None else [f"--data={arguments.data}"]


def _is_trained(arguments: argparse.Namespace, name: str) -> bool:
    return (arguments.out / f"{name}.npz").is_file() and _metrics(arguments, name, "training").is_file()


def _metrics(arguments: argparse.Namespace, name: str, kind: str) -> Path:
    """The file of metrics: of the training, of the images, or of the strokes."""
    return arguments.runs / f"{name}-{kind}.json"


def _read(arguments: argparse.Namespace, name: str, kind: str) -> dict[str, Any] | None:
    """The metrics in such a file, or None."""
    path = _metrics(arguments, name, kind)
    return json.loads(path.read_bytes()) if path.is_file() else None


if __name__ == "__main__":
    sys.exit(main())
