"""The layouts of data sets on disk, one file each. A layout is a function ``read``.

``read(place, split, progress)`` gives the ``Contents`` of the data set at ``place``, a folder or a file, or None if
``place`` does not have this layout. ``split`` chooses one of several sets (``--split``), or is None; ``progress`` is
whether to draw a progress bar. It raises ``DataError`` if the data set has this layout, and is incomplete or damaged.
"""

from collections.abc import Callable
from pathlib import Path

from nn.data.dataset import Contents
from nn.data.layouts import csv_tables, idx_files, npz_file, picture_folders

#: The layouts, the most specific ones first: by a description, as it is used in messages, the function.
LAYOUTS: dict[str, Callable[[Path, str | None, bool], Contents | None]] = {
    "IDX files (train-images-idx3-ubyte, train-labels-idx1-ubyte, ...)": idx_files.read,
    "an .npz file (x_train, y_train, ...)": npz_file.read,
    "CSV files (label,pixel0,pixel1,...)": csv_tables.read,
    "a folder of pictures for each class": picture_folders.read,
}
