"""Where files are: in a checkout, and in an installed package."""

import shutil
from pathlib import Path

import pytest

from nn import paths
from tests import processes
from tests.processes import ROOT

#: Prints the places, as a package that lies in argv[1].
PLACES = """
import sys
sys.path.insert(0, sys.argv[1])
from nn import paths
assert paths.__file__.startswith(sys.argv[1]), paths.__file__
for place in (paths.IS_CHECKOUT, paths.WEIGHTS, paths.TRAINED_WEIGHTS, paths.data_folder(), paths.cache_folder()):
    print(place)
"""


def test_a_checkout_has_everything_beside_the_source():
    assert paths.IS_CHECKOUT
    assert paths.WEIGHTS == paths.TRAINED_WEIGHTS == ROOT / "weights"
    assert paths.data_folder() == ROOT / "data"


@pytest.fixture
def installed(tmp_path):
    """Prints the places of an installed package, given the user's environment."""
    pytest.importorskip("platformdirs")
    folder = tmp_path / "site-packages"
    (folder / "nn" / "weights").mkdir(parents=True)
    for name in ("__init__.py", "paths.py"):
        shutil.copy(ROOT / "nn" / name, folder / "nn")

    def places(**environment):
        variables = dict.fromkeys(["XDG_DATA_HOME", "XDG_CACHE_HOME"]) | environment
        result = processes.run(processes.python(PLACES, folder), tmp_path, variables)
        assert result.err == ""
        return [Path(line) for line in result.out.splitlines()]

    return folder, places


def test_an_installed_package_writes_nothing_beside_its_source(installed, tmp_path):
    folder, places = installed
    is_checkout, weights, trained, data, cache = places(HOME=str(tmp_path / "home"))
    assert str(is_checkout) == "False"
    assert weights == folder / "nn" / "weights"
    assert trained == Path("weights")
    for place in (data, cache):
        assert place.is_relative_to(tmp_path / "home")
        assert place.name == paths.APPLICATION


def test_the_folders_of_the_user_follow_the_environment(installed, tmp_path):
    _, places = installed
    data, cache = places(XDG_DATA_HOME=str(tmp_path / "d"), XDG_CACHE_HOME=str(tmp_path / "c"))[-2:]
    assert (data, cache) == (tmp_path / "d" / paths.APPLICATION, tmp_path / "c" / paths.APPLICATION)
