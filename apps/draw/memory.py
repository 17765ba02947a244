"""How the process gives memory back."""

import ctypes
import sys


def give_back() -> None:
    """Return to the system what was freed, where the C library can be told to (glibc).

    It would keep it, in pieces that fit less and less, as surfaces of many sizes come and go. Takes a few milliseconds.
    """
    if sys.platform != "linux":
        return
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError):  # another C library, which has its own ways
        return
