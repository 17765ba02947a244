"""How the process gives memory back."""

import ctypes
import sys

#: glibc's name for the parameter, and the size in bytes from which a block is a mapping of its own.
_M_MMAP_THRESHOLD, _LARGE = -3, 256 * 1024


def give_back_large_blocks() -> None:
    """Have surfaces and arrays go back to the system when they are freed, where that can be said (glibc).

    It would come to keep blocks of up to 32 MB for itself, in pieces that fit less and less: what is in use stayed at
    385 MiB while a window of changing size, with lessons now and then, held some 60 MiB more every 10,000 events.
    """
    if sys.platform != "linux":
        return
    try:
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE)
    except (OSError, AttributeError):  # another C library, which has its own ways
        return
