"""What can be wrong with files from outside. Scripts print the one line and exit with status 2."""


class DataError(ValueError):
    """A data set, picture or drawing is missing, broken or not what was expected; the message names the path."""


class CheckpointError(ValueError):
    """A weights file is missing, broken or does not fit the model; the message names the path."""
