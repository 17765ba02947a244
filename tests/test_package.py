"""The wheel and the sdist: what is in them, and that they work from an empty folder, for a user who can't change them.

    python -m pytest -m package -n 0

They are built and installed in new environments, so it takes some minutes, and needs the extra ``package``.
"""

import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from apps.cli.main import COMMANDS
from tests import processes
from tests.processes import ROOT, Result
from tests.tiny_set import write_tiny_set

pytestmark = pytest.mark.package

#: Runs a command as a user who can read everything, as in most systems, but write only what is theirs.
ORDINARY_USER = 65534
AS_ORDINARY_USER = [
    "setpriv",
    *(f"--reuid={ORDINARY_USER}", f"--regid={ORDINARY_USER}", "--clear-groups"),
    *("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"),
]

#: Each command of ``digits``, with a small piece of work.
WORK = {
    "train": ["--data=set", "--arch=mlp", "--epochs=1", "--quiet"],
    "evaluate": ["--data=set", "--quiet"],
    "predict": ["seven.png"],
    "draw": ["--help"],  # the window and the page have tests of their own
    "web": ["--help"],
    "compare": ["--data=set", "--arch", "mlp", "--epochs=1", "--seeds=1", "--validation=40", "--quiet"],
    "export": ["--to=onnx", "--out=network.onnx"],
    "import": ["network.onnx", "--out=imported.npz"],
    "download": ["--help"],  # needs the network
    "synthesize": ["--digit=7", "--out=seven-synthetic.png"],
}

#: Opens the window on a picture, and prints the answer.
WINDOW = """
import sys
from apps.cli.main import main
from apps.draw.ui.app import App
def run(app):
    while app.state.prediction is None:
        app.step()
    print(app.state.prediction.label)
App.run = run
sys.exit(main(["draw", "--size=900x700", "--open=seven.png"]))
"""

#: Trains on a set as if it were MNIST, whose weights are for other commands to use.
TRAIN_MNIST = """
import sys
from apps.cli import train
from apps.cli.training_run import data_checksum
from nn.data import mnist
data = mnist.load("set")
train.MNIST_CHECKSUM = data_checksum(data.train_images, data.train_labels)
sys.exit(train.main(["--data=set", "--arch=mlp", "--epochs=1", "--quiet"]))
"""

#: Runs notebooks in kernels, with the MNIST of this checkout if it has been downloaded.
RUN_NOTEBOOKS = """
import os, sys, jupytext, nbclient
from nn.data.mnist import DEFAULT_FOLDER
if os.path.isdir(sys.argv[1]):
    DEFAULT_FOLDER.parent.mkdir(parents=True, exist_ok=True)
    DEFAULT_FOLDER.symlink_to(sys.argv[1])
for path in sys.argv[2:]:
    nbclient.execute(jupytext.read(path), timeout=300)
"""

PLACES = """
from nn import paths
from nn.data import mnist
from nn.digits import Recognizer
print(Recognizer.load().recognize([[(0, 0), (60, 0), (20, 100)]]).label)
print(mnist.DEFAULT_FOLDER)
"""


#: Tests that the whole suite runs already, and that the NumPy references make no different.
SAME_ON_ANY_BACKEND = ("apps/draw", "apps/live", "apps/web", "scripts", "stress")

#: pip would take a checkout on this path for an installation.
NO_PATH = {"PYTHONPATH": None}


def run(*command: object) -> str:
    """What a command prints; it must succeed."""
    result = processes.run([str(part) for part in command], environment=NO_PATH)
    assert result.status == 0, f"{command}\n{result.out}\n{result.err}"
    return result.out


@pytest.fixture(scope="module")
def distributions(tmp_path_factory) -> tuple[Path, Path]:
    """The wheel, built from the sdist, and the sdist."""
    for name in ("build", "check_wheel_contents", "twine"):
        pytest.importorskip(name)
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", folder, ROOT)
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return wheel, sdist


def repository(*folders: str) -> set[str]:
    """The files that git knows in these folders; in an sdist, which has no git, those that are there."""
    if (ROOT / ".git").exists():
        return set(run("git", "-C", ROOT, "ls-files", *folders).splitlines())
    files = (path for folder in folders or ("",) for path in (ROOT / folder).rglob("*") if path.is_file())
    made = (".egg-info", "__pycache__", ".pytest_cache")
    return {path.relative_to(ROOT).as_posix() for path in files if not any(part in str(path) for part in made)}


