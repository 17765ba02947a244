"""Train the shipped weights, evaluate them, and write their model cards: `python -m scripts.make_weights`.

Files that are finished are skipped, and a training that was stopped resumes, so the same command may be given again.
--evaluate trains nothing: it evaluates the files that are there and writes their cards.
"""

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
    folder, names = arguments.out, arguments.name or list(SHIPPED)
    if unknown := [name for name in names if name not in SHIPPED]:
        raise UsageError(f"expected names of {', '.join(SHIPPED)}, got {unknown[0]!r}")
    if not arguments.evaluate:
        missing = [name for name in names if not _is_trained(folder, name)]
        minutes = sum(SHIPPED[name].minutes for name in missing)
        print(f"To train: {', '.join(missing) or 'nothing'}; about {minutes:.0f} minutes of one core", flush=True)
        for name in missing:
            status = _train(folder, name, arguments.data)
            if not _is_trained(folder, name):
                print(f"{name}: stopped; the same command resumes it")
                return status
    for name in names:
        _evaluate(folder, name, arguments.data, arguments.strokes)
        strokes = _metrics(folder, name, "strokes") if arguments.strokes else None
        images, training = _metrics(folder, name, "images"), _metrics(folder, name, "training")
        assert images is not None
        write_card(folder / f"{name}.md", folder / f"{name}.npz", SHIPPED[name], training, images, strokes)
        print(f"{name}: {images['accuracy']:.4f} of {images['n']:,} test images; {folder / f'{name}.md'}", flush=True)
    return SUCCESS


def _parser() -> Parser:
    parser = Parser(__doc__)
    parser.add_argument("name", nargs="*", help=f"which weights (default: all): {', '.join(SHIPPED)}")
    parser.add_argument("--out", metavar="DIR", type=user_path, default=Path("runs", "weights"), help="folder of the "
                        "weights, the cards and the metrics (default: %(default)s)")  # fmt: skip
    parser.add_argument("--data", metavar="DIR", help="folder of MNIST (default: as train.py)")
    parser.add_argument("--strokes", metavar="FILE.npz", type=user_path, help="evaluate on this stroke set as well")
    parser.add_argument("--evaluate", action="store_true", help="train nothing: evaluate and write the cards")
    return parser


def _train(folder: Path, name: str, data: str | None) -> int:
    """Train, or resume the training; returns the exit status of the command that trains."""
    shipped, own = SHIPPED[name], folder / "runs" / name
    outputs = [f"--out={folder / name}.npz", f"--metrics={_path(folder, name, 'training')}", f"--runs={own}"]
    outputs += [] if data is None else [f"--data={data}"]
    try:
        start = [f"--resume={runs.newest_unfinished(own, shipped.arch).parent}"]
    except UsageError:
        start = ["--arch", shipped.arch, "--recipe", shipped.recipe]
    return train.main([*start, *outputs])


def _evaluate(folder: Path, name: str, data: str | None, strokes: Path | None) -> None:
    """Evaluate a file of weights, unless the metrics are newer than it."""
    weights = folder / f"{name}.npz"
    place = [] if data is None else [f"--data={data}"]
    kinds: dict[str, list[str]] = {"images": ["--corruptions", *place]}
    kinds |= {} if strokes is None else {"strokes": [f"--strokes={strokes}"]}
    for kind, options in kinds.items():
        path = _path(folder, name, kind)
        if not weights.is_file():
            raise UsageError(f"{weights}: no such file: train it first")
        if path.is_file() and path.stat().st_mtime >= weights.stat().st_mtime:
            continue
        status = evaluate.main(
            [f"--weights={weights}", *options, f"--metrics={path}", f"--out={folder / 'runs' / f'{name}-{kind}'}"]
        )
        if status != SUCCESS:
            raise UsageError(f"{weights}: evaluate failed, with status {status}")


def _is_trained(folder: Path, name: str) -> bool:
    return (folder / f"{name}.npz").is_file() and _path(folder, name, "training").is_file()


def _path(folder: Path, name: str, kind: str) -> Path:
    """The file of metrics: of the training, of the images, or of the strokes."""
    return folder / "runs" / f"{name}-{kind}.json"


def _metrics(folder: Path, name: str, kind: str) -> dict[str, Any] | None:
    path = _path(folder, name, kind)
    return json.loads(path.read_bytes()) if path.is_file() else None


if __name__ == "__main__":
    sys.exit(main())
