"""The pinned versions of requirements/ fit setup.cfg, and each has a hash."""

import configparser
import re

import pytest

from tests.processes import ROOT

CONFIG = configparser.ConfigParser()
CONFIG.read(ROOT / "setup.cfg")


def pins(name):
    """The packages that a file pins, each with the number of its hashes."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert all(re.match(r"[a-z0-9_.-]+==", line) for line in lines)
    return {line.partition("==")[0]: line.count("--hash=sha256:") for line in lines}


def names(requirements):
    """The names of requirements, as `pins` has them."""
    found = (re.match("[A-Za-z0-9-]+", line) for line in requirements.split("\n") if not line.startswith("#"))
    return {match.group().lower() for match in found if match}


@pytest.mark.parametrize("name", ["run", "build", "ci"])
def test_each_pin_has_hashes(name):
    assert all(pins(name).values())


def test_what_setup_cfg_requires_is_pinned():
    required = names(CONFIG["options"]["install_requires"])
    assert required <= pins("run").keys() <= pins("ci").keys()
    extras = CONFIG["options.extras_require"]
    for extra in ("test", "lint", "package", "cluster", "dashboard", "export", "notebooks", "sklearn", "web-test"):
        assert names(extras[extra]) <= pins("ci").keys()


def test_pins_are_in_the_ranges_of_setup_cfg():
    requirements = pytest.importorskip("packaging.requirements")
    text = (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8")
    for line in CONFIG["options"]["install_requires"].splitlines():
        if line and not line.startswith("#"):
            requirement = requirements.Requirement(line)
            versions = re.findall(rf"^{requirement.name}==(\S+)", text, re.MULTILINE)
            assert versions
            assert all(version in requirement.specifier for version in versions), line


def test_no_registry_is_named():
    for path in (ROOT / "requirements").iterdir():
        assert "://" not in path.read_text(encoding="utf-8")
