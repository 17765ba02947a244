"""Tests mirror the source: ``nn/a/b.py`` is tested by ``tests/nn/a/test_b.py``."""

from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[1]

#: Source files that another test file covers, by pattern.
GROUPS = {
    "nn/layers/*.py": "tests/nn/layers/test_layers.py",
    "nn/imports/onnx_*.py": "tests/nn/imports/test_onnx.py",
    "nn/ops/*.py": "tests/nn/ops/test_rungs.py",
    "nn/ops/fast/*.py": "tests/nn/ops/test_rungs.py",
    "apps/cli/evaluation/images.py": "tests/apps/cli/test_evaluate.py",
    "apps/cli/evaluation/strokes.py": "tests/apps/cli/test_evaluate.py",
    "nn/data/corruptions/*.py": "tests/nn/data/test_corruptions.py",
    "nn/digits/synthesis/picture_effects/*.py": "tests/nn/digits/synthesis/test_picture_effects.py",
    "apps/web/engine/kernels.py": "tests/apps/web/engine/test_build.py",
    "apps/draw/core/effects.py": "tests/apps/draw/core/test_update.py",
    "apps/draw/core/messages.py": "tests/apps/draw/core/test_update.py",
    "apps/draw/core/state.py": "tests/apps/draw/core/test_update.py",
    "apps/draw/core/training.py": "tests/apps/draw/core/actions/test_training.py",
    "apps/draw/ui/training/*.py": "tests/apps/draw/ui/panels/test_train.py",
    "apps/cli/training_arguments.py": "tests/apps/cli/test_train.py",
    "apps/cli/training_results.py": "tests/apps/cli/test_train.py",
    "apps/live/messages.py": "tests/apps/live/test_session.py",
    "apps/live/presets.py": "tests/apps/live/test_settings.py",
    "apps/live/snapshot.py": "tests/apps/live/test_monitor.py",
}


def sources():
    for folder in ("nn", "apps"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path.name != "__init__.py":
                yield path.relative_to(ROOT).as_posix()


def group(source):
    return next((test for pattern, test in GROUPS.items() if PurePosixPath(source).match(pattern)), None)


def mirrored(source):
    path = PurePosixPath(source)
    name = "test_main.py" if path.name == "__main__.py" else f"test_{path.name}"
    return f"tests/{path.parent}/{name}"


def test_each_source_file_has_a_test_file():
    for source in sources():
        expected = mirrored(source)
        if not (ROOT / expected).is_file():
            assert group(source) is not None, f"expected {expected}"
            assert (ROOT / group(source)).is_file(), f"expected {group(source)}, which covers {source}"


@pytest.mark.parametrize("pattern", list(GROUPS))
def test_groups_are_needed(pattern):
    covered = [source for source in sources() if PurePosixPath(source).match(pattern)]
    assert any(not (ROOT / mirrored(source)).is_file() for source in covered), "each file has its own test file"
