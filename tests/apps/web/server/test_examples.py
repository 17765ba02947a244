"""The examples of docs/web.md answer what the page says."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from apps.models import ModelFolder
from apps.web.server import bodies
from apps.web.server.application import DigitsApplication
from apps.web.server.http import Limits
from apps.web.server.routes import ROUTES
from nn.digits import Recognizer, fine_tuning
from nn.digits.pictures import MAX_PIXELS
from nn.digits.stroke_files import Drawing, write_drawing
from tests.apps.web.client import serving
from tests.apps.web.server.test_routes import SEVEN, picture_of_one
from tests.tiny_set import write_tiny_set

PAGE = Path(__file__).parents[4] / "docs" / "web.md"

#: Each command, with the answer in the comment below it, if there is one.
EXAMPLES = re.findall(r"^(curl .*)\n(?:# (.*)\n)?", PAGE.read_text(), flags=re.M)


@pytest.fixture
def port(page, tmp_path, monkeypatch):
    """A server with the shipped weights, in a folder with the files of the examples."""
    monkeypatch.setenv("NN_DATA", str(write_tiny_set(tmp_path / "set", size=28)))
    monkeypatch.setattr(fine_tuning, "STEPS", 3)
    monkeypatch.setattr(fine_tuning, "SYNTHETIC", 30)
    picture = picture_of_one()
    Image.fromarray(picture).save(tmp_path / "digit.png")
    Image.fromarray(np.hstack([picture] * 3)).save(tmp_path / "line.png")
    blank = np.full_like(picture, picture[0, 0])
    page_of_ones = np.vstack([np.hstack([picture, picture, blank]), np.hstack([picture] * 3)])
    Image.fromarray(page_of_ones).save(tmp_path / "page.jpg")
    write_drawing(tmp_path / "drawing.json", Drawing([np.array(stroke, float) for stroke in SEVEN], 7))
    monkeypatch.chdir(tmp_path)
    with serving(DigitsApplication(ModelFolder(None, Recognizer.load), page, "127.0.0.1")) as client:
        yield client.port


def run(command, port):
    command = command.replace("127.0.0.1:8000", f"127.0.0.1:{port}").replace("curl ", "curl --silent --show-error ", 1)
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.skipif(shutil.which("curl") is None or shutil.which("bash") is None, reason="curl is not installed")
def test_the_examples_are_answered_as_documented(port):
    assert len(EXAMPLES) == 10
    for command, expected in EXAMPLES:
        answer = run(command, port)
        assert ("error" in answer) == ("error" in expected), answer
        for name, value in re.findall(r'"(label|reason|text|error|box)": ("[^"]*"|\[[\d., ]+\]|\w+)', expected):
            found = answer.get(name, answer["digits"][0].get(name) if "digits" in answer else None)
            assert found == json.loads(value), name


def test_each_route_and_limit_is_documented():
    text = PAGE.read_text()
    for route in ROUTES:
        assert f"| `{route.method} {route.path}` |" in text
    limits = Limits()
    assert f"| {limits.head_bytes >> 10} KiB, {limits.head_lines} lines, {limits.head_seconds} s |" in text
    assert f"| {limits.connections}; idle ones are closed after {limits.idle_seconds} s |" in text
    json_size, picture_size = (bodies.BODY_BYTES[kind] >> 20 for kind in (bodies.JSON, "image/png"))
    pixels = MAX_PIXELS // 10**6
    assert f"| {json_size} MiB; {picture_size} MiB, {pixels} million pixels; {limits.body_seconds} s |" in text
    assert f"| {bodies.MAX_STROKES:,}; {bodies.MAX_LINE_STROKES}; {bodies.MAX_SAMPLES} |" in text
    assert f"| {limits.response_seconds} s, and {limits.send_seconds} s to be taken |" in text
