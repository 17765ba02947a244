"""Errors in input files and settings. Commands print the message on one line and exit with status 2."""

from nn.text import printable


class DataError(ValueError):
    """A data set, picture or drawing is missing, damaged or not as expected; the message names the path."""


class CheckpointError(ValueError):
    """A weights file is missing, damaged or does not fit the model; the message names the path."""


class ConfigurationError(ValueError):
    """An environment variable has an invalid value; the message names it."""


def one_line(error: object) -> str:
    """The message of an exception, or any text, on one line, its unprintable characters escaped.

    >>> one_line(FileNotFoundError(2, "No such file or directory", "weights.npz"))
    'weights.npz: No such file or directory'
    """
    if isinstance(error, OSError) and error.filename is not None:
        return printable(f"{error.filename}: {error.strerror}")
    text = "not enough memory" if isinstance(error, MemoryError) and not error.args else str(error)
    return printable(" ".join(text.split())) or type(error).__name__
