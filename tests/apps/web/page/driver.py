"""Runs the page's modules in Node."""

import base64
import json
import math
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

NODE = shutil.which("node")

needs_node = pytest.mark.skipif(NODE is None, reason="needs Node, to run the page's modules")


def run(job, **options):
    """The result of a job of driver.mjs; arrays in it are base64, see `floats`."""
    script = str(Path(__file__).with_name("driver.mjs"))
    text = json.dumps({"job": job, **options}, allow_nan=False, default=str)
    result = subprocess.run([NODE, script], input=text, capture_output=True, text=True, timeout=300)
    if result.returncode or result.stderr:
        raise AssertionError(result.stderr)
    return json.loads(result.stdout)


def encode(array):
    return base64.b64encode(np.ascontiguousarray(array, np.float32).tobytes()).decode()


def as_picture(gray):
    """A picture (H, W), uint8 or float32, for the job ``pictures``."""
    text = base64.b64encode(np.ascontiguousarray(gray).tobytes()).decode()
    return {"height": gray.shape[0], "width": gray.shape[1], "bytes" if gray.dtype == np.uint8 else "values": text}


def floats(text):
    return np.frombuffer(base64.b64decode(text), np.float32)


def as_json(drawings):
    """Drawings as lists; JSON has no NaN, so numbers that are not finite become text."""

    def number(value):
        return value if math.isfinite(value) else {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")

    return [
        [[[number(float(value)) for value in point] for point in stroke] for stroke in strokes] for strokes in drawings
    ]
