"""Read digits from pictures (PNG, JPEG, BMP; dark on light or light on dark) and saved drawings (.json).

Prints a line per file: the digit, its confidence, and the probabilities of 0 to 9. A file that can't be read is a line
on stderr and does not stop the others; the exit status is then 1, or 2 if none could be read.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from apps.cli import console
from apps.cli.arguments import Parser, add_arguments, expand_patterns, user_path
from apps.cli.command import BAD_INPUT, PARTLY_FAILED, SUCCESS, command, print_error
from nn.digits.pictures import read_picture
from nn.digits.recognizer import Prediction, Recognizer
from nn.digits.stroke_files import read_drawing
from nn.errors import DataError, one_line
from nn.text import printable


@command("predict.py")
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name. Returns the exit status."""
    arguments = _parser().parse_args(argv)
    recognizer = Recognizer.load(arguments.weights)
    files = expand_patterns(arguments.files)
    names = {path: printable(str(path)) for path in files}
    width = max(map(len, names.values()))
    answers = []
    failed = 0
    for path in files:
        try:
            prediction = _recognize(recognizer, path)
        except (DataError, OSError) as error:
            failed += 1
            print_error("predict.py", error)
            answers.append({"file": str(path), "error": one_line(error)})
            continue
        answers.append({"file": str(path), **_to_dict(prediction)})
        if not arguments.json:
            print(f"{names[path]:{width}}  {_line(prediction)}", flush=True)
        if not console.has_reader():
            break
    if arguments.json:
        print(json.dumps(answers, indent=2))
    if failed == len(files):
        return BAD_INPUT
    return PARTLY_FAILED if failed else SUCCESS


def _parser() -> Parser:
    parser = Parser(__doc__)
    parser.add_argument("files", metavar="FILE", nargs="+", type=user_path, help="picture or drawing")
    add_arguments(parser, "weights")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of lines")
    return parser


def _recognize(recognizer: Recognizer, path: Path) -> Prediction:
    try:
        if path.suffix.lower() == ".json":
            return recognizer.recognize(read_drawing(path).strokes)
        return recognizer.recognize_image(read_picture(path))
    except MemoryError:
        raise DataError(f"{path}: too large for this machine's memory") from None
    except FloatingPointError as error:
        raise DataError(f"{path}: {error}") from None


def _to_dict(prediction: Prediction) -> dict[str, Any]:
    answer: dict[str, Any] = {"label": prediction.label, "confidence": prediction.confidence}
    if prediction.label is None:
        answer = {"label": None, "confidence": None, "reason": prediction.reason}
    return answer | {"probabilities": prediction.probabilities.tolist()}


def _line(prediction: Prediction) -> str:
    probabilities = " ".join(f"{probability:.3f}" for probability in prediction.probabilities)
    if prediction.label is None:
        return f"-  {prediction.reason:>7}  {probabilities}"
    return f"{prediction.label}  {100 * prediction.confidence:5.1f} %  {probabilities}"


if __name__ == "__main__":
    sys.exit(main())
