"""The cache of compiled kernels: damaged and full ones, and where it is."""

import importlib.util
import os
import sys
import warnings

import pytest

from tests import processes

numba = pytest.importorskip("numba")

pytestmark = pytest.mark.usefixtures("needs_numba")

KERNEL = """
from nn.ops.backend import njit
@njit()
def double(x):
    return 2 * x
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs the kernel as a new process would; gives its warnings, and whether it came from the cache."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "kernel.py").write_text(KERNEL)

    def run():
        from nn.ops import kernel_cache  # needs Numba

        specification = importlib.util.spec_from_file_location("kernel", tmp_path / "kernel.py")
        module = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(module)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            kernel_cache._warn.cache_clear()
            assert module.double(21.0) == 42.0
        return [str(each.message) for each in caught], bool(module.double.stats.cache_hits)

    return run


def cut(content):
    return content[: len(content) // 2]


def changed(content):
    return content[:-40] + bytes([content[-40] ^ 1]) + content[-39:]


@pytest.mark.parametrize("kind", ["nbi", "nbc"])
@pytest.mark.parametrize("damage", [lambda content: b"", cut, changed, lambda content: content * 2])
def test_a_damaged_file_is_noticed_and_replaced(kind, damage, run, tmp_path):
    assert run() == ([], False)
    assert run() == ([], True)
    (path,) = (tmp_path / "cache").rglob(f"*kernel.double*.{kind}")
    path.write_bytes(damage(path.read_bytes()))
    assert run() == ([f"{path.parent}: a compiled kernel is damaged; it is compiled again"], False)
    assert run() == ([], True)


def test_data_of_an_earlier_source_are_noticed(run, tmp_path):
    """As a crash between the writing of the index and of the data leaves them."""
    run()
    (data,) = (tmp_path / "cache").rglob("*kernel.double*.nbc")
    before = data.read_bytes()
    (tmp_path / "kernel.py").write_text(KERNEL.replace("2 * x", "x + 21"))
    assert run() == ([], False)
    data.write_bytes(before)
    assert run() == ([f"{data.parent}: a compiled kernel is damaged; it is compiled again"], False)


@pytest.mark.skipif(sys.platform == "win32", reason="needs prlimit")
def test_a_full_disk_is_one_line(tmp_path):
    code = """
import sys
from apps.cli.command import command
@command("work")
def main():
    import numpy as np
    from nn.ops import relu, tanh
    for operation in (relu.forward, tanh.forward):
        operation(np.ones(3), np.ones(3))
    return 0
sys.exit(main())
"""
    command = processes.with_file_size_limit(processes.python(code), 0)
    result = processes.run(command, tmp_path, {"NUMBA_CACHE_DIR": str(tmp_path)})
    assert result.status == 0, result
    assert result.err.count("\n") == 1
    assert "can't write compiled kernels: File too large; they are compiled at each start" in result.err


def test_what_can_not_be_replaced_is_not_cached(run, tmp_path):
    run()
    (path,) = (tmp_path / "cache").rglob("*kernel.double*.nbi")
    path.unlink()
    path.mkdir()
    damaged, unwritable = run()[0]
    assert "is damaged" in damaged
    assert "can't write compiled kernels" in unwritable


@pytest.mark.parametrize(("folder", "is_new"), [("fast", True), ("ops", False)])
def test_a_change_in_fast_is_a_change_of_every_kernel_there(folder, is_new, tmp_path):
    """Numba compares the file of a kernel alone, but the kernels in ``fast`` inline functions of each other's files."""
    from nn.ops import kernel_cache

    source, other = tmp_path / folder / "dense.py", tmp_path / folder / "tiles.py"
    source.parent.mkdir()
    source.write_text("def forward(x):\n    return x\n")
    specification = importlib.util.spec_from_file_location("dense", source)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    stamps = []
    for time in (200, 300):
        other.touch()
        os.utime(other, (time, time))
        os.utime(source, (100, 100))
        kernel_cache._newest_change.cache_clear()
        stamps.append(kernel_cache.KernelCache(module.forward)._cache_file._source_stamp)
    assert (stamps[0] != stamps[1]) == is_new


#: Prints where a kernel of an installed package is cached; argv[1] is the folder of the user's caches.
INSTALLED = """
import sys
from pathlib import Path
from nn import paths
paths.IS_CHECKOUT, paths.cache_folder = False, lambda: Path(sys.argv[1]) if sys.argv[1] else None
from nn.ops import sgd
print(sgd.step.rungs["loops"].stats.cache_path)
"""


def cache_of_installed(folder, **environment):
    ended = processes.run(processes.python(INSTALLED, folder), environment=environment)
    assert ended.err == ""
    return ended.out.strip()


def test_an_installed_package_caches_kernels_in_the_cache_of_the_user(tmp_path):
    assert cache_of_installed(tmp_path / "a", NUMBA_CACHE_DIR="").startswith(str(tmp_path / "a"))
    assert cache_of_installed(tmp_path / "a", NUMBA_CACHE_DIR=str(tmp_path / "b")).startswith(str(tmp_path / "b"))


@pytest.mark.parametrize("folder", ["", "/dev/null/cache"])
def test_an_installed_package_without_a_cache_of_the_user_has_none(folder):
    assert cache_of_installed(folder, NUMBA_CACHE_DIR="") == "None"
