"""Programs that are killed, or can not write: the files they leave are complete, and a killed training can resume."""

import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from nn import checkpoint
from nn.errors import CheckpointError
from tests import processes
from tests.stress import fixtures


def temporary_files(folder: Path) -> list[str]:
    """The names of unfinished files below a folder."""
    return [path.name for path in folder.rglob("*.part")]


@pytest.mark.stress(default=0, full=30)
def test_a_killed_training_resumes_to_the_same_weights(cases, tmp_path):
    fixtures.write_set(tmp_path / "set")
    options = ["--data", "../set", "--epochs", 12, "--quiet", "--precision", "float32", "--checkpoint-every", 7]
    command = processes.script("train", *options, "--out", "weights.npz")
    (tmp_path / "whole").mkdir()
    began = time.monotonic()
    result = processes.run(command, tmp_path / "whole")
    seconds = time.monotonic() - began
    assert result.status == 0, result
    expected = (tmp_path / "whole" / "weights.npz").read_bytes()
    rng = random.Random(0)
    for number in range(cases.count):
        folder = tmp_path / str(number)
        folder.mkdir()
        moment = seconds * (number + rng.random()) / cases.count
        process = processes.start(command, folder)
        time.sleep(moment)
        process.kill()
        processes.wait(process)
        if list(folder.glob("runs/*/checkpoint.npz")) and not (folder / "weights.npz").exists():
            result = processes.run(
                processes.script("train", "--resume", "--quiet", "--data", "../set", "--out", "weights.npz"), folder
            )
        else:  # killed before the first checkpoint, or after the end
            result = processes.run(command, folder)
        same = result.status == 0 and (folder / "weights.npz").read_bytes() == expected
        left = temporary_files(folder)
        cases.check(same and not left, f"killed after {moment:.2f} s: {result}, {same=}, left {left}")


#: Saves a network in an endless loop; all values of one save are equal.
SAVER = """
import sys
from nn import checkpoint
from tests.stress import fixtures
network = fixtures.small_network()
for number in range(10**9):
    for parameter in network.parameters:
        parameter.value[...] = number
    checkpoint.save(sys.argv[1], network, {"number": number})
"""


@pytest.mark.stress(default=1, full=100)
def test_a_file_is_complete_when_its_writer_is_killed(cases, tmp_path):
    path = tmp_path / "weights.npz"
    rng = random.Random(1)
    command = processes.python(SAVER, path)
    for _ in range(cases.count):
        path.unlink(missing_ok=True)
        process = processes.start(command, tmp_path, {"NN_BACKEND": "numpy"})
        while not path.exists() and process.poll() is None:
            time.sleep(0.001)
        time.sleep(rng.uniform(0, 0.1))
        process.kill()
        result = processes.wait(process)
        assert result.status == 128 + signal.SIGKILL, result
        found = checkpoint.load(path)
        values = {float(value) for array in found.model.state_dict().values() for value in array.flat}
        cases.check(values == {float(found.meta["number"])}, f"a mixture of {sorted(values)[:5]}")
    fixtures.write_weights(path)
    cases.check(not temporary_files(tmp_path), f"saved once more, {temporary_files(tmp_path)} are left")


def _train(data: Path) -> list[str]:
    return processes.script("train", "--data", data, "--epochs", 1, "--quiet", "--out", "weights.npz")


@pytest.mark.stress(default=0, full=30)
def test_without_space_training_ends_in_one_line_and_keeps_the_earlier_file(cases, tmp_path):
    command = _train(fixtures.write_set(tmp_path / "set", 100))
    for number in range(cases.count):
        # The checkpoint takes 4.2 MB, the weights 350 KB, the pictures 50 KB: some of them fit, but never all.
        size = int(2 ** (12 + 9.9 * number / cases.count))
        folder = tmp_path / f"{size} bytes"
        folder.mkdir()
        _keeps_the_earlier_file(cases, processes.with_file_size_limit(command, size), folder, or_replaces_it=True)


def _loads(path: Path) -> bool:
    try:
        checkpoint.load(path)
    except CheckpointError:
        return False
    return True


@pytest.mark.stress(default=0, full=1)
def test_on_a_full_disk_training_ends_in_one_line_and_keeps_the_earlier_file(cases, tmp_path):
    command = _train(fixtures.write_set(tmp_path / "set", 100))
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(disk)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting a disk needs root")
    try:
        _keeps_the_earlier_file(cases, command, disk)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.stress(default=0, full=1)
def test_in_a_read_only_folder_training_ends_in_one_line_and_keeps_the_earlier_file(cases, tmp_path):
    command = _train(fixtures.write_set(tmp_path / "set", 100))
    locked = tmp_path / "locked"
    locked.mkdir()
    _keeps_the_earlier_file(cases, processes.without_root_access(command), locked, mode=0o555)


def _keeps_the_earlier_file(
    cases, command: list[str], folder: Path, mode: int = 0o755, or_replaces_it: bool = False
) -> None:
    path = fixtures.write_weights(folder / "weights.npz")
    earlier = path.read_bytes()
    folder.chmod(mode)
    try:
        result = processes.run(command, folder)
    finally:
        folder.chmod(0o755)
    intact = path.read_bytes() == earlier or (or_replaces_it and _loads(path))
    left = temporary_files(folder)
    passed = result.is_one_line_error and intact and not left
    cases.check(passed, f"{folder.name}: {result}, {intact=}, left {left}")
