"""How glibc's malloc returns memory to the system."""

import ctypes
import sys

#: Of ``mallopt``, from glibc's malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


def tune_malloc() -> None:
    """Return large blocks, and the free end of each thread's heap, to the system as they are freed.

    By default glibc raises its thresholds with each large block that is freed: fine-tuning would leave 40 MiB behind.
    """
    _call("mallopt", _M_MMAP_THRESHOLD, 1 << 20)
    _call("mallopt", _M_TRIM_THRESHOLD, 4 << 20)


def trim_malloc() -> None:
    """Return free memory to the system, in a few milliseconds: surfaces of many sizes fragment it."""
    _call("malloc_trim", 0)


def _call(function: str, *arguments: int) -> None:
    """Call a function of the C library, if it has it (glibc)."""
    if sys.platform != "linux":
        return
    try:
        ctypes.CDLL(None)[function](*arguments)
    except (OSError, AttributeError):  # another C library
        return
