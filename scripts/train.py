"""Launch ``apps.cli.train`` from a checkout: ``python scripts/train.py --help``."""

import sys

from apps.cli import signals

if __name__ == "__main__":
    signals.exit_immediately("train.py")
    from apps.cli.train import main

    sys.exit(main())
