import pytest

from tests import processes

TESTS = """
import pytest

@pytest.mark.stress(default=0, full=4)
def test_some(cases):
    for number in range(cases.count):
        cases.check(number, "zero failed")

@pytest.mark.stress(default=1, full=4)
def test_none(cases):
    pass
"""


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        ((), ["test_stress.py::test_none: 0 cases, 0 failed, 0 s", "1 failed, 1 skipped"]),
        (
            ["--full", "--stress-scale=0.5"],  # the last one counts
            ["zero failed", "test_stress.py::test_some: 2 cases, 1 failed, 0 s", "2 failed"],
        ),
    ],
)
def test_failures_are_counted_and_shown(options, lines, tmp_path):
    (tmp_path / "test_stress.py").write_text(TESTS)
    plugins = ["-p", "tests.stress.conftest", "-p", "no:cacheprovider"]
    command = processes.module("pytest", *plugins, *options, "test_stress.py")
    result = processes.run(command, tmp_path, {"PYTEST_ADDOPTS": None})
    assert result.status == 1, result
    for line in lines:
        assert line in result.out
