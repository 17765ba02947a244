"""Write a network as a file of another program: ONNX, Keras, PyTorch.

The file has its metadata inside: what the input is, the names of the classes, how the network was made and calibrated.
"""

import sys
from collections.abc import Sequence

from apps.cli.arguments import Parser, UsageError, add_arguments
from apps.cli.command import SUCCESS, command
from apps.cli.outputs import Output, check_outputs
from nn import checkpoint
from nn.digits.recognizer import DEFAULT_WEIGHTS
from nn.export import FORMATS, export_model
from nn.fold import fold_batch_norm


@command("export.py")
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name. Returns the exit status."""
    arguments = _parser().parse_args(argv)
    check_outputs(Output("--out", arguments.out, ()), inputs=[arguments.weights])
    source = checkpoint.load(arguments.weights or DEFAULT_WEIGHTS)
    model = fold_batch_norm(source.model) if arguments.fold else source.model
    try:
        export_model(model, arguments.out, arguments.to, source.meta)
    except (ValueError, ModuleNotFoundError) as error:
        raise UsageError(str(error)) from None
    print(f"{arguments.out}: {arguments.out.stat().st_size / 1024:,.0f} KiB")
    return SUCCESS


def _parser() -> Parser:
    lines = [f"  {name:12} {form.help} ({form.suffix})" for name, form in FORMATS.items()]
    parser = Parser("\n".join([(__doc__ or "").strip(), "", "formats:", *lines]))
    parser.add_argument("--to", metavar="FORMAT", choices=FORMATS, required=True, help=f"one of {', '.join(FORMATS)}")
    add_arguments(parser, "weights", "out", out={"required": True})
    parser.add_argument("--fold", action="store_true", help="fold batch normalization into the layers before it")
    return parser


if __name__ == "__main__":
    sys.exit(main())
