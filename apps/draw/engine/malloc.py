"""How glibc's malloc returns memory to the system."""

from nn.platforms import call_libc

#: Of ``mallopt``, from glibc's malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


def tune_malloc() -> None:
    """Return large blocks, and the free end of each thread's heap, to the system as they are freed.

    By default glibc raises its thresholds with each large block that is freed: fine-tuning would leave 40 MiB behind.
    """
    call_libc("mallopt", _M_MMAP_THRESHOLD, 1 << 20)
    call_libc("mallopt", _M_TRIM_THRESHOLD, 4 << 20)


def trim_malloc() -> None:
    """Return free memory to the system, in a few milliseconds: surfaces of many sizes fragment it."""
    call_libc("malloc_trim", 0)
