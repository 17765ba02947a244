"""Export a network to ONNX, Keras, PyTorch or C, or as a page to draw on.

The file has metadata: the input, the names of the classes, how the network was trained, and its calibration. A page
(--to html) is one file for any browser, and needs no server; with several networks it compares them.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from apps.cli.arguments import Parser, UsageError, add_arguments
from apps.cli.command import SUCCESS, command
from apps.cli.outputs import Output, check_outputs
from apps.web import bundle
from nn import checkpoint
from nn.digits.recognizer import DEFAULT_WEIGHTS
from nn.export import FORMATS, export_model
from nn.fold import fold_batch_norm

#: The format that ``apps.web.bundle`` writes.
PAGE = "html"


@command("export.py")
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name. Returns the exit status."""
    arguments = _parser().parse_args(argv)
    weights = arguments.weights or [DEFAULT_WEIGHTS]
    check_outputs(Output("--out", arguments.out, ()), inputs=weights)
    if arguments.to == PAGE:
        if arguments.fold:
            raise UsageError("--fold: a page shows the layers as they were trained")
        if arguments.out.suffix != ".html":
            raise UsageError(f"{arguments.out}: expected a name that ends in .html, as pages do")
        bundle.write(weights, arguments.out)
    elif len(weights) > 1:
        raise UsageError(f"--weights: expected one file, got {len(weights)}; only a page (--to {PAGE}) has several")
    else:
        _export(weights[0], arguments.out, arguments.to, fold=arguments.fold)
    print(f"{arguments.out}: {arguments.out.stat().st_size / 1024:,.0f} KiB")
    return SUCCESS


def _export(weights: Path, out: Path, to: str, *, fold: bool) -> None:
    source = checkpoint.load(weights)
    try:
        export_model(fold_batch_norm(source.model) if fold else source.model, out, to, source.meta)
    except (ValueError, ModuleNotFoundError) as error:
        raise UsageError(str(error)) from None


def _parser() -> Parser:
    formats = {
        **{name: f"{form.help} ({form.suffix})" for name, form in FORMATS.items()},
        PAGE: "a page to draw on (.html)",
    }
    lines = [f"  {name:12} {text}" for name, text in formats.items()]
    parser = Parser("\n".join([(__doc__ or "").strip(), "", "formats:", *lines]))
    parser.add_argument("--to", metavar="FORMAT", choices=formats, required=True, help=f"one of {', '.join(formats)}")
    several = {
        "nargs": "+",
        "help": "weights file; for a page several, the first in use (default: the shipped weights)",
    }
    add_arguments(parser, "weights", "out", weights=several, out={"required": True})
    parser.add_argument("--fold", action="store_true", help="fold batch normalization into the layers before it")
    return parser


if __name__ == "__main__":
    sys.exit(main())