def is_text_for_developers(name: str) -> bool:
    return name.endswith("README.md")


def test_the_wheel_has_the_packages_with_their_data_and_the_weights_and_nothing_else(distributions):
    files = {name for name in zipfile.ZipFile(distributions[0]).namelist() if ".dist-info/" not in name}
    expected = {name for name in repository("apps", "nn") if not is_text_for_developers(name)}
    assert files == expected | {f"nn/weights/{path.name}" for path in (ROOT / "weights").glob("*.npz")}


def test_the_sdist_has_every_file(distributions):
    with tarfile.open(distributions[1]) as archive:
        files = {member.name.partition("/")[2] for member in archive if member.isfile()}
    assert repository() - files == set()
    made = {name for name in files - repository() if ".egg-info/" not in name}
    assert made <= {"PKG-INFO"}


def test_the_distributions_pass_the_checks_of_the_index(distributions):
    run(Path(sys.executable).with_name("check-wheel-contents"), "--config", ROOT / "pyproject.toml", distributions[0])
    run(sys.executable, "-m", "twine", "check", "--strict", *distributions)


class Installation:
    """The wheel in a new environment, used by an ordinary user from a folder that was empty.

    Attributes:
        site_packages: the environment's packages, read-only.
        home, folder: of the user.
    """

    def __init__(self, root: Path, distribution: Path, *options: str) -> None:
        self._environment, self.home, self.folder = root / "environment", root / "home", root / "folder"
        run(sys.executable, "-m", "venv", self._environment)
        self.pip("install", "--quiet", *options, distribution)
        (self.site_packages,) = self._environment.glob("[Ll]ib/**/site-packages")
        for path in (self.home, self.folder):
            path.mkdir()

    def give_to_the_user(self) -> None:
        """Make the packages read-only, and give the user's folders to the user."""
        self._change_modes(0o555, 0o444)
        if os.geteuid() == 0:
            for path in (self.home, self.folder, *self.folder.rglob("*")):
                os.chown(path, ORDINARY_USER, ORDINARY_USER)

    def take_back(self) -> None:
        """Make the packages writable."""
        self._change_modes(0o755, 0o644)

    def _change_modes(self, folder: int, file: int) -> None:
        for path in (self.site_packages, *self.site_packages.rglob("*")):
            if not path.is_symlink():
                path.chmod(folder if path.is_dir() else file)

    def pip(self, *arguments: object) -> str:
        """Run pip as the administrator."""
        return run(self._environment / "bin" / "python", "-m", "pip", *arguments)

    def run(self, program: str, *arguments: object, ordinary_user: bool = True) -> Result:
        """Run a program of the environment from the user's folder."""
        return processes.wait(self.start(program, *arguments, ordinary_user=ordinary_user))

    def start(self, program: str, *arguments: object, ordinary_user: bool = True) -> subprocess.Popen[str]:
        """Start it."""
        command = AS_ORDINARY_USER if ordinary_user and os.geteuid() == 0 else []
        names = ("PYTHONDONTWRITEBYTECODE", "NN_DATA", "NUMBA_CACHE_DIR", "MPLCONFIGDIR")
        xdg = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")
        environment = NO_PATH | dict.fromkeys((*names, *xdg)) | {"HOME": str(self.home)}
        program = str(self._environment / "bin" / program)
        return processes.start([*command, program, *map(str, arguments)], self.folder, environment)

    def files(self) -> set[str]:
        """The files of this distribution, and those that it made beside them."""
        paths = [path.relative_to(self.site_packages) for path in self.site_packages.rglob("*") if not path.is_dir()]
        return {path.as_posix() for path in paths if path.parts[0].startswith(("apps", "nn", "digits_from_scratch"))}


@pytest.fixture(scope="module")
def installed(distributions) -> Iterator[Installation]:
    if sys.platform == "win32" or shutil.which("setpriv") is None:
        pytest.skip("needs setpriv, to run as an ordinary user")
    with tempfile.TemporaryDirectory() as root:
        Path(root).chmod(0o755)  # pytest's folders are closed to other users
        yield _prepare(Installation(Path(root), distributions[0]))


def _prepare(installation: Installation) -> Installation:
    """Give the user a picture and a data set."""
    picture = np.full((60, 60), 255, np.uint8)
    picture[10:14, 15:45] = picture[10:50, 41:45] = 0
    Image.fromarray(picture).save(installation.folder / "seven.png")
    (installation.folder / "set").mkdir()
    write_tiny_set(installation.folder / "set", size=28, classes=10)
    installation.give_to_the_user()
    return installation


