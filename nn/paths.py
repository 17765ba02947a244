"""Where files are: the shipped weights, and the folders for weights, data sets and caches.

In a checkout they lie beside the source. An installed package keeps out of its own folder: what it makes goes to the
current folder, or to the user's folders for data and caches, which depend on the system (see platformdirs).
"""

from pathlib import Path

#: Names the user's folders.
APPLICATION = "digits-from-scratch"

_PACKAGE = Path(__file__).resolve().parent

#: Whether this is a checkout (or an editable install of one): only an installed package has the weights in it.
IS_CHECKOUT = not (_PACKAGE / "weights").is_dir()

#: The folder of the shipped weights.
WEIGHTS = _PACKAGE.parent / "weights" if IS_CHECKOUT else _PACKAGE / "weights"

#: The folder that training writes weights to: the shipped ones in a checkout, else ``weights`` in the current folder.
TRAINED_WEIGHTS = WEIGHTS if IS_CHECKOUT else Path("weights")


def data_folder() -> Path:
    """The folder of data sets, one folder each: ``data`` in a checkout, else the user's data folder.

    A user without a home has it in the current folder.
    """
    return _PACKAGE.parent / "data" if IS_CHECKOUT else _user_folder("user_data_path") or Path(APPLICATION)


def cache_folder() -> Path | None:
    """The user's cache folder, for what can be made again; None for a user without a home."""
    return _user_folder("user_cache_path")


def _user_folder(kind: str) -> Path | None:
    import platformdirs

    folder: Path = getattr(platformdirs, kind)(APPLICATION, appauthor=False)
    return folder if folder.is_absolute() else None
