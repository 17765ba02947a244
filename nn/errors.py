"""Errors in input files. Commands print the message on one line and exit with status 2."""


class DataError(ValueError):
    """A data set, picture or drawing is missing, damaged or not as expected; the message names the path."""


class CheckpointError(ValueError):
    """A weights file is missing, damaged or does not fit the model; the message names the path."""


def one_line(error: object) -> str:
    """The message of an exception, or any text, on one line.

    >>> one_line(FileNotFoundError(2, "No such file or directory", "weights.npz"))
    'weights.npz: No such file or directory'
    """
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split()) or type(error).__name__
