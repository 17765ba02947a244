"""Bundles the page, its engine and networks into one HTML file, which makes no network requests.

The script modules become one script. The script, the engine and the networks are compressed and written as text, which
``loader.js`` unpacks. The same files give the same bytes, with the same version of zlib.
"""

import functools
import html
import io
import json
import lzma
import os
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from apps.web.minify import minify_css, minify_script, outer_names
from nn.atomic import atomic_write
from nn.digits import Recognizer

#: The sources of the page.
PAGE = Path(__file__).parent / "page"

#: The modules that are replaced in a page without a server.
REPLACED_MODULES = {"served.js": "embedded.js"}

#: The page may only run its own script and style.
POLICY = "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval'; style-src 'unsafe-inline'; img-src data:"

#: The digits of base 117: the ASCII characters that browsers and editors don't change in a script.
ALPHABET = np.array([*range(1, 12), *range(14, 26), *(code for code in range(32, 127) if chr(code) != "<")], np.uint8)

#: The largest networks, together, of a page that is compressed by LZMA: it is a tenth smaller, and takes the script
#: 0.4 ms for a kilobyte before the page is ready. The browser itself inflates the parts of the other pages.
MAX_LZMA = 64 << 10

#: The parameters of LZMA are those of its decoder in lzma.js.
LZMA = [{"id": lzma.FILTER_LZMA1, "preset": 9 | lzma.PRESET_EXTREME, "lc": 2, "lp": 0, "pb": 0, "dict_size": 1 << 24}]

#: Arguments of layers that inference does not need: ``network.js`` has ``null`` for them.
TRAINING_ARGUMENTS = frozenset(("kernel_initializer", "momentum", "scale", "use_bias"))

_IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.[\w./]+)";\n', re.MULTILINE)


def write(weights: Sequence[str | os.PathLike[str]], out: str | os.PathLike[str]) -> int:
    """Write a page with these networks.

    Args:
        weights: paths of ``.npz`` files, the network to use first. They are shown by their file names.
        out: the HTML file; an existing one is replaced when the new one is complete.

    Returns:
        The size of the page in bytes.

    Raises:
        CheckpointError: a file of weights is missing or broken, or its network does not recognize digits.
        OSError: the page can't be written.
    """
    page = bundle([Path(path) for path in weights]).encode()
    with atomic_write(out) as file:
        file.write(page)
    return len(page)


def bundle(weights: Sequence[Path]) -> str:
    """The page as text; see `write`."""
    page = (PAGE / "index.html").read_text(encoding="utf-8")
    head, body = re.split(r"(?<=<body>)\n|\n(?=</body>)", page)[:2]
    head = re.sub(r'<link rel="stylesheet".*\n|<script type="module".*\n', "", head)
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
    head = head.replace('<meta name="viewport"', f'{policy}<meta name="viewport"', 1)
    for path in weights:
        Recognizer.load(path)  # checks it
    networks = [_strip_checkpoint(path) for path in weights]
    small = sum(map(len, networks)) <= MAX_LZMA
    packed = functools.partial(_packed, small)
    parts = [packed("app", _app(body).encode()), packed("engine", (PAGE / "engine.wasm").read_bytes())]
    for number, (path, network) in enumerate(zip(weights, networks, strict=True)):
        attributes = f' data-name="{html.escape(path.stem)}" data-size="{path.stat().st_size}"'
        parts.append(packed(f"network-{number}", network, attributes))
    scripts = [PAGE / "lzma.js" if small else PAGE / "inflate.js", PAGE / "loader.js"]
    loader = minify_script("".join(path.read_text(encoding="utf-8") for path in scripts))
    return f"{head}\n{''.join(parts)}<script>{{{loader}}}</script>\n</body>\n</html>\n"


def _app(body: str) -> str:
    """A script that adds the style and the body to the document, and has all modules."""
    style = minify_css((PAGE / "style.css").read_text(encoding="utf-8"))
    make = f"document.body.insertAdjacentHTML('afterbegin',{json.dumps(f'<style>{style}</style>{body}')});"
    return make + _bundle_script(PAGE / "main.js")[0]


