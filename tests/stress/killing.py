"""Programs that are killed, run out of disk, or get in each other's way: what they leave."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from nn import checkpoint
from nn.errors import CheckpointError
from tests.stress import material, programs
from tests.stress.campaign import Results, expect

#: Steps from one checkpoint to the next.
EVERY = 7


def training(count: int, folder: Path) -> Results:
    """Kill a training at a random moment and go on with it; the weights must be those of one that was left alone."""
    material.write_set(folder / "set")
    options = ["--data", "../set", "--epochs", 12, "--quiet", "--precision", "float32", "--checkpoint-every", EVERY]
    command = programs.script("train", *options, "--out", "weights.npz")
    (folder / "whole").mkdir()
    began = time.monotonic()
    ended = programs.run(command, folder / "whole")
    seconds = time.monotonic() - began
    if ended.status:
        yield f"left alone, it failed: {ended}"
        return
    expected = (folder / "whole" / "weights.npz").read_bytes()
    rng = random.Random(0)
    for number in range(count):
        place = folder / str(number)
        place.mkdir()
        moment = seconds * (number + rng.random()) / count
        process = programs.start(command, place)
        time.sleep(moment)
        process.kill()
        programs.end(process)
        if list(place.glob("runs/*/checkpoint.npz")) and not (place / "weights.npz").exists():
            ended = programs.run(programs.script("train", "--resume", "--quiet"), place)
        else:  # too early for a checkpoint: it begins anew; or too late to matter
            ended = programs.run(command, place)
        weights = place / "weights.npz"
        same = ended.status == 0 and weights.read_bytes() == expected
        yield expect(same and not _parts(place), f"killed after {moment:.2f} s: {ended}, left {_parts(place)}")


#: Saves a network again and again, with one more to each of its weights every time.
SAVER = """
import sys
from nn import checkpoint
from tests.stress import material
network = material.small_network()
for number in range(10**9):
    for parameter in network.parameters:
        parameter.value[...] = number
    checkpoint.save(sys.argv[1], network, {"number": number})
"""


def saving(count: int, folder: Path) -> Results:
    """Kill a program that does nothing but save; the file must be one of those it saved, whole."""
    path = folder / "weights.npz"
    rng = random.Random(1)
    command = [sys.executable, "-c", SAVER, str(path)]
    for _ in range(count):
        path.unlink(missing_ok=True)
        process = programs.start(command, folder, {"NN_BACKEND": "numpy"})
        while not path.exists() and process.poll() is None:
            time.sleep(0.001)
        time.sleep(rng.uniform(0, 0.1))
        process.kill()
        ended = programs.end(process)
        if ended.status != 128 + signal.SIGKILL:
            yield f"the saver failed: {ended}"
            continue
        yield _whole(path)
    material.write_weights(path)
    yield expect(not _parts(folder), f"saved once more, {_parts(folder)} are left")


def _whole(path: Path) -> str | None:
    try:
        found = checkpoint.load(path)
    except CheckpointError as error:
        return str(error)
    values = {float(value) for array in found.model.state_dict().values() for value in array.flat}
    return expect(values == {float(found.meta["number"])}, f"{path}: a mixture of {sorted(values)[:5]}")


def disk(count: int, folder: Path) -> Results:
    """Let the disk fill up, or the folder be one that can't be written: one line, and the earlier file intact."""
    material.write_set(folder / "set", 100)
    command = programs.script("train", "--data", folder / "set", "--epochs", 1, "--quiet", "--out", "weights.npz")
    for number in range(count):
        place = folder / f"full-{number}"
        place.mkdir()
        earlier = material.write_weights(place / "weights.npz").read_bytes()
        # The checkpoint takes 4.2 MB, the weights 350 KB, the pictures 50 KB: some of them fit, but never all.
        size = int(2 ** (12 + 9.9 * number / count))
        ended = programs.run(programs.limited(command, fsize=size), place)
        now = (place / "weights.npz").read_bytes()
        intact = now == earlier or _loads(place / "weights.npz")
        yield expect(ended.in_one_line and intact and not _parts(place), f"files of {size} bytes: {ended}, {intact=}")
    yield from _on_a_full_disk(command, folder / "tmpfs")
    yield from _in_a_folder_of_others(command, folder / "locked")


def _on_a_full_disk(command: list[str], place: Path) -> Results:
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(place)], check=False, capture_output=True
    )
    if mounted.returncode:
        return  # only root may; the limit on files stands in for it
    try:
        earlier = material.write_weights(place / "weights.npz").read_bytes()
        ended = programs.run(command, place)
        intact = (place / "weights.npz").read_bytes() == earlier
        yield expect(ended.in_one_line and intact and not _parts(place), f"full disk: {ended}, {intact=}")
    finally:
        subprocess.run(["umount", str(place)], check=True)


def _in_a_folder_of_others(command: list[str], place: Path) -> Results:
    place.mkdir()
    earlier = material.write_weights(place / "weights.npz").read_bytes()
    place.chmod(0o555)
    try:
        ended = programs.run(programs.as_anyone(command), place)
    finally:
        place.chmod(0o755)
    intact = (place / "weights.npz").read_bytes() == earlier
    yield expect(ended.in_one_line and intact, f"read-only folder: {ended}, {intact=}")


def rivals(count: int, folder: Path) -> Results:
    """Let trainings write the same files at once; each file must be that of one of them, whole."""
    material.write_set(folder / "set", 200)
    options = ["--data", "set", "--epochs", 4, "--quiet", "--checkpoint-every", 1, "--precision", "float32"]
    whole = {}
    for seed in (1, 2):
        command = programs.script("train", *options, "--seed", seed, "--out", f"{seed}.npz")
        ended = programs.run(command, folder)
        if ended.status:
            yield f"left alone, it failed: {ended}"
            return
        whole[seed] = (folder / f"{seed}.npz").read_bytes()
    for number in range(count):
        out = f"both-{number}.npz"
        processes = [
            programs.start(programs.script("train", *options, "--seed", seed, "--out", out), folder) for seed in whole
        ]
        statuses = [programs.end(process) for process in processes]
        one = (folder / out).read_bytes() in whole.values()
        yield expect(one and not any(ended.status for ended in statuses), f"{one=}, {', '.join(map(str, statuses))}")
    yield expect(not _parts(folder), f"left {_parts(folder)}")


def _loads(path: Path) -> bool:
    try:
        checkpoint.load(path)
    except CheckpointError:
        return False
    return True


def _parts(folder: Path) -> list[str]:
    """The temporary files below a folder."""
    return [path.name for path in folder.rglob("*.part")]
