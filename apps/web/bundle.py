"""Pack the page, its engine and networks into one HTML file, which needs no server and no network access.

The script modules become one script, which is compressed, as are the engine and the networks. A few lines of script unpack
them. The same files give the same bytes.
"""

import base64
import html
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from nn.atomic import atomic_write
from nn.deflate import gzip
from nn.digits import Recognizer

PAGE = Path(__file__).parent / "page"
