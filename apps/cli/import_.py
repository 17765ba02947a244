"""Import a network from ONNX (.onnx), Keras (.keras) or PyTorch (.safetensors).

The result is a weights file, which every command takes (--weights FILE). Nothing in the imported file is executed. If
it has layers that this library lacks, the error names them.

A .safetensors file has weights only; --arch describes the layers, unless they are known. Weights are matched with
layers by the order of the modules' names, and by their shapes.
"""

import sys
from collections.abc import Sequence

from apps.cli.arguments import Parser, UsageError, add_arguments, positive_float, user_path
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
    parser.add_argument("file", metavar="FILE", type=user_path, help="file to import")
    add_arguments(
        parser,
        *("arch", "out"),
        arch={
            "default": None,
            "help": "architecture of a .safetensors file: a name of nn.zoo, or a JSON file of layers",
        },
        out={"required": True, "help": "weights file to write, .npz"},
    )
    parser.add_argument("--mean", type=float, metavar="X", help="mean of the normalization of images in its training")
    parser.add_argument("--std", type=positive_float, metavar="X", help="standard deviation, likewise")
    return parser


if __name__ == "__main__":
    sys.exit(main())
