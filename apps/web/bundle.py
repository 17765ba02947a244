"""Bundles the page, its engine and networks into one HTML file, which makes no network requests.

The script modules become one script. The script, the engine and the networks are compressed and written as text, which
``loader.js`` unpacks. The same files give the same bytes.
"""

import html
import io
import json
import lzma
import os
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

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

#: LZMA, which makes the page a tenth smaller than the formats that browsers decompress. The parameters are those of the
#: decoder in loader.js.
COMPRESSION = [
    {"id": lzma.FILTER_LZMA1, "preset": 9 | lzma.PRESET_EXTREME, "lc": 2, "lp": 0, "pb": 0, "dict_size": 1 << 24}
]

#: The largest network that is compressed so: the script takes 0.4 ms for a kilobyte, before the page is ready. Larger
#: ones keep the compression of their own file, which the browser undoes at once, and become 7 % larger.
MAX_LZMA = 64 << 10

#: Smaller entries of an archive are stored: to decompress one takes the browser some milliseconds, whatever its size.
MIN_DEFLATE = 2 << 10

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
    parts = [_packed("app", _app(body).encode()), _packed("engine", (PAGE / "engine.wasm").read_bytes())]
    for number, path in enumerate(weights):
        Recognizer.load(path)  # checks it
        name, size = html.escape(path.stem), path.stat().st_size
        attributes = f' data-name="{name}" data-size="{size}"'
        stripped = _strip_checkpoint(path, zipfile.ZIP_STORED)
        if len(stripped) <= MAX_LZMA:
            parts.append(_packed(f"network-{number}", stripped, attributes))
        else:
            archive = _strip_checkpoint(path, zipfile.ZIP_DEFLATED)
            parts.append(_element(f"network-{number}", archive, f' data-bytes="{len(archive)}"{attributes}'))
    loader = minify_script((PAGE / "loader.js").read_text(encoding="utf-8"))
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


def _strip_checkpoint(path: Path, compression: int) -> bytes:
    """A file of weights without what the page does not use."""
    stripped = io.BytesIO()
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(stripped, "w") as stored:
        for entry in archive.infolist():
            data = archive.read(entry)
            if entry.filename == "meta.npy":
                data = _strip_meta(data)
            if not entry.filename.startswith("extra/"):
                method = compression if len(data) > MIN_DEFLATE else zipfile.ZIP_STORED
                stored.writestr(zipfile.ZipInfo(entry.filename), data, method, compresslevel=9)
    return stripped.getvalue()


def _strip_meta(data: bytes) -> bytes:
    """The entry ``meta`` with the architecture and the calibration only."""
    header = json.loads(np.load(io.BytesIO(data)).tobytes())
    header["meta"] = {key: value for key, value in header["meta"].items() if key == "calibration"}
    stripped = io.BytesIO()
    np.save(stripped, np.frombuffer(json.dumps(header, separators=(",", ":")).encode(), np.uint8))
    return stripped.getvalue()


def _packed(name: str, data: bytes, attributes: str = "") -> str:
    """An element with compressed data."""
    packed = lzma.compress(data, lzma.FORMAT_RAW, filters=COMPRESSION)
    return _element(name, packed, f' data-unpacked="{len(data)}"{attributes}')


def _element(name: str, data: bytes, attributes: str) -> str:
    """A script element with data as text; browsers don't run its type."""
    return f'<script type="data" id="{name}"{attributes}>{encode_base117(data)}</script>\n'


def encode_base117(data: bytes) -> str:
    """Bytes as ASCII text, 6 bytes as 7 characters: an overhead of 17 %, where base64 has 33 %.

    >>> len(encode_base117(bytes(600)))
    700
    """
    groups = np.frombuffer(data + bytes(-len(data) % 6), np.uint8).reshape(-1, 6)
    values = groups @ (1 << (8 * np.arange(6)))
    digits = [values // len(ALPHABET) ** place % len(ALPHABET) for place in range(7)]
    return ALPHABET[np.stack(digits, axis=1)].tobytes().decode()
