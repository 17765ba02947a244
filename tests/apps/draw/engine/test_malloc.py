"""The C library's malloc; missing functions are ignored."""

import ctypes
import sys

import pytest

from apps.draw.engine import malloc


@pytest.fixture
def calls(monkeypatch):
    """The calls of a C library that has these functions only."""
    found = []
    library = {
        name: lambda *arguments, name=name: found.append((name, *arguments)) for name in ("mallopt", "malloc_trim")
    }
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", lambda name: library)
    return found


def test_the_thresholds_are_set_and_memory_is_trimmed(calls):
    malloc.tune_malloc()
    malloc.trim_malloc()
    assert calls == [("mallopt", -3, 1 << 20), ("mallopt", -1, 4 << 20), ("malloc_trim", 0)]


def test_other_systems_are_left_alone(calls, monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    malloc.trim_malloc()
    assert calls == []


def test_another_c_library_is_no_error(monkeypatch):
    class Library:
        def __getitem__(self, name):
            raise AttributeError(name)

    monkeypatch.setattr(ctypes, "CDLL", lambda name: Library())
    malloc.tune_malloc()
