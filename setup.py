"""The part of the build that setup.cfg can't express: the wheel has the folder ``weights`` as ``nn/weights``."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithWeights(build_py):
    """Build the packages, and add the weights; an editable install finds them in the checkout."""

    def run(self) -> None:
        """Run the command."""
        super().run()
        if not self.editable_mode:
            folder = Path(self.build_lib, "nn", "weights")
            self.mkpath(str(folder))
            for path in sorted(Path("weights").glob("*.npz")):
                self.copy_file(str(path), str(folder / path.name))


setup(cmdclass={"build_py": BuildWithWeights})
