"""Errors in input files. Commands print the message on one line and exit with status 2."""


class DataError(ValueError):
    """A data set, picture or drawing is missing, damaged or not as expected; the message names the path."""


class CheckpointError(ValueError):
    """A weights file is missing, damaged or does not fit the model; the message names the path."""
