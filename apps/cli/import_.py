"""Read a network from a file of another program: ONNX (.onnx), Keras (.keras), PyTorch (.safetensors).

The network becomes a file of weights, which every command takes (--weights FILE). The file is read, never run. If it
has layers that this library does not have, the error names them.

Weights of PyTorch alone (.safetensors) don't tell what is between the layers: --arch does, unless they are of a network
of this library. Weights are matched with layers by the names of the modules in their order, and by their shapes.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from apps.cli.arguments import Parser, UsageError, add_arguments, positive_float
from apps.cli.command import SUCCESS, command
from apps.cli.outputs import NPZ, Output, check_outputs
from nn import checkpoint
from nn.imports import import_model


@command("import.py")
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name. Returns the exit status."""
    arguments = _parser().parse_args(argv)
    check_outputs(Output("--out", arguments.out, NPZ), inputs=[arguments.file])
    try:
        imported = import_model(arguments.file, arguments.arch, mean=arguments.mean, std=arguments.std)
    except ModuleNotFoundError as error:
        raise UsageError(str(error)) from None
    checkpoint.save(arguments.out, imported.model, imported.meta)
    for note in imported.notes:
        print(f"note: {note}")
    print(imported.model.summary())
    print(f"weights: {arguments.out}")
    return SUCCESS


def _parser() -> Parser:
    parser = Parser(__doc__)
    parser.add_argument("file", metavar="FILE", type=Path, help="file to read")
    add_arguments(
        parser,
        *("arch", "out"),
        arch={
            "default": None,
            "help": "architecture of a .safetensors file: a name of nn.zoo, or a JSON file of layers",
        },
        out={"required": True, "help": "file of weights to write, .npz"},
    )
    parser.add_argument("--mean", type=float, metavar="X", help="mean that images were normalized by in its training")
    parser.add_argument("--std", type=positive_float, metavar="X", help="standard deviation, likewise")
    return parser


if __name__ == "__main__":
    sys.exit(main())
