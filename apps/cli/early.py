"""Ctrl-C and SIGTERM while a script is still importing what it needs: one line and its status, and no traceback.

To be imported before all else. `cli.script` takes over once the script begins; till then there is nothing to save.
"""

import os
import signal
import sys
from types import FrameType


def _leave(signum: int, frame: FrameType | None) -> None:
    """Say so and end at once: an exception might be swallowed in the middle of an import."""
    os.write(2, f"{os.path.basename(sys.argv[0])}: interrupted\n".encode())  # noqa: PTH119
    os._exit(128 + signum)


def _runs_a_script() -> bool:
    program = getattr(sys.modules["__main__"], "__file__", None) or ""
    return os.path.basename(os.path.dirname(os.path.abspath(program))) in ("scripts", "stress")  # noqa: PTH100, PTH119, PTH120


if _runs_a_script():
    for _number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(_number) != signal.SIG_IGN:
            signal.signal(_number, _leave)
