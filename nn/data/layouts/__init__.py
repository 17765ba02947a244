"""The layouts of data sets on disk, one module each, with a function ``read``.

``read(place, split, progress)`` returns the ``Contents`` of the data set at ``place``, a folder or a file, or None if
it does not have this layout. ``split`` is the word that chooses one of several sets (``--split``), or None;
``progress`` is whether to draw a progress bar. ``DataError`` means that the layout is this one, but incomplete or
damaged.
"""

from collections.abc import Callable
from pathlib import Path

from nn.data.dataset import Contents
from nn.data.layouts import csv_tables, idx_files, npz_file, picture_folders

#: The functions by the description of the layout for messages; the most specific layouts first.
LAYOUTS: dict[str, Callable[[Path, str | None, bool], Contents | None]] = {
    "IDX files (train-images-idx3-ubyte, train-labels-idx1-ubyte, ...)": idx_files.read,
    "an .npz file (x_train, y_train, ...)": npz_file.read,
    "CSV files (label,pixel0,pixel1,...)": csv_tables.read,
    "a folder of pictures for each class": picture_folders.read,
}