def test_installing_the_sdist_gives_the_same_files(distributions, installed, tmp_path):
    from_sdist = Installation(tmp_path, distributions[1], "--no-deps")
    ours = {name for name in installed.files() if "RECORD" not in name and "direct_url" not in name}
    assert ours == {name for name in from_sdist.files() if "RECORD" not in name and "direct_url" not in name}


def test_the_library_recognizes_with_the_shipped_weights(installed):
    result = installed.run("python", "-c", PLACES)
    assert result.err == ""
    assert result.out.splitlines() == ["7", str(installed.home / ".local/share/digits-from-scratch/mnist")]


def test_each_command_is_tried():
    assert WORK.keys() == COMMANDS.keys()


@pytest.mark.parametrize("name", WORK)
def test_commands_work_from_an_empty_folder(name, installed):
    result = installed.run("digits", name, *WORK[name])
    assert (result.status, result.err) == (0, ""), result
    assert "scripts/" not in result.out


def test_the_window_opens_without_a_screen(installed):
    result = installed.run("python", "-c", WINDOW)
    assert result == Result(0, "7\n", "")


def test_the_page_is_served(installed):
    server = installed.start("digits", "web", "--port=0", "--no-open")
    url = next(word for word in server.stdout.readline().split() if word.startswith("http"))
    with urllib.request.urlopen(f"{url}engine.wasm", timeout=60) as response:
        assert response.read(4) == b"\0asm"
    server.send_signal(signal.SIGTERM)
    result = processes.wait(server)
    assert (result.status, result.err) == (143, "digits web: interrupted\n")


def test_weights_trained_on_mnist_go_to_the_current_folder(installed):
    result = installed.run("python", "-c", TRAIN_MNIST)
    assert (result.status, result.err) == (0, ""), result
    assert installed.run("digits", "evaluate", "--data=set", "--quiet", "--weights=weights/mlp.npz").status == 0


def test_everything_is_written_to_the_folders_of_the_user(installed):
    """After all of the above."""
    expected = {"seven.png", "set", "runs", "weights", "network.onnx", "imported.npz", "seven-synthetic.png"}
    assert {path.name for path in installed.folder.iterdir()} == expected
    folders = {path.relative_to(installed.home).as_posix() for path in installed.home.glob(".*/*")}
    ours = {f"{place}/digits-from-scratch" for place in (".cache", ".config", ".local/share")}
    assert folders - ours <= {".cache/matplotlib", ".config/matplotlib", ".cache/fontconfig", ".local/share"}
    assert list((installed.home / ".cache" / "digits-from-scratch").rglob("*.nbi"))


def test_the_notebooks_run_with_the_extra_notebooks(distributions, installed):
    installed.take_back()
    installed.pip("install", "--quiet", f"{distributions[0]}[notebooks]")
    notebooks = [ROOT / "docs" / "notebooks" / name for name in ("train.md", "draw.md")]  # test_notebooks.py runs all
    result = installed.run("python", "-c", RUN_NOTEBOOKS, ROOT / "data" / "mnist", *notebooks)
    assert result.status == 0, result


def test_an_uninstall_leaves_nothing(installed):
    """Not even where the user can write beside the source."""
    installed.take_back()
    assert installed.run("python", "-c", PLACES, ordinary_user=False).err == ""
    assert installed.run("digits", "predict", "seven.png", ordinary_user=False).err == ""
    assert not [name for name in installed.files() if name.endswith((".nbi", ".nbc"))]
    installed.pip("uninstall", "--yes", "--quiet", "digits-from-scratch")
    assert installed.files() == set()


def test_the_tests_of_the_sdist_pass(distributions, tmp_path):
    """On the NumPy references: the same files, but nothing to compile."""
    with tarfile.open(distributions[1]) as archive:
        archive.extractall(tmp_path, filter="data")
    (folder,) = tmp_path.iterdir()
    data = ROOT / "data" / "mnist"
    environment = os.environ | {"PYTHONPATH": str(folder), "NN_BACKEND": "numpy"}
    environment |= {"NN_DATA": str(data)} if data.exists() else {}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += [f"--ignore=tests/{name}" for name in SAME_ON_ANY_BACKEND]
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=1800)
    assert ended.returncode == 0, ended.stdout[-4000:]
