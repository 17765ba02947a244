"""Evaluate a network on the images of a data set, on pen strokes, or on pictures of digits, lines and pages.

Prints the accuracy with its 95 % Wilson interval and the confusion matrix; plots the highest-confidence errors. Several
files of weights are evaluated as an ensemble, by the mean of their probabilities. Strokes are drawn again at random
sizes and places. On strokes and pictures, a rejected one counts as wrong. --sweep, --lines and --fine-tune measure more
on strokes, --perturb on pictures, --corruptions on images.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from apps.cli import runs
from apps.cli.arguments import Parser, UsageError, add_arguments, expand_patterns, positive_int, user_path
from apps.cli.command import PARTLY_FAILED, SUCCESS, command
from apps.cli.datasets import add_data_arguments
from apps.cli.evaluation import images, pictures, strokes
from apps.cli.evaluation.result import plot_evaluation, print_evaluation
from apps.cli.outputs import JSON, Output, check_outputs
from nn.digits.recognizer import DEFAULT_WEIGHTS

#: Options that measure more, and the option that they need, with its value.
STROKES, PICTURES = "--strokes FILE.npz", "--pictures DIR"
NEEDS = {"sweep": STROKES, "lines": STROKES, "fine_tune": STROKES, "perturb": PICTURES}


@command("evaluate.py")
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name. Returns the exit status."""
    arguments = _arguments(argv)
    kind = strokes if arguments.strokes else pictures if arguments.pictures else images
    evaluation = kind.evaluate(arguments)
    print_evaluation(evaluation, quiet=arguments.quiet)
    folder = arguments.out or runs.new_run(arguments.runs, "evaluate")
    plot_evaluation(evaluation, folder)
    values = evaluation.metrics | kind.measure_more(arguments, folder)
    runs.write_json(values, folder / runs.METRICS, arguments.metrics)
    if not arguments.quiet:
        print(f"\nMetrics and plots: {folder}")
    return PARTLY_FAILED if evaluation.unreadable else SUCCESS


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    arguments = _parser().parse_args(argv)
    for name, needed in NEEDS.items():
        if getattr(arguments, name) and not getattr(arguments, needed[2:].split()[0]):
            others = [f"--{other.replace('_', '-')}" for other in NEEDS if NEEDS[other] == needed]
            listed = " and ".join(filter(None, [", ".join(others[:-1]), others[-1]]))
            raise UsageError(f"{listed}: expected {needed} with {'them' if len(others) > 1 else 'it'}")
    for option in ("corruptions", "shifts"):
        if getattr(arguments, option) and (arguments.strokes or arguments.pictures):
            raise UsageError(f"--{option}: expected the images of a data set, not --strokes or --pictures")
    if arguments.strokes and arguments.pictures:
        raise UsageError("--strokes, --pictures: expected one of the two, got both")
    arguments.weights = expand_patterns(arguments.weights or [DEFAULT_WEIGHTS])
    inputs = [arguments.data, arguments.strokes, arguments.pictures, *arguments.weights]
    folder = Output("--out" if arguments.out else "--runs", (arguments.out or arguments.runs) / runs.METRICS, JSON)
    check_outputs(Output("--metrics", arguments.metrics, JSON), folder, inputs=inputs)
    return arguments


def _parser() -> Parser:
    parser = Parser(__doc__)
    add_arguments(
        parser,
        *("weights", "seed", "out", "runs", "metrics", "quiet"),
        weights={
            "nargs": "+",
            "action": "extend",
            "help": "weights files, several as an ensemble (default: the shipped weights)",
        },
        out={"metavar": "DIR", "help": "folder for the plots (default: <runs>/<time>-evaluate)"},
        seed={"help": "seed of the sizes and places of strokes, and of perturbations"},
    )
    add_data_arguments(parser, parts=("test", "train"), part_help="part of the data set")
    parser.add_argument(
        "--shifts",
        action="store_true",
        help="average over each image as it is and shifted by a pixel to each side: takes five times as long",
    )
    parser.add_argument("--strokes", metavar="FILE.npz", type=user_path, help="evaluate on this set of pen strokes")
    parser.add_argument(
        "--pictures",
        metavar="DIR",
        type=user_path,
        help="evaluate on these pictures: a folder with manifest.csv (file,label,kind) or with folders named 0 to 9, "
        "or an .npz with pictures and labels",
    )
    for name, old_name, count, what in (
        ("sweep", None, 1000, "perturbation sweep: read N strokes at each size, place, brush, slant, rotation, ..."),
        ("lines", "rows", 500, "read N lines of four digits, apart and touching"),
        ("fine-tune", "teach", 10, "correct N errors of each writer who is read worse than 97 %%, and read the rest"),
        ("corruptions", None, 10_000, "read N images with each of the 15 corruptions of MNIST-C"),
        ("perturb", None, 100, "read N pictures that are read right with strips, shadows, noise, ... added to them"),
    ):
        options: dict[str, Any] = {"metavar": "N", "nargs": "?", "const": count, "type": positive_int}
        parser.add_argument(f"--{name}", **options, help=f"{what} (default of N: {count})")
        if old_name:  # the name in version 0.1
            parser.add_argument(f"--{old_name}", dest=name.replace("-", "_"), **options, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
