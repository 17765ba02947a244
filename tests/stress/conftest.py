"""Stress tests: what the programs must survive, tried many times.

    python -m pytest tests/stress -n 0 --full                # each at full size: about 3 hours on 2 cores
    python -m pytest tests/stress -n 0 --stress-scale 0.02   # each at 2 percent of it
    python -m pytest tests/stress/test_soak.py -n 0 --full   # those of one file; `-k NAME` selects by name

`-m stress` leaves out the tests of their helpers. Without `--full` or
`--stress-scale` each runs a default number of cases, and is skipped where that is 0. SECURITY.md lists what they check.
"""

from collections.abc import Iterator

import pytest

from tests import processes

#: Failures of a test that are printed. The rest are only counted.
MOST_SHOWN = 10


def pytest_addoption(parser):
    group = parser.getgroup("stress tests")
    group.addoption("--stress-scale", type=float, metavar="X", help="run X times the full number of cases")
    group.addoption("--full", dest="stress_scale", action="store_const", const=1.0, help="the same as --stress-scale 1")


class Cases:
    """Counts the cases of a stress test and those that failed.

    Attributes:
        count: how many cases (or seconds, or epochs) to run.
        run: how many cases have been checked.
        failed: how many of them failed.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self.run = self.failed = 0

    def check(self, passed: object, failure: str) -> None:
        """Count one case; print ``failure`` if it did not pass. The test goes on with the next case."""
        self.run += 1
        if not passed:
            self.failed += 1
            if self.failed <= MOST_SHOWN:
                print(failure)

    def __str__(self) -> str:
        return f"{self.run:,} cases, {self.failed:,} failed"


@pytest.fixture
def cases(request) -> Iterator[Cases]:
    """The cases of a test marked ``stress(default=..., full=...)``; the test fails at its end if one of them did."""
    sizes = request.node.get_closest_marker("stress").kwargs
    scale = request.config.getoption("stress_scale", None)
    count = sizes["default"] if scale is None else max(1, round(sizes["full"] * scale))
    if not count:
        pytest.skip("takes long: it needs --stress-scale or --full")
    with processes.killed_at_exit():
        yield Cases(count)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    cases = pyfuncitem.funcargs.get("cases")
    try:
        result = yield
    finally:
        if cases is not None:
            pyfuncitem.user_properties.append(("stress", str(cases)))
    if cases is not None and (cases.failed or not cases.run):
        pytest.fail(str(cases), pytrace=False)
    return result


def pytest_terminal_summary(terminalreporter):
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for counts in (value for name, value in report.user_properties if name == "stress"):
                terminalreporter.write_line(f"{report.nodeid}: {counts}, {report.duration:.0f} s")