def bundle_module(path: Path, function: str) -> str:
    """A script module and those that it imports as one module.

    Args:
        path: of the module.
        function: the name of one of its functions: the default export is an object with it alone.
    """
    script, names = _bundle_script(path)
    return f"{script}export default{{{function}:{names[function]}}};"


def _bundle_script(path: Path) -> tuple[str, dict[str, str]]:
    """A module and those that it imports as one script, and the short names of the module's own variables."""
    scripts: dict[Path, str] = {}
    exports: dict[Path, dict[str, str]] = {}
    _add_module(path, scripts, exports, outer_names())
    return "".join(scripts.values()), exports[path]


def _add_module(path: Path, scripts: dict[Path, str], exports: dict[Path, dict[str, str]], free: Iterator[str]) -> None:
    """Add a module to the scripts, without its imports and exports, after those that it imports."""
    names: dict[str, str] = {}
    source = path.with_name(REPLACED_MODULES.get(path.name, path.name)).read_text(encoding="utf-8")
    for imported, relative in _IMPORT.findall(source):
        module = (path.parent / relative).resolve()
        if module not in scripts:
            _add_module(module, scripts, exports, free)
        for exported, _, alias in (each.strip().partition(" as ") for each in imported.split(",") if each.strip()):
            names[alias or exported] = exports[module][exported]
    body = re.sub(r"^export ", "", _IMPORT.sub("", source), flags=re.MULTILINE)
    scripts[path] = minify_script(body, names, free)
    exports[path] = names


def _strip_checkpoint(path: Path) -> bytes:
    """A file of weights without what the page does not use, and without compression."""
    stripped = io.BytesIO()
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(stripped, "w") as stored:
        for entry in archive.infolist():
            data = archive.read(entry)
            if entry.filename == "meta.npy":
                data = _strip_meta(data)
            if not entry.filename.startswith("extra/"):
                stored.writestr(_ListedEntry(entry.filename), data)
    return stripped.getvalue()


class _ListedEntry(zipfile.ZipInfo):
    """An entry that only the archive's list at its end describes: ``npz.js`` reads no more. It saves 220 bytes."""

    def FileHeader(self, zip64: bool | None = None) -> bytes:
        """The header before the data: a signature and zeros."""
        return b"PK\3\4".ljust(30, b"\0")


def _strip_meta(data: bytes) -> bytes:
    """The entry ``meta`` with the architecture and the calibration only, without arguments of training."""
    header = json.loads(np.load(io.BytesIO(data)).tobytes(), object_hook=_without_training)
    header["meta"] = {key: value for key, value in header["meta"].items() if key == "calibration"}
    stripped = io.BytesIO()
    np.save(stripped, np.frombuffer(json.dumps(header, separators=(",", ":")).encode(), np.uint8))
    return stripped.getvalue()


def _without_training(layer: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in layer.items() if key not in TRAINING_ARGUMENTS}


def _packed(small: bool, name: str, data: bytes, attributes: str = "") -> str:
    """A script element with compressed data as text; browsers don't run its type.

    Its attribute ``data-length`` is how many bytes ``decompress`` writes in a small page, and reads in a large one.
    """
    if small:
        compressed = lzma.compress(data, lzma.FORMAT_RAW, filters=LZMA)
        size = len(data)
    else:
        compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        compressed = compressor.compress(data) + compressor.flush()
        size = len(compressed)
    attributes += f' data-length="{size}"'
    return f'<script type="data" id="{name}"{attributes}>{encode_base117(compressed)}</script>\n'


def encode_base117(data: bytes) -> str:
    """Bytes as ASCII text, 6 bytes as 7 characters: an overhead of 17 %, where base64 has 33 %.

    >>> len(encode_base117(bytes(600)))
    700
    """
    groups = np.frombuffer(data + bytes(-len(data) % 6), np.uint8).reshape(-1, 6)
    values = groups @ (1 << (8 * np.arange(6)))
    digits = [values // len(ALPHABET) ** place % len(ALPHABET) for place in range(7)]
    return ALPHABET[np.stack(digits, axis=1)].tobytes().decode()
